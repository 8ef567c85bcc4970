"""Quantile boundaries: `quantiles`.

They come from a `RankHistogram`: exact while few values are distinct, else with a rank error
that is known after the pass, and the same whatever the order of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.array_lists import arrays_in, as_lists
from taurus_beam.analyzers.rank_histogram import RankHistogram, capacity_for
from taurus_beam.analyzers.rank_histogram_builder import RankHistogramBuilder
from taurus_beam.analyzers.weighted_quantiles import WeightedQuantiles
from taurus_beam.errors import TraceError
from taurus_beam.graph.analyzer import Accumulator, Analyzer, Reduction
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.literal import integer_argument
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import ColumnType, ValueType, is_numeric, numpy_dtype
from taurus_beam.graph.values import Values

__all__ = ["Ranks", "default_epsilon", "quantiles"]


def quantiles(
    x: Column,
    num_buckets: int,
    epsilon: float | None = None,
    reduce_instance_dims: bool = True,
    weights: Column | None = None,
) -> Column:
    """The inner boundaries that cut a column into buckets of equal size.

    Boundary k of ``num_buckets - 1`` is the smallest value of which more than ``k n /
    num_buckets`` of the n values are less or equal, as in TFT.

    Args:
        x: Numeric column: scalars, vectors or ragged lists.
        num_buckets: How many buckets, at least 1.
        epsilon: Rank error to aim at, as a share of the rows; by default
            ``min(1 / num_buckets, 0.01)``. Up to 1,024 distinct values in each power-of-two
            range are told apart exactly; beyond, memory grows with ``1 / epsilon``.
        reduce_instance_dims: False gives one row of boundaries per position of a vector.
        weights: Numeric column: how much each row counts, or each element where it has ``x``'s
            shape. Buckets then are of equal weight, the weights counting in units of 2**-64.
            Where the weight is missing, NaN, infinite or not above 0, the value takes no part,
            as in TFT.

    Returns:
        A vector of ``num_buckets - 1`` values of ``x``'s type, ascending; boundaries may
        repeat. Missing values and NaN take no part. All missing where no value takes part.

    Raises:
        DataError: A weight is 2**60 or more.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1, 2, 3, 4, 5, 6, 7, 8, 9]})
        >>> fn = tb.fit(table, lambda i: {"b": tb.apply_buckets(i["x"], tb.quantiles(i["x"], 3))})
        >>> fn.transform(table)["b"].to_pylist()
        [0, 0, 0, 1, 1, 1, 2, 2, 2]
    """
    num_buckets = integer_argument("num_buckets", num_buckets, least=1)
    if epsilon is None:
        epsilon = default_epsilon(num_buckets)
    if not 0 < epsilon < 1:
        raise TraceError(f"epsilon is {epsilon!r}.", expected="a share between 0 and 1")
    arguments = num_buckets, float(epsilon), not reduce_instance_dims
    if weights is None:
        return apply(Quantiles(*arguments), x)
    return apply(WeightedQuantiles(*arguments), x, weights)


def default_epsilon(num_buckets: int) -> float:
    """TFT's default rank error: one bucket, at most a hundredth."""
    return min(1 / num_buckets, 0.01)


@dataclass(frozen=True)
class Ranks(Accumulator[list[RankHistogramBuilder]]):
    """Gathers how the values are ranked."""

    reduction: Reduction
    capacity: int

    def zero(self) -> list[RankHistogramBuilder]:
        carrier = numpy_dtype(self.reduction.column.dtype)
        return [
            RankHistogramBuilder(carrier, self.capacity) for _ in range(self.reduction.positions)
        ]

    def add(self, state: list[RankHistogramBuilder], *inputs: Values) -> list[RankHistogramBuilder]:
        for builder, part in zip(state, self.reduction.parts(inputs[0]), strict=True):
            builder.add(part.numbers)
        return state

    def merge(self, states: Sequence[list[RankHistogramBuilder]]) -> list[RankHistogramBuilder]:
        result = self.zero()
        for i, builder in enumerate(result):
            for state in states:
                builder.add_histogram(state[i].build())
        return result

    def to_wire(self, state: list[RankHistogramBuilder]) -> Any:
        return as_lists(builder.build().to_arrays() for builder in state)

    def from_wire(self, batch: Any) -> list[RankHistogramBuilder]:
        state = self.zero()
        for builder, arrays in zip(state, arrays_in(batch), strict=True):
            builder.add_histogram(RankHistogram.from_arrays(arrays))
        return state


@operation
@dataclass(frozen=True)
class Quantiles(Analyzer):
    """Inner quantile boundaries."""

    name = "quantiles"
    num_buckets: int
    epsilon: float
    elementwise: bool

    def infer(self, *types: ValueType) -> ColumnType:
        reduction = self._reduction(types)
        if not is_numeric(reduction.column.dtype):
            raise TraceError(
                f"'quantiles' takes numbers, not {reduction.column.dtype}.",
                fix="Cast it first: tb.cast(x, pa.float64()).",
            )
        return reduction.result(reduction.column.dtype, self.num_buckets - 1)

    def accumulator(self, *types: ValueType) -> Ranks:
        return Ranks(self._reduction(types), capacity_for(self.epsilon))

    def value(self, state: list[RankHistogramBuilder], *types: ValueType) -> Constant:
        result = self.infer(*types)
        inner = self.num_buckets - 1
        rows = [builder.build().boundaries(self.num_buckets) for builder in state]
        seen = np.repeat([row.size == inner for row in rows], inner)
        carrier = numpy_dtype(result.dtype)
        filled = [row if row.size == inner else np.zeros(inner, carrier) for row in rows]
        flat = np.concatenate(filled) if filled else np.zeros(0, carrier)
        return Constant(result, pa.array(flat, mask=~seen.astype(np.bool_)))

    def rank_error(self, state: list[RankHistogramBuilder]) -> float:
        """The certificate: by what share of the rows a boundary's rank may be off at most."""
        return max((b.build().rank_error(self.num_buckets) for b in state), default=0.0)

    def _reduction(self, types: Sequence[ValueType]) -> Reduction:
        return Reduction.of(self.name, types[0], self.elementwise)
