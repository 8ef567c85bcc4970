"""The work of ``taurus-beam fit``: in this process without a pipeline, or as one on an engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from taurus_beam.cli.outputs import check_apart, output_at, sink_at
from taurus_beam.cli.profiled import measured
from taurus_beam.cli.stats_job import check_output
from taurus_beam.cli.watch import Watch
from taurus_beam.io.source import Source

if TYPE_CHECKING:
    from taurus_beam.cli.engine import Engine
    from taurus_beam.profiling.profile import Profile
    from taurus_beam.runners.analysis import InSpans
    from taurus_beam.runners.outcome import Outcome
    from taurus_beam.runners.plan import Planner

__all__ = ["Done", "FitJob"]


@dataclass(frozen=True)
class Done:
    """A fit that is done.

    Attributes:
        outcome: What was read, written and found.
        seconds: How long it took.
        profile: What its steps took, where that was asked for.
    """

    outcome: Outcome
    seconds: float
    profile: Profile | None


@dataclass(frozen=True)
class FitJob:
    """What a command line asks of a fit, whoever does it.

    Attributes:
        function: The preprocessing function.
        folder: Where its file lies.
        output: Where the artifact goes.
        schema: The columns that the function sees, if they are given.
        transformed: Where transformed data go, if anywhere.
        transformed_format: Their format.
        statistics: Where statistics go, if anywhere.
        overwrite: Replace what is there.
        measure: Whether to tell what its steps take.
    """

    function: Callable[..., Any]
    folder: str
    output: str
    schema: pa.Schema | None
    transformed: str | None
    transformed_format: str | None
    statistics: str | None
    overwrite: bool
    measure: bool

    def check(self) -> None:
        """Refuses outputs that lie in each other, and files that may not be replaced.

        Raises:
            TaurusError: There are such.
        """
        check_apart("--transformed", self.transformed, self.output)
        check_apart("--statistics", self.statistics, self.output)
        check_output(self.statistics, self.overwrite)

    def done_here(self, source: Source) -> Done:
        """Does it in this process, without a pipeline.

        Raises:
            NeedsPipelineError: It takes a pipeline; nothing is written yet.
            TaurusError: Whatever goes wrong.
        """
        from taurus_beam.runners.local import jobs

        jobs.check_local(source.patterns, self.output, self.transformed, self.statistics)
        self.check()
        output = None
        if self.transformed:
            output = output_at(self.transformed, self.transformed_format, self.overwrite)
        with Watch(source, counts=True) as watch, measured(self.measure) as found:
            outcome = jobs.fit(
                self.function,
                source,
                self.output,
                schema=self.schema,
                overwrite=self.overwrite,
                output=output,
                statistics=self.statistics,
                planned=watch.planned,
            )
        return Done(outcome, watch.seconds, found)

    def done_on(self, chosen: Engine, data: Source | InSpans, planner: Planner | None) -> Done:
        """Does it, or only plans it, in a pipeline.

        Raises:
            TaurusError: Whatever goes wrong.
        """
        from taurus_beam.cli.worker_code import sent_with_code
        from taurus_beam.runners import jobs
        from taurus_beam.runners.run import run

        self.check()
        sink = None
        if self.transformed:
            sink = sink_at(self.transformed, self.transformed_format, self.overwrite)
        source = data if isinstance(data, Source) else None
        with (
            Watch(source, chosen.counts_here) as watch,
            sent_with_code(self.folder),
            measured(self.measure) as found,
        ):
            outcome = jobs.fit(
                self.function,
                data,
                self.output,
                profile=chosen.profile,
                options=chosen.options,
                schema=self.schema,
                overwrite=self.overwrite,
                sink=sink,
                statistics=self.statistics,
                planned=(lambda readings: None) if planner else watch.planned,
                execute=planner or run,
            )
        return Done(outcome, watch.seconds, found)
