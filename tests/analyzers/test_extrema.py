"""Smallest and largest values against NumPy, for every type and shape."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb

INTEGERS = [pa.int8(), pa.int16(), pa.int32(), pa.int64()]
UNSIGNED = [pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]
FLOATS = [pa.float16(), pa.float32(), pa.float64()]


def value_of(analyzer: Callable[..., Any], values: list[Any], dtype: Any, **options: Any) -> Any:
    table = pa.table({"x": pa.array(values, dtype)})
    return tb.fit(table, lambda i: {"v": analyzer(i["x"], **options)}).row({"x": None})["v"]


@pytest.mark.parametrize("dtype", INTEGERS + UNSIGNED, ids=str)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_integers(dtype: Any, data: st.DataObject) -> None:
    limits = np.iinfo(dtype.to_pandas_dtype())
    values = data.draw(st.lists(st.none() | st.integers(int(limits.min), int(limits.max))))
    present = [v for v in values if v is not None]
    assert value_of(tb.min, values, dtype) == min(present, default=limits.max)
    assert value_of(tb.max, values, dtype) == max(present, default=limits.min)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_floats_leave_out_nan_and_keep_infinities(dtype: Any, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.none() | st.floats(width=dtype.bit_width)))
    present = [v for v in values if v is not None and not math.isnan(v)]
    assert value_of(tb.min, values, dtype) == min(present, default=math.inf)
    assert value_of(tb.max, values, dtype) == max(present, default=-math.inf)


@pytest.mark.parametrize("values", [[0.0, -0.0], [-0.0, 0.0], [-0.0]])
def test_zero_has_no_sign(values: list[float]) -> None:
    for analyzer in (tb.min, tb.max):
        assert math.copysign(1, value_of(analyzer, values, pa.float64())) == 1


@pytest.mark.parametrize("values", [[], [None], [math.nan]])
def test_no_value_gives_the_neutral_one(values: list[Any]) -> None:
    assert value_of(tb.min, values, pa.float32()) == math.inf
    assert value_of(tb.max, values, pa.float32()) == -math.inf


TIMES = [
    (pa.date32(), datetime.date(1969, 1, 2), datetime.date(2024, 2, 29)),
    (pa.timestamp("us"), datetime.datetime(1960, 1, 1), datetime.datetime(2024, 1, 1, 0, 0, 0, 5)),
    (
        pa.timestamp("ms", "UTC"),
        *(datetime.datetime(y, 1, 1, tzinfo=datetime.timezone.utc) for y in (1, 2)),
    ),
    (pa.duration("s"), datetime.timedelta(-1), datetime.timedelta(5)),
]


@pytest.mark.parametrize(("dtype", "early", "late"), TIMES, ids=lambda v: str(v))
def test_times(dtype: Any, early: Any, late: Any) -> None:
    values = [late, None, early, late]
    assert value_of(tb.min, values, dtype) == early
    assert value_of(tb.max, values, dtype) == late
    assert value_of(tb.min, [None], dtype) is None
    assert value_of(tb.max, [], dtype) is None


def test_vectors_as_a_whole_and_position_by_position() -> None:
    vectors = [[3, -1], None, [None, 7], [5, 2]]
    dtype = pa.list_(pa.int16(), 2)
    assert value_of(tb.min, vectors, dtype) == -1
    assert value_of(tb.max, vectors, dtype) == 7
    assert value_of(tb.min, vectors, dtype, reduce_instance_dims=False) == [3, -1]
    assert value_of(tb.max, vectors, dtype, reduce_instance_dims=False) == [5, 7]
    assert value_of(tb.max, [None], dtype, reduce_instance_dims=False) == [-(2**15), -(2**15)]


def test_ragged_lists_count_their_values() -> None:
    lists, dtype = [[3.0], [], None, [math.nan, -2.0]], pa.list_(pa.float64())
    assert value_of(tb.min, lists, dtype) == -2.0
    assert value_of(tb.max, lists, dtype) == 3.0
    with pytest.raises(tb.TraceError, match="ragged"):
        value_of(tb.min, lists, dtype, reduce_instance_dims=False)


@pytest.mark.parametrize("dtype", [pa.string(), pa.bool_()], ids=str)
def test_what_has_no_order_in_numbers_is_refused(dtype: Any) -> None:
    with pytest.raises(tb.TraceError, match=f"takes numbers and times, not {dtype}"):
        value_of(tb.max, [], dtype)
