"""Bins of numbers with an exact sum of something in each: a rank histogram that can be weighted.

The bins are those of a `RankHistogram`; beside its count, each carries a whole number in digits of
32 bits, so that adding up rows, batches and workers is integer addition and leaves no trace of
their order. Arrays only: what is summed, and which values take part, is the caller's business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from taurus_beam.analyzers.octave_bins import bin_starts, octaves_of
from taurus_beam.errors import ArtifactError

__all__ = ["DIGIT_BITS", "BinSums"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

DIGIT_BITS = 32
_LOW = (1 << DIGIT_BITS) - 1


@dataclass(frozen=True, eq=False)
class BinSums:
    """Bins of a multiset of numbers, ascending.

    Attributes:
        counts: Shape ``(bins,)``, int64: how many values each bin holds.
        mins: The smallest of them.
        maxs: The largest of them.
        levels: uint8, how many low bits the bin's octave ignores.
        digits: Shape ``(bins, k)``, int64: the bin's sum in base ``2**32``, most significant
            digit first; all but that one are below ``2**32``.

    Example:
        >>> ones = np.array([[1], [1], [5]])
        >>> bins = BinSums.merged([BinSums.of(np.array([2.0, 3.0, 2.0]), ones)], capacity=1024)
        >>> bins.mins.tolist(), bins.counts.tolist(), bins.totals()
        ([2.0, 3.0], [2, 1], [6, 1])
    """

    counts: Array
    mins: Array
    maxs: Array
    levels: Array
    digits: Array

    @staticmethod
    def of(values: Array, digits: Array) -> BinSums:
        """Return a bin for each value, in no order: what `merged` takes.

        Args:
            values: Shape ``(n,)``, float or integer, without NaN.
            digits: Shape ``(n, k)``: what each value adds to the sum of its bin.
        """
        values = values + values.dtype.type(0)  # turns -0.0 into 0.0
        ones, zeros = np.ones(len(values), np.int64), np.zeros(len(values), np.uint8)
        return BinSums(ones, values, values, zeros, digits)

    @staticmethod
    def merged(parts: Sequence[BinSums], capacity: int) -> BinSums:
        """Return the bins of all values of one or more tables, at most ``capacity`` an octave.

        The same whatever the parts and their order; see `RankHistogram`.
        """
        joined = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("counts", "mins", "maxs", "levels", "digits")
        )
        counts, mins, maxs, levels, digits = joined
        if not len(mins):
            return BinSums(counts, mins, maxs, levels, digits)
        order = np.argsort(mins, kind="stable")
        counts, mins, maxs, levels, digits = (
            array[order] for array in (counts, mins, maxs, levels, digits)
        )
        bits, octaves = octaves_of(mins)
        octave_starts = np.append(0, np.flatnonzero(octaves[1:] != octaves[:-1]) + 1)
        differing = bits[1:] ^ bits[:-1]
        differing[octave_starts[1:] - 1] = np.iinfo(np.uint64).max
        known = np.maximum.reduceat(levels, octave_starts)
        starts, needed = bin_starts(differing, octave_starts, known, capacity)
        sizes = np.diff(octave_starts, append=len(mins))
        return BinSums(
            np.add.reduceat(counts, starts),
            mins[starts],
            np.maximum.reduceat(maxs, starts),
            np.repeat(needed, sizes)[starts],
            _carried(np.add.reduceat(digits, starts, axis=0)),
        )

    def totals(self) -> list[int]:
        """The sum of each bin as a Python integer."""
        numbers = [0] * len(self.digits)
        for place in self.digits.T.tolist():
            numbers = [
                (number << DIGIT_BITS) + digit for number, digit in zip(numbers, place, strict=True)
            ]
        return numbers

    def to_arrays(self) -> dict[str, Array]:
        """Return flat arrays for storage, as canonical as the bins themselves."""
        return {
            "counts": self.counts,
            "mins": self.mins,
            "maxs": self.maxs,
            "levels": self.levels,
            "digits": self.digits.reshape(-1),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array], width: int) -> BinSums:
        """Return the bins that `to_arrays` stored, with sums of ``width`` digits.

        Raises:
            ArtifactError: The arrays do not fit together.
        """
        digits = arrays["digits"].reshape(-1, width)
        bins = cls(arrays["counts"], arrays["mins"], arrays["maxs"], arrays["levels"], digits)
        if {len(a) for a in (bins.counts, bins.mins, bins.maxs, bins.levels)} != {len(digits)}:
            raise ArtifactError(
                "Stored sums by bin are damaged: their arrays differ in length.",
                fix="Delete the cache and compute it again.",
            )
        return bins


def _carried(digits: Array) -> Array:
    """The same sums with every digit but the first below the base."""
    for place in range(digits.shape[1] - 1, 0, -1):
        digits[:, place - 1] += digits[:, place] >> DIGIT_BITS
        digits[:, place] &= _LOW
    return digits
