"""Gathering numbers in bins with an exact sum each: what `BinSums` tables are made from.

Two accumulators share the state: `BinnedValues` sums the values themselves, so that a bin knows its
mean; `BinnedWeights` sums the weights of the rows. No statistics are derived here.
"""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from taurus_beam.analyzers.array_lists import arrays_in, as_lists
from taurus_beam.analyzers.bin_sums import DIGIT_BITS, BinSums
from taurus_beam.analyzers.compaction import is_due
from taurus_beam.analyzers.octave_bins import octaves_of
from taurus_beam.analyzers.weights import weighted_parts
from taurus_beam.graph.analyzer import Accumulator, Reduction
from taurus_beam.graph.types import ColumnType, numpy_dtype
from taurus_beam.graph.values import Values

__all__ = ["FINE_CAPACITY", "BinnedValues", "BinnedWeights", "Bins", "bin_means", "binned_values"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

FINE_CAPACITY = 8192
"""Bins an octave may have where bins stand for their values: none is wider than 1/4096 of one."""

_COMPACT_AT = 1 << 17
_FRACTION = (1 << 52) - 1
_LOW = np.uint64((1 << DIGIT_BITS) - 1)
_HIGH_SHIFT = np.uint64(DIGIT_BITS)
_WEIGHT_DIGITS = 4


@dataclass
class Bins:
    """Tables of one column of numbers, of which the first may be merged already."""

    parts: list[BinSums] = field(default_factory=list)
    pending: int = 0
    compacted: int = 0


@dataclass(frozen=True)
class _Binned(Accumulator[list[Bins]]):
    """Gathers a table of bins for each position.

    Args:
        reduction: Over which elements.
        capacity: Bins an octave may have.
    """

    reduction: Reduction
    capacity: int

    @property
    @abc.abstractmethod
    def digits(self) -> int:
        """How many digits a sum has."""

    @abc.abstractmethod
    def tables(self, *inputs: Values) -> list[BinSums]:
        """A table of a batch for each position."""

    def zero(self) -> list[Bins]:
        return [Bins() for _ in range(self.reduction.positions)]

    def add(self, state: list[Bins], *inputs: Values) -> list[Bins]:
        for bins, table in zip(state, self.tables(*inputs), strict=True):
            self._append(bins, table)
        return state

    def merge(self, states: Sequence[list[Bins]]) -> list[Bins]:
        result = self.zero()
        for state in states:
            for bins, more in zip(result, state, strict=True):
                for part in more.parts:
                    self._append(bins, part)
        return result

    def to_wire(self, state: list[Bins]) -> Any:
        return as_lists(self.table(bins).to_arrays() for bins in state)

    def from_wire(self, batch: Any) -> list[Bins]:
        state = self.zero()
        for bins, arrays in zip(state, arrays_in(batch), strict=True):
            self._append(bins, BinSums.from_arrays(arrays, self.digits))
        return state

    def table(self, bins: Bins) -> BinSums:
        """The one table of all values so far; more may be added afterwards."""
        if not bins.parts:
            carrier = numpy_dtype(self.reduction.column.dtype)
            return BinSums.of(np.empty(0, carrier), np.empty((0, self.digits), np.int64))
        if len(bins.parts) > 1 or bins.pending > bins.compacted:
            bins.parts = [BinSums.merged(bins.parts, self.capacity)]
            bins.pending = bins.compacted = len(bins.parts[0].counts)
        return bins.parts[0]

    def _append(self, bins: Bins, table: BinSums) -> None:
        bins.parts.append(table)
        bins.pending += len(table.counts)
        if is_due(bins.pending, len(bins.parts), bins.compacted, _COMPACT_AT):
            self.table(bins)


@dataclass(frozen=True)
class BinnedValues(_Binned):
    """Counts values in bins and sums them exactly; NaN and ±inf take no part."""

    @property
    def digits(self) -> int:
        return 2

    def tables(self, *inputs: Values) -> list[BinSums]:
        return [_unmerged(part.numbers) for part in self.reduction.parts(inputs[0])]


@dataclass(frozen=True)
class BinnedWeights(_Binned):
    """Sums the weights of the values in each bin, exactly to a unit of ``2**-64``.

    Takes the values and their weights; see `weighted_parts` for which take part.

    Args:
        weights: Type of the column of weights.
    """

    weights: ColumnType

    @property
    def digits(self) -> int:
        return _WEIGHT_DIGITS

    def tables(self, *inputs: Values) -> list[BinSums]:
        tables = []
        for numbers, weights in weighted_parts(self.reduction, *inputs):
            digits = _weight_digits(weights)
            weighty = digits.any(axis=1)
            tables.append(BinSums.of(numbers[weighty], digits[weighty]))
        return tables


def binned_values(values: Array, capacity: int = FINE_CAPACITY) -> BinSums:
    """The merged table of some numbers, as `BinnedValues` gathers it.

    Example:
        >>> binned_values(np.array([1.0, 1.25, 9.0]), capacity=1).counts.tolist()
        [2, 1]
    """
    return BinSums.merged([_unmerged(values)], capacity)


def bin_means(bins: BinSums) -> Array:
    """The mean of the values of each bin of a `BinnedValues` table, float64.

    Example:
        >>> bin_means(binned_values(np.array([1.0, 1.25, 9.0]), capacity=1)).tolist()
        [1.125, 9.0]
    """
    totals = bins.totals()
    counts = bins.counts.tolist()
    if bins.mins.dtype.kind != "f":
        return np.array([t / n for t, n in zip(totals, counts, strict=True)], np.float64)
    # Within an octave a value is linear in its fraction bits.
    fractions = np.array([t / n for t, n in zip(totals, counts, strict=True)], np.float64)
    bits, _ = octaves_of(bins.mins)
    bases = (bits & ~np.uint64(_FRACTION)).view(np.float64)
    units = (bits & ~np.uint64(_FRACTION) | np.uint64(1)).view(np.float64) - bases
    exact = bins.mins == bins.maxs
    means: Array = np.where(exact, bins.mins, bases + fractions * units)
    return means


def _unmerged(numbers: Array) -> BinSums:
    if numbers.dtype.kind == "f":
        numbers = numbers[np.isfinite(numbers)]
    numbers = np.sort(numbers)  # so that the table's own sort finds it done
    return BinSums.of(numbers, _value_digits(numbers))


def _value_digits(numbers: Array) -> Array:
    """What makes the mean of a bin known: integers themselves, fraction bits of floats."""
    if numbers.dtype.kind == "f":
        bits, _ = octaves_of(numbers + numbers.dtype.type(0))
        whole = (bits & np.uint64(_FRACTION)).view(np.int64)
    elif numbers.dtype == np.uint64:
        high = (numbers >> _HIGH_SHIFT).astype(np.int64)
        return np.stack([high, (numbers & _LOW).astype(np.int64)], axis=1)
    else:
        whole = numbers.astype(np.int64)
    return np.stack([whole >> DIGIT_BITS, whole & int(_LOW)], axis=1)


def _weight_digits(weights: Array) -> Array:
    """Weights in units of ``2**-64``, rounded down, in four digits."""
    digits = np.empty((len(weights), _WEIGHT_DIGITS), np.int64)
    rest = weights
    for place in range(_WEIGHT_DIGITS):
        # Taking the leading digit off a float and moving the rest up are both exact.
        rest = np.ldexp(rest, -DIGIT_BITS) if place == 0 else np.ldexp(rest, DIGIT_BITS)
        whole = np.floor(rest)
        digits[:, place] = whole
        rest = rest - whole
    return digits
