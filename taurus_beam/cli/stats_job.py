"""The work of ``taurus-beam stats``: in this process, or as a pipeline on a runner."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

from taurus_beam.errors import EngineError
from taurus_beam.io import Progress, Source, progress
from taurus_beam.io.files import exists, normalized
from taurus_beam.io.temporary import owned_folder
from taurus_beam.stats.files import encode_statistics
from taurus_beam.stats.options import StatsOptions

if TYPE_CHECKING:
    from taurus_beam.cli.engine import Engine
    from taurus_beam.runners.plan import Planner

__all__ = ["make_on_engine", "run_here", "run_on_engine"]


def run_here(
    source: Source,
    output: str | None,
    options: StatsOptions,
    overwrite: bool,
) -> tuple[Any, Progress, float]:
    """The statistics, what was read and the seconds it took; written where there is an output.

    Raises:
        TaurusError: The data cannot be read, or the output exists or cannot be written.
    """
    from taurus_beam.cli.watch import Watch
    from taurus_beam.io.whole_file import write_anywhere
    from taurus_beam.survey import statistics

    check_output(output, overwrite)
    before = progress()
    with Watch(source, counts=True) as watch:
        watch.planned(["statistics"])
        found = statistics(source, options)
    if output is not None:
        write_anywhere(encode_statistics(found, output), normalized(output))
    return found, progress() - before, watch.seconds


def run_on_engine(
    chosen: Engine,
    source: Source,
    output: str | None,
    options: StatsOptions,
    overwrite: bool,
) -> tuple[Any, Progress, float]:
    """The same by way of a pipeline.

    Raises:
        TaurusError: Whatever goes wrong.
    """
    from taurus_beam.io.files import remove
    from taurus_beam.runners.statistics import statistics

    check_output(output, overwrite)
    began = time.perf_counter()
    with owned_folder() as folder:
        # Workers elsewhere do not see a folder of this machine.
        shared = folder if chosen.profile.on_this_machine else chosen.temp_location or folder
        target = chosen.everywhere(output or f"{shared}/statistics-{uuid.uuid4().hex}.pb")
        try:
            found, counted = statistics(
                source,
                target,
                stats_options=options,
                profile=chosen.profile,
                options=chosen.options,
            )
        finally:
            if output is None and exists(normalized(target)):
                remove([normalized(target)])
    return found, counted, time.perf_counter() - began


def make_on_engine(
    chosen: Engine,
    source: Source,
    output: str | None,
    options: StatsOptions,
    overwrite: bool,
    planner: Planner | None,
) -> None:
    """The job made but not run: given to what plans it, or written to where its options say.

    Raises:
        TaurusError: The pipeline cannot be made, or the output exists; there is none for a job
            that will run.
    """
    from taurus_beam.runners.run import run
    from taurus_beam.runners.statistics import execute_statistics

    if output is None and planner is None:
        raise EngineError(
            "A job that is launched later has nobody to show its statistics to.",
            expected="a file that they go to",
            fix="Add --output.",
        )
    check_output(output, overwrite)
    target = chosen.everywhere(output or f"{chosen.temp_location or '.'}/statistics.pb")
    execute_statistics(source, target, options, chosen.profile, chosen.options, planner or run)


def check_output(output: str | None, overwrite: bool) -> None:
    """EngineError where the output exists and may not be replaced."""
    if output is not None and not overwrite and exists(normalized(output)):
        raise EngineError(
            f"The output exists: {output}.",
            where=output,
            expected="a file that does not exist",
            fix="Add --overwrite to replace it, or choose another output.",
        )
