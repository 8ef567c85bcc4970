"""Whole numbers that lie close together, counted one by one: each batch costs a single count.

How often each number occurs says all else about them, sums and ranks too, which are derived when
they are asked for and then equal those of the numbers themselves. What lies far apart is not
counted here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from taurus_beam.analyzers.octave_bins import OCTAVES, condensed
from taurus_beam.analyzers.rank_histogram import RankHistogram
from taurus_beam.stats.feature_column import Array

__all__ = ["WholeTally"]

# A count of each number takes at most half a megabyte, and no more than some times the numbers.
_WIDEST = 1 << 16
_NARROW = 1 << 10
# So that the sum of the squares of distances fits 63 bits.
_MOST = 1 << 30


@dataclass
class WholeTally:
    """How often each whole number of a range occurs.

    Attributes:
        origin: The number that the first count is of.
        counts: Shape ``(span,)``, int64: how often each number from there on occurs.
        rows: The sum of the counts.
    """

    origin: int
    counts: Array
    rows: int

    @staticmethod
    def of(numbers: Array) -> WholeTally | None:
        """The tally of at least one number, not NaN; None of fractions or a wide range.

        Example:
            >>> tally = WholeTally.of(np.array([7.0, 5.0, 7.0]))
            >>> tally.origin, tally.counts.tolist()
            (5, [1, 0, 2])
            >>> WholeTally.of(np.array([0.5])) is None
            True
        """
        lowest, highest = numbers.min(), numbers.max()
        # A span that is not finite fails the comparison, as it should.
        if not highest.item() - lowest.item() < _widest(len(numbers)) or len(numbers) > _MOST:
            return None
        kind = numbers.dtype.kind
        if kind == "f" and not bool((np.trunc(numbers) == numbers).all()):
            return None
        wide = np.dtype(f"{kind}8")  # where distances neither round nor wrap around
        distances = numbers.astype(wide, copy=False) - lowest.astype(wide)
        return WholeTally(int(lowest), np.bincount(distances.astype(np.intp)), len(numbers))

    def takes(self, other: WholeTally) -> bool:
        """Add another tally in place; whether that could be, as they lie close together."""
        rows = self.rows + other.rows
        start = min(self.origin, other.origin)
        stop = max(self.origin + len(self.counts), other.origin + len(other.counts))
        if stop - start > _widest(rows) or rows > _MOST:
            return False
        if stop - start > len(self.counts):
            held, self.counts = self.counts, np.zeros(stop - start, np.int64)
            self.counts[self.origin - start :][: len(held)] = held
            self.origin = start
        self.counts[other.origin - start :][: len(other.counts)] += other.counts
        self.rows = rows
        return True

    @property
    def zeros(self) -> int:
        """How many of the numbers are 0."""
        inside = self.origin <= 0 < self.origin + len(self.counts)
        return int(self.counts[-self.origin]) if inside else 0

    @property
    def sums(self) -> tuple[int, int]:
        """The exact sum of the numbers, and of their squares."""
        distances = np.arange(len(self.counts))
        linear = int(distances @ self.counts)
        quadratic = int((distances * distances) @ self.counts)
        squares = quadratic + self.origin * (2 * linear + self.origin * self.rows)
        return linear + self.origin * self.rows, squares

    def ranks(self, capacity: int) -> RankHistogram:
        """The histogram of the numbers as float64, of ``capacity`` bins an octave."""
        occurring = np.flatnonzero(self.counts > 0)  # of flags, which is faster
        if abs(self.origin) < 1 << 62:
            numbers = (occurring + self.origin).astype(np.float64)
        else:
            numbers = np.array([float(self.origin + n) for n in occurring.tolist()])
        floor = np.zeros(OCTAVES, np.uint8)
        bins = condensed(numbers, numbers, self.counts[occurring], floor, capacity)
        return RankHistogram(capacity, *bins)


def _widest(rows: int) -> int:
    return min(_WIDEST, 4 * rows + _NARROW)
