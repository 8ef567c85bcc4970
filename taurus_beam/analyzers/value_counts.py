"""How often each distinct value occurs: the accumulator behind vocabularies.

Only the distinct values of a batch are ever looked at one by one, and that in Arrow. The state
can be split in shards by value, so that no worker need hold all keys.
"""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.analyzers.choice import ALL, Choice, frequency_order, without_empty
from taurus_beam.analyzers.compaction import is_due, waiting_allowed
from taurus_beam.graph.analyzer import KeyedAccumulator
from taurus_beam.graph.shared_terms import SharedTerms
from taurus_beam.graph.term_hash import hash_terms
from taurus_beam.graph.text import Text
from taurus_beam.graph.values import Values

__all__ = [
    "Pieces",
    "RankedTerms",
    "TermTable",
    "ValueCounts",
    "pieces_of",
    "shard_of",
    "summed",
]

Counts: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]

_COMPACT_AT = 1 << 18
_MOST_PLACES = 1 << 22
"""A number has a place of its own where all lie within so many, and no more than there are."""


@dataclass
class Pieces:
    """Tables of terms; a term may stand in several until they are compacted.

    Attributes:
        pieces: The tables.
        pending: Their rows.
        compacted: How many rows the last compaction left.
        shared: Counts of the terms of whole columns, of each column one array.
    """

    pieces: list[Any] = field(default_factory=list)
    pending: int = 0
    compacted: int = 0
    shared: dict[SharedTerms, Counts] = field(default_factory=dict)


class TermTable(KeyedAccumulator[Pieces]):
    """Gathers integers that are summed by term, and maybe by something further.

    A table's first column is ``term``, its last ``count`` the integers; what stands between
    tells apart several sums of one term. Rows of a missing term are of the whole data.
    """

    @property
    @abc.abstractmethod
    def schema(self) -> pa.Schema:
        """The table's schema."""

    @abc.abstractmethod
    def piece(self, *inputs: Values) -> pa.Table:
        """The table of a batch."""

    def canonical(self, table: pa.Table) -> pa.Table:
        """A table with each key once in the one form that its sums have."""
        return table

    def zero(self) -> Pieces:
        return Pieces()

    def add(self, state: Pieces, *inputs: Values) -> Pieces:
        piece = self.piece(*inputs)
        if len(piece):
            state.pieces.append(piece)
            state.pending += len(piece)
            if is_due(state.pending, len(state.pieces), state.compacted, _COMPACT_AT):
                self._compact(state)
        return state

    def merge(self, states: Sequence[Pieces]) -> Pieces:
        pieces = [piece for state in states for piece in state.pieces]
        result = Pieces(pieces, sum(map(len, pieces)))
        if is_due(result.pending, len(pieces), 0, _COMPACT_AT):
            self._compact(result)
        return result

    def to_wire(self, state: Pieces) -> Any:
        table = self.table(state)
        order = pc.sort_indices(table, [(key, "ascending") for key in self.schema.names[:-1]])
        return _one_batch(table.take(order))

    def from_wire(self, batch: Any) -> Pieces:
        return pieces_of(pa.Table.from_batches([batch]))

    def shards(self, state: Pieces, count: int) -> list[Pieces]:
        table = self.table(state)
        shard = shard_of(table["term"].combine_chunks(), count)
        order = np.argsort(shard.astype(np.uint16), kind="stable")
        table = table.take(order)
        ends = np.cumsum(np.bincount(shard, minlength=count))
        return [
            pieces_of(table.slice(end - n, n))
            for end, n in zip(ends, np.diff(ends, prepend=0), strict=True)
        ]

    def keys(self, state: Pieces) -> int:
        return state.pending

    def trim(self, state: Pieces) -> Pieces:
        return state

    def table(self, state: Pieces) -> pa.Table:
        """The one table of a state, each key once, in no order."""
        self._compact(state)
        return state.pieces[0] if state.pieces else self.schema.empty_table()

    def once(self, table: pa.Table) -> pa.Table:
        """The table with the rows of each key added up."""
        return self.canonical(summed(table))

    def _compact(self, state: Pieces) -> None:
        rows = state.compacted = state.pending
        if len(state.pieces) > 1:
            whole = self.once(pa.concat_tables(state.pieces))
            state.pieces, state.pending = [whole], len(whole)
            state.compacted = waiting_allowed(rows, len(whole))


class RankedTerms(TermTable):
    """A table of terms that a vocabulary can be made of part by part.

    Attributes:
        choice: Which terms are wanted.
    """

    choice: Choice

    @abc.abstractmethod
    def scores(self, state: Pieces) -> pa.Table:
        """Each term once and what it is ordered by: columns ``term`` and ``count``."""

    def ranked(self, state: Pieces) -> pa.Table:
        """The chosen terms of a state in the order of a vocabulary."""
        table = self.choice.of(self.scores(state))
        return table.take(frequency_order(table)).combine_chunks()


@dataclass(frozen=True)
class ValueCounts(RankedTerms):
    """Counts the distinct present values of columns of strings, binary or integers.

    Args:
        dtype: Type of the values.
        choice: Which of them are wanted.
        with_empty: Whether the empty string is a value like others.
    """

    not_in_state: ClassVar[tuple[str, ...]] = ("choice", "with_empty")

    dtype: Any
    choice: Choice = ALL
    with_empty: bool = False

    @property
    def schema(self) -> pa.Schema:
        return pa.schema({"term": self.dtype, "count": pa.int64()})

    def add(self, state: Pieces, *inputs: Values) -> Pieces:
        rest = [values for values in inputs if not _counted_in_place(state, values)]
        return super().add(state, *rest) if rest else state

    def merge(self, states: Sequence[Pieces]) -> Pieces:
        result = super().merge(states)
        for state in states:
            for terms, counts in state.shared.items():
                known = result.shared.get(terms)
                result.shared[terms] = counts if known is None else known + counts
        return result

    def table(self, state: Pieces) -> pa.Table:
        while state.shared:
            terms, counts = state.shared.popitem()
            piece = self._table(terms.dictionary, counts)
            state.pieces.append(piece.filter(pa.array(counts > 0)) if 0 in counts else piece)
            state.pending += len(state.pieces[-1])
        return super().table(state)

    def piece(self, *inputs: Values) -> pa.Table:
        pieces = [self._table(*_value_counts(values)) for values in inputs]
        return pieces[0] if len(pieces) == 1 else self.once(pa.concat_tables(pieces))

    def _table(self, terms: Any, counts: Any) -> pa.Table:
        return pa.table([terms, pa.array(counts, pa.int64())], schema=self.schema)

    def trim(self, state: Pieces) -> Pieces:
        return pieces_of(self.choice.of(self.scores(state)))

    def scores(self, state: Pieces) -> pa.Table:
        table = self.table(state)
        return table if self.with_empty else without_empty(table)


def summed(table: pa.Table) -> pa.Table:
    """The table with the last column added up over rows that are equal in all others."""
    *keys, value = table.schema.names
    grouped = table.group_by(keys, use_threads=False).aggregate([(value, "sum")])
    return grouped.select([*keys, f"{value}_sum"]).rename_columns([*keys, value])


def pieces_of(table: pa.Table) -> Pieces:
    """The state of a table in which each key stands once."""
    return Pieces([table] if len(table) else [], len(table), len(table))


def shard_of(terms: Any, count: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """A shard in ``0 … count - 1`` for each term, decided by the term alone; 0 if missing."""
    shard = np.zeros(len(terms), np.int64)
    present = slice(None)
    if terms.null_count:
        present = pc.is_valid(terms).to_numpy(zero_copy_only=False)
        terms = terms.drop_null()
    # The highest bits choose the bucket of a lookup table, the lowest are left for the shard.
    shard[present] = (hash_terms(terms) % np.uint64(count)).astype(np.int64)
    return shard


def _value_counts(values: Values) -> tuple[Any, Any]:
    if isinstance(values.data, Text):
        return values.data.counts()
    present = values.data if values.missing is None else values.data[~values.missing]
    if present.size and present.dtype.kind in "iu":
        low, high = int(present.min()), int(present.max())
        if high - low < min(len(present), _MOST_PLACES):
            return _counted_by_place(present, low)
    counted = pc.value_counts(pa.array(present))
    return counted.field(0), counted.field(1).to_numpy()


def _counted_by_place(numbers: np.ndarray[Any, Any], low: int) -> tuple[Any, Counts]:
    """The distinct ones of numbers that lie close together, and how often each occurs."""
    wide = numbers.astype(np.uint64 if numbers.dtype == np.uint64 else np.int64, copy=False)
    least = wide.dtype.type(low)
    counts = np.bincount((wide - least).view(np.int64))
    places = np.flatnonzero(counts)
    return pa.array((places.astype(wide.dtype) + least).astype(numbers.dtype)), counts[places]


def _counted_in_place(state: Pieces, values: Values) -> bool:
    """Whether values were counted among the terms of their whole column."""
    shared = values.data.shared if isinstance(values.data, Text) else None
    if shared is None:
        return False
    terms, codes = shared
    if values.missing is not None:
        codes = codes[~values.missing]
    counts = state.shared.setdefault(terms, np.zeros(len(terms.dictionary), np.int64))
    np.add.at(counts, codes, 1)
    return True


def _one_batch(table: Any) -> Any:
    batches = table.combine_chunks().to_batches()
    if batches:
        return batches[0]
    return pa.RecordBatch.from_arrays(
        [pa.array([], f.type) for f in table.schema], schema=table.schema
    )
