"""The smallest and the largest value: `min`, `max`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.analyzer import Accumulator, Analyzer, Reduction
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import ColumnType, ValueType, is_numeric, is_temporal, numpy_dtype
from taurus_beam.graph.values import Values

__all__ = ["Extrema", "limits", "max", "min"]


def min(x: Column, reduce_instance_dims: bool = True) -> Column:
    """The smallest value of a column over the whole data set.

    Args:
        x: Numeric, date, timestamp or duration column: scalars, vectors or ragged lists.
        reduce_instance_dims: False gives one result per position of a vector.

    Returns:
        A value of ``x``'s type (a vector of ``n`` with ``reduce_instance_dims=False``).
        Missing values and NaN take no part; ±inf do. Where no value takes part, as in TFT,
        +inf for floats and the type's largest value for integers; missing for times.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [3.0, None, -1.0]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"x": i["x"] - tb.min(i["x"])})
        >>> out["x"].to_pylist()
        [4.0, None, 0.0]
    """
    return apply(Extremum("min", not reduce_instance_dims), x)


def max(x: Column, reduce_instance_dims: bool = True) -> Column:
    """The largest value of a column over the whole data set; see `min`.

    Where no value takes part, −inf for floats and the type's smallest value for integers.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [3, None, -1]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"x": tb.max(i["x"]) - i["x"]})
        >>> out["x"].to_pylist()
        [0, None, 4]
    """
    return apply(Extremum("max", not reduce_instance_dims), x)


@dataclass
class _Extremes:
    """Per result the smallest and the largest value; the wrong way round before any is seen."""

    low: np.ndarray[Any, Any]
    high: np.ndarray[Any, Any]


@dataclass(frozen=True)
class Extrema(Accumulator[_Extremes]):
    """Gathers smallest and largest values."""

    reduction: Reduction

    def zero(self) -> _Extremes:
        size, carrier = self.reduction.positions, numpy_dtype(self.reduction.column.dtype)
        low, high = limits(carrier)
        return _Extremes(np.full(size, high, carrier), np.full(size, low, carrier))

    def add(self, state: _Extremes, *inputs: Values) -> _Extremes:
        batch = self.zero()
        for i, part in enumerate(self.reduction.parts(inputs[0])):
            numbers = part.numbers
            if numbers.size:
                # Adding 0 makes -0.0 and 0.0 one value, whichever came first.
                batch.low[i] = numbers.min() + numbers.dtype.type(0)
                batch.high[i] = numbers.max() + numbers.dtype.type(0)
        return self.merge([state, batch])

    def merge(self, states: Sequence[_Extremes]) -> _Extremes:
        result = self.zero()
        for state in states:
            np.minimum(result.low, state.low, out=result.low)
            np.maximum(result.high, state.high, out=result.high)
        return result

    def to_wire(self, state: _Extremes) -> Any:
        return pa.record_batch([pa.array(state.low), pa.array(state.high)], ["low", "high"])

    def from_wire(self, batch: Any) -> _Extremes:
        low, high = (c.to_numpy(zero_copy_only=False).copy() for c in batch.columns)
        return _Extremes(low, high)


@operation
@dataclass(frozen=True)
class Extremum(Analyzer):
    """The smallest (``which="min"``) or largest (``"max"``) value."""

    name = "extremum"
    which: Literal["min", "max"]
    elementwise: bool

    @property
    def called(self) -> str:
        return self.which

    def infer(self, *types: ValueType) -> ColumnType:
        reduction = self._reduction(types)
        dtype = reduction.column.dtype
        if not (is_numeric(dtype) or is_temporal(dtype)):
            raise TraceError(
                f"'{self.which}' takes numbers and times, not {dtype}.",
                fix="Cast it first: tb.cast(x, pa.int64()).",
            )
        return reduction.result(dtype)

    def accumulator(self, *types: ValueType) -> Extrema:
        return Extrema(self._reduction(types))

    def value(self, state: _Extremes, *types: ValueType) -> Constant:
        result = self.infer(*types)
        found = state.low if self.which == "min" else state.high
        unseen = state.low > state.high if is_temporal(result.dtype) else None
        return Constant(result, pa.array(found, mask=unseen).cast(result.dtype))

    def _reduction(self, types: Sequence[ValueType]) -> Reduction:
        return Reduction.of(self.which, types[0], self.elementwise)


def limits(carrier: np.dtype[Any]) -> tuple[Any, Any]:
    """The least and the greatest value of a NumPy number type."""
    if carrier.kind == "f":
        return -np.inf, np.inf
    whole = np.iinfo(carrier)
    return whole.min, whole.max
