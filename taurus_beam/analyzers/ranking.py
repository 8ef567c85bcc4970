"""Terms in the order of a vocabulary, from parts that were put in order each by itself.

Parts of any number and size become one sequence of tables while only a batch of each is held.
Where the batches come from and go to is no business of this room.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.choice import frequency_order, sort_text

__all__ = ["merged_runs"]


def merged_runs(runs: Sequence[Iterator[pa.Table]]) -> Iterator[pa.Table]:
    """The rows of several ordered tables in order.

    Args:
        runs: For each table its pieces, none empty; each is ordered as by `frequency_order`.

    Example:
        >>> one = pa.table({"term": ["b", "d"], "count": [3, 1]})
        >>> other = pa.table({"term": ["c", "a"], "count": [3, 2]})
        >>> pa.concat_tables(merged_runs([iter([one]), iter([other])]))["term"].to_pylist()
        ['c', 'b', 'a', 'd']
    """
    waiting = list(map(_Run, runs))
    while True:
        for run in waiting:
            run.fill()
        held = [run for run in waiting if len(run.head)]
        if not held:
            return
        # Up to here no run can still bring a row.
        limits = [_last(run.head) for run in held if not run.is_over]
        together = pa.concat_tables([run.up_to(max(limits, default=None)) for run in held])
        together = together.combine_chunks()
        yield together.take(frequency_order(together))


class _Run:
    """An ordered table of which about two pieces are held, so that a round takes one of each."""

    def __init__(self, pieces: Iterator[pa.Table]) -> None:
        self._pieces = pieces
        self._enough = 0
        self.head: Any = ()
        self.is_over = False

    def fill(self) -> None:
        """Hold more than one piece, if there is more."""
        while not self.is_over and len(self.head) <= self._enough:
            piece = next(self._pieces, None)
            if piece is None:
                self.is_over = True
                return
            self._enough = len(piece)
            both = [self.head, piece] if len(self.head) else [piece]
            self.head = pa.concat_tables(both).combine_chunks()

    def up_to(self, limit: tuple[Any, bytes] | None) -> pa.Table:
        """Take out the rows that do not come after a limit: all where there is none."""
        rows = len(self.head) if limit is None else _rows_up_to(self.head, limit)
        taken, self.head = self.head.slice(0, rows), self.head.slice(rows)
        return taken


def _last(table: pa.Table) -> tuple[Any, bytes]:
    """Count and text of the last row; the greater come first."""
    return table["count"][-1].as_py(), _text_at(table, len(table) - 1)


def _rows_up_to(table: pa.Table, limit: tuple[Any, bytes]) -> int:
    """How many rows do not come after a limit."""
    count, text = limit
    counts = table["count"].to_numpy()[::-1]
    low = len(counts) - int(np.searchsorted(counts, count, side="right"))
    high = len(counts) - int(np.searchsorted(counts, count, side="left"))
    while low < high:
        middle = (low + high) // 2
        if _text_at(table, middle) >= text:
            low = middle + 1
        else:
            high = middle
    return low


def _text_at(table: pa.Table, row: int) -> bytes:
    text: bytes = sort_text(table["term"].slice(row, 1))[0].as_py()
    return text
