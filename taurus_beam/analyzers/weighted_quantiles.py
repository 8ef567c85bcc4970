"""Quantile boundaries of weighted values; `quantiles` comes here when it is given weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.bin_sums import BinSums
from taurus_beam.analyzers.binned import BinnedWeights, Bins
from taurus_beam.analyzers.rank_histogram import capacity_for
from taurus_beam.analyzers.weights import check_weights
from taurus_beam.errors import TraceError
from taurus_beam.graph.analyzer import Analyzer
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import ColumnType, ValueType, is_numeric, numpy_dtype

__all__ = ["WeightedQuantiles", "weighted_boundaries"]


@operation
@dataclass(frozen=True)
class WeightedQuantiles(Analyzer):
    """Inner boundaries of buckets of equal weight."""

    name = "weighted_quantiles"
    num_buckets: int
    epsilon: float
    elementwise: bool

    def infer(self, *types: ValueType) -> ColumnType:
        reduction = check_weights("quantiles", types, self.elementwise)
        if not is_numeric(reduction.column.dtype):
            raise TraceError(
                f"'quantiles' takes numbers, not {reduction.column.dtype}.",
                fix="Cast it first: tb.cast(x, pa.float64()).",
            )
        return reduction.result(reduction.column.dtype, self.num_buckets - 1)

    def accumulator(self, *types: ValueType) -> BinnedWeights:
        reduction = check_weights("quantiles", types, self.elementwise)
        _, weights = types
        assert isinstance(weights, ColumnType)
        return BinnedWeights(reduction, capacity_for(self.epsilon), weights)

    def value(self, state: Sequence[Bins], *types: ValueType) -> Constant:
        result, gathered = self.infer(*types), self.accumulator(*types)
        tables = [gathered.table(bins) for bins in state]
        unseen = np.repeat([not len(t.counts) for t in tables], self.num_buckets - 1)
        rows = [weighted_boundaries(table, self.num_buckets) for table in tables]
        flat = np.concatenate(rows).astype(numpy_dtype(result.dtype))
        return Constant(result, pa.array(flat, mask=unseen.astype(np.bool_)))


def weighted_boundaries(bins: BinSums, num_buckets: int) -> np.ndarray[Any, Any]:
    """The values that cut a table of weights into buckets of equal weight.

    Boundary k is the least value of which more than ``k / num_buckets`` of all weight is less or
    equal. Inside a bin of several values it is interpolated by weight between the bin's extremes.

    Returns:
        Shape ``(num_buckets - 1,)``, ascending, in the dtype of the values; zeros where the table
        is empty.

    Example:
        >>> values, weights = np.array([1.0, 2.0, 3.0]), np.array([[5], [1], [2]])
        >>> weighted_boundaries(BinSums.of(values, weights), 4).tolist()
        [1.0, 1.0, 3.0]
    """
    boundaries = np.zeros(num_buckets - 1, bins.mins.dtype)
    weights = bins.totals()
    ends = list(accumulate(weights))
    if not ends:
        return boundaries
    at = 0
    for k in range(1, num_buckets):
        while ends[at] * num_buckets <= k * ends[-1]:
            at += 1
        low, high = bins.mins[at].item(), bins.maxs[at].item()
        if low == high:
            boundaries[k - 1] = low
            continue
        before = ends[at] - weights[at]
        inside, whole = k * ends[-1] - before * num_buckets, weights[at] * num_buckets
        if isinstance(low, int):
            boundaries[k - 1] = low + (high - low) * inside // whole
        else:
            boundaries[k - 1] = low + (high - low) * (inside / whole)
    return boundaries
