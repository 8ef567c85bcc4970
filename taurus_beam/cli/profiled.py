"""``--profile`` and ``--profile-output``: what the steps of a job took, for people and programs."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from taurus_beam.cli.terminal import show_heading, show_table

if TYPE_CHECKING:
    from rich.console import Console

    from taurus_beam.profiling.profile import Profile

__all__ = ["check_profile_output", "measured", "show_profile"]

_LEAST = 0.005
"""Steps of a smaller share of all seconds are summed up."""
_WIDTH = 120
"""Of the table where it goes to a file, in which nothing needs to be folded."""


def measured(asked: bool) -> AbstractContextManager[Profile | None]:
    """The profile of what is done inside the block, if one is asked for."""
    if not asked:
        return nullcontext()
    from taurus_beam.profiling.profile import profile

    return profile()


def check_profile_output(path: str | None, overwrite: bool) -> None:
    """EngineError where the profile's file exists and may not be replaced."""
    from taurus_beam.cli.stats_job import check_output

    check_output(path, overwrite)


def show_profile(console: Console, found: Profile | None, shown: bool, path: str | None) -> None:
    """Print a profile, and write it to a file, as far as either is asked for."""
    if found is None:
        return
    from taurus_beam.profiling.table import COLUMNS, NUMBERS, phase_cells, summary

    if shown:
        if not console.is_terminal:
            console.width = _WIDTH
        for heading, cells in phase_cells(found, _LEAST):
            show_heading(console, heading)
            show_table(console, cells, COLUMNS, NUMBERS)
        console.print()
        console.print(summary(found), soft_wrap=True)
    if path is not None:
        from taurus_beam.io.files import normalized
        from taurus_beam.io.whole_file import write_anywhere

        write_anywhere(found.to_json().encode(), normalized(path))
        console.print(f"The profile is in {path}", soft_wrap=True)
