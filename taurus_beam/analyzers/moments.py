"""Sums, means and variances, exact whatever the order of the rows.

Totals are kept as exact integers (`exact_sum`), so merging is integer addition and the result
is rounded once, at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers import exact_sum
from taurus_beam.analyzers.weighted_moments import WeightedMoment
from taurus_beam.errors import DataError, TraceError
from taurus_beam.graph.analyzer import Accumulator, Analyzer, Reduction
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import (
    ColumnType,
    ValueType,
    is_float,
    is_integer,
    is_numeric,
    numpy_dtype,
)
from taurus_beam.graph.values import Values

__all__ = ["Moments", "float_name", "mean", "std", "sum", "var"]


def sum(x: Column, reduce_instance_dims: bool = True) -> Column:
    """The sum of a column over the whole data set, exact and rounded once.

    Args:
        x: Numeric or boolean column.
        reduce_instance_dims: False gives one sum per position of a vector.

    Returns:
        int64 (uint64 for unsigned) for integers and booleans; ``x``'s type for floats.
        Missing values and NaN take no part; ±inf do. 0 for empty data. A DataError tells of an
        integer sum that does not fit.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [0.1] * 10})
        >>> tb.fit_transform(table, lambda i: {"s": tb.sum(i["x"])})[0]["s"][0].as_py()
        1.0
    """
    return apply(Moment("sum", not reduce_instance_dims, None), x)


def mean(
    x: Column,
    reduce_instance_dims: bool = True,
    output_dtype: Any = None,
    weights: Column | None = None,
) -> Column:
    """The arithmetic mean of a column over the whole data set.

    Args:
        x: Numeric or boolean column.
        reduce_instance_dims: False gives one mean per position of a vector.
        output_dtype: ``pa.float32()`` or ``pa.float64()``. By default, as in TFT, ``x``'s type
            for floats and float32 for integers.
        weights: Numeric column: how much each row counts, or each element where it has ``x``'s
            shape. The mean is then ``Σwx / Σw``. Where the weight is missing, NaN, infinite or not
            above 0, the value takes no part; integers beyond 2**53 are first rounded to float64.

    Returns:
        The mean of the finite values: missing ones, NaN and ±inf take no part, as in TFT. 0
        where no value takes part, as in TFT. Exact and rounded once, with weights too.

    Raises:
        DataError: A weight is 2**60 or more.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.0, 2.0, None]})
        >>> tb.fit_transform(table, lambda i: {"m": tb.mean(i["x"])})[0]["m"].to_pylist()
        [1.5, 1.5, 1.5]
    """
    return _moment("mean", x, reduce_instance_dims, output_dtype, weights)


def var(
    x: Column,
    reduce_instance_dims: bool = True,
    output_dtype: Any = None,
    weights: Column | None = None,
) -> Column:
    """The population variance (divided by n) of a column over the whole data set; see `mean`.

    Constant data have variance exactly 0. With weights it is ``Σw(x - mean)² / Σw``.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.0, 2.0, 3.0, 4.0]})
        >>> tb.fit_transform(table, lambda i: {"v": tb.var(i["x"])})[0]["v"][0].as_py()
        1.25
    """
    return _moment("var", x, reduce_instance_dims, output_dtype, weights)


def std(
    x: Column,
    reduce_instance_dims: bool = True,
    output_dtype: Any = None,
    weights: Column | None = None,
) -> Column:
    """The population standard deviation, the square root of `var`; see `mean`.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.0, 3.0]})
        >>> tb.fit_transform(table, lambda i: {"s": tb.std(i["x"])})[0]["s"][0].as_py()
        1.0
    """
    return cast(Column, np.sqrt(var(x, reduce_instance_dims, output_dtype, weights)))


def _moment(
    which: Literal["mean", "var"], x: Column, whole: bool, output_dtype: Any, weights: Any
) -> Column:
    name = float_name(output_dtype)
    if weights is None:
        return apply(Moment(which, not whole, name), x)
    return apply(WeightedMoment(which, not whole, name), x, weights)


@dataclass
class _Totals:
    """Exact facts of the finite values; infinities are counted apart."""

    count: int = 0
    total: int = 0
    squares: int = 0
    plus_inf: int = 0
    minus_inf: int = 0

    def plus(self, other: _Totals) -> _Totals:
        return _Totals(
            self.count + other.count,
            self.total + other.total,
            self.squares + other.squares,
            self.plus_inf + other.plus_inf,
            self.minus_inf + other.minus_inf,
        )


@dataclass
class _MomentsState:
    totals: list[_Totals] = field(default_factory=list)


@dataclass(frozen=True)
class Moments(Accumulator[_MomentsState]):
    """Gathers exact counts, sums and sums of squares."""

    reduction: Reduction

    def zero(self) -> _MomentsState:
        return _MomentsState([_Totals() for _ in range(self.reduction.positions)])

    def add(self, state: _MomentsState, *inputs: Values) -> _MomentsState:
        parts = self.reduction.parts(inputs[0])
        return self.merge([state, _MomentsState([_totals(part.numbers) for part in parts])])

    def add_sums(self, state: _MomentsState, count: int, total: int, squares: int) -> _MomentsState:
        """The state with some integers more, of which only the sums are known."""
        units = exact_sum.UNIT_BITS
        more = _Totals(count, total << units, squares << 2 * units)
        return _MomentsState([one.plus(more) for one in state.totals])

    def merge(self, states: Sequence[_MomentsState]) -> _MomentsState:
        result = self.zero().totals
        for state in states:
            result = [a.plus(b) for a, b in zip(result, state.totals, strict=True)]
        return _MomentsState(result)

    def to_wire(self, state: _MomentsState) -> Any:
        totals = state.totals
        return pa.record_batch(
            {
                "count": pa.array([t.count for t in totals], pa.int64()),
                "total": pa.array([exact_sum.to_bytes(t.total) for t in totals], pa.binary()),
                "squares": pa.array([exact_sum.to_bytes(t.squares) for t in totals], pa.binary()),
                "plus_inf": pa.array([t.plus_inf for t in totals], pa.int64()),
                "minus_inf": pa.array([t.minus_inf for t in totals], pa.int64()),
            }
        )

    def from_wire(self, batch: Any) -> _MomentsState:
        count, total, squares, plus, minus = (c.to_pylist() for c in batch.columns)
        return _MomentsState(
            [
                _Totals(n, exact_sum.from_bytes(t), exact_sum.from_bytes(s), p, m)
                for n, t, s, p, m in zip(count, total, squares, plus, minus, strict=True)
            ]
        )


@operation
@dataclass(frozen=True)
class Moment(Analyzer):
    """``sum``, ``mean`` or ``var`` from moments."""

    name = "moment"
    which: Literal["sum", "mean", "var"]
    elementwise: bool
    output_dtype: str | None

    @property
    def called(self) -> str:
        return self.which

    def infer(self, *types: ValueType) -> ColumnType:
        reduction = Reduction.of(self.which, types[0], self.elementwise)
        return reduction.result(self._result_dtype(reduction.column.dtype))

    def accumulator(self, *types: ValueType) -> Moments:
        return Moments(Reduction.of(self.which, types[0], self.elementwise))

    def value(self, state: _MomentsState, *types: ValueType) -> Constant:
        result = self.infer(*types)
        if is_integer(result.dtype):
            numbers: list[Any] = [self._integer_sum(t, result.dtype) for t in state.totals]
            return Constant(result, pa.array(numbers, result.dtype))
        numbers = [getattr(self, f"_{self.which}")(t) for t in state.totals]
        # Values beyond float32 become ±inf, as in any other operation.
        with np.errstate(over="ignore"):
            wide = pa.array(numbers, pa.float64())
            return Constant(result, wide.cast(result.dtype))

    def _sum(self, totals: _Totals) -> float:
        if totals.plus_inf and totals.minus_inf:
            return float("nan")
        if totals.plus_inf or totals.minus_inf:
            return float("inf") if totals.plus_inf else float("-inf")
        return exact_sum.to_float(totals.total)

    def _mean(self, totals: _Totals) -> float:
        return exact_sum.mean(totals.count, totals.total) if totals.count else 0.0

    def _var(self, totals: _Totals) -> float:
        if not totals.count:
            return 0.0
        return exact_sum.variance(totals.count, totals.total, totals.squares)

    def _integer_sum(self, totals: _Totals, dtype: Any) -> int:
        number = exact_sum.to_integer(totals.total)
        limits = np.iinfo(numpy_dtype(dtype))
        if not limits.min <= number <= limits.max:
            raise DataError(
                f"The sum {number} does not fit into {dtype}.",
                fix="Sum it as a float: tb.sum(tb.cast(x, pa.float64())).",
            )
        return number

    def _result_dtype(self, dtype: Any) -> Any:
        if not (is_numeric(dtype) or pa.types.is_boolean(dtype)):
            raise TraceError(
                f"'{self.which}' takes numbers, not {dtype}.",
                fix="Cast it first: tb.cast(x, pa.float64()).",
            )
        if self.which == "sum" and not is_float(dtype):
            return pa.uint64() if pa.types.is_unsigned_integer(dtype) else pa.int64()
        if self.output_dtype:
            return pa.type_for_alias(self.output_dtype)
        return dtype if is_float(dtype) else pa.float32()


def _totals(numbers: np.ndarray[Any, Any]) -> _Totals:
    plus = minus = 0
    if numbers.dtype.kind == "f":
        infinite = np.isinf(numbers)
        if infinite.any():
            plus = int(np.count_nonzero(numbers == np.inf))
            minus = int(np.count_nonzero(numbers == -np.inf))
            numbers = numbers[~infinite]
    total, squares = exact_sum.power_sums(numbers)
    return _Totals(int(numbers.size), total, squares, plus, minus)


def float_name(dtype: Any) -> str | None:
    """The name of the float type asked for as ``output_dtype``; TraceError for any other."""
    if dtype is None:
        return None
    dtype = pa.from_numpy_dtype(dtype) if not isinstance(dtype, pa.DataType) else dtype
    if dtype not in (pa.float32(), pa.float64()):
        raise TraceError(f"output_dtype is {dtype}.", expected="pa.float32() or pa.float64()")
    return str(dtype)
