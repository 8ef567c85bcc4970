"""Gathering a rank histogram batch by batch, at the price of a sort in cache.

What is built equals the histogram of all values at once; this room only decides how much is
buffered and when it is merged.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from taurus_beam.analyzers.octave_bins import Array, bins_of
from taurus_beam.analyzers.rank_histogram import DEFAULT_CAPACITY, RankHistogram
from taurus_beam.errors import DataError

__all__ = ["RankHistogramBuilder"]

# Rows gathered before they are sorted: a megabyte of float64, which still fits a core's cache.
_BUFFER_ROWS = 1 << 17


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
            piece = values[start : start + _BUFFER_ROWS]
            if not self._filled and len(piece) > _BUFFER_ROWS // 2:
                # Two of them would not fit in, and bins take less room than values that wait.
                self.add_histogram(RankHistogram.of(piece, self._held.capacity))
            else:
                self._make_room(len(piece))
                piece = piece[: len(self._buffer) - self._filled]
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
        # Of many columns, those that are built already must not hold on to theirs.
        self._buffer = self._buffer[:0].copy()
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
            capacity = self._held.capacity
            bins = bins_of(self._buffer[: self._filled], capacity)
            self._filled = 0
            self.add_histogram(RankHistogram(capacity, *bins))

    def _merge_waiting(self) -> None:
        self._held = self._held.merge(*self._waiting)
        self._waiting, self._waiting_bins = [], 0
