"""A mergeable summary of a distribution that knows its own error: quantiles with a certificate.

The summary is a function of the multiset of values alone, so any order, split and merge tree gives
the same bytes; it is exact while the distinct values are few. This room knows arrays of numbers
only: nulls and NaN are filtered by the caller, weights and nested lists do not exist here.

Numbers of one sign between two neighbouring powers of two are an *octave*; within it, the bits that
follow the leading one place a number (of a float, the 52 bits that float64 has for it). Each
octave has a *level*, the number of low bits it ignores: numbers that agree in the other bits share
a bin. The level is the smallest that leaves the octave at most ``capacity`` bins. That makes the
summary canonical:

1. A subset has no more distinct prefixes than the whole, so its level is no higher; hence the
   level of a union is at least every part's level, and no part has ignored a bit the union needs.
2. From that maximum upwards the parts' bins give the union's distinct prefixes exactly; so a merge
   finds the same level, and thus the same bins, as one look at all the values would.
3. Counts, minima and maxima of equal bins combine by +, min and max, in any order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from taurus_beam.errors import ArtifactError, DataError, TraceError

__all__ = ["DEFAULT_CAPACITY", "RankHistogram", "RankHistogramBuilder", "capacity_for"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

DEFAULT_CAPACITY = 1024
_MAX_CAPACITY = 1 << 20
_FRACTION_BITS = 52
_OCTAVES = 1 << 12

_POWERS_OF_TWO = [1 << bit for bit in range(64)]
# The lowest integer of every octave; in two's complement those of an octave agree in the high bits.
_INTEGER_OCTAVES = {
    "u": np.array([0, *_POWERS_OF_TWO], np.uint64),
    "i": np.array([*(-power for power in _POWERS_OF_TWO[::-1]), 0, *_POWERS_OF_TWO[:-1]], np.int64),
}

# Rows gathered before they are sorted: a megabyte of float64, which still fits a core's cache.
_BUFFER_ROWS = 1 << 17
_DENSE_SPAN = 1 << 16


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
        builder = RankHistogramBuilder(values.dtype, capacity)
        builder.add(values)
        return builder.build()

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
        floor = np.zeros(_OCTAVES, np.uint8)
        for one in occupied:
            floor[one.octaves] = np.maximum(floor[one.octaves], one.levels)
        mins = np.concatenate([one.mins for one in occupied])
        order = np.argsort(mins, kind="stable")
        maxs = np.concatenate([one.maxs for one in occupied])[order]
        counts = np.concatenate([one.counts for one in occupied])[order]
        return _of_weighted(mins[order], maxs, counts, floor, first.capacity)

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
        low, high = self.mins[bins], self.maxs[bins]
        inside = np.flatnonzero(low < high)
        low_inside, high_inside = low[inside], high[inside]
        position, last = positions[inside], self.counts[bins][inside] - 1
        if self.dtype.kind == "f":
            base = low_inside.astype(np.float64)
            # Both ends lie in one octave, so their distance is exact and cannot overflow.
            low[inside] = base + (high_inside.astype(np.float64) - base) * (position / last)
        else:
            rows = zip(
                *(a.tolist() for a in (low_inside, high_inside, position, last)), strict=True
            )
            low[inside] = np.array([a + (b - a) * p // n for a, b, p, n in rows], self.dtype)
        return low

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


class RankHistogramBuilder:
    """Gathers values batch by batch; what it builds equals `RankHistogram.of` of them all.

    It sorts a buffer of values at a time and merges what that leaves once it has doubled, so the
    cost per value is that of a sort in cache and does not depend on the size of the batches.

    Args:
        dtype: Of all the values, float or integer.
        capacity: Bins an octave may have; a power of two.

    Example:
        >>> builder = RankHistogramBuilder(np.dtype("int64"))
        >>> builder.add(np.array([3, 1]))
        >>> builder.add(np.array([2]))
        >>> builder.build().boundaries(3)
        array([2, 3])
    """

    def __init__(self, dtype: np.dtype[Any], capacity: int = DEFAULT_CAPACITY) -> None:
        self._held = RankHistogram.empty(dtype, capacity)
        self._waiting: list[RankHistogram] = []
        self._waiting_bins = 0
        self._buffer = np.empty(0, dtype)
        self._filled = 0

    def add(self, values: Array) -> None:
        """Add values of the builder's dtype, shape ``(n,)``, without NaN; they are copied.

        Raises:
            DataError: The values have another dtype.
        """
        if values.dtype != self._buffer.dtype:
            raise DataError(
                f"Quantiles over {self._buffer.dtype} values met {values.dtype} values.",
                expected=f"{self._buffer.dtype} in every batch",
                fix="Cast the column to one type.",
            )
        start = 0
        while start < len(values):
            self._make_room(len(values) - start)
            piece = values[start : start + len(self._buffer) - self._filled]
            # Adding zero copies, and turns -0.0 into 0.0.
            np.add(piece, 0, out=self._buffer[self._filled : self._filled + len(piece)])
            self._filled += len(piece)
            start += len(piece)

    def add_histogram(self, histogram: RankHistogram) -> None:
        """Add the values that a histogram of the same dtype and capacity stands for.

        Raises:
            DataError: The histogram is of another kind; at the latest when `build` is called.
        """
        self._waiting.append(histogram)
        self._waiting_bins += len(histogram.counts)
        if self._waiting_bins > len(self._held.counts):
            self._merge_waiting()

    def build(self) -> RankHistogram:
        """Return the histogram of all values so far; more may be added afterwards."""
        self._flush()
        self._merge_waiting()
        return self._held

    def _make_room(self, rows: int) -> None:
        if self._filled == _BUFFER_ROWS:
            self._flush()
        elif self._filled + rows > len(self._buffer):
            wanted = min(max(self._filled + rows, 2 * len(self._buffer)), _BUFFER_ROWS)
            larger = np.empty(wanted, self._buffer.dtype)
            larger[: self._filled] = self._buffer[: self._filled]
            self._buffer = larger

    def _flush(self) -> None:
        if self._filled:
            part = _summarise(self._buffer[: self._filled], self._held.capacity)
            self._filled = 0
            self.add_histogram(part)

    def _merge_waiting(self) -> None:
        self._held = self._held.merge(*self._waiting)
        self._waiting, self._waiting_bins = [], 0


def _summarise(values: Array, capacity: int) -> RankHistogram:
    """Return the histogram of at least one value; may reorder them in place."""
    floor = np.zeros(_OCTAVES, np.uint8)
    lowest, highest = values.min().item(), values.max().item()
    # A span that is not finite fails the comparison, as it should.
    if highest - lowest < min(_DENSE_SPAN, 4 * len(values)) and _are_whole(values):
        wide = np.dtype(values.dtype.kind + "8")  # where distances neither round nor wrap around
        origin = np.array(lowest, wide)
        tally = np.bincount((values.astype(wide, copy=False) - origin).astype(np.intp))
        present = np.flatnonzero(tally)
        distinct = (present.astype(wide) + origin).astype(values.dtype)
        return _of_weighted(distinct, distinct, tally[present], floor, capacity)
    values.sort()
    starts, octaves, levels = _bins(values, floor, capacity)
    ends = np.append(starts[1:], len(values))
    return RankHistogram(capacity, ends - starts, values[starts], values[ends - 1], octaves, levels)


def _are_whole(values: Array) -> bool:
    return values.dtype.kind != "f" or bool((np.trunc(values) == values).all())


def _of_weighted(
    mins: Array, maxs: Array, counts: Array, floor: Array, capacity: int
) -> RankHistogram:
    """Return the histogram of bins that are sorted by minimum, of levels no higher than needed."""
    starts, octaves, levels = _bins(mins, floor, capacity)
    if len(starts) < len(mins):
        last = np.append(starts[1:], len(mins)) - 1
        counts = np.add.reduceat(counts, starts)
        # Bins do not overlap, so the running maximum at a bin's end is the bin's own.
        mins, maxs = mins[starts], np.maximum.accumulate(maxs)[last]
    return RankHistogram(capacity, counts, mins, maxs, octaves, levels)


def _bins(mins: Array, floor: Array, capacity: int) -> tuple[Array, Array, Array]:
    """Return where the bins of sorted values start, and the coarse octaves with their levels.

    ``floor`` holds, per octave, the level that the values have already.
    """
    differing, octave_starts, octaves = _split_at_octaves(mins)
    sizes = np.diff(octave_starts, append=len(mins))
    levels = floor[octaves]
    for crowded in np.flatnonzero(sizes > capacity).tolist():
        start = octave_starts[crowded]
        inner = differing[start : start + sizes[crowded] - 1]
        # Neighbours fall together at the level that covers their differing bits; so the bins are
        # at most `capacity` once it covers all but the `capacity - 1` largest differences.
        covered = np.partition(inner, -capacity)[-capacity]
        levels[crowded] = max(levels[crowded], int(covered).bit_length())
    # A difference across octaves is in a higher bit than either of them can ignore.
    step = np.left_shift(np.uint64(1), levels.astype(np.uint64))
    starts = np.append(0, np.flatnonzero(differing >= np.repeat(step, sizes)[1:]) + 1)
    coarse = levels > 0
    ascending = np.argsort(octaves[coarse])
    return starts, octaves[coarse][ascending], levels[coarse][ascending]


def _split_at_octaves(ordered: Array) -> tuple[Array, Array, Array]:
    """Return how neighbours differ in bits, where octaves start, and which octaves these are."""
    kind = ordered.dtype.kind
    wide = ordered.astype(np.dtype(kind + "8"), copy=False)
    bits = wide.view(np.uint64)
    differing = bits[1:] ^ bits[:-1]
    if kind == "f":
        starts = np.append(0, np.flatnonzero(differing >= 1 << _FRACTION_BITS) + 1)
        return differing, starts, (bits[starts] >> _FRACTION_BITS).astype(np.uint16)
    edges = np.searchsorted(wide, _INTEGER_OCTAVES[kind])
    present = np.flatnonzero(np.diff(edges, append=len(wide)))
    return differing, edges[present], present.astype(np.uint16)


def _damaged(reason: str) -> ArtifactError:
    return ArtifactError(
        f"A stored quantile summary is damaged: {reason}.",
        expected="the arrays that the same version of taurus_beam wrote",
        fix="Delete the cache and compute it again.",
    )
