"""Mapping a column to a uniform or normal distribution by its ranks: `quantile_transform`."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from taurus_beam.analyzers.percentiles import DEFAULT_EPSILON, percentile_knots
from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.lowered import Lowered
from taurus_beam.graph.operation import BatchFunction, Operation, RowFunction, operation
from taurus_beam.graph.types import ColumnType, ValueType
from taurus_beam.graph.values import Values
from taurus_beam.transforms.elementwise import column_types
from taurus_beam.transforms.normal_quantile import normal_quantile, normal_quantile_of
from taurus_beam.transforms.scaled import array_rounding, scalar_rounding, scaled_dtype

__all__ = ["quantile_transform"]

_LOWEST = 1e-7 - math.ulp(1.0)
"""The share of the distribution that the least normal value has below it, as in scikit-learn."""


def quantile_transform(
    x: Column,
    n_quantiles: int = 1000,
    output: Literal["uniform", "normal"] = "uniform",
    epsilon: float = DEFAULT_EPSILON,
) -> Column:
    """Map each value to the share of values below it, or to the normal value of that share.

    As scikit-learn's ``QuantileTransformer`` without subsampling: linear between ``n_quantiles``
    percentiles at equal distances. A value that several of them share gets the middle of their
    shares.

    Args:
        x: Numeric column: scalars, vectors or ragged lists.
        n_quantiles: How many percentiles, at least 2; of fewer values, as many as there are.
        output: ``"uniform"`` for 0 … 1, ``"normal"`` for a standard normal distribution.
        epsilon: Rank error to aim at; see `percentile`.

    Returns:
        Floats of ``x``'s shape: float64 for float64 columns, float32 for others. The smallest
        value and what is below it give 0, the largest and what is above it 1; as normal values
        −5.199 and 5.199. A constant column gives 0 (as scikit-learn's), or −5.199. Missing
        stays missing; NaN takes no part and stays NaN. Fitted on no values, everything is NaN.
        Infinities, which scikit-learn refuses, are values: what is between an infinite and a
        finite percentile gets the share of the finite one, as `numpy.interp` gives it, and what is
        between −∞ and ∞ the middle of theirs.

    Raises:
        TraceError: If an argument is out of range.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [0.0, 1.0, 10.0, 100.0, 1000.0]})
        >>> def fn(inputs):
        ...     return {
        ...         "u": tb.quantile_transform(inputs["x"]),
        ...         "n": tb.quantile_transform(inputs["x"], output="normal"),
        ...     }
        >>> out, _ = tb.fit_transform(table, fn)
        >>> out["u"].to_pylist()
        [0.0, 0.25, 0.5, 0.75, 1.0]
        >>> [round(n, 3) for n in out["n"].to_pylist()]
        [-5.199, -0.674, 0.0, 0.674, 5.199]
    """
    if isinstance(n_quantiles, bool) or not isinstance(n_quantiles, int) or n_quantiles < 2:
        raise TraceError(f"n_quantiles is {n_quantiles!r}.", expected="an integer of at least 2")
    if output not in ("uniform", "normal"):
        raise TraceError(f"output is {output!r}.", expected='"uniform" or "normal"')
    return apply(RankShare(output), x, percentile_knots(x, n_quantiles, epsilon))


@operation
@dataclass(frozen=True)
class RankShare(Operation):
    """The share of the knots below each value, linear between them."""

    name = "rank_share"
    output: Literal["uniform", "normal"]

    def infer(self, *types: ValueType) -> ColumnType:
        x, knots = column_types(self.name, types)
        if len(knots.shape) != 1:
            raise TraceError(f"{self.name!r} takes one list of knots, not {knots}.")
        return x.with_dtype(scaled_dtype("quantile_transform", x.dtype, None))

    def batch(self, *types: ValueType) -> BatchFunction:
        result = self.infer(*types)
        finish = array_rounding(result.dtype)
        to_output = _to_normal if self.output == "normal" else np.asarray

        def run(rows: int, x: Values, knots: Values) -> Values:
            shares = to_output(_shares(x.array.astype(np.float64), knots.array))
            return x.with_elements(result.dtype, finish(shares), x.missing)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        x: Lowered
        x, knots = inputs
        result = self.infer(x.type, knots.type)
        shares = _shares(x.data.astype(np.float64), knots.data)
        if self.output == "normal":
            shares = _to_normal(shares)
        return replace(x, type=result, data=array_rounding(result.dtype)(shares))

    def row(self, *types: ValueType) -> RowFunction:
        result = self.infer(*types)
        finish = scalar_rounding(result.dtype)
        is_normal = self.output == "normal"

        def one(x: Any, knots: list[float]) -> float:
            share = _share(float(x), knots)
            if is_normal and share == share:
                share = normal_quantile_of(min(max(share, _LOWEST), 1.0 - _LOWEST))
            return finish(share)

        if result.is_scalar:
            return one
        return lambda xs, knots: [None if x is None else one(x, knots) for x in xs]


def _shares(x: np.ndarray[Any, Any], knots: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    size = len(knots)
    if not size:
        return np.full_like(x, np.nan)
    below = np.searchsorted(knots, x, side="left")
    upto = np.searchsorted(knots, x, side="right")
    at_knots = upto > below
    # Between two knots; where a value is one or several of them, the middle of their places.
    inside = (below > 0) & (below < size) & ~at_knots
    lower = np.take_along_axis(knots, np.where(inside, below - 1, 0), 0)
    upper = np.take_along_axis(knots, np.where(inside, below, 0), 0)
    width = np.where(inside, upper - lower, 1.0)
    above_infinite = np.where(upper < np.inf, below, below - 0.5)
    between = np.where(lower > -np.inf, below - 1 + (x - lower) / width, above_infinite)
    places = np.where(at_knots, (below + upto - 1) / 2, np.where(inside, between, below))
    shares = np.minimum(places / max(size - 1, 1), 1.0)
    shares = np.where(x <= knots[0], 0.0, np.where(x >= knots[-1], 1.0, shares))
    return np.where(np.isnan(x), np.nan, shares)


def _share(x: float, knots: list[float]) -> float:
    if not knots or x != x:
        return float("nan")
    if x <= knots[0]:
        return 0.0
    if x >= knots[-1]:
        return 1.0
    below, upto = bisect_left(knots, x), bisect_right(knots, x)
    if upto > below:
        place = (below + upto - 1) / 2
    else:
        lower, upper = knots[below - 1], knots[below]
        if lower > -math.inf:
            place = below - 1 + (x - lower) / (upper - lower)
        else:
            place = below if upper < math.inf else below - 0.5
    return min(place / (len(knots) - 1), 1.0)


def _to_normal(shares: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return normal_quantile(np.clip(shares, _LOWEST, 1.0 - _LOWEST))
