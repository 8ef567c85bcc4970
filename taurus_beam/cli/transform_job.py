"""The work of ``taurus-beam transform``: in this process without a pipeline, or on an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taurus_beam.cli.fit_job import Done
from taurus_beam.cli.outputs import output_at, sink_at
from taurus_beam.cli.profiled import measured
from taurus_beam.cli.watch import Watch
from taurus_beam.io.source import Source

if TYPE_CHECKING:
    from taurus_beam.cli.engine import Engine
    from taurus_beam.runners.plan import Planner

__all__ = ["done_here", "done_on"]


def done_here(
    artifact: str,
    source: Source,
    output: str,
    output_format: str | None,
    overwrite: bool,
    measure: bool,
) -> Done:
    """Does it in this process, without a pipeline.

    Raises:
        NeedsPipelineError: It takes a pipeline; nothing is written yet.
        TaurusError: Whatever goes wrong.
    """
    from taurus_beam.runners.local import jobs

    jobs.check_local(source.patterns, artifact, output)
    with Watch(source, counts=True) as watch, measured(measure) as found:
        target = output_at(output, output_format, overwrite)
        outcome = jobs.transform(artifact, source, target, planned=watch.planned)
    return Done(outcome, watch.seconds, found)


def done_on(
    chosen: Engine,
    artifact: str,
    source: Source,
    output: str,
    output_format: str | None,
    overwrite: bool,
    measure: bool,
    planner: Planner | None,
) -> Done:
    """Does it, or only plans it, in a pipeline.

    Raises:
        TaurusError: Whatever goes wrong.
    """
    from taurus_beam.runners import jobs
    from taurus_beam.runners.run import run

    with Watch(source, chosen.counts_here) as watch, measured(measure) as found:
        outcome = jobs.transform(
            artifact,
            source,
            sink_at(output, output_format, overwrite),
            options=chosen.options,
            planned=(lambda readings: None) if planner else watch.planned,
            execute=planner or run,
        )
    return Done(outcome, watch.seconds, found)
