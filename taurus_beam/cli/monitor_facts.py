"""What monitors found in a run, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taurus_beam.cli.terminal import count

if TYPE_CHECKING:
    from taurus_beam.runners.outcome import Outcome

__all__ = ["violation_rows"]


def violation_rows(outcome: Outcome) -> list[tuple[str, str]]:
    """A row for a table by monitor, those that found most first; none where there are none."""
    found = sorted(outcome.violations.items(), key=lambda each: (-each[1], each[0]))
    rows = outcome.progress.rows_written
    told = [f"{name}: {count(number, 'row')}{_share(number, rows)}" for name, number in found]
    return [("monitors" if i == 0 else "", text) for i, text in enumerate(told)]


def _share(number: int, rows: int) -> str:
    return f" ({number / rows:.2%})" if number and rows else ""
