"""The two histograms of statistics protos: buckets of equal width, and buckets of equal size.

Edges are TFDV's: a bucket holds its upper edge and not its lower one, the first both. Counts of
STANDARD histograms are whole where values are told apart exactly; TFDV interpolates them between
quantiles, which gives fractions near them (1.0012 for 1).
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.stats.ranked import Ranked

__all__ = ["quantiles_histogram", "standard_histogram"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


def standard_histogram(
    ranked: Ranked,
    buckets: int,
    num_nan: int = 0,
    span: tuple[float, float] | None = None,
) -> statistics_pb2.Histogram:
    """Buckets of equal width from the smallest to the largest finite value.

    Values that are all alike give one bucket. Infinities stand in buckets of their own before and
    after the others, each from an infinity to itself. No values give no buckets.

    Args:
        ranked: The values.
        buckets: How many.
        num_nan: How many values are NaN.
        span: Other ends of the range, so that two histograms have the same edges.

    Example:
        >>> from taurus_beam.analyzers.rank_histogram import RankHistogram
        >>> ranked = Ranked.of_counts(RankHistogram.of(np.array([1.0, 2.0, 3.0, np.inf])))
        >>> [(b.low_value, b.high_value, b.sample_count)
        ...  for b in standard_histogram(ranked, 2).buckets]
        [(1.0, 2.0, 2.0), (2.0, 3.0, 1.0), (inf, inf, 1.0)]
    """
    result = statistics_pb2.Histogram(type=statistics_pb2.Histogram.STANDARD, num_nan=num_nan)
    below = float(ranked.weights[ranked.mins == -np.inf].sum())
    above = float(ranked.weights[ranked.mins == np.inf].sum())
    if below:
        _append(result, [-np.inf, -np.inf], [below])
    span = span or ranked.finite_span
    if ranked and span is not None:
        low, high = span
        edges = np.array([low, high]) if low == high else _equally_spaced(low, high, buckets)
        reached = ranked.at_most(edges)
        reached[0] = below
        _append(result, edges, np.diff(reached))
    if above:
        _append(result, [np.inf, np.inf], [above])
    return result


def quantiles_histogram(ranked: Ranked, buckets: int, num_nan: int = 0) -> statistics_pb2.Histogram:
    """Buckets of equal size, as far as equal values let them be.

    Buckets with one upper edge share evenly what lies above the edge before; what equals the
    smallest value is shared by the first bucket, or by all those that are nothing but it.

    Example:
        >>> from taurus_beam.analyzers.rank_histogram import RankHistogram
        >>> ranked = Ranked.of_counts(RankHistogram.of(np.array([1.0, 2.0])))
        >>> [(b.low_value, b.high_value, b.sample_count)
        ...  for b in quantiles_histogram(ranked, 2).buckets]
        [(1.0, 2.0, 1.5), (2.0, 2.0, 0.5)]
    """
    result = statistics_pb2.Histogram(type=statistics_pb2.Histogram.QUANTILES, num_nan=num_nan)
    if len(ranked.mins) == 1 and ranked.low == ranked.high:
        # As below, where there is nothing to look for: the lengths of lists of one value, say.
        edges = np.full(buckets + 1, ranked.low)
        _append(result, edges, np.full(buckets, ranked.weights[0] / buckets))
    elif ranked:
        edges = ranked.boundaries(buckets)
        lowest, uppers = edges[:1], edges[1:]
        distinct, group, sizes = np.unique(uppers, return_inverse=True, return_counts=True)
        at_lowest = ranked.at_most(lowest)
        leading = distinct[0] == lowest[0]
        totals = np.diff(ranked.at_most(distinct), prepend=0.0 if leading else at_lowest)
        counts = (totals / sizes)[group]
        if not leading:
            counts[0] += at_lowest[0]
        _append(result, edges, counts)
    return result


def _equally_spaced(low: float, high: float, buckets: int) -> Array:
    if np.isfinite(high - low):
        # The last product may overflow; in its place NumPy puts `high` itself.
        with np.errstate(over="ignore"):
            return np.linspace(low, high, buckets + 1)
    shares = np.linspace(0.0, 1.0, buckets + 1)
    return low * (1 - shares) + high * shares


def _append(histogram: statistics_pb2.Histogram, edges: Any, counts: Any) -> None:
    ends = np.asarray(edges, np.float64).tolist()
    add = histogram.buckets.add
    for low, high, count in zip(ends[:-1], ends[1:], np.asarray(counts).tolist(), strict=True):
        add(low_value=low, high_value=high, sample_count=count)
