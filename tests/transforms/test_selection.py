"""Choosing, filling, limiting and casting against pandas and NumPy."""

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


def outcome(function: Callable[..., Any], *columns: Any) -> Any:
    """What a function of columns gives for some arrays, as a list."""
    table = pa.table({f"c{i}": column for i, column in enumerate(columns)})

    def preprocess(inputs: Any) -> dict[str, Any]:
        return {"out": function(*(inputs[name] for name in table.column_names))}

    return tb.fit_transform(table, preprocess)[0]["out"].to_pylist()


KINDS: dict[str, tuple[Any, Any]] = {
    "numbers": (pa.float64(), st.floats(allow_nan=False)),
    "integers": (pa.int32(), st.integers(-9, 9)),
    "strings": (pa.string(), st.text(max_size=3)),
    "flags": (pa.bool_(), st.booleans()),
    "days": (pa.date32(), st.dates()),
}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_where_and_fill_null_choose_row_by_row(kind: str, data: st.DataObject) -> None:
    dtype, element = KINDS[kind]
    row = st.tuples(st.none() | st.booleans(), st.none() | element, st.none() | element)
    rows = data.draw(st.lists(row))
    conditions, xs, ys = ([r[i] for r in rows] for i in range(3))
    columns = pa.array(conditions, pa.bool_()), pa.array(xs, dtype), pa.array(ys, dtype)
    assert outcome(tb.where, *columns) == [None if c is None else x if c else y for c, x, y in rows]
    assert outcome(tb.fill_null, *columns[1:]) == [y if x is None else x for _, x, y in rows]
    assert outcome(tb.is_null, columns[1]) == [x is None for x in xs]
    constant = data.draw(element)
    assert outcome(lambda x: tb.fill_null(x, constant), columns[1]) == [
        constant if x is None else x for x in xs
    ]
    assert outcome(lambda c, x: tb.where(c, constant, x), *columns[:2]) == [
        None if c is None else constant if c else x for c, x, _ in rows
    ]


def test_where_promotes_numbers() -> None:
    flags = pa.array([True, False])
    assert outcome(lambda c: tb.where(c, 1, 0.5), flags) == [1.0, 0.5]
    numbers = pa.array([2**53 + 1, 5]), pa.array([0.5, 0.5])
    assert outcome(tb.where, flags, *numbers) == [float(2**53), 0.5]


def test_missing_lists_stay_missing_and_missing_elements_are_filled() -> None:
    for dtype in (pa.list_(pa.float64()), pa.list_(pa.float64(), 2)):
        lists = pa.array([[1.0, None], None, [None, 2.0]], dtype)
        assert outcome(lambda x: tb.fill_null(x, 0), lists) == [[1.0, 0.0], None, [0.0, 2.0]]
        assert outcome(tb.is_null, lists) == [[False, True], None, [True, False]]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(), min_size=1), st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_clip_is_numpy_s(values: list[float], low: float, high: float) -> None:
    expected = np.minimum(np.maximum(values, low), high).tolist()
    np.testing.assert_array_equal(outcome(lambda x: tb.clip(x, low, high), values), expected)


def test_clip_on_one_side_and_by_values_of_the_data() -> None:
    x = pa.array([5, None, -5])
    assert outcome(lambda x: tb.clip(x, low=0), x) == [5, None, 0]
    assert outcome(lambda x: tb.clip(x, high=0), x) == [0, None, -5]
    assert outcome(tb.clip, x) == [5, None, -5]
    assert outcome(lambda x: tb.clip(x, 0, tb.max(x) - 1), x) == [4, None, 0]


INT_TYPES = [pa.int8(), pa.uint8(), pa.int32(), pa.int64(), pa.uint64()]


@pytest.mark.parametrize("target", INT_TYPES, ids=str)
@settings(max_examples=30, deadline=None)
@given(st.lists(st.none() | st.floats() | st.sampled_from([127.9, 128.0, -0.9, 2.0**63, 2.0**64])))
def test_floats_to_integers_truncate_or_are_missing(target: Any, values: list[Any]) -> None:
    limits = np.iinfo(target.to_pandas_dtype())

    def expected(value: float | None) -> int | None:
        if value is None or not math.isfinite(value):
            return None
        return int(value) if limits.min <= int(value) <= limits.max else None

    column = pa.array(values, pa.float64())
    assert outcome(lambda x: tb.cast(x, target), column) == [expected(v) for v in values]


@pytest.mark.parametrize("source", INT_TYPES, ids=str)
@pytest.mark.parametrize("target", INT_TYPES, ids=str)
def test_integers_to_integers_fit_or_are_missing(source: Any, target: Any) -> None:
    from_limits, limits = (np.iinfo(t.to_pandas_dtype()) for t in (source, target))
    values = [int(from_limits.min), 0, 1, int(from_limits.max), None]
    expected = [v if v is not None and limits.min <= v <= limits.max else None for v in values]
    assert outcome(lambda x: tb.cast(x, target), pa.array(values, source)) == expected


def test_half_floats_beyond_other_types_are_missing() -> None:
    column = pa.array([math.inf, -math.inf, math.nan, 65504.0, -1.5], pa.float16())
    assert outcome(lambda x: tb.cast(x, pa.int32()), column) == [None, None, None, 65504, -1]
    assert outcome(lambda x: tb.cast(x, pa.int8()), column) == [None, None, None, None, -1]


@pytest.mark.parametrize(
    ("source", "target", "values", "expected"),
    [
        (
            pa.float64(),
            pa.bool_(),
            [0.0, -0.0, 0.1, math.nan, None],
            [False, False, True, True, None],
        ),
        (pa.bool_(), pa.int8(), [True, False, None], [1, 0, None]),
        (pa.float64(), pa.float32(), [0.1, 1e300, None], [float(np.float32(0.1)), math.inf, None]),
        (pa.int64(), pa.string(), [-5, 0, None], ["-5", "0", None]),
        (pa.bool_(), pa.string(), [True, None], ["true", None]),
        (pa.string(), pa.int64(), ["12", "-3", None], [12, -3, None]),
        (
            pa.string(),
            pa.float64(),
            ["1.5", "nan", "-inf", "1e3"],
            [1.5, math.nan, -math.inf, 1000.0],
        ),
        (pa.string(), pa.bool_(), ["true", "false", None], [True, False, None]),
        (pa.string(), pa.binary(), ["é", None], ["é".encode(), None]),
        (pa.binary(), pa.string(), ["é".encode(), None], ["é", None]),
        (
            pa.timestamp("us"),
            pa.int64(),
            [datetime.datetime(1970, 1, 1, 0, 0, 1), None],
            [10**6, None],
        ),
        (pa.date32(), pa.int32(), [datetime.date(1970, 1, 2), None], [1, None]),
        (pa.int64(), pa.duration("s"), [60, None], [datetime.timedelta(minutes=1), None]),
        (pa.list_(pa.string()), pa.int8(), [["1", None], None, []], [[1, None], None, []]),
        (pa.string(), pa.int8(), [None, None], [None, None]),
        (pa.string(), pa.binary(), [None], [None]),
    ],
    ids=str,
)
def test_casts(source: Any, target: Any, values: Any, expected: Any) -> None:
    found = outcome(lambda x: tb.cast(x, target), pa.array(values, source))
    np.testing.assert_equal(found, expected)


def test_a_string_that_is_no_number_is_an_error_or_missing() -> None:
    column = pa.array(["1", "x", None, "", "300"])
    with pytest.raises(
        tb.DataError, match=r"3 distinct strings are no int8, such as 'x'"
    ) as caught:
        outcome(lambda x: tb.cast(x, pa.int8()), column)
    assert "test_selection.py" in str(caught.value.where)
    lenient = outcome(lambda x: tb.cast(x, pa.int8(), errors="null"), column)
    assert lenient == [1, None, None, None, None]
    with pytest.raises(tb.TraceError, match="errors is 'ignore'"):
        outcome(lambda x: tb.cast(x, pa.int8(), errors="ignore"), column)


def test_what_became_missing_in_a_cast_is_missing_to_all_that_follows() -> None:
    column = pa.array([b"a", b"\xff", None])
    cast = lambda x: tb.cast(x, pa.string(), errors="null")  # noqa: E731  # used four times below
    assert outcome(cast, column) == ["a", None, None]
    assert outcome(lambda x: tb.is_null(cast(x)), column) == [False, True, True]
    assert outcome(lambda x: tb.fill_null(cast(x), "?"), column) == ["a", "?", "?"]
    assert outcome(lambda x: tb.size(cast(x)), column) == [1, 1, 1]


def test_values_of_a_dictionary_that_do_not_occur_are_no_error() -> None:
    dictionary = pa.array(["1", "x", "2"])
    column = pa.DictionaryArray.from_arrays(pa.array([0, 2, None], pa.int8()), dictionary)
    assert outcome(lambda x: tb.cast(x, pa.int8()), column) == [1, 2, None]


def test_text_of_numbers_keeps_what_is_missing() -> None:
    column = pa.array([1.5, None, -0.0])
    assert outcome(lambda x: tb.cast(x, pa.string()), column) == ["1.5", None, "-0"]
    assert outcome(lambda x: tb.cast(x, pa.string()) + "m", column) == ["1.5m", None, "-0m"]
