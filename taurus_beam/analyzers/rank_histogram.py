"""A mergeable summary of a distribution that knows its own error: quantiles with a certificate.

The summary is a function of the multiset of values alone, so any order, split and merge tree gives
the same bytes (`octave_bins` says why); it is exact while the distinct values are few. This room
knows numbers only: nulls and NaN are filtered by the caller, weights and lists do not exist here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from taurus_beam.analyzers.octave_bins import OCTAVES, Array, bins_of, condensed
from taurus_beam.errors import ArtifactError, DataError, TraceError

__all__ = ["DEFAULT_CAPACITY", "RankHistogram", "capacity_for", "interpolated"]

DEFAULT_CAPACITY = 1024
_MAX_CAPACITY = 1 << 20


def capacity_for(epsilon: float) -> int:
    """Return the bins per octave that keep boundaries within ``epsilon`` of their rank.

    The hard case is a narrow cluster that lies in one octave, such as N(1e9, 1). Its level leaves
    more than ``capacity / 2`` bins; a bell of ±5σ then has at least that many over 10σ, and the one
    at its peak, where the density is 0.4/σ, holds at most ``0.4 * 10 / (capacity / 2)``, that is
    ``8 / capacity`` of the rows. Clusters that share an octave with far outliers can exceed it:
    `RankHistogram.rank_error` is what was achieved.

    Args:
        epsilon: The share of rows, above 0, by which a boundary's rank may be off.

    Raises:
        TraceError: ``epsilon`` is not positive.

    Example:
        >>> capacity_for(0.01), capacity_for(0.001)
        (1024, 8192)
    """
    if not epsilon > 0:
        raise TraceError(f"The rank error {epsilon!r} cannot be met.", expected="a share above 0")
    capacity = DEFAULT_CAPACITY
    while capacity < 8 / epsilon and capacity < _MAX_CAPACITY:
        capacity *= 2
    return capacity


@dataclass(frozen=True, eq=False)
class RankHistogram:
    """Bins of a multiset of numbers, in rising order, and the level of each coarse octave.

    Build it with `of`, `merge_all` or a `RankHistogramBuilder`. A bin whose minimum equals its
    maximum is exact. Infinities are ordinary values; NaN must not get in (ranks would be wrong).

    Args:
        capacity: Bins an octave may have; a power of two.
        counts: Shape ``(bins,)``, int64, all positive.
        mins: Shape ``(bins,)``, the smallest value of each bin, in the dtype of the values.
        maxs: Shape ``(bins,)``, the largest value of each bin.
        octaves: Shape ``(coarse,)``, uint16, rising: the octaves that ignore low bits; of floats
            their sign and exponent bits, of integers their place among all octaves of the dtype.
        levels: Shape ``(coarse,)``, uint8: how many bits each of those ignores.

    Example:
        >>> histogram = RankHistogram.of(np.arange(1, 10))
        >>> histogram.boundaries(3), histogram.rank_error(3)
        (array([4, 7]), 0.0)
    """

    capacity: int
    counts: Array
    mins: Array
    maxs: Array
    octaves: Array
    levels: Array

    @classmethod
    def empty(cls, dtype: np.dtype[Any], capacity: int = DEFAULT_CAPACITY) -> RankHistogram:
        """Return the histogram of no values of a float or integer ``dtype``.

        Example:
            >>> RankHistogram.empty(np.dtype("float32")).boundaries(4)
            array([], dtype=float32)
        """
        nothing = np.empty(0, dtype)
        return cls(
            capacity=capacity,
            counts=np.empty(0, np.int64),
            mins=nothing,
            maxs=nothing,
            octaves=np.empty(0, np.uint16),
            levels=np.empty(0, np.uint8),
        )

    @classmethod
    def of(cls, values: Array, capacity: int = DEFAULT_CAPACITY) -> RankHistogram:
        """Return the histogram of ``values``: shape ``(n,)``, float or integer, without NaN.

        Example:
            >>> RankHistogram.of(np.array([2.5, 0.0, -0.0, 2.5])).counts
            array([2, 2])
        """
        if not len(values):
            return cls.empty(values.dtype, capacity)
        # Adding zero copies, and turns -0.0 into 0.0.
        return cls(capacity, *bins_of(values + values.dtype.type(0), capacity))

    @classmethod
    def merge_all(cls, histograms: Sequence[RankHistogram]) -> RankHistogram:
        """Return the histogram of all the values of one or more histograms.

        Raises:
            DataError: They differ in dtype or capacity.

        Example:
            >>> halves = [RankHistogram.of(np.arange(5)), RankHistogram.of(np.arange(5, 9))]
            >>> RankHistogram.merge_all(halves) == RankHistogram.of(np.arange(9))
            True
        """
        first = histograms[0]
        kinds = {(one.dtype, one.capacity) for one in histograms}
        if len(kinds) > 1:
            met = ", ".join(sorted(f"{dtype} with capacity {size}" for dtype, size in kinds))
            raise DataError(
                f"Quantile summaries of different kinds cannot be merged: {met}.",
                expected="one value type and one capacity in all of them",
                fix="Compute all of them with the same function; discard older caches.",
            )
        occupied = [one for one in histograms if len(one.counts)]
        if len(occupied) < 2:
            return occupied[0] if occupied else first
        floor = np.zeros(OCTAVES, np.uint8)
        for one in occupied:
            floor[one.octaves] = np.maximum(floor[one.octaves], one.levels)
        mins = np.concatenate([one.mins for one in occupied])
        order = np.argsort(mins, kind="stable")
        maxs = np.concatenate([one.maxs for one in occupied])[order]
        counts = np.concatenate([one.counts for one in occupied])[order]
        bins = condensed(mins[order], maxs, counts, floor, first.capacity)
        return cls(first.capacity, *bins)

    def merge(self, *others: RankHistogram) -> RankHistogram:
        """Return the histogram of this one's values and the others' (see `merge_all`)."""
        return self.merge_all([self, *others])

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the values and of the boundaries."""
        return self.mins.dtype

    @property
    def count(self) -> int:
        """The number of values."""
        return int(self.counts.sum())

    def boundaries(self, num_buckets: int) -> Array:
        """Return the values that cut the sorted values into buckets of equal size.

        Boundary ``k`` is ``sorted(values)[k * count // num_buckets]``, as in tf.Transform. Where
        that position falls inside an inexact bin, it is interpolated by rank between the bin's
        minimum and maximum.

        Args:
            num_buckets: How many buckets, at least 1.

        Returns:
            Shape ``(num_buckets - 1,)``, non-decreasing, in the dtype of the values; shape
            ``(0,)`` when there are no values.

        Raises:
            TraceError: ``num_buckets`` is less than 1.

        Example:
            >>> RankHistogram.of(np.array([3.0, 1.0, 4.0, 2.0])).boundaries(4)
            array([2., 3., 4.])
        """
        bins, positions = self._locate(num_buckets)
        return interpolated(self.mins[bins], self.maxs[bins], self.counts[bins], positions)

    def rank_error(self, num_buckets: int) -> float:
        """Return the certificate of `boundaries`: by what share of rows a rank may be off, at most.

        A boundary ``b`` meant for position ``r`` is off by ``e`` rows if the values below it are
        ``r + e``, or those up to it only ``r + 1 - e``. Zero says: exactly that value.

        Example:
            >>> wide = RankHistogram.of(np.linspace(1.0, 2.0, 100_000))
            >>> 0 < wide.rank_error(10) < 0.002
            True
        """
        bins, positions = self._locate(num_buckets)
        after = self.counts[bins] - 1 - positions
        # The first and the last row of a bin are its minimum and its maximum, known exactly.
        guessed = (self.mins[bins] < self.maxs[bins]) & (positions > 0) & (after > 0)
        rows = np.maximum(positions, after)[guessed].max(initial=0)
        return int(rows) / max(self.count, 1)

    def to_arrays(self) -> dict[str, Array]:
        """Return plain arrays for storage, canonical like the histogram itself."""
        return {
            "capacity": np.array([self.capacity], np.int64),
            "counts": self.counts,
            "mins": self.mins,
            "maxs": self.maxs,
            "octaves": self.octaves,
            "levels": self.levels,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> RankHistogram:
        """Return the histogram that `to_arrays` stored.

        Raises:
            ArtifactError: An array is missing, or they do not fit together.

        Example:
            >>> histogram = RankHistogram.of(np.array([1.5, 2.5]))
            >>> RankHistogram.from_arrays(histogram.to_arrays()) == histogram
            True
        """
        try:
            capacity, counts, mins, maxs, octaves, levels = (
                arrays[name] for name in ("capacity", "counts", "mins", "maxs", "octaves", "levels")
            )
        except KeyError as missing:
            raise _damaged(f"it has no {missing}") from missing
        if not (capacity.shape == (1,) and counts.shape == mins.shape == maxs.shape):
            raise _damaged("its arrays differ in length")
        if mins.dtype != maxs.dtype or octaves.shape != levels.shape:
            raise _damaged("its arrays do not fit together")
        return cls(int(capacity[0]), counts, mins, maxs, octaves, levels)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RankHistogram):
            return NotImplemented
        ours, theirs = self.to_arrays(), other.to_arrays()
        return self.dtype == other.dtype and all(
            np.array_equal(ours[name], theirs[name]) for name in ours
        )

    def _locate(self, num_buckets: int) -> tuple[Array, Array]:
        """Return the bin of every boundary, and its row counted from the bin's first."""
        if num_buckets < 1:
            raise TraceError(
                f"Quantiles cannot have {num_buckets} buckets.", expected="at least one bucket"
            )
        ends = np.cumsum(self.counts)
        if not len(ends):
            return np.empty(0, np.intp), np.empty(0, np.int64)
        k = np.arange(1, num_buckets, dtype=np.int64)
        share, remainder = divmod(int(ends[-1]), num_buckets)
        ranks = k * share + k * remainder // num_buckets  # k * count could overflow
        bins = np.searchsorted(ends, ranks, side="right")
        return bins, ranks - (ends[bins] - self.counts[bins])


def interpolated(low: Array, high: Array, counts: Array, positions: Array) -> Array:
    """Return the values at some rows of some bins, by rank between a bin's minimum and maximum.

    Args:
        low: Minimum of each bin; all arguments have shape ``(n,)``.
        high: Maximum of each bin, in the same octave.
        counts: Rows of each bin.
        positions: The row asked for, counted from the bin's first.

    Example:
        >>> interpolated(*(np.array([x]) for x in (1.0, 2.0, 5, 1)))
        array([1.25])
    """
    result = low.copy()
    inside = np.flatnonzero(low < high)
    low_inside, high_inside = low[inside], high[inside]
    position, last = positions[inside], counts[inside] - 1
    if low.dtype.kind == "f":
        base = low_inside.astype(np.float64)
        # Both ends lie in one octave, so their distance is exact and cannot overflow.
        result[inside] = base + (high_inside.astype(np.float64) - base) * (position / last)
    else:
        rows = zip(*(a.tolist() for a in (low_inside, high_inside, position, last)), strict=True)
        result[inside] = np.array([a + (b - a) * p // n for a, b, p, n in rows], low.dtype)
    return result


def _damaged(reason: str) -> ArtifactError:
    return ArtifactError(
        f"A stored quantile summary is damaged: {reason}.",
        expected="the arrays that the same version of taurus_beam wrote",
        fix="Delete the cache and compute it again.",
    )
