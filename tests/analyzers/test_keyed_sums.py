from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.analyzers.exact_sum import UNIT_BITS
from taurus_beam.analyzers.keyed_sums import carried, digit_sums, totals

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
GROUPED = st.lists(st.tuples(st.integers(0, 3), FLOATS), max_size=40)


def arrays(rows: list[tuple[int, float]]) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.array([x for _, x in rows], np.float64),
        np.array([g for g, _ in rows], np.intp),
    )


def plain_sums(rows: list[tuple[int, float]], power: int) -> list[Fraction]:
    sums = [Fraction(0)] * 4
    for group, x in rows:
        sums[group] += Fraction(x) ** power
    return sums


@settings(max_examples=50, deadline=None)
@given(GROUPED)
def test_sums_and_squares_are_exact_for_any_floats(rows: list[tuple[int, float]]) -> None:
    sums, squares = digit_sums(*arrays(rows), 4, squares=True)
    unit = Fraction(1, 2**UNIT_BITS)
    assert [t * unit for t in totals(sums, 4)] == plain_sums(rows, 1)
    assert [t * unit**2 for t in totals(squares, 4)] == plain_sums(rows, 2)


@settings(max_examples=25, deadline=None)
@given(GROUPED, st.randoms())
def test_digits_are_the_same_bytes_in_any_order_and_split(rows, random) -> None:
    whole = digit_sums(*arrays(rows), 4, squares=True)
    random.shuffle(rows)
    cut = random.randint(0, len(rows))
    parts = [digit_sums(*arrays(part), 4, squares=True) for part in (rows[:cut], rows[cut:])]
    for one, (left, right) in zip(whole, zip(*parts, strict=True), strict=True):
        added = {p: left.get(p, 0) + right.get(p, 0) for p in left.keys() | right.keys()}
        again = carried(added)
        assert again.keys() == one.keys()
        assert all(np.array_equal(again[place], one[place]) for place in one)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "uint64", "bool", "float32"])
def test_every_number_type_is_summed(dtype: str) -> None:
    limits = np.finfo(dtype) if dtype.startswith("f") else None
    if dtype == "bool":
        numbers = np.array([True, False, True, True])
    else:
        limits = limits or np.iinfo(dtype)
        numbers = np.array([limits.max, limits.min, limits.max, 3], dtype)
    sums, squares = digit_sums(numbers, np.array([0, 1, 0, 1]), 2, squares=True)
    plain = [Fraction(n.item()) for n in numbers]
    assert [t / Fraction(2**UNIT_BITS) for t in totals(sums, 2)] == [
        plain[0] + plain[2],
        plain[1] + plain[3],
    ]
    assert [t / Fraction(4**UNIT_BITS) for t in totals(squares, 2)] == [
        plain[0] ** 2 + plain[2] ** 2,
        plain[1] ** 2 + plain[3] ** 2,
    ]


def test_more_rows_than_a_block_and_one_heavy_group() -> None:
    numbers = np.full(200_000, 2.0**53 - 1)
    sums, _ = digit_sums(numbers, np.zeros(200_000, np.intp), 1, squares=False)
    assert totals(sums, 1)[0] >> UNIT_BITS == 200_000 * (2**53 - 1)


def test_no_numbers_have_no_digits() -> None:
    assert digit_sums(np.zeros(0), np.zeros(0, np.intp), 3, squares=True) == ({}, {})
    assert totals({}, 3).tolist() == [0, 0, 0]
