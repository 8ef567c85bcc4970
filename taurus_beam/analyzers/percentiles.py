"""Percentiles of a column: `percentile`, and several at once as knots for interpolation.

They come from the `RankHistogram` that quantile boundaries come from, and share its pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.quantiles import Ranks
from taurus_beam.analyzers.rank_histogram import RankHistogram, capacity_for, interpolated
from taurus_beam.analyzers.rank_histogram_builder import RankHistogramBuilder
from taurus_beam.errors import TraceError
from taurus_beam.graph.analyzer import Analyzer, Reduction
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import RAGGED, ColumnType, ValueType, is_numeric, numpy_dtype

__all__ = ["DEFAULT_EPSILON", "check_percent", "percentile", "percentile_knots"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Method: TypeAlias = Literal["linear", "lower", "higher"]

DEFAULT_EPSILON = 0.001


def percentile(
    x: Column,
    q: float,
    epsilon: float = DEFAULT_EPSILON,
    reduce_instance_dims: bool = True,
    method: Method = "linear",
) -> Column:
    """The value below which q per cent of a column's values lie; 50 gives the median.

    Args:
        x: Numeric column: scalars, vectors or ragged lists.
        q: From 0 to 100.
        epsilon: Rank error to aim at, as a share of the rows; see `quantiles`. Exact up to 8,192
            distinct values (for the default) in each power-of-two range.
        reduce_instance_dims: False gives one percentile per position of a vector.
        method: What to take between two values, as NumPy's ``percentile``: ``"linear"``
            interpolates, ``"lower"`` and ``"higher"`` take one of them.

    Returns:
        float64 for ``"linear"``, else ``x``'s type. Missing values and NaN take no part; ±inf do.
        Missing where no value takes part.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1, 2, 3, 10, None]})
        >>> tb.fit_transform(table, lambda i: {"m": tb.percentile(i["x"], 50)})[0]["m"][0].as_py()
        2.5
    """
    check_percent("q", q)
    if method not in ("linear", "lower", "higher"):
        raise TraceError(f"method is {method!r}.", expected='"linear", "lower" or "higher"')
    _check_epsilon(epsilon)
    return apply(Percentile(float(q), method, float(epsilon), not reduce_instance_dims), x)


def percentile_knots(x: Column, knots: int, epsilon: float = DEFAULT_EPSILON) -> Column:
    """Percentiles at equal distances from 0 to 100 per cent, float64.

    As many as asked for, or as there are values where those are fewer; none for no values.
    """
    _check_epsilon(epsilon)
    return apply(PercentileKnots(knots, float(epsilon)), x)


def check_percent(name: str, q: Any) -> None:
    """TraceError unless a number is from 0 to 100."""
    if isinstance(q, bool) or not isinstance(q, int | float) or not 0 <= q <= 100:
        raise TraceError(f"{name} is {q!r}.", expected="a number from 0 to 100")


class _OfRanks(Analyzer):
    """An analyzer by the ranks of a numeric column."""

    epsilon: float

    def accumulator(self, *types: ValueType) -> Ranks:
        return Ranks(self._reduction(types), capacity_for(self.epsilon))

    def _reduction(self, types: Sequence[ValueType]) -> Reduction:
        (column,) = types
        if not isinstance(column, ColumnType) or not is_numeric(column.dtype):
            raise TraceError(
                f"{self.name!r} takes numbers, not {column}.",
                fix="Cast it first: tb.cast(x, pa.float64()).",
            )
        return Reduction.of(self.name, column, bool(getattr(self, "elementwise", False)))


@operation
@dataclass(frozen=True)
class Percentile(_OfRanks):
    """One percentile."""

    name = "percentile"
    q: float
    method: Method
    epsilon: float
    elementwise: bool

    def infer(self, *types: ValueType) -> ColumnType:
        reduction = self._reduction(types)
        is_linear = self.method == "linear"
        return reduction.result(pa.float64() if is_linear else reduction.column.dtype)

    def value(self, state: list[RankHistogramBuilder], *types: ValueType) -> Constant:
        result = self.infer(*types)
        carrier = numpy_dtype(result.dtype)
        histograms = [builder.build() for builder in state]
        numbers = [self._of(h) if h.count else carrier.type(0) for h in histograms]
        unseen = np.array([not h.count for h in histograms])
        return Constant(result, pa.array(np.array(numbers, carrier), mask=unseen))

    def _of(self, histogram: RankHistogram) -> Any:
        position = self.q / 100 * (histogram.count - 1)
        rank = int(np.ceil(position) if self.method == "higher" else np.floor(position))
        if self.method == "linear":
            return _between(histogram, np.array([rank]), np.array([position - rank]))[0]
        return _at(histogram, np.array([rank]))[0]


@operation
@dataclass(frozen=True)
class PercentileKnots(_OfRanks):
    """Percentiles at equal distances."""

    name = "percentile_knots"
    knots: int
    epsilon: float

    def infer(self, *types: ValueType) -> ColumnType:
        self._reduction(types)
        return ColumnType(pa.float64(), RAGGED)

    def value(self, state: list[RankHistogramBuilder], *types: ValueType) -> Constant:
        histogram = state[0].build()
        size, last = min(self.knots, histogram.count), histogram.count - 1
        steps = max(size - 1, 1)
        whole, rest = divmod(last, steps)
        # In whole numbers, so that a knot meant for a value is that value: k * last / steps.
        k = np.arange(size)
        more, parts = np.divmod(k * rest, steps)
        knots = _between(histogram, k * whole + more, parts / steps)
        # Only on the way up from -inf is nothing to be said; a knot has to have a place in order.
        knots = np.where(np.isnan(knots), -np.inf, knots)
        return Constant(self.infer(*types), pa.array(knots, pa.float64()))


def _between(histogram: RankHistogram, ranks: Array, share: Array) -> Array:
    """The values at some ranks and shares of the way to the next, float64."""
    last = max(histogram.count - 1, 0)
    low = _at(histogram, ranks).astype(np.float64)
    high = _at(histogram, np.minimum(ranks + 1, last)).astype(np.float64)
    with np.errstate(invalid="ignore"):  # between infinities
        return np.where((share == 0) | (low == high), low, low + (high - low) * share)


def _at(histogram: RankHistogram, ranks: Array) -> Array:
    """The values at some ranks, counted from 0."""
    ends = np.cumsum(histogram.counts)
    bins = np.searchsorted(ends, ranks, side="right")
    places = ranks - (ends[bins] - histogram.counts[bins])
    return interpolated(histogram.mins[bins], histogram.maxs[bins], histogram.counts[bins], places)


def _check_epsilon(epsilon: Any) -> None:
    if not 0 < epsilon < 1:
        raise TraceError(f"epsilon is {epsilon!r}.", expected="a share between 0 and 1")
