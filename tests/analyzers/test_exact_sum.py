"""Exact sums against exact fractions: every dtype, any magnitude, any order and split."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taurus_beam.analyzers import exact_sum
from taurus_beam.analyzers.exact_sum import (
    UNIT_BITS,
    mean,
    power_sums,
    sum_exactly,
    to_float,
    to_integer,
    variance,
)
from taurus_beam.errors import DataError

UNIT = Fraction(1, 2**UNIT_BITS)
FLOATS = {"float16": 16, "float32": 32, "float64": 64}
INTEGERS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]

finite = st.floats(allow_nan=False, allow_infinity=False)
extremes = st.sampled_from(
    [0.0, -0.0, 5e-324, -5e-324, 2.0**-400, 2.0**400, -(2.0**399.5), 1e308, -1.7976931348623157e308]
)
float_lists = st.lists(finite | extremes | st.integers(-5, 5).map(float), max_size=40)


@st.composite
def arrays(draw: st.DrawFn) -> np.ndarray:
    if draw(st.booleans()):
        name = draw(st.sampled_from(list(FLOATS)))
        elements = st.floats(width=FLOATS[name], allow_nan=False, allow_infinity=False)
    else:
        name = draw(st.sampled_from(INTEGERS))
        limits = np.iinfo(name)
        elements = st.integers(int(limits.min), int(limits.max))
    return np.array(draw(st.lists(elements, max_size=30)), dtype=name)


def fractions(values: np.ndarray) -> list[Fraction]:
    return [Fraction(value) for value in values.tolist()]


def assert_exact(values: np.ndarray) -> None:
    linear, quadratic = power_sums(values)
    assert linear * UNIT == sum(fractions(values))
    assert quadratic * UNIT**2 == sum(value * value for value in fractions(values))
    assert sum_exactly(values) == linear


@given(arrays())
def test_sums_of_every_dtype_are_exact(values: np.ndarray) -> None:
    assert_exact(values)


@given(float_lists)
def test_sums_of_mixed_magnitudes_are_exact(values: list[float]) -> None:
    assert_exact(np.array(values, dtype=np.float64))


def test_sums_of_booleans_and_of_strided_arrays_are_exact() -> None:
    assert_exact(np.array([True, False, True]))
    assert_exact(np.arange(20.0)[::-3] / 7)


@pytest.mark.parametrize(
    "extreme",
    [
        np.full(20_000, np.iinfo(np.int64).min),
        np.full(20_000, np.iinfo(np.uint64).max),
        np.full(20_000, np.nextafter(2.0**20, 0)),
        np.full(20_000, -np.finfo(np.float64).max),
        np.full(20_000, 2**53 + 1),
    ],
    ids=["int64 min", "uint64 max", "full limbs", "float64 min", "first odd beyond float64"],
)
def test_full_blocks_of_the_largest_values_do_not_round(extreme: np.ndarray) -> None:
    value = Fraction(extreme[0].item())
    linear, quadratic = power_sums(extreme)
    assert linear * UNIT == len(extreme) * value
    assert quadratic * UNIT**2 == len(extreme) * value**2


def test_full_blocks_of_long_significands_do_not_round() -> None:
    # Every limb is near its largest size and odd half the time: one bit more would show.
    assert_exact(np.random.default_rng(1).uniform(1.9, 2.0, 3 * 2**13))


def test_many_blocks_of_random_values_agree_with_fsum() -> None:
    rng = np.random.default_rng(7)
    values = rng.normal(size=30_001) * 10.0 ** rng.integers(-30, 30, 30_001)
    linear, quadratic = power_sums(values)
    assert to_float(linear) == math.fsum(values)
    assert quadratic * UNIT**2 == sum(value * value for value in fractions(values))


DRAWN = np.random.default_rng(3).normal(size=3 * 2**13 + 5)
SPREAD = np.append(DRAWN, [2.0**-290, 3.0, -(2.0**90)])


@pytest.mark.parametrize(
    "values",
    [
        DRAWN,
        DRAWN[::-1],
        DRAWN.astype(np.float16),
        DRAWN.astype(np.float32),
        DRAWN > 0,
        (DRAWN * 2**28).astype(np.int32),
        (DRAWN * 2**50).astype(np.int64),
        (DRAWN * 2**60).astype(np.int64),
        np.abs(DRAWN * 2**60).astype(np.uint64),
        np.where(DRAWN > 2, DRAWN, 0.0),
        np.zeros(DRAWN.size),
        SPREAD,
        SPREAD[::-1],
        np.ldexp(DRAWN, 298),
        np.ldexp(DRAWN, 305),
        np.ldexp(DRAWN, -1000),
    ],
    ids=lambda values: str(values.dtype),
)
def test_several_blocks_are_as_exact_as_one(values: np.ndarray) -> None:
    assert_exact(values)


def test_more_blocks_than_one_integer_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = power_sums(DRAWN)
    monkeypatch.setattr(exact_sum, "_FEW_BLOCKS", 0)
    monkeypatch.setattr(exact_sum, "_TOGETHER_ROWS", 10_000)

    assert power_sums(DRAWN) == whole


def test_as_many_blocks_as_one_integer_holds_do_not_overflow() -> None:
    rows = exact_sum._TOGETHER_ROWS
    linear, quadratic = power_sums(np.full(rows, 2.0**20 - 1))
    assert (to_integer(linear), quadratic >> 2 * UNIT_BITS) == (
        rows * (2**20 - 1),
        rows * (2**20 - 1) ** 2,
    )


@given(float_lists, st.randoms(use_true_random=False), st.integers(0, 40))
def test_order_and_split_leave_no_trace(values: list[float], random: object, cut: int) -> None:
    whole = power_sums(np.array(values, dtype=np.float64))
    random.shuffle(values)
    parts = [power_sums(np.array(part, dtype=np.float64)) for part in (values[:cut], values[cut:])]
    assert tuple(map(sum, zip(*parts, strict=True))) == whole


@given(float_lists.filter(bool))
def test_mean_and_variance_are_correctly_rounded(values: list[float]) -> None:
    exact = [Fraction(value) for value in values]
    count, sums = len(values), power_sums(np.array(values))
    exact_mean = sum(exact) / count
    exact_variance = sum((value - exact_mean) ** 2 for value in exact) / count
    assert mean(count, sums[0]) == rounded(exact_mean)
    assert variance(count, *sums) == rounded(exact_variance)
    assert to_float(sums[0]) == rounded(sum(exact, Fraction()))


def rounded(number: Fraction) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


@given(finite, st.integers(1, 50))
def test_constant_data_have_variance_zero_and_their_own_mean(value: float, count: int) -> None:
    sums = power_sums(np.full(count, value))
    assert variance(count, *sums) == 0.0
    assert mean(count, sums[0]) == value


def test_a_sum_beyond_float64_is_infinite() -> None:
    assert to_float(sum_exactly(np.full(2, 1e308))) == math.inf
    assert to_float(sum_exactly(np.full(2, -1e308))) == -math.inf


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=30))
def test_integer_sums_are_integers(values: list[int]) -> None:
    assert to_integer(sum_exactly(np.array(values, dtype=np.int64))) == sum(values)


def test_no_values_sum_to_zero_and_have_no_mean() -> None:
    assert power_sums(np.empty(0)) == (0, 0)
    assert to_float(sum_exactly(np.empty(0, np.int32))) == 0.0
    assert math.isnan(mean(0, 0))
    assert math.isnan(variance(0, 0, 0))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_refused(bad: float) -> None:
    with pytest.raises(DataError, match="NaN or an infinity"):
        power_sums(np.array([1.0, bad, 2.0]))
