"""Quantile boundaries per key, from rank histograms that know no order of the rows.

Tables of one row of boundaries a key, in the order of `count_per_key`'s keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.analyzers.compaction import is_due
from taurus_beam.analyzers.key_groups import check_varying, grouped, keyed_reduction
from taurus_beam.analyzers.keyed_ranks import KeyedRanks
from taurus_beam.analyzers.keyed_table import COMPACT_AT, key_shards, merged_keys
from taurus_beam.analyzers.per_key_value import OrderedKeys, PerKey
from taurus_beam.analyzers.quantiles import default_epsilon
from taurus_beam.analyzers.rank_histogram import capacity_for
from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import ColumnType, ValueType, is_numeric, numpy_dtype
from taurus_beam.graph.values import Values

__all__ = ["bucket_boundaries_per_key"]


def bucket_boundaries_per_key(
    x: Column, key: Column, num_buckets: int, epsilon: float | None = None
) -> Column:
    """The inner boundaries that cut each key's values into buckets, for `bucketize_per_key`.

    As `quantiles`, but strictly ascending as far as the type allows: from the first boundary that
    repeats the one before it, all are moved up to the next larger value of the type. So does TFT,
    by which a value that is several boundaries at once counts one of them.

    Args:
        x: Numeric column: scalars, vectors or ragged lists, whose elements all belong to their
            row's key.
        key: String, binary, integer or boolean column, one key a row.
        num_buckets: How many buckets, at least 2.
        epsilon: Rank error to aim at within a key; see `quantiles`.

    Returns:
        A row of ``num_buckets - 1`` values of ``x``'s type for each of `count_per_key`'s keys.
        Missing values and NaN take no part, nor do rows without a key. Missing where no value
        takes part.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> from taurus_beam.analyzers.keyed_quantiles import bucket_boundaries_per_key
        >>> table = pa.table({"x": [1, 2, 3, 4, 9], "k": [0, 0, 0, 0, 1]})
        >>> def fn(inputs):
        ...     cuts = bucket_boundaries_per_key(inputs["x"], inputs["k"], 3)
        ...     return {"cuts": tb.take(cuts, inputs["k"])}
        >>> tb.fit_transform(table, fn)[0]["cuts"].to_pylist()[-2:]
        [[2, 3], [9, 10]]
    """
    if isinstance(num_buckets, bool) or not isinstance(num_buckets, int) or num_buckets < 2:
        raise TraceError(f"num_buckets is {num_buckets!r}.", expected="an integer of at least 2")
    if epsilon is None:
        epsilon = default_epsilon(num_buckets)
    if not 0 < epsilon < 1:
        raise TraceError(f"epsilon is {epsilon!r}.", expected="a share between 0 and 1")
    check_varying("bucketize_per_key", x, key)
    return apply(KeyedBoundaries(num_buckets, float(epsilon)), key, x)


@dataclass
class _State:
    """Keys with bins by their position; a key may stand in several parts until they are merged."""

    parts: list[tuple[Any, KeyedRanks]] = field(default_factory=list)
    pending: int = 0
    compacted: int = 0


@dataclass(frozen=True)
class KeyedHistograms(OrderedKeys[_State]):
    """Gathers a rank histogram of each key's values.

    Args:
        dtype: Type of the keys.
        column: Type of the values' column.
        capacity: Bins an octave of a key may have.
    """

    dtype: Any
    column: ColumnType
    capacity: int

    def zero(self) -> _State:
        return _State()

    def add(self, state: _State, *inputs: Values) -> _State:
        batch = grouped(inputs[0], inputs[1])
        if len(batch.keys):
            state.parts.append((batch.keys, KeyedRanks.of(batch.groups, batch.numbers)))
            state.pending += max(len(batch.keys), len(batch.numbers))
            if is_due(state.pending, 4 * len(state.parts), state.compacted, 4 * COMPACT_AT):
                self._compact(state)
        return state

    def merge(self, states: Sequence[_State]) -> _State:
        result = self._of([part for state in states for part in state.parts])
        result.compacted = 0
        if is_due(result.pending, 4 * len(result.parts), 0, 4 * COMPACT_AT):
            self._compact(result)
        return result

    def to_wire(self, state: _State) -> Any:
        keys, ranks = self.histograms(state)
        ends = np.searchsorted(ranks.groups, np.arange(len(keys) + 1))
        offsets = pa.array(ends.astype(np.int32))
        columns = {
            name: pa.ListArray.from_arrays(offsets, pa.array(getattr(ranks, name)))
            for name in ("counts", "mins", "maxs", "levels")
        }
        return pa.record_batch({"key": keys, **columns})

    def from_wire(self, batch: Any) -> _State:
        lengths = pc.list_value_length(batch.column("counts")).to_numpy(zero_copy_only=False)
        arrays = (
            batch.column(name).flatten().to_numpy(zero_copy_only=False)
            for name in ("counts", "mins", "maxs", "levels")
        )
        ranks = KeyedRanks(np.repeat(np.arange(len(lengths)), lengths), *arrays)
        return self._of([(batch.column("key"), ranks)] if batch.num_rows else [])

    def shards(self, state: _State, count: int) -> list[_State]:
        keys, ranks = self.histograms(state)
        return [
            self._of([(keys.take(pa.array(part)), ranks.of_groups(part))])
            for part in key_shards(keys, count)
        ]

    def keys(self, state: _State) -> int:
        return state.pending

    def trim(self, state: _State) -> _State:
        return state

    def ordered_keys(self, state: _State) -> Any:
        return self.histograms(state)[0]

    def histograms(self, state: _State) -> tuple[Any, KeyedRanks]:
        """Every key once, ascending, and the bins of each by its position."""
        self._compact(state)
        if not state.parts:
            nothing = np.zeros(0, numpy_dtype(self.column.dtype))
            return pa.array([], self.dtype), KeyedRanks.of(np.zeros(0, np.int64), nothing)
        keys, ranks = state.parts[0]
        order = pc.sort_indices(keys).to_numpy()
        if (order[1:] < order[:-1]).any():
            places = np.empty(len(order), np.int64)
            places[order] = np.arange(len(order))
            state.parts = [(keys.take(pa.array(order)), ranks.renumbered(places).sorted())]
        return state.parts[0]

    def _of(self, parts: list[tuple[Any, KeyedRanks]]) -> _State:
        size = sum(max(len(keys), len(ranks.groups)) for keys, ranks in parts)
        return _State(parts, size, size)

    def _compact(self, state: _State) -> None:
        if state.pending > state.compacted:
            keys, places = merged_keys([keys for keys, _ in state.parts])
            parts = [
                ranks.renumbered(at) for (_, ranks), at in zip(state.parts, places, strict=True)
            ]
            state.parts = [(keys, KeyedRanks.merged(parts, self.capacity))]
        state.pending = state.compacted = self._of(state.parts).pending


@operation
@dataclass(frozen=True)
class KeyedBoundaries(PerKey):
    """Strictly ascending inner quantile boundaries of each key's values."""

    name = "keyed_boundaries"
    num_buckets: int
    epsilon: float

    def infer(self, *types: ValueType) -> ColumnType:
        dtype = self.accumulator(*types).column.dtype
        if not is_numeric(dtype):
            raise TraceError(
                f"'bucketize_per_key' takes numbers, not {dtype}.",
                fix="Cast it first: tb.cast(x, pa.float64()).",
            )
        return ColumnType(dtype, (None, self.num_buckets - 1))

    def accumulator(self, *types: ValueType) -> KeyedHistograms:
        key, reduction = keyed_reduction("bucketize_per_key", types, False)
        return KeyedHistograms(key.dtype, reduction.column, capacity_for(self.epsilon))

    def elements(self, state: Any, whole: Any, *types: ValueType) -> Any:
        keys, ranks = self.accumulator(*types).histograms(state)
        table = _strictly_ascending(ranks.boundaries(len(keys), self.num_buckets))
        unseen = ranks.totals(len(keys)) == 0
        # What stands where nothing is known is written too, so it must be the same for all parts.
        table[unseen] = 0
        return pa.array(table.reshape(-1), mask=np.repeat(unseen, self.num_buckets - 1))


def _strictly_ascending(table: Any) -> Any:
    """Each row with what follows its first repetition moved up to the next larger value."""
    repeated = np.zeros(table.shape, np.bool_)
    repeated[:, 1:] = np.logical_or.accumulate(table[:, 1:] == table[:, :-1], axis=1)
    if table.dtype.kind == "f":
        with np.errstate(over="ignore"):  # what follows the largest number is infinity
            larger = np.nextafter(table, table.dtype.type(np.inf))
    else:
        larger = table + (table < np.iinfo(table.dtype).max).astype(table.dtype)
    return np.where(repeated, larger, table)
