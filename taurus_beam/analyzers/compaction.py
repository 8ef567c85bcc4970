"""When the tables that batches leave are to be merged into one.

Merging them at each batch would take most of the time; never merging them would keep all rows.
This room decides when, and knows nothing of what the tables hold.
"""

from __future__ import annotations

__all__ = ["is_due", "waiting_allowed"]

_TABLE = 1024
"""As many rows count for each table: what one takes besides its rows is some kB."""


def is_due(rows: int, tables: int, merged: int, most: int) -> bool:
    """Whether tables are to be merged.

    Args:
        rows: Rows of all of them.
        tables: How many there are.
        merged: Rows that the last merging left, or what `waiting_allowed` makes of them; until
            there are twice as many it would not pay.
        most: Rows that may always wait.

    Returns:
        True so often that at most ``max(most, 2 * merged)`` rows, and 1/1024 as many tables,
        wait. Columns of few distinct values leave many tables of few rows.

    Example:
        >>> is_due(rows=3 * 200, tables=200, merged=3, most=1 << 18)
        False
        >>> is_due(rows=3 * 300, tables=300, merged=3, most=1 << 18)
        True
    """
    return rows + _TABLE * tables > max(most, 2 * merged)


def waiting_allowed(rows: int, left: int) -> int:
    """What `is_due` is to take for the rows that a merging left, seeing what it was good for.

    Args:
        rows: Rows that were merged.
        left: Rows that are left of them.

    Returns:
        Twice as many where hardly any row was like another. To merge such rows saves no memory,
        and to find that out takes longer the more there are.

    Example:
        >>> waiting_allowed(100, 10), waiting_allowed(100, 95)
        (10, 190)
    """
    return 2 * left if 4 * left >= 3 * rows else left
