"""Exact sums per group as digits: integers of any size in columns of int64.

A total counts units of ``2**-UNIT_BITS`` (`exact_sum`), a total of squares units of its square.
It is written in base ``2**32`` with digits from ``-2**31`` to ``2**31 - 1``; this form is unique,
so equal totals have equal digits whatever was added in whatever order. A digit of all groups is
one array, and only digits that some group needs exist. Arrays of numbers only: no keys, no nulls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from taurus_beam.analyzers.exact_sum import UNIT_BITS, ratio
from taurus_beam.analyzers.limbs import peeled

__all__ = [
    "DIGIT_BITS",
    "Digits",
    "carried",
    "digit_sums",
    "means",
    "quotients",
    "totals",
    "variances",
]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Digits: TypeAlias = dict[int, Array]

DIGIT_BITS = 32
_MASK = (1 << DIGIT_BITS) - 1
_HALF = 1 << (DIGIT_BITS - 1)

# Sums of a block stay whole numbers below 2**53: 16 bits of rows and 37 of a limb, or 36 of a
# product of two limbs.
_BLOCK_ROWS = 1 << 16
_SUMMAND_BITS = 37
_FACTOR_BITS = 18
_BLOCK_GROUPS = 1 << 16


def digit_sums(numbers: Array, groups: Array, size: int, squares: bool) -> tuple[Digits, Digits]:
    """Return the exact sums, and the exact sums of squares where wanted, of each group.

    Args:
        numbers: Shape ``(n,)``, any float up to 64 bits, any integer or bool; finite.
        groups: Shape ``(n,)``, from 0 to ``size - 1``.
        size: How many groups there are.
        squares: Whether to sum squares too; otherwise the second result has no digits.

    Returns:
        Digits by their place: arrays of shape ``(size,)``, canonical.

    Example:
        >>> sums, _ = digit_sums(np.array([0.5, 2.0, 1.5]), np.array([0, 1, 0]), 2, False)
        >>> [total / 2**UNIT_BITS for total in totals(sums, 2)]
        [2.0, 2.0]
    """
    linear: Digits = {}
    quadratic: Digits = {}
    bits = _FACTOR_BITS if squares else _SUMMAND_BITS
    for start in range(0, len(numbers), _BLOCK_ROWS):
        block = numbers[start : start + _BLOCK_ROWS]
        of_row = groups[start : start + _BLOCK_ROWS]
        limbs: list[tuple[Array, int]] = []
        for limb, exponent in peeled(block, bits):
            _add(linear, np.bincount(of_row, limb, size), exponent + UNIT_BITS)
            if not squares:
                continue
            _add(quadratic, np.bincount(of_row, limb * limb, size), 2 * (exponent + UNIT_BITS))
            for other, other_exponent in limbs:
                # Doubling is a shift by one.
                place = exponent + other_exponent + 2 * UNIT_BITS + 1
                _add(quadratic, np.bincount(of_row, limb * other, size), place)
            limbs.append((limb, exponent))
        if start % (_BLOCK_ROWS << 8) == 0:  # long before a digit could leave int64
            linear, quadratic = carried(linear), carried(quadratic)
    return carried(linear), carried(quadratic)


def carried(digits: Mapping[int, Array]) -> Digits:
    """Return the unique form of numbers whose digits have grown: canonical, no digit all zero.

    Example:
        >>> {place: d.tolist() for place, d in carried({0: np.array([2**33 - 1, 5])}).items()}
        {0: [-1, 5], 1: [2, 0]}
    """
    waiting = dict(digits)
    result: Digits = {}
    while waiting:
        place = min(waiting)
        grown = waiting.pop(place)
        digit = ((grown + _HALF) & _MASK) - _HALF
        carry = (grown - digit) >> DIGIT_BITS
        if carry.any():
            waiting[place + 1] = waiting[place + 1] + carry if place + 1 in waiting else carry
        if digit.any():
            result[place] = digit
    return result


def totals(digits: Mapping[int, Array], size: int, lowest: int = 0) -> Array:
    """Return the numbers that digits stand for: Python integers, shape ``(size,)``.

    Args:
        digits: None of them below the place ``lowest``.
        size: How many numbers there are.
        lowest: Units of this place are counted, which keeps the integers short.

    Example:
        >>> totals({1: np.array([-1, 5]), 2: np.array([2, 0])}, 2, lowest=1).tolist()
        [8589934591, 5]
    """
    result = np.full(size, 0, dtype=object)
    for place, digit in digits.items():
        result += digit.astype(object) * (1 << DIGIT_BITS * (place - lowest))
    return result


def means(count: Array, sums: Digits) -> Array:
    """Return the mean of each group, as `exact_sum.mean` gives it; 0 for groups without numbers.

    Example:
        >>> means(np.array([2, 0]), digit_sums(np.array([1.0, 2.0]), np.zeros(2, int), 2, False)[0])
        array([1.5, 0. ])
    """
    lowest = min(sums, default=0)
    exponent = DIGIT_BITS * lowest - UNIT_BITS

    def of_block(here: slice) -> Array:
        total = totals(_block(sums, here), count[here].size, lowest)
        return quotients(total, count[here], exponent)

    return _by_blocks(of_block, count.size)


def variances(count: Array, sums: Digits, squares: Digits) -> Array:
    """Return the population variance of each group, as `exact_sum.variance` gives it; else 0.

    Example:
        >>> ones_and_three = np.array([1.0, 1.0, 3.0, 3.0]), np.zeros(4, int), 1, True
        >>> variances(np.array([4]), *digit_sums(*ones_and_three))
        array([1.])
    """
    lowest = min([*sums, *(place // 2 for place in squares)], default=0)
    exponent = 2 * (DIGIT_BITS * lowest - UNIT_BITS)

    def of_block(here: slice) -> Array:
        many = count[here].astype(object)
        linear = totals(_block(sums, here), many.size, lowest)
        quadratic = totals(_block(squares, here), many.size, 2 * lowest)
        return quotients(many * quadratic - linear * linear, many * many, exponent)

    return _by_blocks(of_block, count.size)


def quotients(numerators: Array, denominators: Array, exponent: int) -> Array:
    """Return the float64 nearest to ``numerator * 2**exponent / denominator``; 0 for ``/ 0``.

    Example:
        >>> quotients(np.array([3, 1], object), np.array([4, 0]), 1)
        array([1.5, 0. ])
    """
    up, down = max(exponent, 0), max(-exponent, 0)
    pairs = zip(numerators.tolist(), denominators.tolist(), strict=True)
    return np.array([ratio(n << up, d << down) if d else 0.0 for n, d in pairs], np.float64)


def _block(digits: Digits, here: slice) -> Digits:
    return {place: digit[here] for place, digit in digits.items()}


def _by_blocks(of_block: Callable[[slice], Array], size: int) -> Array:
    """What is computed of all groups, of so many at a time: Python's integers take much memory."""
    starts = range(0, max(size, 1), _BLOCK_GROUPS)
    return np.concatenate([of_block(slice(start, start + _BLOCK_GROUPS)) for start in starts])


def _add(digits: Digits, sums: Array, position: int) -> None:
    """Add ``sums * 2**position``: whole multiples of one power of two, below ``2**53`` times it."""
    top = max(sums.max(), -sums.min())
    if not top:
        return
    # 53 bits below the largest sum is no higher than the power of two that all are multiples of.
    lowest = int(np.frexp(top)[1]) - 53
    whole = np.ldexp(sums, -lowest).astype(np.int64)
    place, shift = divmod(position + lowest, DIGIT_BITS)
    low = (whole & _MASK) << shift
    high = (whole >> DIGIT_BITS) << shift
    for at, part in ((place, low & _MASK), (place + 1, (low >> DIGIT_BITS) + high)):
        digits[at] = digits[at] + part if at in digits else part
