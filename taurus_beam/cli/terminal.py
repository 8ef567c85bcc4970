"""Writing for people: consoles, and numbers as one reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["count", "listed", "show_heading", "show_table", "size", "speed", "stderr", "stdout"]

_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


def stdout() -> Console:
    """Where results go; 80 columns wide where it is no terminal."""
    from rich.console import Console  # which a command that prints nothing with it need not load

    return Console(highlight=False, markup=False, emoji=False)


def stderr() -> Console:
    """Where errors and progress go."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def count(number: int, what: str = "") -> str:
    """A number with separators, and what it counts.

    Example:
        >>> count(336776), count(1, "file"), count(2, "passes"), count(3, "file")
        ('336,776', '1 file', '2 passes', '3 files')
    """
    if not what:
        return f"{number:,}"
    if number != 1 and not what.endswith("s"):
        what += "s"
    elif number == 1 and what == "passes":
        what = "pass"
    return f"{number:,} {what}"


def size(nbytes: float) -> str:
    """Bytes in the unit that fits.

    Example:
        >>> size(812), size(5_123_456)
        ('812 bytes', '5.1 MB')
    """
    for unit in _UNITS:
        if nbytes < 1000 or unit == _UNITS[-1]:
            break
        nbytes /= 1000
    return f"{nbytes:.0f} {unit}" if unit == "bytes" else f"{nbytes:.1f} {unit}"


def speed(rows: int, seconds: float) -> str:
    """How fast rows were read, in brackets; nothing where they were not counted.

    Example:
        >>> speed(336_776, 2.0), speed(0, 2.0)
        ('  (168,388 rows read a second)', '')
    """
    return f"  ({count(round(rows / seconds))} rows read a second)" if rows else ""


def listed(items: Iterable[str], most: int = 5) -> str:
    """Some items, and how many more there are.

    Example:
        >>> listed("abcdefg", 3)
        'a, b, c and 4 more'
    """
    items = list(items)
    if len(items) <= most:
        return ", ".join(items)
    return f"{', '.join(items[:most])} and {len(items) - most:,} more"


def show_heading(console: Console, text: str) -> None:
    """A title above a table."""
    console.print()
    console.print(text, style="bold")


def show_table(
    console: Console,
    rows: Sequence[Sequence[str]],
    columns: Sequence[str] = (),
    right: Sequence[int] = (),
) -> None:
    """Rows in columns without lines, cells folded where the terminal is too narrow.

    Args:
        console: Where to.
        rows: Cells of each row.
        columns: Headings; none shows no heading line.
        right: Positions of the columns that hold numbers.
    """
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), show_header=bool(columns), header_style="dim")
    table.add_column("", width=0)
    for i in range(len(rows[0]) if rows else len(columns)):
        heading = columns[i] if columns else ""
        table.add_column(heading, justify="right" if i in right else "left", overflow="fold")
    for row in rows:
        table.add_row("", *row)
    with console.capture() as captured:
        console.print(table)
    # Rich fills cells up; in a file or a comparison the blanks at the end would be noise.
    lines = [line.rstrip() for line in captured.get().rstrip("\n").split("\n")]
    console.file.write("\n".join(lines) + "\n")
