"""Distances between the distribution functions of two numeric features: Kolmogorov-Smirnov and
Wasserstein.

They read the numeric histograms of the statistics, spread evenly inside a bucket, so they are
exact where a bucket is one value and else as fine as the buckets. TFDV has neither.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.validation.distances import Distance
from taurus_beam.validation.distributions import (
    QUANTILES,
    Floats,
    NumericMasses,
    numeric_masses,
)

__all__ = ["kolmogorov_smirnov", "wasserstein"]


def kolmogorov_smirnov(
    current: statistics_pb2.FeatureNameStatistics,
    control: statistics_pb2.FeatureNameStatistics,
    weighted: bool = False,
    source: statistics_pb2.Histogram.HistogramType = QUANTILES,
) -> Distance | None:
    """The largest difference between the two distribution functions: ``sup_x |F(x) - G(x)|``.

    Needs no scale and no bins, and is hardly moved by the tails. With ``b`` quantile buckets
    the value differs from that of the raw data by at most about ``2 / b``.

    Args:
        current: Statistics of the feature in the dataset under test.
        control: Statistics of the same feature in the dataset compared with.
        weighted: Whether to use the weighted histograms.
        source: The kind of histogram: `QUANTILES` (finer where the values are) or `STANDARD`.

    Returns:
        The distance in [0, 1] and the number where it is reached; None where a side has no
        numeric histogram or no number. -inf and +inf are the least and greatest numbers; NaN
        is left out on both sides.

    References:
        Smirnov, "Table for estimating the goodness of fit of empirical distributions", Annals
        of Mathematical Statistics 19 (1948).

    Example:
        >>> def feature(*values):
        ...     proto = statistics_pb2.FeatureNameStatistics()
        ...     histogram = proto.num_stats.histograms.add(type=QUANTILES)
        ...     for value in values:
        ...         histogram.buckets.add(low_value=value, high_value=value, sample_count=1)
        ...     return proto
        >>> kolmogorov_smirnov(feature(1, 2, 3, 4), feature(3, 4, 5, 6))
        Distance(value=0.5, at='2')
    """
    gap = _gap(current, control, weighted, source)
    if gap is None:
        return None
    apart = np.maximum(np.abs(gap.before), np.abs(gap.after))
    place = int(np.argmax(apart))
    value = float(apart[place])
    return Distance(value, f"{gap.at[place]:g}" if value > 0 else "")


def wasserstein(
    current: statistics_pb2.FeatureNameStatistics,
    control: statistics_pb2.FeatureNameStatistics,
    weighted: bool = False,
    source: statistics_pb2.Histogram.HistogramType = QUANTILES,
) -> Distance | None:
    """The first Wasserstein distance (earth mover's): ``∫ |F(x) - G(x)| dx``.

    How far, on average, a value would have to be moved; in the unit of the feature, so a
    threshold belongs to one feature (a tenth of its standard deviation is a start).

    Args:
        current: Statistics of the feature in the dataset under test.
        control: Statistics of the same feature in the dataset compared with.
        weighted: Whether to use the weighted histograms.
        source: The kind of histogram: `QUANTILES` or `STANDARD`.

    Returns:
        The distance, 0 or more, with the interval that adds most to it; None where a side has
        no numeric histogram or no number. Infinite where the shares of -inf or of +inf differ;
        NaN is left out on both sides.

    References:
        Vallender, "Calculation of the Wasserstein distance between probability distributions
        on the line", Theory of Probability and its Applications 18 (1974).
    """
    gap = _gap(current, control, weighted, source)
    if gap is None:
        return None
    for infinity, differs in gap.infinite:
        if differs:
            return Distance(math.inf, f"{infinity:g}")
    finite = np.isfinite(gap.at)
    at = gap.at[finite]
    areas = _area(gap.after[finite][:-1], gap.before[finite][1:]) * np.diff(at)
    if not areas.any():
        return Distance(0.0)
    place = int(np.argmax(areas))
    return Distance(float(areas.sum()), f"({at[place]:g}, {at[place + 1]:g})")


@dataclass(frozen=True, eq=False)
class _Gap:
    """``F - G`` just before and at each number where either function bends or jumps."""

    at: Floats
    before: Floats
    after: Floats
    infinite: tuple[tuple[float, bool], ...]


def _gap(
    current: statistics_pb2.FeatureNameStatistics,
    control: statistics_pb2.FeatureNameStatistics,
    weighted: bool,
    source: statistics_pb2.Histogram.HistogramType,
) -> _Gap | None:
    sides = numeric_masses(current, source, weighted), numeric_masses(control, source, weighted)
    f, g = sides
    if f is None or g is None or not (f.total > f.nan and g.total > g.nan):
        return None
    jumps = np.array([*f.points, *g.points], dtype=np.float64)
    at = np.unique(np.concatenate([f.edges(), g.edges(), jumps]))
    (f_before, f_after), (g_before, g_after) = _distribution(f, at), _distribution(g, at)
    infinite = tuple(
        (
            end,
            f.points.get(end, 0.0) / (f.total - f.nan)
            != g.points.get(end, 0.0) / (g.total - g.nan),
        )
        for end in (-math.inf, math.inf)
    )
    return _Gap(at, f_before - g_before, f_after - g_after, infinite)


def _distribution(masses: NumericMasses, at: Floats) -> tuple[Floats, Floats]:
    """The distribution function's limit from the left and its value at each number."""
    jumps = np.array([masses.points.get(float(number), 0.0) for number in at])
    inside = np.concatenate([[0.0], masses.over(at)])
    after = np.cumsum(inside + jumps)
    # Dividing by its own last value makes every function end at 1 exactly.
    return (after - jumps) / after[-1], after / after[-1]


def _area(start: Floats, end: Floats) -> Floats:
    """``∫ |line| dt`` over a unit interval, for lines from ``start`` to ``end``."""
    size = np.abs(start) + np.abs(end)
    crossing = (start * end < 0) & (size > 0)
    areas: Floats = size / 2
    areas[crossing] = (start[crossing] ** 2 + end[crossing] ** 2) / (2 * size[crossing])
    return areas
