from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.errors import TraceError

NAN = float("nan")
ROWS = st.lists(st.none() | st.lists(st.none() | st.integers(-2, 2), max_size=6), max_size=8)


def applied(values: Any, arrow_type: Any, function: Callable[[Any], Any]) -> Any:
    table = pa.table({"x": pa.array(values, arrow_type)})
    return tb.fit_transform(table, lambda i: {"o": function(i["x"])})[0]["o"].to_pylist()


@pytest.mark.parametrize(
    ("rows", "dtype", "expected"),
    [  # tft.deduplicate_tensor_per_row, TFT 1.16
        (
            [["b", "a", "b", "", "c", ""], [], ["x", "a", "x", "a"]],
            pa.string(),
            [["b", "a", "", "c"], [], ["x", "a"]],
        ),
        ([[3, 1, 3], [], [2, 2]], pa.int64(), [[3, 1], [], [2]]),
        (
            [[3.0, NAN, 3.0, NAN], [0.0, -0.0, 1.0, 0.0]],
            pa.float32(),
            [[3.0, NAN, NAN], [0.0, 1.0]],
        ),
    ],
)
def test_distinct_elements_are_those_of_tft(rows: Any, dtype: Any, expected: Any) -> None:
    assert repr(applied(rows, pa.list_(dtype), tb.deduplicate_per_row)) == repr(expected)


def test_one_nan_object_twice_stays_twice_in_a_single_row() -> None:
    schema = pa.schema({"x": pa.list_(pa.float64())})
    fn = tb.fit(schema.empty_table(), lambda i: {"o": tb.deduplicate_per_row(i["x"])})
    assert repr(fn.row({"x": [NAN, 1.0, NAN]})) == repr({"o": [NAN, 1.0, NAN]})


@pytest.mark.parametrize(
    "dtype", [pa.int8(), pa.int64(), pa.float64(), pa.float16(), pa.timestamp("us"), pa.date32()]
)
@settings(max_examples=15, deadline=None)
@given(rows=ROWS)
def test_distinct_elements_of_any_type(dtype: Any, rows: Any) -> None:
    numbers = pa.array(rows, pa.list_(pa.int32()))
    lists = numbers.cast(pa.list_(pa.int64())) if pa.types.is_timestamp(dtype) else numbers
    column = lists.cast(pa.list_(dtype))
    fn = tb.fit(pa.table({"x": column}), lambda i: {"o": tb.deduplicate_per_row(i["x"])})
    expected = [
        None if row is None else list(dict.fromkeys(v for v in row if v is not None))
        for row in column.to_pylist()
    ]
    assert fn.transform(pa.table({"x": column}))["o"].to_pylist() == expected


def test_far_apart_integers_are_told_apart() -> None:
    far = [[2**62, -(2**62), 2**62], [-(2**62), -(2**62)]]
    assert applied(far, pa.list_(pa.int64()), tb.deduplicate_per_row) == [far[0][:2], far[1][:1]]
    unsigned = [[2**64 - 1, 0, 2**64 - 1, 2**63]]
    assert applied(unsigned, pa.list_(pa.uint64()), tb.deduplicate_per_row) == [
        [2**64 - 1, 0, 2**63]
    ]


@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(0, 4))
def test_lists_are_cut_at_either_end(rows: Any, size: int) -> None:
    kind = pa.list_(pa.int64())
    first = [None if row is None else row[:size] for row in rows]
    last = [None if row is None else row[::-1][:size][::-1] for row in rows]
    assert applied(rows, kind, lambda x: tb.truncate(x, size)) == first
    assert applied(rows, kind, lambda x: tb.truncate(x, size, keep="last")) == last


def test_segments_are_those_of_tft_within_each_row() -> None:
    # tft.segment_indices, TFT 1.16; it has no missing elements and refuses descending ids.
    rows = [[0, 0, 1, 2, 2, 2], [0, 0, 3, 3, 5], [], None, [5, None, 5, 1, 1], [1, 0, 1]]
    expected = [[0, 1, 0, 0, 1, 2], [0, 1, 0, 1, 0], [], None, [0, None, 1, 0, 1], [0, 0, 0]]
    assert applied(rows, pa.list_(pa.int32()), tb.segment_indices) == expected


MISTAKES: list[tuple[Callable[[Any], Any], str]] = [
    (lambda i: tb.deduplicate_per_row(i["s"]), "takes lists, not string"),
    (lambda i: tb.truncate(i["x"], -1), "max_length is -1"),
    (lambda i: tb.truncate(i["x"], True), "max_length is True"),
    (lambda i: tb.truncate(i["x"], 1, keep="middle"), "keep is 'middle'"),
    (lambda i: tb.truncate(i["v"], 1), "takes ragged lists, not float[2]"),
    (lambda i: tb.segment_indices(i["v"]), "takes lists of integers, not float[2]"),
]


@pytest.mark.parametrize(("function", "what"), MISTAKES)
def test_a_mistake_is_told_with_the_line(function: Callable[[Any], Any], what: str) -> None:
    schema = pa.schema(
        {"x": pa.list_(pa.int64()), "v": pa.list_(pa.float32(), 2), "s": pa.string()}
    )
    with pytest.raises(TraceError, match=re.escape(what)) as caught:
        tb.fit(schema.empty_table(), lambda i: {"o": function(i)})
    assert caught.value.where is not None
    assert caught.value.where.startswith("test_ragged.py:")
