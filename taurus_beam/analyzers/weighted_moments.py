"""Weighted mean and variance, exact whatever the order of the rows.

The sums of ``w``, ``w x`` and ``w x²`` are kept as exact integers (`exact_sum`) and rounded once,
at the end. `mean` and `var` come here when they are given weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers import exact_sum
from taurus_beam.analyzers.weights import check_weights, weighted_parts
from taurus_beam.errors import TraceError
from taurus_beam.graph.analyzer import Accumulator, Analyzer, Reduction
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import ColumnType, ValueType, is_float, is_numeric
from taurus_beam.graph.values import Values

__all__ = ["WeightedMoment", "WeightedSums", "weighted_power_sums"]

_UNIT = 2 * exact_sum.UNIT_BITS
"""All sums count units of ``2**-_UNIT``; a product of three float64 is cut off below it."""

# Between these magnitudes a product of two numbers and its rounding error are float64 numbers.
_SMALL, _LARGE = 2.0**-300, 2.0**300


@dataclass(frozen=True)
class WeightedSums(Accumulator[Any]):
    """Gathers exact sums of ``w``, ``w x`` and ``w x²``, a row of integers for each position."""

    reduction: Reduction

    def zero(self) -> Any:
        return np.zeros((self.reduction.positions, 3), object)

    def add(self, state: Any, *inputs: Values) -> Any:
        parts = weighted_parts(self.reduction, *inputs)
        return state + np.array([weighted_power_sums(*part) for part in parts], object)

    def merge(self, states: Sequence[Any]) -> Any:
        return sum(states, self.zero())

    def to_wire(self, state: Any) -> Any:
        content = [exact_sum.to_bytes(total) for total in state.reshape(-1)]
        return pa.record_batch([pa.array(content, pa.binary())], ["total"])

    def from_wire(self, batch: Any) -> Any:
        state = self.zero()
        state.reshape(-1)[:] = [exact_sum.from_bytes(b) for b in batch.column(0).to_pylist()]
        return state


@operation
@dataclass(frozen=True)
class WeightedMoment(Analyzer):
    """The weighted ``mean`` or ``var``."""

    name = "weighted_moment"
    which: Literal["mean", "var"]
    elementwise: bool
    output_dtype: str | None

    def infer(self, *types: ValueType) -> ColumnType:
        reduction = check_weights(self.which, types, self.elementwise)
        dtype = reduction.column.dtype
        if not (is_numeric(dtype) or pa.types.is_boolean(dtype)):
            raise TraceError(
                f"'{self.which}' takes numbers, not {dtype}.",
                fix="Cast it first: tb.cast(x, pa.float64()).",
            )
        if self.output_dtype:
            return reduction.result(pa.type_for_alias(self.output_dtype))
        return reduction.result(dtype if is_float(dtype) else pa.float32())

    def accumulator(self, *types: ValueType) -> WeightedSums:
        return WeightedSums(check_weights(self.which, types, self.elementwise))

    def value(self, state: Any, *types: ValueType) -> Constant:
        result = self.infer(*types)
        numbers = [self._moment(*sums) if sums[0] else 0.0 for sums in state]
        # Values beyond float32 become ±inf, as in any other operation.
        with np.errstate(over="ignore"):
            return Constant(result, pa.array(numbers, pa.float64()).cast(result.dtype))

    def _moment(self, weight: int, linear: int, quadratic: int) -> float:
        if self.which == "mean":
            return exact_sum.ratio(linear, weight)
        return exact_sum.ratio(weight * quadratic - linear * linear, weight * weight)


def weighted_power_sums(numbers: np.ndarray[Any, Any], weights: np.ndarray[Any, Any]) -> list[int]:
    """``Σw``, ``Σwx`` and ``Σwx²`` of the finite numbers, exact in one common unit.

    Args:
        numbers: Shape ``(n,)``; NaN and infinities take no part.
        weights: Shape ``(n,)``, float64, finite, of any sign.

    Example:
        >>> weight, linear, _ = weighted_power_sums(np.array([1.0, 4.0]), np.array([0.5, 0.25]))
        >>> exact_sum.ratio(linear, weight)
        2.0
    """
    x = numbers.astype(np.float64)
    finite = np.isfinite(x)
    x, w = x[finite], weights[finite]
    size = np.abs(x)
    usual = ((size > _SMALL) & (size < _LARGE) | (x == 0)) & ((np.abs(w) > _SMALL) | (w == 0))
    totals = np.array([0, 0, 0], object)
    if usual.any():
        totals += _usual_sums(x[usual], w[usual])
    for value, weight in zip(x[~usual].tolist(), w[~usual].tolist(), strict=True):
        totals += _exact_terms(value, weight)
    return list(totals)


def _usual_sums(x: np.ndarray[Any, Any], w: np.ndarray[Any, Any]) -> Any:
    high, low = _product(x, x)
    products = exact_sum.cross_products([w, np.ones(len(w)), x, high, low])[0]
    return np.array([products[1], products[2], products[3] + products[4]], object)


def _product(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> tuple[Any, Any]:
    """``x * y`` as the sum of two float64 (T. J. Dekker, 1971)."""
    high = x * y
    x_high, y_high = _leading_half(x), _leading_half(y)
    x_low, y_low = x - x_high, y - y_high
    low = ((x_high * y_high - high) + x_high * y_low + x_low * y_high) + x_low * y_low
    return high, low


def _leading_half(x: np.ndarray[Any, Any]) -> Any:
    spread = x * 134217729.0  # 2**27 + 1
    return spread - (spread - x)


def _exact_terms(value: float, weight: float) -> Any:
    """One row's terms by integer arithmetic, for numbers whose products leave float64's range."""
    (top, bottom), (weight_top, weight_bottom) = value.as_integer_ratio(), weight.as_integer_ratio()
    return np.array(
        [
            (weight_top << _UNIT) // weight_bottom,
            (weight_top * top << _UNIT) // (weight_bottom * bottom),
            (weight_top * top * top << _UNIT) // (weight_bottom * bottom * bottom),
        ],
        object,
    )
