"""How numbers fall into bins by their leading bits, so that any part of them bins alike.

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

This room knows arrays of numbers only: no nulls, no NaN, no ranks.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np

__all__ = ["OCTAVES", "Array", "Bins", "bin_starts", "bins_of", "condensed", "octaves_of"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

OCTAVES = 1 << 12
_FRACTION_BITS = 52
_DENSE_SPAN = 1 << 16

_POWERS_OF_TWO = [1 << bit for bit in range(64)]
# The lowest integer of every octave; in two's complement those of an octave agree in the high bits.
_INTEGER_OCTAVES = {
    "u": np.array([0, *_POWERS_OF_TWO], np.uint64),
    "i": np.array([*(-power for power in _POWERS_OF_TWO[::-1]), 0, *_POWERS_OF_TWO[:-1]], np.int64),
}


class Bins(NamedTuple):
    """Bins in rising order, and the coarse octaves with their levels; see `RankHistogram`."""

    counts: Array
    mins: Array
    maxs: Array
    octaves: Array
    levels: Array


def bins_of(values: Array, capacity: int) -> Bins:
    """Return the bins of at least one value, shape ``(n,)``; may reorder them in place.

    Example:
        >>> bins_of(np.array([2.5, 0.0, 2.5]), 1024).counts
        array([1, 2])
    """
    floor = np.zeros(OCTAVES, np.uint8)
    lowest, highest = values.min().item(), values.max().item()
    # A span that is not finite fails the comparison, as it should.
    if highest - lowest < min(_DENSE_SPAN, 4 * len(values)) and _are_whole(values):
        wide = np.dtype(values.dtype.kind + "8")  # where distances neither round nor wrap around
        origin = np.array(lowest, wide)
        tally = np.bincount((values.astype(wide, copy=False) - origin).astype(np.intp))
        present = np.flatnonzero(tally)
        distinct = (present.astype(wide) + origin).astype(values.dtype)
        return condensed(distinct, distinct, tally[present], floor, capacity)
    values.sort()
    starts, octaves, levels = _starts(values, floor, capacity)
    ends = np.append(starts[1:], len(values))
    return Bins(ends - starts, values[starts], values[ends - 1], octaves, levels)


def condensed(mins: Array, maxs: Array, counts: Array, floor: Array, capacity: int) -> Bins:
    """Return bins of at most ``capacity`` an octave from finer ones, sorted by their minima.

    Args:
        mins: Smallest value of each bin; of equal or overlapping bins in any order.
        maxs: Largest value of each bin.
        counts: Values in each bin.
        floor: Shape ``(OCTAVES,)``, the level that the bins of each octave have already.
        capacity: Bins an octave may have.

    Example:
        >>> one = np.array([1.0, 1.0])
        >>> condensed(one, one, np.array([2, 3]), np.zeros(OCTAVES, np.uint8), 1024).counts
        array([5])
    """
    starts, octaves, levels = _starts(mins, floor, capacity)
    if len(starts) < len(mins):
        last = np.append(starts[1:], len(mins)) - 1
        counts = np.add.reduceat(counts, starts)
        # Bins do not overlap, so the running maximum at a bin's end is the bin's own.
        mins, maxs = mins[starts], np.maximum.accumulate(maxs)[last]
    return Bins(counts, mins, maxs, octaves, levels)


def _are_whole(values: Array) -> bool:
    return values.dtype.kind != "f" or bool((np.trunc(values) == values).all())


def bin_starts(
    differing: Array, octave_starts: Array, levels: Array, capacity: int
) -> tuple[Array, Array]:
    """Return where the bins of sorted values start, and the level of each octave.

    Args:
        differing: Shape ``(n - 1,)``, uint64: the bits in which neighbours differ; across octaves
            at least one that neither of them can ignore.
        octave_starts: Where octaves start among the n values, from 0.
        levels: The level that the values of each octave have already.
        capacity: Bins an octave may have.

    Example:
        >>> bits = np.arange(8, dtype=np.uint64)
        >>> starts, levels = bin_starts(bits[1:] ^ bits[:-1], np.array([0]), np.array([0]), 4)
        >>> starts.tolist(), levels.tolist()
        ([0, 2, 4, 6], [1])
    """
    sizes = np.diff(octave_starts, append=len(differing) + 1)
    levels = levels.copy()
    for crowded in np.flatnonzero(sizes > capacity).tolist():
        start = octave_starts[crowded]
        inner = differing[start : start + sizes[crowded] - 1]
        # Neighbours fall together at the level that covers their differing bits; so the bins are
        # at most `capacity` once it covers all but the `capacity - 1` largest differences.
        covered = np.partition(inner, -capacity)[-capacity]
        levels[crowded] = max(levels[crowded], int(covered).bit_length())
    step = np.left_shift(np.uint64(1), levels.astype(np.uint64))
    starts = np.append(0, np.flatnonzero(differing >= np.repeat(step, sizes)[1:]) + 1)
    return starts, levels


def octaves_of(values: Array) -> tuple[Array, Array]:
    """Return the bits of some numbers, uint64, and the octave of each, uint16.

    Example:
        >>> octaves_of(np.array([1.0, 1.5, 2.0]))[1].tolist()
        [1023, 1023, 1024]
    """
    kind = values.dtype.kind
    wide = values.astype(np.dtype(kind + "8"), copy=False)
    bits = wide.view(np.uint64)
    if kind == "f":
        return bits, (bits >> _FRACTION_BITS).astype(np.uint16)
    octaves = np.searchsorted(_INTEGER_OCTAVES[kind], wide, side="right") - 1
    return bits, octaves.astype(np.uint16)


def _starts(mins: Array, floor: Array, capacity: int) -> tuple[Array, Array, Array]:
    """Return where the bins of sorted values start, and the coarse octaves with their levels.

    ``floor`` holds, per octave, the level that the values have already.
    """
    differing, octave_starts, octaves = _split_at_octaves(mins)
    starts, levels = bin_starts(differing, octave_starts, floor[octaves], capacity)
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
