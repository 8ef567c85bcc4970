"""Running one pipeline to its end, so that only errors of ours and Ctrl-C come out of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import apache_beam as beam
from apache_beam.metrics.metric import MetricsFilter
from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions
from apache_beam.runners.runner import PipelineState

from taurus_beam.errors import EngineError, TaurusError
from taurus_beam.io import Progress
from taurus_beam.runners.failures import meaning, was_interrupted
from taurus_beam.runners.worker_processes import end_with_the_pipeline

__all__ = ["run"]


def run(build: Callable[[Any], None], options: PipelineOptions) -> Progress:
    """Build a pipeline, run it and wait until it is done.

    Args:
        build: Applies the transforms to the pipeline.
        options: From `pipeline_options`.

    Returns:
        The rows and bytes that all workers read and wrote, as far as the runner tells.

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
    end_with_the_pipeline()
    try:
        pipeline = beam.Pipeline(options=options)
        build(pipeline)
        job = pipeline.run()
        job.wait_until_finish()
        if job.state not in (PipelineState.DONE, None):
            raise EngineError(f"The job on {runner} ended in state {job.state}.")
        return _counted(job)
    except Exception as failure:
        if was_interrupted(failure):
            raise KeyboardInterrupt from failure
        error = meaning(failure, runner)
        if error is failure:
            raise
        raise error from failure
    except KeyboardInterrupt:
        if job is not None:
            # A cluster would go on without us.
            with suppress(Exception):
                job.cancel()
        raise


def _counted(job: Any) -> Progress:
    sums = dict.fromkeys(("rows_read", "bytes_read", "rows_written"), 0)
    # Not every runner keeps counters; what they would add is only told, not needed.
    with suppress(NotImplementedError, AttributeError, TaurusError):
        wanted = MetricsFilter().with_namespace("taurus_beam")
        for counter in job.metrics().query(wanted)["counters"]:
            name = counter.key.metric.name
            if name in sums:
                sums[name] += counter.result or 0
    return Progress(**sums)
