"""The positions of many numbers by ranges, each of so few that they are sorted in a core's cache.

To sort twenty million numbers at once takes four times as long as in ranges of some ten thousands,
and several threads can sort a range each. What a range is, who asks decides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from taurus_beam.graph.threads import in_threads

__all__ = ["MOST_BITS", "by_range", "range_bits"]

Positions: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
RangesOf: TypeAlias = Callable[[slice], np.ndarray[Any, np.dtype[np.uint16]]]

MOST_BITS = 10
_BLOCK = 1 << 17
_RANGE_NUMBERS = 1 << 14


def range_bits(size: int) -> int:
    """Into how many ranges to part so many numbers, as a power of two.

    Example:
        >>> range_bits(100), range_bits(1_000_000), range_bits(1 << 40)
        (0, 5, 10)
    """
    return (
        min((size // _RANGE_NUMBERS).bit_length() - 1, MOST_BITS) if size >= _RANGE_NUMBERS else 0
    )


def by_range(
    size: int, ranges_of: RangesOf, ranges: int, threads: int
) -> tuple[Positions, list[slice]]:
    """The positions of some numbers, those of the first range first, in each range ascending.

    Args:
        size: How many numbers there are.
        ranges_of: Gives the range of each number in a slice; safe to call from several threads.
        ranges: How many ranges there are.
        threads: How many threads may work.

    Returns:
        The positions, and where among them those of each range stand.

    Example:
        >>> numbers = np.array([5, 12, 3, 17], np.uint16)
        >>> positions, ranges = by_range(4, lambda part: numbers[part] // 10, 2, threads=1)
        >>> [positions[one].tolist() for one in ranges]
        [[0, 2], [1, 3]]
    """
    starts = range(0, size, _BLOCK)

    def parted(start: int) -> tuple[Any, Positions]:
        own = ranges_of(slice(start, start + _BLOCK))
        order = np.argsort(own, kind="stable").astype(np.int32)
        return order, np.bincount(own, minlength=ranges)

    blocks = in_threads(parted, starts, threads)
    sizes = np.array([sizes for _, sizes in blocks], np.int64).reshape(-1, ranges)
    totals = sizes.sum(axis=0)
    ends = np.cumsum(totals)
    firsts = ends - totals + np.cumsum(sizes, axis=0) - sizes
    positions = np.empty(size, np.int64)

    def put(number: int) -> None:
        order, own = blocks[number][0], sizes[number]
        places = np.repeat(firsts[number] - (np.cumsum(own) - own), own)
        places += np.arange(len(order))
        positions[places] = order + np.int64(starts[number])

    in_threads(put, range(len(blocks)), threads)
    slices = zip((ends - totals).tolist(), ends.tolist(), strict=True)
    return positions, [slice(first, end) for first, end in slices]
