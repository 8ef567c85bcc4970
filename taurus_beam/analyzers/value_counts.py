"""How often each distinct value occurs: the accumulator behind vocabularies.

Only the distinct values of a batch are ever looked at one by one, and that in Arrow. The state
can be split in shards by value, so that no worker need hold all keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.graph.analyzer import KeyedAccumulator
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import is_text
from taurus_beam.graph.values import Values

__all__ = ["ValueCounts", "frequency_order", "shard_of"]

_COMPACT_AT = 1 << 18


@dataclass
class _Counts:
    """Pieces of (term, count) tables; a term may stand in several until they are compacted."""

    pieces: list[Any] = field(default_factory=list)
    pending: int = 0
    compacted: int = 0


@dataclass(frozen=True)
class ValueCounts(KeyedAccumulator[_Counts]):
    """Counts the distinct present values of a string, binary or integer column.

    Args:
        dtype: Type of the values.
        top_k: How many of the most frequent ones are wanted, or None for all.
        frequency_threshold: Least count that is wanted.
    """

    dtype: Any
    top_k: int | None = None
    frequency_threshold: int = 1

    def zero(self) -> _Counts:
        return _Counts()

    def add(self, state: _Counts, *inputs: Values) -> _Counts:
        terms, counts = _value_counts(inputs[0])
        if len(terms):
            state.pieces.append(self._table(terms, counts))
            state.pending += len(terms)
            if state.pending > max(_COMPACT_AT, 2 * state.compacted):
                self._compact(state)
        return state

    def merge(self, states: Sequence[_Counts]) -> _Counts:
        pieces = [piece for state in states for piece in state.pieces]
        result = _Counts(pieces, sum(map(len, pieces)))
        if result.pending > _COMPACT_AT:
            self._compact(result)
        return result

    def to_wire(self, state: _Counts) -> Any:
        table = self.table(state)
        order = pc.sort_indices(table, [("term", "ascending")])
        return _one_batch(table.take(order))

    def from_wire(self, batch: Any) -> _Counts:
        table = pa.Table.from_batches([batch])
        return _Counts([table] if len(table) else [], len(table), len(table))

    def shards(self, state: _Counts, count: int) -> list[_Counts]:
        table = self.table(state)
        shard = shard_of(table["term"].combine_chunks(), count)
        parts = (table.filter(pa.array(shard == i)) for i in range(count))
        return [_Counts([part], len(part), len(part)) for part in parts]

    def keys(self, state: _Counts) -> int:
        return state.pending

    def trim(self, state: _Counts) -> _Counts:
        table = self.wanted(state)
        if self.top_k is not None and len(table) > self.top_k:
            table = table.take(frequency_order(table)[: self.top_k])
        return _Counts([table], len(table), len(table))

    def wanted(self, state: _Counts) -> Any:
        """The terms that occur often enough; empty strings never count as terms."""
        table = self.table(state)
        table = table.filter(pc.field("count") >= self.frequency_threshold)
        if is_text(self.dtype):
            table = table.filter(pc.binary_length(pc.field("term")) > 0)
        return table

    def table(self, state: _Counts) -> Any:
        """One table of (term, count), each term once, in no order."""
        self._compact(state)
        return state.pieces[0] if state.pieces else self._table(pa.array([], self.dtype), [])

    def _table(self, terms: Any, counts: Any) -> Any:
        return pa.table({"term": terms, "count": pa.array(counts, pa.int64())})

    def _compact(self, state: _Counts) -> None:
        if len(state.pieces) > 1:
            whole = pa.concat_tables(state.pieces)
            grouped = whole.group_by("term", use_threads=False).aggregate([("count", "sum")])
            state.pieces = [self._table(grouped["term"], grouped["count_sum"].combine_chunks())]
        state.pending = state.compacted = sum(map(len, state.pieces))


def frequency_order(table: Any) -> Any:
    """Positions of a (term, count) table by count, ties by value, both descending.

    Integers are ordered by their decimal text, as TFT does.
    """
    text = table["term"]
    if pa.types.is_integer(text.type):
        text = text.cast(pa.string())
    keyed = pa.table({"count": table["count"], "text": text.cast(pa.large_binary())})
    return pc.sort_indices(keyed, [("count", "descending"), ("text", "descending")])


def shard_of(terms: Any, count: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """A shard in ``0 … count - 1`` for each term, decided by the term alone.

    Strings are told apart by length and their first and last eight bytes, which spreads well
    and needs no pass over the characters.
    """
    if pa.types.is_integer(terms.type):
        mixed = terms.to_numpy(zero_copy_only=False).astype(np.uint64)
    else:
        binary = terms.cast(pa.large_binary())
        offsets = np.frombuffer(binary.buffers()[1], np.int64)[
            binary.offset : binary.offset + len(binary) + 1
        ]
        body = np.frombuffer(binary.buffers()[2] or b"", np.uint8)
        lengths = np.diff(offsets)
        mixed = lengths.astype(np.uint64)
        for step in range(8):
            within = lengths > step
            for position in (offsets[:-1] + step, offsets[1:] - 1 - step):
                byte = np.zeros(len(terms), np.uint64)
                byte[within] = body[position[within]]
                mixed = (mixed ^ byte) * np.uint64(0x100000001B3)
    mixed = (mixed ^ (mixed >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    spread: np.ndarray[Any, np.dtype[np.int64]] = (
        (mixed >> np.uint64(40)) % np.uint64(count)
    ).astype(np.int64)
    return spread


def _value_counts(values: Values) -> tuple[Any, Any]:
    if isinstance(values.data, Text):
        return values.data.counts()
    present = values.data if values.missing is None else values.data[~values.missing]
    counted = pc.value_counts(pa.array(present))
    return counted.field(0), counted.field(1).to_numpy()


def _one_batch(table: Any) -> Any:
    batches = table.combine_chunks().to_batches()
    if batches:
        return batches[0]
    return pa.RecordBatch.from_arrays(
        [pa.array([], f.type) for f in table.schema], schema=table.schema
    )
