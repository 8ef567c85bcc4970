"""Rows in one order, from parts that were put in order each by itself.

Parts of any number and size become one sequence of tables while only a batch or two of each is
held. Where the batches come from and go to is no business of this room.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.analyzers.choice import frequency_order, sort_text

__all__ = ["Ascending", "ByFrequency", "Order", "merged_runs"]


class Order(abc.ABC):
    """How the rows of tables are ordered."""

    @abc.abstractmethod
    def sorted(self, table: pa.Table) -> pa.Table:
        """The rows of a table in order."""

    @abc.abstractmethod
    def last(self, table: pa.Table) -> Any:
        """What the last row of a table is ordered by."""

    @abc.abstractmethod
    def earliest(self, places: Sequence[Any]) -> Any:
        """Of what `last` gave for some tables, that which comes first in the order."""

    @abc.abstractmethod
    def rows_up_to(self, table: pa.Table, limit: Any) -> int:
        """How many rows of an ordered table do not come after what `last` gave for another."""


@dataclass(frozen=True)
class Ascending(Order):
    """By one column of distinct values, ascending; strings and binary by their bytes."""

    column: str

    def sorted(self, table: pa.Table) -> pa.Table:
        return table.take(pc.sort_indices(table[self.column]))

    def last(self, table: pa.Table) -> Any:
        return self._at(table, len(table) - 1)

    def earliest(self, places: Sequence[Any]) -> Any:
        return min(places)

    def rows_up_to(self, table: pa.Table, limit: Any) -> int:
        return _first(0, len(table), lambda row: self._at(table, row) > limit)

    def _at(self, table: pa.Table, row: int) -> Any:
        # Python compares strings by code points, which is the order of their UTF-8 bytes.
        return table[self.column][row].as_py()


@dataclass(frozen=True)
class ByFrequency(Order):
    """By ``count``, ties by the text of ``term``, both descending: as `frequency_order`."""

    def sorted(self, table: pa.Table) -> pa.Table:
        return table.take(frequency_order(table))

    def last(self, table: pa.Table) -> Any:
        return table["count"][-1].as_py(), _text_at(table, len(table) - 1)

    def earliest(self, places: Sequence[Any]) -> Any:
        return max(places)

    def rows_up_to(self, table: pa.Table, limit: Any) -> int:
        count, text = limit
        counts = table["count"].to_numpy()[::-1]
        low = len(counts) - int(np.searchsorted(counts, count, side="right"))
        high = len(counts) - int(np.searchsorted(counts, count, side="left"))
        return _first(low, high, lambda row: _text_at(table, row) < text)


def merged_runs(runs: Sequence[Iterator[pa.Table]], order: Order) -> Iterator[pa.Table]:
    """The rows of several ordered tables in order.

    Args:
        runs: For each table its pieces, none empty.
        order: How each is ordered.

    Example:
        >>> one = pa.table({"term": ["b", "d"], "count": [3, 1]})
        >>> other = pa.table({"term": ["c", "a"], "count": [3, 2]})
        >>> pa.concat_tables(merged_runs([iter([one]), iter([other])], ByFrequency()))[
        ...     "term"
        ... ].to_pylist()
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
        limits = [order.last(run.head) for run in held if not run.is_over]
        limit = order.earliest(limits) if limits else None
        together = pa.concat_tables([run.up_to(limit, order) for run in held])
        yield order.sorted(together.combine_chunks())


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

    def up_to(self, limit: Any, order: Order) -> pa.Table:
        """Take out the rows that do not come after a limit: all where there is none."""
        rows = len(self.head) if limit is None else order.rows_up_to(self.head, limit)
        taken, self.head = self.head.slice(0, rows), self.head.slice(rows)
        return taken


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The first row from which on something holds; ``high`` if it holds for none below."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _text_at(table: pa.Table, row: int) -> bytes:
    text: bytes = sort_text(table["term"].slice(row, 1))[0].as_py()
    return text
