"""Exact sums of numeric arrays, of their squares and of their products, as Python integers.

A float addition rounds, so a float total depends on the order of the data. The totals here are
integers, counts of a unit so small that every finite float64 is a whole number of it; merging
two of them is integer addition and the data's order and split leave no trace. This room sums and
derives mean and variance from the sums; `limbs` takes the values apart, so that float64 hardware
adds and multiplies them without rounding. Nulls, NaN and infinities are the caller's business.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from taurus_beam.analyzers.limbs import (
    BLOCK_BITS,
    BLOCK_ROWS,
    SIGNIFICAND_BITS,
    FloatArray,
    NumericArray,
    blocks,
    peeled,
)

__all__ = [
    "UNIT_BITS",
    "cross_products",
    "from_bytes",
    "mean",
    "power_sums",
    "ratio",
    "sum_exactly",
    "to_bytes",
    "to_float",
    "to_integer",
    "variance",
]

IntegerArray: TypeAlias = np.ndarray[Any, np.dtype[np.object_]]

UNIT_BITS = 1128
"""A total counts units of ``2**-UNIT_BITS``, a total of squares units of its square.

The last bit of a float64 is worth at least ``2**-1074``; 54 further bits let a 53-bit significand
of that size be shifted into place without ever shifting right.
"""

_FACTOR_LIMB_BITS = (SIGNIFICAND_BITS - BLOCK_BITS) // 2
_SUMMAND_LIMB_BITS = SIGNIFICAND_BITS - BLOCK_BITS

# So many blocks' sums of limbs of one unit fit into an int64. A block that needs more limbs, and
# magnitudes with an exponent beyond these, are summed apart, and so are few blocks.
_TOGETHER_ROWS = BLOCK_ROWS << 9
_TOGETHER_LIMBS = 5
_FEW_BLOCKS = 2
_TOGETHER_EXPONENT = 300

_SIGNIFICAND_RANGE = math.ldexp(1.0, SIGNIFICAND_BITS)


def power_sums(values: NumericArray) -> tuple[int, int]:
    """Return the exact sum and the exact sum of squares.

    Args:
        values: Shape ``(n,)``, any float up to 64 bits, any integer or bool; finite, no NaN.

    Returns:
        ``(Σx, Σx²)`` in units of ``2**-UNIT_BITS`` and of its square; ``(0, 0)`` when empty.

    Raises:
        DataError: A value is NaN or infinite.

    Example:
        >>> sums = [power_sums(np.array(x)) for x in ([0.1, 1e300, -1e300], [1e300, -1e300, 0.1])]
        >>> sums[0] == sums[1]
        True
        >>> to_float(sums[0][0])
        0.1
    """
    linear = quadratic = 0
    for start in range(0, len(values), _TOGETHER_ROWS):
        more_linear, more_quadratic = _sums_together(values[start : start + _TOGETHER_ROWS])
        linear += more_linear
        quadratic += more_quadratic
    return linear, quadratic


def sum_exactly(values: NumericArray) -> int:
    """Return the exact sum alone, for less than the price of `power_sums`.

    Args:
        values: As for `power_sums`.

    Returns:
        ``Σx`` in units of ``2**-UNIT_BITS``; ``0`` when empty.

    Raises:
        DataError: As for `power_sums`.

    Example:
        >>> to_integer(sum_exactly(np.array([2**63 - 1, 2**63 - 1])))
        18446744073709551614
    """
    ones = _ones(values)
    return sum(
        _fixed_point(np.dot(limb, ones[: len(limb)]), exponent + UNIT_BITS)
        for block in blocks(values)
        for limb, exponent in peeled(block, _SUMMAND_LIMB_BITS)
    )


def cross_products(columns: Sequence[NumericArray]) -> IntegerArray:
    """Return the exact sum of the products of every two columns.

    Args:
        columns: Arrays of one length, each as for `power_sums`.

    Returns:
        Python integers, shape ``(k, k)`` for k columns: ``Σ x_i x_j`` over the rows in units of
        ``2**(-2 * UNIT_BITS)``. A column of ones beside them gives the sums too.

    Raises:
        DataError: As for `power_sums`.

    Example:
        >>> x, y = np.array([1.0, 1e200]), np.array([0.5, 1e-200])
        >>> ratio(int(cross_products([x, y])[0, 1]), 1 << 2 * UNIT_BITS)
        1.5
    """
    total: IntegerArray = np.zeros((len(columns), len(columns)), object)
    parts = (blocks(column) for column in columns)
    for block in zip(*parts, strict=True):
        limbs = [
            (owner, limb, exponent)
            for owner, column in enumerate(block)
            for limb, exponent in peeled(column, _FACTOR_LIMB_BITS)
        ]
        if limbs:
            owners, arrays, exponents = (list(part) for part in zip(*limbs, strict=True))
            matrix = np.stack(arrays)
            shifts = np.add.outer(exponents, exponents) + 2 * UNIT_BITS
            products = _fixed_points(matrix @ matrix.T, shifts)
            present, starts = np.unique(owners, return_index=True)
            products = np.add.reduceat(np.add.reduceat(products, starts, 0), starts, 1)
            total[np.ix_(present, present)] += products
    return total


def to_integer(total: int) -> int:
    """Return the exact sum of integers as an integer (the floor, were they not integers).

    Example:
        >>> to_integer(sum_exactly(np.array([1, 2, 3], dtype=np.uint8)))
        6
    """
    return total >> UNIT_BITS


def to_float(total: int) -> float:
    """Return the float64 nearest to the sum; beyond float64's range, an infinity.

    Example:
        >>> to_float(sum_exactly(np.array([1e308, 1e308])))
        inf
    """
    return ratio(total, 1 << UNIT_BITS)


def mean(count: int, total: int) -> float:
    """Return the float64 nearest to the mean of ``count`` values; NaN when there are none.

    Example:
        >>> mean(3, sum_exactly(np.array([0.1, 0.1, 0.1])))
        0.1
    """
    return ratio(total, count << UNIT_BITS) if count else math.nan


def variance(count: int, total: int, squares: int) -> float:
    """Return the float64 nearest to the population variance; NaN when there are no values.

    Computed as the exact fraction ``(n·Σx² − (Σx)²) / n²`` and rounded once: never negative, and
    exactly 0.0 for constant data. Beyond float64's range, infinity.

    Example:
        >>> variance(4, *power_sums(np.array([1.0, 2.0, 3.0, 4.0])))
        1.25
        >>> variance(3, *power_sums(np.array([0.1, 0.1, 0.1])))
        0.0
    """
    if not count:
        return math.nan
    return ratio(count * squares - total * total, count * count << 2 * UNIT_BITS)


def ratio(numerator: int, denominator: int) -> float:
    """Return the float64 nearest to a fraction; beyond float64's range, an infinity.

    Example:
        >>> ratio(1, 3), ratio(-(10**400), 1)
        (0.3333333333333333, -inf)
    """
    try:
        return numerator / denominator  # of two ints: correctly rounded, whatever their size
    except OverflowError:
        return math.inf if numerator > 0 else -math.inf


def to_bytes(total: int) -> bytes:
    """Return an exact sum as bytes, for storage; `from_bytes` gives it back.

    Example:
        >>> from_bytes(to_bytes(-(3**500))) == -(3**500)
        True
    """
    return total.to_bytes((total.bit_length() + 8) // 8, "big", signed=True)


def from_bytes(data: bytes) -> int:
    """Return the exact sum that `to_bytes` wrote.

    Example:
        >>> from_bytes(to_bytes(7))
        7
    """
    return int.from_bytes(data, "big", signed=True)


def _sums_together(values: NumericArray) -> tuple[int, int]:
    """As `power_sums`, of blocks whose limbs are of the same units where their values allow it.

    Sums of limbs of one unit are small integers, which are added up before Python sees them.
    """
    if len(values) <= _FEW_BLOCKS * BLOCK_ROWS:
        return _sums_apart(values)
    magnitude = max(abs(float(values.max())), abs(float(values.min())))
    if not magnitude:
        return 0, 0
    top = math.frexp(magnitude)[1]
    is_whole_in_float = values.dtype.kind == "f" or top <= SIGNIFICAND_BITS
    if not (math.isfinite(magnitude) and abs(top) <= _TOGETHER_EXPONENT and is_whole_in_float):
        return _sums_apart(values)
    # What one limb leaves of a value is at most half of its unit.
    first = top - _FACTOR_LIMB_BITS
    units = [first - (_FACTOR_LIMB_BITS + 1) * limb for limb in range(_TOGETHER_LIMBS)]
    products = _limb_products(values, units)
    linear, quadratic = _sums_apart(values[len(products) * BLOCK_ROWS :])
    for unit, (total, *factors) in zip(units, _whole(products, units), strict=True):
        linear += total << unit + UNIT_BITS
        for other, factor in zip(units, factors, strict=True):
            # Those of two different limbs are in the row of the second only.
            quadratic += factor << unit + other + 2 * UNIT_BITS + (other > unit)
    return linear, quadratic


def _limb_products(values: NumericArray, units: Sequence[int]) -> FloatArray:
    """Return exact sums of products of limbs, of each block up to one that needs more limbs.

    Of limb k of a block, row k has the sum and then the products with the limbs 0 to k.
    """
    rounding = [math.ldexp(1.5, SIGNIFICAND_BITS - 1 + unit) for unit in units]
    products = np.zeros((-(-len(values) // BLOCK_ROWS), len(units), len(units) + 1))
    held = np.empty((len(units) + 2, 1, BLOCK_ROWS))
    held[0] = 1.0
    needed = 1
    for number, block in enumerate(blocks(values)):
        factors = held[:, :, : len(block)]
        left, rest = block.astype(np.float64, copy=False), factors[-1, 0]
        limbs = 0
        # As many as the block before needed; only then it is looked for what is left.
        while limbs < needed or left.any():
            if limbs == len(units):
                return products[:number]
            limb = factors[limbs + 1, 0]
            np.add(left, rounding[limbs], out=limb)
            np.subtract(limb, rounding[limbs], out=limb)
            left = np.subtract(left, limb, out=rest)
            # A dot product for each row, as one product of matrices would take several threads.
            out = products[number, limbs, : limbs + 2, None, None]
            np.matmul(factors[: limbs + 2], limb[:, None], out=out)
            limbs += 1
        needed = limbs
    return products


def _whole(products: FloatArray, units: Sequence[int]) -> list[list[int]]:
    """Return the sums of `_limb_products` of all blocks, counted in products of units."""
    exponents = np.array(units)
    scaled = np.ldexp(products, -np.add.outer(exponents, np.append(0, exponents)))
    found: list[list[int]] = scaled.astype(np.int64).sum(axis=0).tolist()
    return found


def _sums_apart(values: NumericArray) -> tuple[int, int]:
    """As `power_sums`, each block by itself, of whatever values it has."""
    linear = quadratic = 0
    ones = _ones(values)
    for block in blocks(values):
        limbs: list[tuple[FloatArray, int]] = []
        for limb, exponent in peeled(block, _FACTOR_LIMB_BITS):
            linear += _fixed_point(np.dot(limb, ones[: len(limb)]), exponent + UNIT_BITS)
            quadratic += _fixed_point(np.dot(limb, limb), 2 * (exponent + UNIT_BITS))
            for other, other_exponent in limbs:
                power = exponent + other_exponent + 2 * UNIT_BITS
                quadratic += 2 * _fixed_point(np.dot(limb, other), power)
            limbs.append((limb, exponent))
    return linear, quadratic


def _fixed_point(value: float, shift: int) -> int:
    """Return ``value * 2**shift``, a whole number by the choice of UNIT_BITS."""
    if not value:
        return 0
    significand, exponent = math.frexp(value)
    return int(significand * _SIGNIFICAND_RANGE) << (exponent - SIGNIFICAND_BITS + shift)


def _fixed_points(
    values: NumericArray, shifts: np.ndarray[Any, np.dtype[np.int64]]
) -> IntegerArray:
    """Return ``values * 2**shifts`` as Python integers; see `_fixed_point`."""
    significands, exponents = np.frexp(values)
    whole = (significands * _SIGNIFICAND_RANGE).astype(np.int64)
    shifts = np.where(whole == 0, 0, shifts + exponents - SIGNIFICAND_BITS)
    integers: IntegerArray = whole.astype(object) << shifts.astype(object)
    return integers


def _ones(values: NumericArray) -> FloatArray:
    return np.ones(min(len(values), BLOCK_ROWS))
