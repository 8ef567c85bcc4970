from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.errors import DataError, TraceError

INTS = pa.list_(pa.int64())
ROWS = st.lists(st.none() | st.lists(st.none() | st.integers(-2, 2), max_size=6), max_size=8)


def applied(values: Any, arrow_type: Any, function: Callable[[Any], Any]) -> Any:
    table = pa.table({"x": pa.array(values, arrow_type)})
    return tb.fit_transform(table, lambda i: {"o": function(i["x"])})[0]["o"].to_pylist()


def test_padded_lists_are_those_of_tft() -> None:
    # tft.sparse_tensor_to_dense_with_shape, TFT 1.16.
    rows = [[3, 1, 3], [], [2, 2]]
    assert applied(rows, INTS, lambda x: tb.to_dense(x, 5)) == [
        [3, 1, 3, 0, 0],
        [0, 0, 0, 0, 0],
        [2, 2, 0, 0, 0],
    ]
    assert applied(rows, INTS, lambda x: tb.to_dense(x, 3, -7)) == [
        [3, 1, 3],
        [-7, -7, -7],
        [2, 2, -7],
    ]


@settings(max_examples=50, deadline=None)
@given(ROWS, st.integers(1, 4))
def test_lists_are_padded_and_cut(rows: Any, width: int) -> None:
    expected = [
        [9 if v is None else v for v in (row or [])[:width]] + [9] * (width - len(row or []))
        for row in rows
    ]
    assert applied(rows, INTS, lambda x: tb.to_dense(x, width, 9)) == expected


@pytest.mark.parametrize(
    ("value", "dtype", "default", "nothing"),
    [
        (1.5, pa.float32(), None, 0.0),
        (1.5, pa.float64(), -1, -1.0),
        ("a", pa.string(), None, ""),
        (b"a", pa.binary(), None, b""),
        (True, pa.bool_(), None, False),
        (7, pa.uint8(), None, 0),
        (
            datetime.datetime(2020, 1, 2),
            pa.timestamp("s"),
            datetime.datetime(1970, 1, 1),
            datetime.datetime(1970, 1, 1),
        ),
    ],
)
def test_each_type_has_its_own_nothing(value: Any, dtype: Any, default: Any, nothing: Any) -> None:
    table = pa.table({"x": pa.array([[value], None], pa.list_(dtype))})
    fn = tb.fit(table, lambda i: {"o": tb.to_dense(i["x"], 2, default)})
    assert fn.transform(table)["o"].to_pylist() == [[value, nothing], [nothing, nothing]]
    assert fn.row({"x": [value]}) == {"o": [value, nothing]}


def test_what_is_there_moves_to_the_left() -> None:
    # tft.sparse_tensor_left_align of (0, 2) -> 1, (1, 0) -> 2, (1, 3) -> 3, TFT 1.16.
    rows = [[None, None, 1, None, None], [2, None, None, 3, None], [None] * 5, None]
    assert applied(rows, pa.list_(pa.int64(), 5), tb.to_ragged) == [[1], [2, 3], [], None]
    padded = [["a", "", "b"], None, ["", None, ""]]
    assert applied(padded, pa.list_(pa.string(), 3), lambda x: tb.to_ragged(x, "")) == [
        ["a", "b"],
        None,
        [],
    ]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(1, 5), max_size=4), max_size=6))
def test_there_and_back(rows: list[list[int]]) -> None:
    assert applied(rows, INTS, lambda x: tb.to_ragged(tb.to_dense(x, 4), 0)) == rows

    def through_pairs(x: Any) -> Any:
        return tb.sparse_to_dense(*tb.dense_to_sparse(tb.to_dense(x, 4)), 4)

    padded = [row + [0] * (4 - len(row)) for row in rows]
    assert applied(rows, INTS, through_pairs) == padded


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.none() | st.lists(st.tuples(st.none() | st.integers(0, 4), st.integers(0, 9))),
        max_size=6,
    )
)
def test_pairs_are_put_at_their_positions(rows: Any) -> None:
    expected = np.full((len(rows), 5), -1)
    for vector, row in zip(expected, rows, strict=True):
        for position, value in row or []:
            if position is not None:
                vector[position] = value
    table = pa.table(
        {
            "at": pa.array([None if r is None else [p for p, _ in r] for r in rows], INTS),
            "x": pa.array([None if r is None else [v for _, v in r] for r in rows], INTS),
        }
    )
    fn = tb.fit(table, lambda i: {"o": tb.sparse_to_dense(i["at"], i["x"], 5, -1)})
    assert fn.transform(table)["o"].to_pylist() == expected.tolist()


def test_pairs_of_vectors() -> None:
    rows = [[0.0, 1.5, None], [float("nan"), -0.0, 2.0], None]
    column = pa.array(rows, pa.list_(pa.float64(), 3))

    def function(inputs: Any) -> Any:
        at, values = tb.dense_to_sparse(inputs["x"])
        return {"at": at, "values": values}

    out, _ = tb.fit_transform(pa.table({"x": column}), function)
    assert out["at"].to_pylist() == [[1], [0, 2], None]
    assert repr(out["values"].to_pylist()) == "[[1.5], [nan, 2.0], None]"


@pytest.mark.parametrize(
    ("at", "values", "what"),
    [
        ([5], [1], "Position 5 is outside a vector of 5"),
        ([-1], [1], "Position -1 is outside"),
        ([0, 1], [1], "not as many positions as values"),
        ([], [1], "not as many positions as values"),
    ],
)
def test_pairs_that_do_not_fit_are_refused(at: Any, values: Any, what: str) -> None:
    schema = pa.schema({"at": INTS, "x": INTS})
    fn = tb.fit(schema.empty_table(), lambda i: {"o": tb.sparse_to_dense(i["at"], i["x"], 5)})
    row = {"at": at, "x": values}
    with pytest.raises(DataError, match=what) as of_batch:
        fn.transform(pa.Table.from_pylist([row], schema))
    with pytest.raises(DataError, match=what) as of_row:
        fn.row(row)
    assert str(of_batch.value) == str(of_row.value)


MISTAKES: list[tuple[Callable[[Any], Any], str]] = [
    (lambda i: tb.to_dense(i["x"], 0), "width is 0"),
    (lambda i: tb.to_dense(i["x"], 2, "a"), "fills lists of int64"),
    (lambda i: tb.to_dense(i["x"], 2, 0.5), "fills lists of int64"),
    (lambda i: tb.to_dense(i["t"], 2), "There is no default for timestamp[s]"),
    (lambda i: tb.to_dense(i["s"], 2), "takes lists, not string"),
    (lambda i: tb.to_ragged(i["x"], "a"), "fills lists of int64"),
    (lambda i: tb.sparse_to_dense(i["t"], i["x"], 2), "takes lists of integers"),
    (lambda i: tb.sparse_to_dense(i["x"], i["s"], 2), "takes lists, not string"),
    (lambda i: tb.dense_to_sparse(i["x"], "a")[0], "fills lists of int64"),
]


@pytest.mark.parametrize(("function", "what"), MISTAKES)
def test_a_mistake_is_told_with_the_line(function: Callable[[Any], Any], what: str) -> None:
    schema = pa.schema({"x": INTS, "t": pa.list_(pa.timestamp("s")), "s": pa.string()})
    with pytest.raises(TraceError, match=re.escape(what)) as caught:
        tb.fit(schema.empty_table(), lambda i: {"o": function(i)})
    assert caught.value.where is not None
    assert caught.value.where.startswith("test_dense_and_sparse.py:")
