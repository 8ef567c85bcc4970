from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.errors import TraceError

NUMBERS, NAMES, ROWS = [0.5, -2.0, 7.25], ["a", "", "é"], [[1, 2], [3, 4], [5, 6]]
HALVES = np.array([0.1, 0.2], np.float32)
# Name, type of the index, table, default, and the default that comes out.
CASES: list[tuple[str, Any, Any, Any, Any]] = [
    ("numbers", pa.int64(), NUMBERS, None, None),
    ("numbers or a default", pa.uint8(), NUMBERS, -1, -1.0),
    ("float32 or a default", pa.int8(), HALVES, 0.3, float(np.float32(0.3))),
    ("flags", pa.int32(), [True, False], None, None),
    ("flags or a default", pa.int32(), [True, False], True, True),
    ("names", pa.int64(), NAMES, None, None),
    ("names or a default", pa.int64(), NAMES, "?", "?"),
    ("rows", pa.int64(), np.array(ROWS, np.int16), None, None),
    ("rows or a default", pa.int64(), np.array(ROWS, np.int16), 9, [9, 9]),
    ("numbers by vectors", pa.list_(pa.int64(), 2), NUMBERS, None, None),
    ("names by lists", pa.list_(pa.int64()), NAMES, "?", "?"),
]


def some_indices(index: Any) -> st.SearchStrategy[list[Any]]:
    unsigned = index in (pa.uint8(),)
    one: st.SearchStrategy[Any] = st.none() | st.integers(0 if unsigned else -3, 5)
    if pa.types.is_nested(index):
        width = index.list_size if pa.types.is_fixed_size_list(index) else None
        one = st.none() | st.lists(one, min_size=width or 0, max_size=width or 3)
    return st.lists(one, max_size=12)


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case[0] for case in CASES])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_rows_and_slices_of_batches_equal_plain_python(number: int, data: Any) -> None:
    _, index, source, given_default, default = CASES[number]
    elements = source.tolist() if isinstance(source, np.ndarray) else source
    values = data.draw(some_indices(index))
    table = pa.table({"i": pa.array([None, *values, None], index)}).slice(1, len(values))
    fn = tb.fit(table, lambda i: {"o": tb.take(source, i["i"], given_default)})

    def element(i: int | None) -> Any:
        if i is None:
            return None
        return elements[i] if 0 <= i < len(elements) else default

    expected = [[element(e) for e in i] if isinstance(i, list) else element(i) for i in values]
    assert repr(fn.transform(table)["o"].to_pylist()) == repr(expected)
    assert repr([fn.row({"i": i})["o"] for i in values]) == repr(expected)


def test_a_loaded_table_gives_the_same(tmp_path: Any) -> None:
    table = pa.table({"i": [2, 9, None]})
    fn = tb.fit(table, lambda i: {"o": tb.take(np.arange(600).reshape(300, 2), i["i"], 7)})
    fn.save(str(tmp_path / "fn"))
    loaded = tb.load(str(tmp_path / "fn"))
    assert loaded.transform(table)["o"].to_pylist() == [[4, 5], [18, 19], None]
    assert loaded.digest == fn.digest


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda i: tb.take(i["v"], i["i"]), "same for all rows"),
        (lambda i: tb.take([1.0], i["x"]), "needs integers"),
        (lambda i: tb.take([1.0], i["i"], default="a"), "is no double"),
        (lambda i: tb.take([1], i["i"], default=1.5), "is no int64"),
        (lambda i: tb.take(["a"], i["i"], default=1), "is no string"),
        (lambda i: tb.take([[1, 2], [3, 4]], i["v"]), "two dimensions"),
        (lambda i: tb.take(tb.mean(i["x"]), i["i"]), "needs a table"),
    ],
)
def test_what_cannot_be_looked_up_is_refused(call: Callable[[Any], Any], said: str) -> None:
    table = pa.table({"i": [0], "x": [0.5], "v": pa.array([[0, 1]], pa.list_(pa.int64(), 2))})
    with pytest.raises(TraceError, match=said):
        tb.fit(table, lambda i: {"o": call(i)})
