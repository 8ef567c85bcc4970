"""In how many rows each id occurs, and how many rows there are: the tables behind tf-idf."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.value_counts import ValueCounts
from taurus_beam.errors import DataError, TraceError
from taurus_beam.graph.analyzer import Accumulator, Analyzer
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import RAGGED, ColumnType, ValueType
from taurus_beam.graph.values import Values

__all__ = ["CountsById", "RowTotal"]

_MOST_IDS = 1 << 31


@dataclass(frozen=True)
class Rows(Accumulator[int]):
    """Counts rows, missing ones too."""

    def zero(self) -> int:
        return 0

    def add(self, state: int, *inputs: Values) -> int:
        return state + inputs[0].rows

    def merge(self, states: Sequence[int]) -> int:
        return sum(states)

    def to_wire(self, state: int) -> Any:
        return pa.record_batch({"rows": pa.array([state], pa.int64())})

    def from_wire(self, batch: Any) -> int:
        return int(batch.column(0)[0].as_py())


@operation
class RowTotal(Analyzer):
    """How many rows the data set has. Gives one int64."""

    name = "row_total"

    def infer(self, *types: ValueType) -> ColumnType:
        return ColumnType(pa.int64())

    def accumulator(self, *types: ValueType) -> Rows:
        return Rows()

    def value(self, state: int, *types: ValueType) -> Constant:
        return Constant(self.infer(*types), pa.array([state], pa.int64()))


@operation
class CountsById(Analyzer):
    """How often each id 0, 1, 2, … occurs among the elements of int64 lists.

    Gives int64, one for each id up to the greatest that occurs, and at the end a 0 that stands
    for all greater ids. Over lists of distinct ids these are document frequencies.
    """

    name = "counts_by_id"

    def infer(self, *types: ValueType) -> ColumnType:
        (ids,) = types
        if ids != ColumnType(pa.int64(), RAGGED):
            raise TraceError(f"'counts_by_id' takes ragged lists of int64, not {ids}.")
        return ColumnType(pa.int64(), RAGGED)

    def accumulator(self, *types: ValueType) -> ValueCounts:
        return ValueCounts(pa.int64())

    def value(self, state: Any, *types: ValueType) -> Constant:
        table = ValueCounts(pa.int64()).table(state)
        ids, counts = table["term"].to_numpy(), table["count"].to_numpy()
        greatest = int(ids.max(initial=-1))
        if greatest >= _MOST_IDS:
            raise DataError(
                f"There is an id {greatest}.",
                expected=f"ids below {_MOST_IDS}, since the table has an entry for each",
                fix="Hash into fewer buckets, or learn a vocabulary.",
            )
        dense = np.zeros(greatest + 2, np.int64)
        dense[ids] = counts
        return Constant(self.infer(*types), pa.array(dense))
