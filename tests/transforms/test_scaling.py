"""Scaling against NumPy: finite statistics, defined results for constant and missing data."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb

moderate = st.floats(-1e6, 1e6).map(lambda v: round(v, 3))


def fitted(function: Callable[..., Any], values: Any, dtype: Any) -> tb.TransformFn:
    table = pa.table({"x": pa.array(values, dtype)})
    return tb.fit(table, lambda i: {"y": function(i["x"])})


def scaled(function: Callable[..., Any], values: Any, dtype: Any) -> Any:
    fn = fitted(function, values, dtype)
    return fn.transform(pa.table({"x": pa.array(values, dtype)}))["y"].to_pylist()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.none() | moderate, min_size=1))
def test_z_scores(values: list[Any]) -> None:
    array = np.array([v for v in values if v is not None])
    spread = array.std() if array.size and np.ptp(array) > 0 else 1.0
    mean = array.mean() if array.size else 0.0
    expected = [
        None if v is None else pytest.approx((v - mean) / spread, rel=1e-6, abs=1e-6)
        for v in values
    ]
    assert scaled(tb.scale_to_z_score, values, pa.float64()) == expected


@settings(max_examples=40, deadline=None)
@given(st.lists(st.none() | moderate, min_size=1), moderate, st.floats(0.01, 100))
def test_min_max(values: list[Any], low: float, width: float) -> None:
    def scale(x: Any) -> Any:
        return tb.scale_by_min_max(x, low, low + width)

    array = np.array([v for v in values if v is not None])
    varies = array.size > 0 and np.ptp(array) > 0
    with np.errstate(over="ignore"):
        unit = (array - array.min()) / np.ptp(array) if varies else 1 / (1 + np.exp(-array))
    expected = iter((unit * (low + width - low) + low).tolist())
    assert scaled(scale, values, pa.float64()) == [
        None if v is None else pytest.approx(next(expected), rel=1e-9) for v in values
    ]


@pytest.mark.parametrize("function", [tb.scale_to_z_score, tb.scale_to_0_1])
@pytest.mark.parametrize(
    ("given_type", "result"),
    [
        (pa.float64(), pa.float64()),
        (pa.float32(), pa.float32()),
        (pa.int8(), pa.float32()),
        (pa.uint64(), pa.float32()),
        (pa.list_(pa.int32(), 2), pa.list_(pa.float32(), 2)),
        (pa.list_(pa.float64()), pa.list_(pa.float64())),
    ],
    ids=str,
)
def test_float64_stays_float64_and_all_else_becomes_float32(
    function: Any, given_type: Any, result: Any
) -> None:
    assert fitted(function, [], given_type).output_arrow_schema.field("y").type == result


def test_nan_takes_no_part_and_stays() -> None:
    values = [1.0, math.nan, 5.0]
    np.testing.assert_equal(scaled(tb.scale_to_0_1, values, pa.float64()), [0.0, math.nan, 1.0])
    np.testing.assert_equal(
        scaled(tb.scale_to_z_score, values, pa.float64()), [-1.0, math.nan, 1.0]
    )


def test_infinities_take_no_part_in_a_z_score_and_stay() -> None:
    values = [1.0, math.inf, 5.0, -math.inf]
    assert scaled(tb.scale_to_z_score, values, pa.float64()) == [-1.0, math.inf, 1.0, -math.inf]


def test_constant_data() -> None:
    fn = fitted(tb.scale_to_z_score, [5.0, 5.0], pa.float64())
    assert [fn.row({"x": v})["y"] for v in (5.0, 7.0)] == [0.0, 2.0]
    fn = fitted(lambda x: tb.scale_by_min_max(x, -2, 2), [5, 5], pa.int64())
    for value in (5, -1000, 1000):
        sigmoid = 0.0 if value == -1000 else 1 / (1 + math.exp(-value))
        assert fn.row({"x": value})["y"] == pytest.approx(4 * sigmoid - 2)


@pytest.mark.parametrize("values", [[], [None, None]])
def test_no_values_at_all(values: list[Any]) -> None:
    assert fitted(tb.scale_to_z_score, values, pa.float64()).row({"x": 3.0}) == {"y": 3.0}
    fn = fitted(tb.scale_to_0_1, values, pa.float64())
    assert fn.row({"x": 3.0})["y"] == pytest.approx(1 / (1 + math.exp(-3)))
    assert fn.row({"x": None}) == {"y": None}


def test_integers_that_float64_cannot_tell_apart_are_one_value() -> None:
    values = [2**63 - 2, 2**63 - 1]
    fn = fitted(tb.scale_to_0_1, values, pa.int64())
    batch = fn.transform(pa.table({"x": values}))["y"].to_pylist()
    assert batch == [fn.row({"x": v})["y"] for v in values] == [1.0, 1.0]


def test_values_beyond_what_was_fitted_go_beyond_the_range() -> None:
    fn = fitted(tb.scale_to_0_1, [0.0, 10.0], pa.float64())
    assert [fn.row({"x": v})["y"] for v in (-5.0, 20.0)] == [-0.5, 2.0]


def test_position_by_position() -> None:
    vectors, dtype = [[1.0, 10.0], None, [3.0, None], [5.0, 30.0]], pa.list_(pa.float64(), 2)
    found = scaled(lambda x: tb.scale_to_0_1(x, elementwise=True), vectors, dtype)
    assert found == [[0.0, 0.0], None, [0.5, None], [1.0, 1.0]]
    found = scaled(lambda x: tb.scale_to_z_score(x, elementwise=True), vectors, dtype)
    first = (np.array([1.0, 3.0, 5.0]) - 3) / np.std([1, 3, 5])
    assert [v and v[0] for v in found] == [
        pytest.approx(first[0]),
        None,
        pytest.approx(first[1]),
        pytest.approx(first[2]),
    ]
    assert [v and v[1] for v in found] == [-1.0, None, None, 1.0]
    with pytest.raises(tb.TraceError, match="ragged"):
        scaled(lambda x: tb.scale_to_0_1(x, elementwise=True), [], pa.list_(pa.float64()))


@pytest.mark.parametrize("function", [tb.scale_to_z_score, tb.scale_to_0_1])
@pytest.mark.parametrize("dtype", [pa.string(), pa.timestamp("us")], ids=str)
def test_only_numbers_can_be_scaled(function: Any, dtype: Any) -> None:
    with pytest.raises(tb.TraceError, match=r"numbers.*\n.*test_scaling.py"):
        scaled(function, [], dtype)
