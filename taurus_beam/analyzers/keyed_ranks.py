"""Rank histograms of many groups in one table: `RankHistogram` for thousands of keys at once.

A row is a bin of one group: how many values it holds, the smallest, the largest, and how many low
bits its octave ignores. The rule that makes a `RankHistogram` a function of the values alone
makes this table one too, group by group. Arrays only: keys and nulls are the caller's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from taurus_beam.analyzers.octave_bins import bin_starts, octaves_of
from taurus_beam.analyzers.rank_histogram import interpolated

__all__ = ["KeyedRanks"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, eq=False)
class KeyedRanks:
    """Bins by group and, within a group, ascending.

    Attributes:
        groups: Shape ``(bins,)``: the group of each bin.
        counts: How many values each holds, int64.
        mins: The smallest of them.
        maxs: The largest of them.
        levels: How many low bits the bin's octave of its group ignores, uint8.

    Example:
        >>> ranks = KeyedRanks.of(np.array([0, 1, 0, 0]), np.array([3.0, 7.0, 1.0, 2.0]))
        >>> ranks = KeyedRanks.merged([ranks], capacity=1024)
        >>> ranks.boundaries(2, 3).tolist()
        [[2.0, 3.0], [7.0, 7.0]]
    """

    groups: Array
    counts: Array
    mins: Array
    maxs: Array
    levels: Array

    @staticmethod
    def of(groups: Array, values: Array) -> KeyedRanks:
        """Return a bin for each value, in no order: what `merged` takes.

        Args:
            groups: Shape ``(n,)``, integers from 0.
            values: Shape ``(n,)``, float or integer, without NaN.
        """
        values = values + values.dtype.type(0)  # turns -0.0 into 0.0
        ones, zeros = np.ones(len(values), np.int64), np.zeros(len(values), np.uint8)
        return KeyedRanks(groups.astype(np.int64), ones, values, values, zeros)

    @staticmethod
    def merged(parts: Sequence[KeyedRanks], capacity: int) -> KeyedRanks:
        """Return the bins of all values of one or more tables, each group at most ``capacity`` an
        octave: the same table whatever the parts and their order.
        """
        groups, counts, mins, maxs, levels = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("groups", "counts", "mins", "maxs", "levels")
        )
        order = _order(groups, mins)
        groups, counts, mins, maxs, levels = (
            array[order] for array in (groups, counts, mins, maxs, levels)
        )
        if not len(groups):
            return KeyedRanks(groups, counts, mins, maxs, levels)
        bits, octaves = octaves_of(mins)
        differing = bits[1:] ^ bits[:-1]
        apart = groups[1:] != groups[:-1]
        differing[apart] = np.iinfo(np.uint64).max
        octave_starts = np.append(0, np.flatnonzero(apart | (octaves[1:] != octaves[:-1])) + 1)
        known = np.maximum.reduceat(levels, octave_starts)
        starts, needed = bin_starts(differing, octave_starts, known, capacity)
        sizes = np.diff(octave_starts, append=len(groups))
        return KeyedRanks(
            groups[starts],
            np.add.reduceat(counts, starts),
            mins[starts],
            np.maximum.reduceat(maxs, starts),
            np.repeat(needed, sizes)[starts],
        )

    def renumbered(self, places: Array) -> KeyedRanks:
        """The same bins, group ``g`` being called ``places[g]``."""
        return replace(self, groups=places[self.groups])

    def of_groups(self, chosen: Array) -> KeyedRanks:
        """The bins of groups in ascending order, numbered by their position among them."""
        if not len(chosen):
            inside = np.zeros(len(self.groups), np.bool_)
            positions = self.groups
        else:
            positions = np.minimum(np.searchsorted(chosen, self.groups), len(chosen) - 1)
            inside = chosen[positions] == self.groups
        return KeyedRanks(
            positions[inside].astype(np.int64),
            *(a[inside] for a in (self.counts, self.mins, self.maxs, self.levels)),
        )

    def sorted(self) -> KeyedRanks:
        """The same bins by group and ascending, after `renumbered`."""
        order = _order(self.groups, self.mins)
        return KeyedRanks(
            *(a[order] for a in (self.groups, self.counts, self.mins, self.maxs, self.levels))
        )

    def totals(self, size: int) -> Array:
        """How many values each of ``size`` groups has."""
        sums = np.zeros(size, np.int64)
        np.add.at(sums, self.groups, self.counts)
        return sums

    def boundaries(self, size: int, num_buckets: int) -> Array:
        """The values that cut each group into buckets of equal size, as `RankHistogram` gives them.

        Returns:
            Shape ``(size, num_buckets - 1)``, each row ascending; arbitrary where a group has no
            values.
        """
        counts = self.totals(size)
        before = np.cumsum(counts) - counts
        k = np.arange(1, num_buckets, dtype=np.int64)
        share, remainder = np.divmod(counts[:, None], num_buckets)
        ranks = before[:, None] + k * share + k * remainder // num_buckets
        ends = np.cumsum(self.counts)
        if not len(ends):
            return np.zeros((size, num_buckets - 1), self.mins.dtype)
        flat = np.minimum(ranks.reshape(-1), ends[-1] - 1)
        bins = np.searchsorted(ends, flat, side="right")
        positions = flat - (ends[bins] - self.counts[bins])
        found = interpolated(self.mins[bins], self.maxs[bins], self.counts[bins], positions)
        return found.reshape(size, num_buckets - 1)


def _order(groups: Array, values: Array) -> Array:
    """What sorts by group, then by value: NumPy sorts 16 bits a pass in linear time."""
    order = np.argsort(values)
    highest = int(groups.max(initial=0))
    for shift in range(0, max(highest.bit_length(), 1), 16):
        digits = (groups >> shift).astype(np.uint16)
        order = order[np.argsort(digits[order], kind="stable")]
    return order
