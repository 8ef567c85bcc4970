"""Running one pipeline to its end, so that only errors of ours and Ctrl-C come out of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import apache_beam as beam
from apache_beam.metrics.metric import MetricsFilter
from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions
from apache_beam.runners.runner import PipelineState

from taurus_beam.errors import EngineError, TaurusError
from taurus_beam.io import Progress
from taurus_beam.io.progress import MONITORS, NAMESPACE
from taurus_beam.profiling.active import active
from taurus_beam.profiling.profile import Profile
from taurus_beam.runners.failures import meaning, was_interrupted
from taurus_beam.runners.outcome import Outcome
from taurus_beam.runners.worker_processes import death, ending_with_the_pipeline

__all__ = ["Outcome", "run"]


def run(build: Callable[[Any], None], options: PipelineOptions) -> Outcome:
    """Build a pipeline, run it and wait until it is done.

    Args:
        build: Applies the transforms to the pipeline.
        options: From `pipeline_options`.

    Returns:
        The rows and bytes that all workers read and wrote, and what monitors found, as far as the
        runner tells.

    Raises:
        TaurusError: Whatever went wrong, as the first place to notice it said it.
        KeyboardInterrupt: If it was stopped; a job elsewhere is cancelled.

    Example:
        >>> from taurus_beam.runners.options import pipeline_options
        >>> from taurus_beam.runners.profiles import profile
        >>> _ = run(lambda p: p | beam.Create([1]) | beam.Map(print), pipeline_options(profile()))
        1
    """
    runner = str(options.view_as(StandardOptions).runner)
    job: Any = None
    try:
        with ending_with_the_pipeline(options):
            pipeline = beam.Pipeline(options=options)
            build(pipeline)
            job = pipeline.run()
            job.wait_until_finish()
        if job.state not in (PipelineState.DONE, None):
            raise EngineError(f"The job on {runner} ended in state {job.state}.")
        recorder = active()
        if isinstance(recorder, Profile):
            recorder.collect(job)
        return _counted(job)
    except Exception as failure:
        if was_interrupted(failure):
            raise KeyboardInterrupt from failure
        error = meaning(failure, runner)
        if type(error) is EngineError:
            # What broke because a worker died can be told of before the death.
            error = death() or error
        if error is failure:
            raise
        raise error from failure
    except KeyboardInterrupt:
        if job is not None:
            # A cluster would go on without us.
            with suppress(Exception):
                job.cancel()
        raise


def _counted(job: Any) -> Outcome:
    sums = dict.fromkeys(("rows_read", "bytes_read", "rows_written"), 0)
    left_out = frozenset[str]().union(
        *(found for name, found in _metrics(job, NAMESPACE, "string_sets") if name == "left_out")
    )
    for name, number in _metrics(job, NAMESPACE):
        if name in sums:
            sums[name] += number
    violations: Counter[str] = Counter()
    for name, number in _metrics(job, MONITORS):
        violations[name] += number
    return Outcome(Progress(**sums, left_out=left_out), dict(violations))


def _metrics(job: Any, namespace: str, kind: str = "counters") -> list[tuple[str, Any]]:
    # Not every runner keeps metrics; what they would add is only told, not needed.
    with suppress(NotImplementedError, AttributeError, TaurusError):
        found = job.metrics().query(MetricsFilter().with_namespace(namespace))[kind]
        return [(metric.key.metric.name, metric.result or 0) for metric in found if metric.result]
    return []
