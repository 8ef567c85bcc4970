"""A profile for reading: cells of a table for each phase, and all of it as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from taurus_beam.profiling.step import REST

if TYPE_CHECKING:
    from taurus_beam.profiling.profile import Profile, ProfilePhase, ProfileRow

__all__ = ["COLUMNS", "NUMBERS", "phase_cells", "profile_text", "summary"]

COLUMNS = ("seconds", "cpu", "%", "rows", "batches", "in", "out", "step")
NUMBERS = (0, 1, 2, 3, 4, 5, 6)
"""Positions of the columns that hold numbers."""

_WORDS = {
    "add": "add to ",
    "freeze": "freeze the graph",
    "gather": "add to ",
    "intake": "take column ",
    "load": "load the artifact",
    "merge": "merge ",
    "output": "make output columns",
    "read": "read",
    "merge shards": "merge shards of ",
    "result": "result of ",
    "results": "results, written",
    "send": "send state of ",
    "send shards": "send shards of ",
}
_UNITS = ("B", "kB", "MB", "GB", "TB")


def phase_cells(profile: Profile, least: float) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """For each phase a heading, and its rows as cells.

    Args:
        profile: The profile.
        least: Steps of a smaller share are summed up in one row.
    """
    rows = profile.rows
    for phase in profile.phases:
        own = [row for row in rows if row.phase == phase.phase]
        shown = [row for row in own if row.share >= least or row.kind == REST]
        cells = [_cells(row) for row in shown]
        small = [row for row in own if row not in shown]
        if small:
            cells.append(_summed(small))
        yield _heading(phase), cells


def summary(profile: Profile) -> str:
    """What the profile as a whole took."""
    phases, rows = profile.phases, profile.rows
    work, cpu = (sum(getattr(p, name) for p in phases) for name in ("seconds", "cpu_seconds"))
    rest = sum(row.seconds for row in rows if row.kind == REST)
    return (
        f"{profile.elapsed:.2f} s in all, {profile.outside:.2f} s of them outside these phases: "
        f"{profile.before:.2f} s before the first. Inside, threads were at work for {work:.2f} s, "
        f"of which no step accounts for {rest:.2f} s.\n"
        f"This process took {profile.cpu_seconds:.2f} s of the processor; the steps, wherever they "
        f"ran, {cpu:.2f} s."
    )


def profile_text(profile: Profile, least: float) -> str:
    """The whole profile as text."""
    lines: list[str] = []
    for heading, cells in phase_cells(profile, least):
        lines += [heading, *_aligned([COLUMNS, *cells]), ""]
    return "\n".join([*lines, summary(profile)])


def _heading(phase: ProfilePhase) -> str:
    return (
        f"{phase.phase}: {phase.elapsed:.2f} s from its begin to its end, "
        f"{phase.seconds:.2f} s in threads, {phase.cpu_seconds:.2f} s of the processor"
    )


def _cells(row: ProfileRow) -> tuple[str, ...]:
    what = f"{_WORDS.get(row.kind, '' if row.name else row.kind)}{row.name}"
    return (
        f"{row.seconds:.3f}",
        f"{row.cpu_seconds:.3f}",
        f"{100 * row.share:.1f}",
        f"{row.rows:,}" if row.rows else "",
        f"{row.batches:,}",
        _size(row.bytes_in),
        _size(row.bytes_out),
        f"{what}  {row.place}".rstrip(),
    )


def _summed(rows: Sequence[ProfileRow]) -> tuple[str, ...]:
    seconds, cpu, share = (
        sum(getattr(row, name) for row in rows) for name in ("seconds", "cpu_seconds", "share")
    )
    what = f"{len(rows)} smaller step{'s' * (len(rows) > 1)}"
    return f"{seconds:.3f}", f"{cpu:.3f}", f"{100 * share:.1f}", "", "", "", "", what


def _size(nbytes: float) -> str:
    if not nbytes:
        return ""
    for unit in _UNITS:
        if nbytes < 1000 or unit == _UNITS[-1]:
            break
        nbytes /= 1000
    return f"{nbytes:.0f} {unit}" if unit == "B" else f"{nbytes:.1f} {unit}"


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if i in NUMBERS else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
