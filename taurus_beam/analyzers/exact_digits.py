"""Exact sums of floats by key, as rows of integer digits in one long table.

A float is a whole number of digits of 32 bits on one absolute grid: digit ``p`` counts units of
``2**(32 * p)``. Sums of digits are integer sums, so neither order nor split of the data shows;
carrying gives every total one form. Used where keys are too many for one Python integer each
(`exact_sum`). A row of position `COUNT` holds how often its key occurred.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["COUNT", "carried", "digits_of", "rounded"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

COUNT = -32768
"""The position of rows that count occurrences; no float has a digit there."""

_BITS = 32
_MASK = (1 << _BITS) - 1
_HALF = 1 << (_BITS - 1)
_SIGNIFICAND_BITS = 53


def digits_of(numbers: Array) -> tuple[Array, Array, Array]:
    """The digits of some finite float64: each one's index, position and value.

    Example:
        >>> index, position, digit = digits_of(np.array([3.0, -0.5]))
        >>> index.tolist(), position.tolist(), digit.tolist()
        ([1, 0], [-1, 0], [-2147483648, 3])
    """
    fraction, exponent = np.frexp(numbers)
    significand = np.ldexp(fraction, _SIGNIFICAND_BITS).astype(np.int64)
    lowest = exponent.astype(np.int64) - _SIGNIFICAND_BITS
    shift = lowest & (_BITS - 1)
    size = np.abs(significand)
    low = (size & _MASK) << shift
    high = ((size >> _BITS) << shift) + (low >> _BITS)
    digits = np.concatenate([low & _MASK, high & _MASK, high >> _BITS])
    digits *= np.tile(np.sign(significand), 3)
    used = np.flatnonzero(digits)
    position = np.concatenate([(lowest >> 5) + step for step in range(3)])
    return used % max(len(numbers), 1), position[used].astype(np.int16), digits[used]


def carried(table: pa.Table, summed: Any) -> pa.Table:
    """The table with every digit between ``-2**31`` and ``2**31 - 1``, none of them zero.

    Args:
        table: Columns ``position`` and ``count`` behind any others, each key once.
        summed: Adds up the rows of equal keys.
    """
    while True:
        digits = table["count"].to_numpy()
        positions = table["position"].to_numpy()
        is_digit = positions != COUNT
        carry = np.where(is_digit, (digits + _HALF) >> _BITS, 0)
        carries = np.flatnonzero(carry)
        if not carries.size:
            return table.filter(pa.array(~is_digit | (digits != 0)))
        kept = _with(table, positions, digits - (carry << _BITS))
        up = table.take(pa.array(carries))
        up = _with(up, positions[carries] + 1, carry[carries])
        table = summed(pa.concat_tables([kept, up]))


def rounded(codes: Array, positions: Array, digits: Array, size: int) -> Array:
    """The totals of carried digits as float64.

    Exact for totals that fit into 53 bits, else rounded at each of the few digits that count.

    Args:
        codes: To which of ``size`` totals each digit belongs.
        positions: Of each digit.
        digits: Their values.
        size: How many totals there are.
    """
    order = np.lexsort((-positions.astype(np.int64), codes))
    codes, positions, digits = codes[order], positions[order], digits[order]
    lengths = np.bincount(codes, minlength=size)
    firsts = np.cumsum(lengths) - lengths
    # Relative to its highest digit, no total over- or underflows on the way.
    highest = np.zeros(size, np.int64)
    highest[lengths > 0] = positions[firsts[lengths > 0]]
    totals = np.zeros(size)
    for rank in range(int(lengths.max(initial=0))):
        having = np.flatnonzero(lengths > rank)
        at = firsts[having] + rank
        below = positions[at] - highest[having]
        totals[having] += np.ldexp(digits[at].astype(np.float64), _BITS * below)
    with np.errstate(over="ignore", under="ignore"):
        return np.ldexp(totals, _BITS * highest)


def _with(table: pa.Table, positions: Array, digits: Array) -> pa.Table:
    columns = {name: table[name] for name in table.schema.names}
    columns["position"] = pa.chunked_array([pa.array(positions.astype(np.int16))])
    columns["count"] = pc.cast(pa.chunked_array([pa.array(digits)]), pa.int64())
    return pa.table(columns)
