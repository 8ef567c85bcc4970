"""Distances between two features over the same bins: the population stability index and
Pearson's chi-squared.

Bins are the values of a categorical feature, or intervals between the histogram boundaries of
the *control*, which is the yardstick. TFDV has neither measure.
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
    category_counts,
    numeric_masses,
)

__all__ = ["ChiSquared", "chi_squared", "population_stability_index"]

_LEAST_SHARE = 1e-4


@dataclass(frozen=True)
class ChiSquared:
    """Pearson's test that two datasets draw from one distribution.

    ``p_value`` falls with the size of the data whatever the difference; ``cramers_v`` (0 equal,
    1 disjoint) does not, and is the one to set a threshold on. ``at`` is the bin that adds most.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float
    cramers_v: float
    at: str


def population_stability_index(
    current: statistics_pb2.FeatureNameStatistics,
    control: statistics_pb2.FeatureNameStatistics,
    weighted: bool = False,
    source: statistics_pb2.Histogram.HistogramType = QUANTILES,
) -> Distance | None:
    """The population stability index: ``Σ (p - q) ln(p / q)`` over bins.

    A customary reading: below 0.1 stable, from 0.25 on a different population. A share below
    0.0001 counts as 0.0001, so that a bin empty on one side does not make the index infinite.

    Args:
        current: Statistics of the feature in the dataset under test.
        control: Statistics of the same feature in the dataset compared with.
        weighted: Whether to use the weighted histograms.
        source: The kind of numeric histogram whose boundaries in the control make the bins:
            `QUANTILES` (ten equal shares, as is usual) or `STANDARD`.

    Returns:
        The index, 0 or more, and the bin that adds most; None where the two sides have no
        histograms in common or one is empty. NaN, -inf and +inf are bins of their own.

    References:
        Siddiqi, "Credit Risk Scorecards" (2006); the sum is Jeffreys' divergence.

    Example:
        >>> def feature(counts):
        ...     proto = statistics_pb2.FeatureNameStatistics()
        ...     for label, count in counts.items():
        ...         proto.string_stats.rank_histogram.buckets.add(label=label, sample_count=count)
        ...     return proto
        >>> index = population_stability_index(feature({"a": 3, "b": 1}), feature({"a": 1, "b": 3}))
        >>> round(index.value, 6), round(math.log(3), 6)
        (1.098612, 1.098612)
    """
    binned = _binned(current, control, weighted, source)
    if binned is None:
        return None
    names, now, before = binned
    p = np.maximum(now / now.sum(), _LEAST_SHARE)
    q = np.maximum(before / before.sum(), _LEAST_SHARE)
    parts = (p - q) * np.log(p / q)
    value = float(parts.sum())
    return Distance(value, names[int(np.argmax(parts))] if value > 0 else "")


def chi_squared(
    current: statistics_pb2.FeatureNameStatistics,
    control: statistics_pb2.FeatureNameStatistics,
    source: statistics_pb2.Histogram.HistogramType = QUANTILES,
) -> ChiSquared | None:
    """Pearson's test of homogeneity on the counts of both datasets: ``Σ (o - e)² / e``.

    Without Yates' correction. Counts are of values, unweighted: the test has no meaning for
    weights.

    Args:
        current: Statistics of the feature in the dataset under test.
        control: Statistics of the same feature in the dataset compared with.
        source: The kind of numeric histogram whose boundaries in the control make the bins.

    Returns:
        The statistic, its degrees of freedom (bins - 1), p-value and Cramér's V; None where the
        two sides have no histograms in common or one is empty. NaN, -inf and +inf are bins of
        their own.

    References:
        Pearson (1900); Cramér, "Mathematical Methods of Statistics" (1946), for V.
    """
    binned = _binned(current, control, False, source)
    if binned is None:
        return None
    names, now, before = binned
    total = now + before
    rows = now.sum() + before.sum()
    parts = np.zeros_like(total)
    for side in (now, before):
        expected = total * (side.sum() / rows)
        parts += (side - expected) ** 2 / expected
    statistic = float(parts.sum())
    degrees = len(total) - 1
    return ChiSquared(
        statistic=statistic,
        degrees_of_freedom=degrees,
        p_value=_chi_squared_tail(statistic, degrees),
        cramers_v=min(1.0, math.sqrt(statistic / rows)),
        at=names[int(np.argmax(parts))] if statistic > 0 else "",
    )


def _binned(
    current: statistics_pb2.FeatureNameStatistics,
    control: statistics_pb2.FeatureNameStatistics,
    weighted: bool,
    source: statistics_pb2.Histogram.HistogramType,
) -> tuple[list[str], Floats, Floats] | None:
    """The bins' names and both sides' masses, without the bins that are empty on both sides."""
    categories = category_counts(current, weighted), category_counts(control, weighted)
    if categories[0] and categories[1]:
        names = sorted({*categories[0], *categories[1]})
        now, before = (np.array([side.get(name, 0.0) for name in names]) for side in categories)
    else:
        f, g = numeric_masses(current, source, weighted), numeric_masses(control, source, weighted)
        if f is None or g is None:
            return None
        bins = _bins(g)
        names, now, before = bins.names(), bins.fill(f), bins.fill(g)
    if not (now.sum() > 0 and before.sum() > 0):
        return None
    held = np.flatnonzero(now + before > 0)
    return [names[place] for place in held], now[held], before[held]


@dataclass(frozen=True, eq=False)
class _Bins:
    """Intervals ``(ends[i], ends[i + 1]]``, then -inf, +inf and NaN."""

    ends: Floats

    def names(self) -> list[str]:
        ends = self.ends
        intervals = [_interval(ends[i], ends[i + 1]) for i in range(len(ends) - 1)]
        return [*intervals, "-inf", "inf", "NaN"]

    def fill(self, masses: NumericMasses) -> Floats:
        intervals = masses.over(self.ends)
        for point, count in masses.points.items():
            if math.isfinite(point):
                intervals[int(np.searchsorted(self.ends, point, side="left")) - 1] += count
        special = [masses.points.get(-math.inf, 0.0), masses.points.get(math.inf, 0.0), masses.nan]
        return np.concatenate([intervals, special])


def _interval(low: float, high: float) -> str:
    if np.nextafter(low, np.inf) == high:
        return f"{high:g}"
    return f"({low:g}, {high:g}" + ("]" if math.isfinite(high) else ")")


def _bins(control: NumericMasses) -> _Bins:
    """The control's boundaries, the first and last of them open.

    Mass at the control's least or greatest value keeps its bin apart from what lies beyond: a
    constant 5 that becomes a constant 4 must not look unchanged.
    """
    held = {point for point in control.points if math.isfinite(point)}
    boundaries = np.unique([*control.edges(), *held])
    ends = list(boundaries[1:-1])
    if len(boundaries) and boundaries[0] in held:
        ends = [np.nextafter(boundaries[0], -np.inf), boundaries[0], *ends]
    if len(boundaries) > 1 and boundaries[-1] in held:
        ends = [*ends, boundaries[-1]]
    return _Bins(np.array([-np.inf, *ends, np.inf]))


def _chi_squared_tail(statistic: float, degrees: int) -> float:
    """The probability of a larger statistic: the incomplete gamma function ``Q(degrees / 2,
    statistic / 2)``, which is a finite sum for whole degrees (Abramowitz & Stegun 26.4.4-5)."""
    if statistic <= 0 or degrees < 1:
        return 1.0
    half = statistic / 2
    odd = degrees % 2 / 2
    terms = (
        math.exp((k + odd) * math.log(half) - half - math.lgamma(k + odd + 1))
        for k in range(degrees // 2)
    )
    return min(1.0, (math.erfc(math.sqrt(half)) if odd else 0.0) + math.fsum(terms))
