"""Numbers in rising order with their weights: what histograms, medians and extremes are read from.

Made of what the accumulators gathered in bins. Where a bin holds several distinct values, ranks
inside it are estimated between its extremes, which are exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from taurus_beam.analyzers.bin_sums import BinSums
from taurus_beam.analyzers.rank_histogram import RankHistogram
from taurus_beam.analyzers.weighted_quantiles import weighted_boundaries

__all__ = ["Ranked"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_WEIGHT_UNIT = 2.0**-64


@dataclass(frozen=True, eq=False)
class Ranked:
    """A distribution of numbers without NaN; infinities are ordinary values.

    Attributes:
        counts: Shape ``(bins,)``: how many values each bin holds.
        mins: The smallest of them, ascending.
        maxs: The largest of them.
        weights: float64, the weight of each bin: its count, where values have none.
        inner_boundaries: Gives the n - 1 values that cut the distribution in n parts alike.
    """

    counts: Array
    mins: Array
    maxs: Array
    weights: Array
    inner_boundaries: Callable[[int], Array]

    @staticmethod
    def of_counts(histogram: RankHistogram) -> Ranked:
        """A distribution in which each value counts once.

        Example:
            >>> ranked = Ranked.of_counts(RankHistogram.of(np.array([3.0, 1.0, 4.0, 2.0])))
            >>> ranked.median, ranked.boundaries(2).tolist(), ranked.at_most(np.array([2.5]))
            (3.0, [1.0, 3.0, 4.0], array([2.]))
        """
        counts = histogram.counts
        weights = counts.astype(np.float64)
        return Ranked(counts, histogram.mins, histogram.maxs, weights, histogram.boundaries)

    @staticmethod
    def of_weights(bins: BinSums) -> Ranked:
        """A distribution in which values have weights, in units of ``2**-64``."""
        weights = np.array([float(total) for total in bins.totals()]) * _WEIGHT_UNIT
        return Ranked(
            bins.counts, bins.mins, bins.maxs, weights, lambda n: weighted_boundaries(bins, n)
        )

    def __bool__(self) -> bool:
        return bool(len(self.mins))

    @property
    def low(self) -> float:
        """The smallest value."""
        return float(self.mins[0])

    @property
    def high(self) -> float:
        """The largest value."""
        return float(self.maxs[-1])

    @property
    def finite_span(self) -> tuple[float, float] | None:
        """The smallest and the largest finite value; None where all are infinite."""
        finite = np.flatnonzero(np.isfinite(self.mins))
        if not finite.size:
            return None
        return float(self.mins[finite[0]]), float(self.maxs[finite[-1]])

    @property
    def median(self) -> float:
        """The value with half of the weight before it; of an even number, the upper middle."""
        return float(self.inner_boundaries(2)[0])

    def boundaries(self, parts: int) -> Array:
        """Shape ``(parts + 1,)``: the smallest value, the inner boundaries, the largest value."""
        inner = np.asarray(self.inner_boundaries(parts), np.float64)
        return np.concatenate([self.mins[:1], inner, self.maxs[-1:]])

    def at_most(self, values: Array) -> Array:
        """The weight of what is less than or equal to each of some values."""
        ends = np.concatenate([[0.0], np.cumsum(self.weights)])
        after = np.searchsorted(self.mins, values, side="right")
        result = ends[after]
        # The last bin that begins at or before a value may go on beyond it.
        bins = np.maximum(after - 1, 0)
        cut = np.flatnonzero((after > 0) & (self.maxs[bins] > values))
        bins = bins[cut]
        low, high, rows = self.mins[bins], self.maxs[bins], self.counts[bins]
        share = (values[cut] - low) / (high - low)
        # One row is known to be the smallest and one the largest of the bin.
        before = np.floor(1 + (rows - 2) * share)
        result[cut] = ends[after[cut] - 1] + self.weights[bins] * (before / rows)
        return result
