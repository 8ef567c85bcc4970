"""How far the values of a feature in one dataset are from those in another: TFDV's three
comparators, over the statistics of the feature.

Distances only measure; thresholds and anomalies belong to the comparators that call them. The
measures that TFDV does not have are in ``distances_numeric`` and ``distances_binned``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.validation.distributions import (
    QUANTILES,
    STANDARD,
    Floats,
    align,
    category_counts,
    numeric_masses,
)

__all__ = [
    "QUANTILES",
    "STANDARD",
    "Distance",
    "jensen_shannon_divergence",
    "l_infinity",
    "normalized_absolute_difference",
]


@dataclass(frozen=True)
class Distance:
    """A distance and the value (category, range of numbers, point or ``NaN``) that is the
    greatest part of it; ``at`` is empty where no value differs or there is none."""

    value: float
    at: str = ""


def l_infinity(
    current: statistics_pb2.FeatureNameStatistics,
    control: statistics_pb2.FeatureNameStatistics,
    weighted: bool = False,
) -> Distance:
    """The largest difference between the shares of one value: ``max_v |p(v) - q(v)|``.

    Shares are of the values in the rank histograms (which keep the most frequent 1000 by
    default), so a value below that cut has share 0. A feature without a rank histogram has no
    shares: two numeric features are at distance 0, as in TFDV, and a missing side counts as
    zeros. Use `jensen_shannon_divergence` or ``kolmogorov_smirnov`` for numbers.

    Args:
        current: Statistics of the feature in the dataset under test.
        control: Statistics of the same feature in the dataset compared with.
        weighted: Whether to use the weighted rank histograms.

    Returns:
        The distance in [0, 1] and the value that has it; of equal ones the greatest in byte
        order.

    Example:
        >>> def feature(counts):
        ...     proto = statistics_pb2.FeatureNameStatistics()
        ...     for label, count in counts.items():
        ...         proto.string_stats.rank_histogram.buckets.add(label=label, sample_count=count)
        ...     return proto
        >>> l_infinity(feature({"a": 2, "b": 2}), feature({"a": 3, "b": 1}))
        Distance(value=0.25, at='b')
    """
    labels, now, before = _paired(current, control, weighted)
    return _greatest(labels, np.abs(_shares(now) - _shares(before)))


def normalized_absolute_difference(
    current: statistics_pb2.FeatureNameStatistics,
    control: statistics_pb2.FeatureNameStatistics,
    weighted: bool = False,
) -> Distance:
    """The largest difference between the counts of one value, over the sum of all counts.

    ``max_v |a(v) - b(v)| / (Σa + Σb)``. Counts are raw, so datasets of different sizes are
    apart even where their shares agree (10 rows against 30 of the same value: 0.5).

    Args:
        current: Statistics of the feature in the dataset under test.
        control: Statistics of the same feature in the dataset compared with.
        weighted: Whether to use the weighted rank histograms.

    Returns:
        The distance in [0, 1] and the value that has it, as in `l_infinity`; 0 for two features
        without rank histograms.
    """
    labels, now, before = _paired(current, control, weighted)
    total = float(now.sum() + before.sum())
    if not total > 0:
        return Distance(0.0)
    # Divided first, as TFDV does: rounding decides which of equal differences is named.
    return _greatest(labels, np.abs(now / total - before / total))


def jensen_shannon_divergence(
    current: statistics_pb2.FeatureNameStatistics,
    control: statistics_pb2.FeatureNameStatistics,
    weighted: bool = False,
    source: statistics_pb2.Histogram.HistogramType = STANDARD,
) -> Distance | None:
    """The Jensen-Shannon divergence in bits: ``½ KL(P‖M) + ½ KL(Q‖M)`` with ``M = (P + Q) / 2``.

    The divergence itself, not its square root (which some call the distance). Categories are
    compared where both features have a rank histogram, numbers on their histograms otherwise:
    both are cut at the union of their boundaries, taking values as spread evenly in a bucket.

    Args:
        current: Statistics of the feature in the dataset under test.
        control: Statistics of the same feature in the dataset compared with.
        weighted: Whether to use the weighted histograms.
        source: The kind of numeric histogram: `STANDARD` (equal widths) or `QUANTILES`.

    Returns:
        The divergence in [0, 1] and where most of it lies; None where the two sides have no
        histograms in common or one is empty.

        NaN, -inf and +inf are values like others: data compared with themselves are at 0. TFDV
        counts each side's NaN and infinities as different from the other's, so there equal data
        with NaN are apart, and its value is higher than this one whenever both sides have them.

    References:
        Lin, "Divergence measures based on the Shannon entropy", IEEE Transactions on
        Information Theory 37 (1991).
    """
    if category_counts(current, weighted) and category_counts(control, weighted):
        labels, now, before = _paired(current, control, weighted)
        if not (now.sum() > 0 and before.sum() > 0):
            return None
        return _divergence(labels, _shares(now), _shares(before))
    numbers = numeric_masses(current, source, weighted), numeric_masses(control, source, weighted)
    if numbers[0] is None or numbers[1] is None:
        return None
    aligned = align(numbers[0], numbers[1])
    now, before = aligned.shares()
    return _divergence([aligned.name(cell) for cell in range(len(now))], now, before)


def _paired(
    current: statistics_pb2.FeatureNameStatistics,
    control: statistics_pb2.FeatureNameStatistics,
    weighted: bool,
) -> tuple[list[str], Floats, Floats]:
    now, before = category_counts(current, weighted), category_counts(control, weighted)
    # Descending, so that the first of equal maxima is the greatest in byte order: UTF-8 sorts
    # as its code points do.
    labels = sorted({*now, *before}, reverse=True)
    return (
        labels,
        np.array([now.get(label, 0.0) for label in labels], dtype=np.float64),
        np.array([before.get(label, 0.0) for label in labels], dtype=np.float64),
    )


def _shares(counts: Floats) -> Floats:
    total = counts.sum()
    return counts / total if total > 0 else counts


def _greatest(labels: list[str], parts: Floats) -> Distance:
    if not len(parts):
        return Distance(0.0)
    place = int(np.argmax(parts))
    value = float(parts[place])
    return Distance(value, labels[place] if value > 0 else "")


def _divergence(labels: list[str], p: Floats, q: Floats) -> Distance:
    middle = (p + q) / 2
    parts = (_relative(p, middle) + _relative(q, middle)) / 2
    # Rounding can carry the sum of disjoint distributions just past its bounds.
    value = float(np.clip(parts.sum(), 0.0, 1.0))
    return Distance(value, _greatest(labels, parts).at if value > 0 else "")


def _relative(p: Floats, middle: Floats) -> Floats:
    held = p > 0
    parts = np.zeros_like(p)
    parts[held] = p[held] * np.log2(p[held] / middle[held])
    return parts
