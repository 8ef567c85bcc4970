"""Exact sums of products against exact fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.analyzers.exact_sum import (
    UNIT_BITS,
    cross_products,
    from_bytes,
    ratio,
    to_bytes,
)
from taurus_beam.errors import DataError

UNIT = Fraction(1, 2 ** (2 * UNIT_BITS))

finite = st.floats(allow_nan=False, allow_infinity=False)
extremes = st.sampled_from([0.0, -0.0, 5e-324, 2.0**-400, 2.0**400, -1.7976931348623157e308])


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(finite | extremes, finite, st.integers(-(2**63), 2**63 - 1), st.booleans()),
        max_size=20,
    )
)
def test_products_of_every_two_columns_are_exact(rows: list[tuple[object, ...]]) -> None:
    dtypes = (np.float64, np.float64, np.int64, np.bool_)
    columns = [np.array([r[i] for r in rows], dtype) for i, dtype in enumerate(dtypes)]
    found = cross_products(columns)
    for i, x in enumerate(columns):
        for j, y in enumerate(columns):
            expected = sum(
                Fraction(a) * Fraction(b) for a, b in zip(x.tolist(), y.tolist(), strict=True)
            )
            assert int(found[i, j]) * UNIT == expected


def test_many_blocks_of_products_are_exact() -> None:
    random = np.random.default_rng(4)
    x = random.integers(-(2**40), 2**40, 40_000)
    y = random.integers(-(2**40), 2**40, 40_000)
    expected = sum(a * b for a, b in zip(x.tolist(), y.tolist(), strict=True))
    assert int(cross_products([x, y * 0.5])[0, 1]) * UNIT == Fraction(expected, 2)


def test_infinities_are_refused() -> None:
    with pytest.raises(DataError):
        cross_products([np.array([1.0]), np.array([np.inf])])


@given(st.integers(-(2**3000), 2**3000))
def test_sums_survive_storage(total: int) -> None:
    assert from_bytes(to_bytes(total)) == total


def test_a_ratio_beyond_float64_is_infinite() -> None:
    assert [ratio(10**400, 3), ratio(-(10**400), 3), ratio(1, 10**400)] == [
        float("inf"),
        float("-inf"),
        0.0,
    ]
