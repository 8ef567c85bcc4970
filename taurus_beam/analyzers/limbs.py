"""Numeric arrays in blocks, and a block as limbs whose sums and products float64 does not round.

A block of values is peeled into *limbs*, each a multiple of a power of two ``u`` and at most
``2**20 * u`` in size (error-free extraction: Rump, Ogita and Oishi, "Accurate floating-point
summation", 2008). A block has ``2**13`` rows, so the dot product of any
two limbs needs at most ``20 + 20 + 13 = 53`` bits: float64 hardware computes it without rounding.
Integers of up to 20 bits need one limb, float32 values three, ordinary float64 values four or five.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np

from taurus_beam.errors import DataError

__all__ = [
    "BLOCK_BITS",
    "BLOCK_ROWS",
    "SIGNIFICAND_BITS",
    "FloatArray",
    "NumericArray",
    "blocks",
    "peeled",
]

NumericArray: TypeAlias = np.ndarray[Any, np.dtype[Any]]
FloatArray: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

# Small enough for a core's cache and for BLAS to stay on one thread (OpenBLAS: up to 10,000 rows).
BLOCK_BITS = 13
BLOCK_ROWS = 1 << BLOCK_BITS
SIGNIFICAND_BITS = 53

# Between these magnitudes neither a limb's rounding constant nor a product of limbs over- or
# underflows; values beyond are moved by a power of two first.
_HUGE = math.ldexp(1.0, 400)
_TINY = math.ldexp(1.0, -400)
_RESCALE_BITS = 600


def blocks(values: NumericArray) -> Iterator[NumericArray]:
    """Yield the values, so many at a time as stay in a cache."""
    for start in range(0, len(values), BLOCK_ROWS):
        yield values[start : start + BLOCK_ROWS]


def peeled(block: NumericArray, bits: int) -> Iterator[tuple[FloatArray, int]]:
    """Yield ``(limb, exponent)`` pairs; the block is the exact sum of ``limb * 2**exponent``.

    The values of a limb are multiples of one power of two, ``2**bits`` times as large at most.

    Args:
        block: At least one value, as for `exact_sum.power_sums`.
        bits: How many bits a limb holds; sums of ``2**(53 - bits)`` of its values are exact.

    Raises:
        DataError: As for `exact_sum.power_sums`.

    Example:
        >>> [(limb.tolist(), e) for limb, e in peeled(np.array([5.0, -2.0]), 2)]
        [([4.0, -2.0], 0), ([1.0, 0.0], 0)]
    """
    addends = _addends(block)
    while addends:
        rest, exponent = addends.pop()
        while magnitude := max(rest.max(), -rest.min()):
            if not magnitude < _HUGE:
                _require_finite(magnitude)
                is_huge = np.abs(rest) >= _HUGE
                huge = np.where(is_huge, rest, 0.0) * 2.0**-_RESCALE_BITS
                addends.append((huge, exponent + _RESCALE_BITS))
                rest = np.where(is_huge, 0.0, rest)
                continue
            if magnitude < _TINY:
                rest = rest * 2.0**_RESCALE_BITS
                exponent -= _RESCALE_BITS
                continue
            # Adding 1.5 * 2**52 * u leaves no bits below u: what comes back is a multiple of u.
            unit_exponent = math.frexp(magnitude)[1] - bits
            rounding = math.ldexp(1.5, SIGNIFICAND_BITS - 1 + unit_exponent)
            limb = rest + rounding
            limb -= rounding
            rest = rest - limb
            yield limb, exponent


def _require_finite(magnitude: float) -> None:
    if not math.isfinite(magnitude):
        raise DataError(
            "An exact sum met NaN or an infinity.",
            expected="finite values only",
            fix="Take NaN and infinities out of the array before summing it.",
        )


def _addends(block: NumericArray) -> list[tuple[FloatArray, int]]:
    """Return ``(addend, exponent)`` pairs; the block is the exact sum of ``addend * 2**exponent``.

    One float64 addend holds everything but 64-bit integers beyond 53 bits, which take two.
    """
    if block.dtype.kind in "iu" and block.dtype.itemsize == 8:
        limit = 1 << SIGNIFICAND_BITS
        if int(block.max()) > limit or int(block.min()) < -limit:
            half = block.dtype.type(32)
            high = block >> half
            low = block - (high << half)
            return [(high.astype(np.float64), 32), (low.astype(np.float64), 0)]
    return [(block.astype(np.float64, copy=False), 0)]
