"""Sums of floats by key: exact, and the same rows whatever the order of the additions."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.analyzers.exact_digits import COUNT, carried, digits_of, rounded
from taurus_beam.analyzers.value_counts import summed

FINITE = st.floats(allow_nan=False, allow_infinity=False)
PAIRS = st.lists(st.tuples(st.integers(0, 3), FINITE), min_size=1, max_size=30)


def table_of(pairs: list[tuple[int, float]]) -> pa.Table:
    keys = np.array([key for key, _ in pairs], np.int64)
    index, positions, digits = digits_of(np.array([x for _, x in pairs]))
    columns = {"key": keys[index], "position": positions, "count": digits}
    return carried(summed(pa.table(columns)), summed)


def rows(table: pa.Table) -> list[Any]:
    return sorted(map(tuple, (row.values() for row in table.to_pylist())))


def exact(table: pa.Table) -> dict[int, Fraction]:
    totals: dict[int, Fraction] = {}
    for key, position, digit in rows(table):
        totals[key] = totals.get(key, Fraction(0)) + digit * Fraction(2) ** (32 * position)
    return totals


@settings(max_examples=50, deadline=None)
@given(PAIRS, st.randoms(use_true_random=False), st.integers(0, 30))
def test_totals_are_exact_and_know_no_order(
    pairs: list[tuple[int, float]], random: Any, cut: int
) -> None:
    whole = table_of(pairs)
    expected = {k: sum(Fraction(x) for key, x in pairs if key == k) for k, _ in pairs}
    assert exact(whole) == {k: total for k, total in expected.items() if total}
    shuffled = random.sample(pairs, len(pairs))
    parts = [table_of(part) for part in (shuffled[:cut], shuffled[cut:]) if part]
    together = carried(summed(pa.concat_tables(parts)), summed)
    assert rows(together) == rows(whole)


@settings(max_examples=50, deadline=None)
@given(PAIRS)
def test_rounded_totals_are_those_of_fsum(pairs: list[tuple[int, float]]) -> None:
    table = table_of(pairs)
    got = rounded(*(column.to_numpy() for column in table.columns), 4)
    for key in range(4):
        try:
            expected = math.fsum(x for k, x in pairs if k == key)
        except OverflowError:
            continue
        assert got[key] == pytest.approx(expected, rel=4e-16, abs=0)


def test_totals_of_few_bits_are_exact() -> None:
    pairs = [(0, 0.1), (0, 1e300), (0, -1e300), (1, 2.0**53), (1, -1.0), (2, 5e-324)]
    got = rounded(*(column.to_numpy() for column in table_of(pairs).columns), 3)
    assert got.tolist() == [0.1, 2.0**53 - 1, 5e-324]


def test_counts_are_never_carried() -> None:
    table = pa.table(
        {
            "key": [0, 0],
            "position": pa.array([COUNT, 0], pa.int16()),
            "count": [1 << 40, 1 << 40],
        }
    )
    assert rows(carried(table, summed)) == [(0, COUNT, 1 << 40), (0, 1, 1 << 8)]
