"""Sums, counts, means and variances against exact fractions, for every shape and awkward value."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb

numbers = st.none() | st.floats() | st.sampled_from([0.1, -0.0, 1e16, 1.0, math.nan, math.inf])
limited = settings(max_examples=50, deadline=None)


def value_of(analyzer: Callable[..., Any], values: list[Any], dtype: Any, **options: Any) -> Any:
    table = pa.table({"x": pa.array(values, dtype)})
    return tb.fit(table, lambda i: {"v": analyzer(i["x"], **options)}).row({"x": None})["v"]


def finite(values: list[float | None]) -> list[Fraction]:
    return [Fraction(v) for v in values if v is not None and math.isfinite(v)]


def rounded(exact: Fraction) -> float:
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def variance(exact: list[Fraction]) -> Fraction:
    mean = sum(exact) / len(exact)
    return sum((v - mean) ** 2 for v in exact) / len(exact)


@limited
@given(st.lists(numbers, max_size=30))
def test_mean_variance_and_deviation_are_those_of_the_finite_values(values: list[Any]) -> None:
    exact = finite(values)
    mean = rounded(sum(exact) / len(exact)) if exact else 0.0
    var = rounded(variance(exact)) if exact else 0.0
    assert value_of(tb.mean, values, pa.float64()) == mean
    assert value_of(tb.var, values, pa.float64()) == var
    assert value_of(tb.std, values, pa.float64()) == math.sqrt(var)


@limited
@given(st.lists(numbers, max_size=30))
def test_a_sum_is_exact_and_leaves_out_only_nan(values: list[Any]) -> None:
    infinite = [v for v in values if v is not None and math.isinf(v)]
    expected = sum(infinite) if infinite else rounded(Fraction(sum(finite(values))))
    found = value_of(tb.sum, values, pa.float64())
    assert found == expected or (math.isnan(found) and math.isnan(expected))


@limited
@given(st.lists(st.none() | st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_float32_gives_float32_rounded_from_the_exact_value(values: list[Any]) -> None:
    exact = finite(values)
    with np.errstate(over="ignore"):
        expected = np.float32(rounded(Fraction(sum(exact))))
        mean = np.float32(rounded(sum(exact) / len(exact)) if exact else 0.0)
    assert value_of(tb.sum, values, pa.float32()) == expected
    assert value_of(tb.mean, values, pa.float32()) == mean
    wide = value_of(tb.mean, values, pa.float32(), output_dtype=pa.float64())
    assert np.float32(wide) == mean


@limited
@given(st.lists(st.none() | st.integers(-(2**58), 2**58), max_size=30))
def test_integers_sum_to_integers_however_large(values: list[int | None]) -> None:
    present = [v for v in values if v is not None]
    assert value_of(tb.sum, values, pa.int64()) == sum(present)
    mean = Fraction(sum(present), len(present)) if present else Fraction(0)
    assert value_of(tb.mean, values, pa.int64(), output_dtype=pa.float64()) == float(mean)


@pytest.mark.parametrize(
    ("values", "dtype", "total"),
    [
        ([2**63 - 1, -(2**63), 5], pa.int64(), 4),
        ([2**64 - 2, 1], pa.uint64(), 2**64 - 1),
        ([127] * 1000, pa.int8(), 127_000),
        ([255] * 1000, pa.uint8(), 255_000),
        ([True, False, None, True], pa.bool_(), 2),
    ],
)
def test_a_sum_near_the_limits_of_its_type(values: list[Any], dtype: Any, total: int) -> None:
    assert value_of(tb.sum, values, dtype) == total


@pytest.mark.parametrize(
    ("values", "dtype"),
    [([2**63 - 1, 1], pa.int64()), ([2**64 - 1, 1], pa.uint64())],
)
def test_a_sum_that_does_not_fit_is_an_error_that_says_where(values: Any, dtype: Any) -> None:
    with pytest.raises(tb.DataError, match=f"{sum(values)} does not fit into {dtype}") as caught:
        value_of(tb.sum, values, dtype)
    assert "test_moments.py" in str(caught.value)
    assert "tb.cast" in str(caught.value)


@pytest.mark.parametrize("values", [[], [None, None]])
@pytest.mark.parametrize("dtype", [pa.float64(), pa.float32(), pa.int32(), pa.bool_()], ids=str)
def test_no_values_have_mean_variance_sum_and_size_zero(values: list[Any], dtype: Any) -> None:
    for analyzer in (tb.mean, tb.var, tb.std, tb.sum, tb.size):
        assert value_of(analyzer, values, dtype) == 0


@limited
@given(st.lists(numbers, max_size=30))
def test_size_counts_what_is_present_nan_included(values: list[Any]) -> None:
    present = pd.Series(values, dtype=object).map(lambda v: v is not None).sum()
    assert value_of(tb.size, values, pa.float64()) == present
    assert value_of(tb.count, values, pa.float64()) == present


@pytest.mark.parametrize(
    ("dtype", "values", "expected"),
    [
        (pa.string(), ["a", "", None], 2),
        (pa.binary(), [b"", None], 1),
        (pa.bool_(), [True, None, False], 2),
        (pa.date32(), [1, None], 1),
        (pa.list_(pa.string()), [["a", None], [], None, ["b", "c"]], 3),
        (pa.list_(pa.float64(), 2), [[1.0, None], None, [2.0, 3.0]], 3),
    ],
    ids=str,
)
def test_size_counts_elements_of_any_type(dtype: Any, values: list[Any], expected: int) -> None:
    assert value_of(tb.size, values, dtype) == expected


VECTORS = [[1.0, 10.0, math.nan], None, [2.0, None, 5.0], [6.0, -4.0, math.inf], [0.5, 0.0, 7.0]]


@pytest.mark.parametrize(
    ("analyzer", "reduce"),
    [
        (tb.mean, lambda x: x[np.isfinite(x)].mean()),
        (tb.var, lambda x: x[np.isfinite(x)].var()),
        (tb.std, lambda x: x[np.isfinite(x)].std()),
        (tb.sum, lambda x: x[~np.isnan(x)].sum()),
    ],
)
def test_vectors_as_a_whole_and_position_by_position(analyzer: Any, reduce: Any) -> None:
    dtype = pa.list_(pa.float64(), 3)
    array = np.array([v for v in VECTORS if v is not None], dtype=float)  # None becomes NaN
    assert value_of(analyzer, VECTORS, dtype) == pytest.approx(reduce(array.reshape(-1)))
    each = value_of(analyzer, VECTORS, dtype, reduce_instance_dims=False)
    assert each == pytest.approx([reduce(array[:, i]) for i in range(3)])


def test_size_position_by_position() -> None:
    dtype = pa.list_(pa.float64(), 3)
    assert value_of(tb.size, VECTORS, dtype, reduce_instance_dims=False) == [4, 3, 4]


def test_ragged_lists_count_their_values() -> None:
    lists, dtype = [[1.0, 2.0], [], None, [4.0, None]], pa.list_(pa.float64())
    flat = np.array([1.0, 2.0, 4.0])
    assert value_of(tb.mean, lists, dtype) == flat.mean()
    assert value_of(tb.sum, lists, dtype) == flat.sum()
    assert value_of(tb.var, lists, dtype) == pytest.approx(flat.var(), rel=1e-15)
    with pytest.raises(tb.TraceError, match="ragged"):
        value_of(tb.mean, lists, dtype, reduce_instance_dims=False)


def test_constant_data_have_variance_exactly_zero() -> None:
    assert value_of(tb.var, [0.1] * 1000, pa.float64()) == 0.0


def test_a_variance_far_from_zero_keeps_its_digits() -> None:
    values = [1e9 + v for v in (4.0, 7.0, 13.0, 16.0)]
    assert value_of(tb.var, values, pa.float64()) == 22.5


@pytest.mark.parametrize("analyzer", [tb.sum, tb.mean, tb.var, tb.std])
def test_text_has_no_moments(analyzer: Any) -> None:
    with pytest.raises(tb.TraceError, match="takes numbers, not string"):
        value_of(analyzer, ["a"], pa.string())


def test_only_floats_can_be_asked_for() -> None:
    with pytest.raises(tb.TraceError, match="output_dtype is int64"):
        value_of(tb.mean, [1.0], pa.float64(), output_dtype=pa.int64())
