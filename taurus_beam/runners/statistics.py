"""The job that computes statistics of data in files and writes them."""

from __future__ import annotations

from typing import Any

from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.io import Progress, Source
from taurus_beam.io.temporary import owned_folder
from taurus_beam.pipeline import GenerateStatistics, WriteStatistics
from taurus_beam.pipeline.files import absolute, read_file
from taurus_beam.runners.jobs import Execute
from taurus_beam.runners.profiles import Profile
from taurus_beam.runners.run import Outcome, run
from taurus_beam.stats.files import decode_statistics
from taurus_beam.stats.options import StatsOptions

__all__ = ["execute_statistics", "statistics"]


def statistics(
    source: Source,
    target: str,
    *,
    stats_options: StatsOptions,
    profile: Profile,
    options: PipelineOptions,
) -> tuple[statistics_pb2.DatasetFeatureStatisticsList, Progress]:
    """Compute statistics on a runner and write them.

    Args:
        source: What to read.
        target: Where the statistics go; the end of the name says the form.
        stats_options: What to compute.
        profile: The runner.
        options: For the pipeline.

    Returns:
        The statistics, and what was read, as far as the runner tells.

    Raises:
        TaurusError: Whatever goes wrong.
    """
    progress = execute_statistics(source, target, stats_options, profile, options, run).progress
    return decode_statistics(bytes(read_file(absolute(target))), target), progress


def execute_statistics(
    source: Source,
    target: str,
    stats_options: StatsOptions,
    profile: Profile,
    options: PipelineOptions,
    execute: Execute,
) -> Outcome:
    """The job of `statistics`, given to what runs it or only plans it.

    Raises:
        TaurusError: Whatever goes wrong.
    """
    named = options.view_as(GoogleCloudOptions).temp_location
    with owned_folder() as folder:
        temp_dir = folder if profile.on_this_machine and not named else None

        def build(pipeline: Any) -> None:
            found = pipeline | "Statistics" >> GenerateStatistics(stats_options, source, temp_dir)
            _ = found | "WriteStatistics" >> WriteStatistics(target)

        return execute(build, options)
