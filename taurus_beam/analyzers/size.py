"""How many values there are: `size`, and `count`, its other name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.graph.analyzer import Accumulator, Analyzer, Reduction
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import ColumnType, ValueType
from taurus_beam.graph.values import Values

__all__ = ["Size", "count", "size"]


def size(x: Column, reduce_instance_dims: bool = True) -> Column:
    """How many values a column has in the whole data set. Missing ones do not count, NaN does.

    Args:
        x: Any column. Elements of vectors and ragged lists are counted one by one.
        reduce_instance_dims: False gives one count per position of a vector.

    Returns:
        int64; 0 for empty data.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [3.0, None, -1.0]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"n": tb.size(i["x"])})
        >>> out["n"].to_pylist()
        [2, 2, 2]
    """
    return apply(Count(not reduce_instance_dims), x)


def count(x: Column, reduce_instance_dims: bool = True) -> Column:
    """Another name of `size`.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["a", None]})
        >>> tb.fit_transform(table, lambda i: {"n": tb.count(i["s"])})[0]["n"].to_pylist()
        [1, 1]
    """
    return size(x, reduce_instance_dims)


@dataclass(frozen=True)
class Size(Accumulator[Any]):
    """Gathers how many values are present."""

    reduction: Reduction

    def zero(self) -> Any:
        return np.zeros(self.reduction.positions, np.int64)

    def add(self, state: Any, *inputs: Values) -> Any:
        return state + [part.present for part in self.reduction.parts(inputs[0])]

    def merge(self, states: Sequence[Any]) -> Any:
        return np.sum([self.zero(), *states], axis=0)

    def to_wire(self, state: Any) -> Any:
        return pa.record_batch([pa.array(state)], ["count"])

    def from_wire(self, batch: Any) -> Any:
        return batch.column(0).to_numpy().copy()


@operation
@dataclass(frozen=True)
class Count(Analyzer):
    """How many values are present."""

    name = "size"
    elementwise: bool

    def infer(self, *types: ValueType) -> ColumnType:
        return Reduction.of(self.name, types[0], self.elementwise).result(pa.int64())

    def accumulator(self, *types: ValueType) -> Size:
        return Size(Reduction.of(self.name, types[0], self.elementwise))

    def value(self, state: Any, *types: ValueType) -> Constant:
        return Constant(self.infer(*types), pa.array(state))
