"""The distribution of a feature, read from its statistics: counts by category, or masses along
the number line.

Every distance between two datasets starts here and sees only what the statistics proto keeps;
nothing in this file compares or judges.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from tensorflow_metadata.proto.v0 import statistics_pb2

__all__ = [
    "QUANTILES",
    "STANDARD",
    "Aligned",
    "Floats",
    "NumericMasses",
    "align",
    "category_counts",
    "numeric_masses",
]

STANDARD = statistics_pb2.Histogram.STANDARD
QUANTILES = statistics_pb2.Histogram.QUANTILES

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, eq=False)
class NumericMasses:
    """A numeric histogram, with the buckets that are single points told from real ranges.

    ``counts[i]`` values are spread evenly over ``(lows[i], highs[i])``; ``points`` are the values
    that hold mass themselves (-inf and +inf may be among them); ``nan`` counts the NaNs.
    """

    lows: Floats
    highs: Floats
    counts: Floats
    points: dict[float, float]
    nan: float

    @property
    def total(self) -> float:
        """All the mass, NaN and infinities included."""
        return float(self.counts.sum()) + math.fsum(self.points.values()) + self.nan

    def edges(self) -> Floats:
        """The ends of the ranges, ascending, each once."""
        return np.unique(np.concatenate([self.lows, self.highs]))

    def over(self, edges: Floats) -> Floats:
        """The mass of the ranges between each two neighbours of ``edges``."""
        if len(edges) < 2 or not len(self.counts):
            return np.zeros(max(len(edges) - 1, 0))
        # Halves, because the width of (-1e308, 1e308) does not fit a float.
        lows, highs, ends = self.lows / 2, self.highs / 2, edges / 2
        shared = np.minimum(highs, ends[1:, None]) - np.maximum(lows, ends[:-1, None])
        within: Floats = np.maximum(shared, 0.0) / (highs - lows) @ self.counts
        return within


@dataclass(frozen=True, eq=False)
class Aligned:
    """Two distributions on the same cells: ranges, then points, then NaN.

    Masses are shares (they add up to 1 over all cells of a side).
    """

    edges: Floats
    current_ranges: Floats
    control_ranges: Floats
    points: tuple[float, ...]
    current_points: Floats
    control_points: Floats
    current_nan: float
    control_nan: float

    def shares(self) -> tuple[Floats, Floats]:
        """The shares of both sides, cell by cell."""
        return (
            np.concatenate([self.current_ranges, self.current_points, [self.current_nan]]),
            np.concatenate([self.control_ranges, self.control_points, [self.control_nan]]),
        )

    def name(self, cell: int) -> str:
        """The cell as a person would write it: ``(0, 2.5)``, ``7`` or ``NaN``."""
        ranges = len(self.current_ranges)
        if cell < ranges:
            return f"({self.edges[cell]:g}, {self.edges[cell + 1]:g})"
        if cell < ranges + len(self.points):
            return f"{self.points[cell - ranges]:g}"
        return "NaN"


def category_counts(
    feature: statistics_pb2.FeatureNameStatistics, weighted: bool = False
) -> dict[str, float]:
    """Counts by value from the rank histogram; empty where the feature has none.

    Args:
        feature: The statistics of one feature.
        weighted: Whether to read the weighted rank histogram.
    """
    strings = feature.string_stats
    ranks = (strings.weighted_string_stats if weighted else strings).rank_histogram
    counts: dict[str, float] = {}
    for bucket in ranks.buckets:
        counts[bucket.label] = counts.get(bucket.label, 0.0) + bucket.sample_count
    return counts


def numeric_masses(
    feature: statistics_pb2.FeatureNameStatistics,
    source: statistics_pb2.Histogram.HistogramType = STANDARD,
    weighted: bool = False,
) -> NumericMasses | None:
    """The numeric histogram of one kind, or None where the feature has none or it is empty.

    A bucket that ends in infinity counts as mass at that infinity, as in TFDV.

    Args:
        feature: The statistics of one feature.
        source: `STANDARD` (equal widths) or `QUANTILES` (equal counts).
        weighted: Whether to read the weighted histograms.
    """
    numbers = feature.num_stats
    histograms = (numbers.weighted_numeric_stats if weighted else numbers).histograms
    for histogram in histograms:
        if histogram.type == source:
            masses = _split(histogram.buckets, float(histogram.num_nan))
            return masses if masses.total > 0 else None
    return None


def align(current: NumericMasses, control: NumericMasses) -> Aligned:
    """Both distributions on the union of their boundaries and points, as shares of 1.

    Mass is spread evenly inside a bucket. A point never shares a cell with a range. NaN, -inf
    and +inf are cells like any other point: equal shares of NaN are no difference.
    """
    edges = np.unique(np.concatenate([current.edges(), control.edges()]))
    points = tuple(sorted({*current.points, *control.points}))

    def at_points(masses: NumericMasses) -> Floats:
        return np.array([masses.points.get(point, 0.0) for point in points], dtype=np.float64)

    return Aligned(
        edges=edges,
        current_ranges=current.over(edges) / current.total,
        control_ranges=control.over(edges) / control.total,
        points=points,
        current_points=at_points(current) / current.total,
        control_points=at_points(control) / control.total,
        current_nan=current.nan / current.total,
        control_nan=control.nan / control.total,
    )


def _split(buckets: Iterable[statistics_pb2.Histogram.Bucket], nan: float) -> NumericMasses:
    ranges: list[tuple[float, float, float]] = []
    points: dict[float, float] = {}
    for bucket in buckets:
        low, high, count = bucket.low_value, bucket.high_value, bucket.sample_count
        if not count > 0:
            continue
        if math.isinf(low) or math.isinf(high) or low == high:
            point = low if math.isinf(low) else high
            points[point] = points.get(point, 0.0) + count
        else:
            ranges.append((low, high, count))
    columns = np.array(ranges, dtype=np.float64).reshape(-1, 3)
    return NumericMasses(columns[:, 0], columns[:, 1], columns[:, 2], points, nan)
