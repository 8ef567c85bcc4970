"""How strongly two columns go together: Pearson's r, Spearman's rho, Kendall's tau-b.

Each is made of exact counts and sums, so it does not depend on the order of the rows. The rank
correlations take two passes: the first ranks the values of both columns (`RankHistogram`), the
second looks at the ranks of each row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.complete_rows import (
    complete_rows,
    is_number,
    require_rows,
    scalar_columns,
)
from taurus_beam.analyzers.contingency import PairCounts
from taurus_beam.analyzers.covariance import Products
from taurus_beam.analyzers.exact_sum import ratio
from taurus_beam.analyzers.quantiles import Ranks
from taurus_beam.analyzers.rank_histogram import RankHistogram, capacity_for
from taurus_beam.analyzers.rank_histogram_builder import RankHistogramBuilder
from taurus_beam.errors import TraceError
from taurus_beam.graph.analyzer import Accumulator, Analyzer, Reduction
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import RAGGED, ColumnType, ValueType, numpy_dtype
from taurus_beam.graph.values import Values

__all__ = ["correlation", "pearson_of_products"]

_RANK_ERROR = 0.001
_KENDALL_BINS = 1024


def correlation(
    x: Column, y: Column, method: Literal["pearson", "spearman", "kendall"] = "pearson"
) -> Column:
    """How strongly two columns go together, from -1 to 1.

    Args:
        x: Numeric or boolean column, one value a row.
        y: Another.
        method: ``"pearson"`` of the values; ``"spearman"``: Pearson's of the ranks, equal
            values sharing their mean rank; ``"kendall"``: tau-b, which corrects for equal
            values. The last two take two passes over the data.

    Returns:
        float64, one for the whole data set. Rows where either column is missing, NaN or
        infinite take no part. NaN, as in pandas, where a column is constant or no row takes
        part.

        ``pearson`` is exact, rounded at the end. ``spearman`` is exact while each column has up
        to 8,192 distinct values in each power-of-two range; beyond, neighbouring values share a
        bin of about h = 0.1 % of the rows (usually less) and its mean rank, which moves the
        result by about h² and never by more than h for each column. ``kendall`` is exact while
        each column has up to 1,024 distinct values; beyond, they share 1,024 bins of about equal
        size, and two rows of one bin count as equal: up to about 0.1 % of the pairs in each
        column. That moves the result by 0.1 % of itself as a rule, and by some thousandths at
        the very most.

    Raises:
        TraceError: For another method, or columns that are no numbers.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.0, 2.0, 3.0, None], "y": [1.0, 4.0, 9.0, 16.0]})
        >>> def fn(inputs):
        ...     x, y = inputs["x"], inputs["y"]
        ...     return {m: tb.correlation(x, y, m) for m in ("pearson", "spearman", "kendall")}
        >>> out, _ = tb.fit_transform(table, fn)
        >>> [round(column[0].as_py(), 6) for column in out.columns]
        [0.989743, 1.0, 1.0]
    """
    require_rows("correlation", x, y)
    if method == "pearson":
        return apply(Pearson(), x, y)
    if method not in ("spearman", "kendall"):
        raise TraceError(
            f"The method {method!r} is not known.", expected="'pearson', 'spearman' or 'kendall'"
        )
    spearman = method == "spearman"
    most = None if spearman else _KENDALL_BINS
    wanted: tuple[Literal["lows", "mid_ranks"], ...] = ("lows", "mid_ranks")
    parts = [
        apply(RankBins(side, which, most), x, y)
        for side in (0, 1)
        for which in (wanted if spearman else wanted[:1])
    ]
    return apply(Spearman() if spearman else Kendall(), x, y, *parts)


class _Pair(Analyzer):
    """An analyzer of two numeric columns, and of bins of their ranks."""

    def infer(self, *types: ValueType) -> ColumnType:
        self._pair(types)
        return ColumnType(pa.float64())

    def _pair(self, types: Sequence[ValueType]) -> tuple[ColumnType, ColumnType]:
        x, y = scalar_columns("correlation", types[:2])
        for column in (x, y):
            if not is_number(column.dtype):
                raise TraceError(
                    f"'correlation' takes numbers, not {column.dtype}.",
                    fix="Cast it first: tb.cast(x, pa.float64()); or use tb.mutual_information.",
                )
        return x, y


@operation
class Pearson(_Pair):
    """The correlation of the values."""

    name = "pearson"

    def accumulator(self, *types: ValueType) -> Products:
        return Products(2)

    def value(self, state: Any, *types: ValueType) -> Constant:
        return _number(pearson_of_products(state))


@dataclass(frozen=True)
class PairRanks(Accumulator[list[RankHistogramBuilder]]):
    """Gathers how the values of two columns are ranked, over the rows where both are known."""

    x: ColumnType
    y: ColumnType

    def zero(self) -> list[RankHistogramBuilder]:
        return [builder for side in self._sides() for builder in side.zero()]

    def add(self, state: list[RankHistogramBuilder], *inputs: Values) -> list[RankHistogramBuilder]:
        for builder, numbers in zip(state, _complete(inputs), strict=True):
            builder.add(numbers)
        return state

    def merge(self, states: Sequence[list[RankHistogramBuilder]]) -> list[RankHistogramBuilder]:
        return [
            builder
            for i, side in enumerate(self._sides())
            for builder in side.merge([[state[i]] for state in states])
        ]

    def to_wire(self, state: list[RankHistogramBuilder]) -> Any:
        columns = {}
        for i, side in enumerate(self._sides()):
            batch = side.to_wire([state[i]])
            columns.update({f"{i}_{n}": batch.column(n) for n in batch.schema.names})
        return pa.record_batch(columns)

    def from_wire(self, batch: Any) -> list[RankHistogramBuilder]:
        state = []
        for i, side in enumerate(self._sides()):
            names = [n for n in batch.schema.names if n.startswith(f"{i}_")]
            part = pa.record_batch({n[2:]: batch.column(n) for n in names})
            state.extend(side.from_wire(part))
        return state

    def _sides(self) -> list[Ranks]:
        return [
            Ranks(Reduction(_ranked(column), False), capacity_for(_RANK_ERROR))
            for column in (self.x, self.y)
        ]


@operation
@dataclass(frozen=True)
class RankBins(_Pair):
    """The bins that a column's values are ranked in.

    Args:
        side: 0 for the first column's, 1 for the second's.
        which: The lowest value of each bin, or twice the mean rank of its rows (an integer).
        most: How many bins there may be; neighbours are put together where there are more.
    """

    name = "rank_bins"
    side: int
    which: Literal["lows", "mid_ranks"]
    most: int | None

    def infer(self, *types: ValueType) -> ColumnType:
        column = _ranked(self._pair(types)[self.side])
        return ColumnType(column.dtype if self.which == "lows" else pa.int64(), RAGGED)

    def accumulator(self, *types: ValueType) -> PairRanks:
        return PairRanks(*self._pair(types))

    def value(self, state: list[RankHistogramBuilder], *types: ValueType) -> Constant:
        histogram = state[self.side].build()
        firsts = _bin_starts(histogram, self.most)
        if self.which == "lows":
            return Constant(self.infer(*types), pa.array(histogram.mins[firsts]))
        ends = np.cumsum(histogram.counts)
        before = (ends - histogram.counts)[firsts]
        after = np.append(before[1:], ends[-1:])
        return Constant(self.infer(*types), pa.array(before + after + 1))


@dataclass(frozen=True)
class RankProducts(Products):
    """Gathers the exact sums of products of two columns' mean ranks."""

    def add(self, state: Any, *inputs: Values) -> Any:
        x, y, x_lows, x_ranks, y_lows, y_ranks = inputs
        ranks = [
            bins.array[np.searchsorted(lows.array, numbers, side="right") - 1]
            for numbers, lows, bins in zip(
                _complete((x, y)), (x_lows, y_lows), (x_ranks, y_ranks), strict=True
            )
        ]
        columns = [Values(ColumnType(pa.int64()), r, len(r)) for r in ranks]
        return super().add(state, *columns)


@operation
class Spearman(_Pair):
    """The correlation of the mean ranks."""

    name = "spearman"

    def accumulator(self, *types: ValueType) -> RankProducts:
        return RankProducts(2)

    def value(self, state: Any, *types: ValueType) -> Constant:
        return _number(pearson_of_products(state))


@dataclass(frozen=True)
class BinPairs(PairCounts):
    """Counts how often two columns' values fall into each pair of bins."""

    def add(self, state: Any, *inputs: Values) -> Any:
        x, y, x_lows, y_lows = inputs
        codes = [
            np.searchsorted(lows.array, numbers, side="right")
            for numbers, lows in zip(_complete((x, y)), (x_lows, y_lows), strict=True)
        ]
        columns = [Values(ColumnType(pa.int64()), c, len(c)) for c in codes]
        return super().add(state, *columns)


@operation
class Kendall(_Pair):
    """Kendall's tau-b."""

    name = "kendall"

    def accumulator(self, *types: ValueType) -> BinPairs:
        return BinPairs(pa.int64(), pa.int64())

    def value(self, state: Any, *types: ValueType) -> Constant:
        table = self.accumulator(*types).table(state)
        x, y, counts = (table[name].to_numpy() for name in ("term", "other", "count"))
        return _number(_tau_b(x, y, counts))


def pearson_of_products(products: Any) -> float:
    """``(n Σxy - Σx Σy) / √((n Σx² - (Σx)²) (n Σy² - (Σy)²))``; NaN where x or y is constant.

    Args:
        products: Integers, shape ``(3, 3)``: the sums of the products of x, y and 1.
    """
    n, (sum_x, sum_y) = products[2, 2], products[2, :2]
    spread_x = n * products[0, 0] - sum_x * sum_x
    spread_y = n * products[1, 1] - sum_y * sum_y
    return _over_root(n * products[0, 1] - sum_x * sum_y, spread_x * spread_y)


def _tau_b(x: Any, y: Any, counts: Any) -> float:
    """``(C - D) / √((P - P_x) (P - P_y))`` from the cells of a table of ordered bins.

    C and D are the pairs of rows that both columns order alike and oppositely, P all pairs,
    P_x and P_y those that are equal in x and in y (Kendall, "The treatment of ties in ranking
    problems", Biometrika 33, 1945).
    """
    if not len(counts):
        return math.nan
    x, y = (np.unique(codes, return_inverse=True)[1] for codes in (x, y))
    table = np.zeros((x.max() + 1, y.max() + 1), np.int64)
    table[x, y] = counts
    below = np.zeros_like(table)
    below[1:, 1:] = table.cumsum(axis=0).cumsum(axis=1)[:-1, :-1]
    # Products of counts outgrow 64 bits from three billion rows on, Python integers never.
    alike = int(np.dot(counts.astype(object), below[x, y].astype(object)))
    pairs = _pairs(counts.sum(keepdims=True))
    equal_x, equal_y = _pairs(table.sum(axis=1)), _pairs(table.sum(axis=0))
    ordered = pairs - equal_x - equal_y + _pairs(counts)
    return _over_root(2 * alike - ordered, (pairs - equal_x) * (pairs - equal_y))


def _pairs(counts: Any) -> int:
    """How many pairs of rows there are within groups of some sizes."""
    sizes = counts.astype(object)
    return int((sizes * (sizes - 1)).sum()) // 2


def _over_root(numerator: int, radicand: int) -> float:
    """``numerator / √radicand`` as a float64, at most one unit in its last place off."""
    if radicand <= 0:
        return math.nan
    # As many bits below the point as leave the root of the quotient 64 significant ones.
    bits = max(0, 64 + radicand.bit_length() // 2 - numerator.bit_length() + 1)
    root = math.isqrt((numerator * numerator << 2 * bits) // radicand)
    return ratio(root if numerator >= 0 else -root, 1 << bits)


def _bin_starts(histogram: RankHistogram, most: int | None) -> Any:
    """The first histogram bin of each bin, where at most ``most`` are wanted."""
    if most is None or len(histogram.counts) <= most:
        return np.arange(len(histogram.counts))
    ends = np.cumsum(histogram.counts)
    middles = (ends - histogram.counts + ends) / (2 * ends[-1])
    groups = np.minimum((middles * most).astype(np.int64), most - 1)
    return np.flatnonzero(np.diff(groups, prepend=-1))


def _ranked(column: ColumnType) -> ColumnType:
    """What a column's values are ranked as: booleans as 0 and 1."""
    return ColumnType(pa.uint8()) if pa.types.is_boolean(column.dtype) else column


def _complete(inputs: Sequence[Values]) -> list[np.ndarray[Any, Any]]:
    rows = complete_rows(inputs)
    carriers = [numpy_dtype(_ranked(values.type).dtype) for values in inputs]
    return [
        (values.array if rows is None else values.array[rows]).astype(carrier, copy=False)
        for values, carrier in zip(inputs, carriers, strict=True)
    ]


def _number(value: float) -> Constant:
    return Constant(ColumnType(pa.float64()), pa.array([value], pa.float64()))
