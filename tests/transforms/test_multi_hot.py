from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.errors import TraceError

IDS = pa.list_(pa.int64())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.none() | st.lists(st.none() | st.integers(-2, 6), max_size=6), max_size=8))
def test_each_id_within_the_depth_is_marked(rows: Any) -> None:
    expected = [[float(i in (row or [])) for i in range(4)] for row in rows]
    table = pa.table({"x": pa.array(rows, IDS)})
    fn = tb.fit(table, lambda i: {"o": tb.multi_hot(i["x"], 4)})
    out = fn.transform(table)["o"]
    assert out.type == pa.list_(pa.float32(), 4)
    assert out.to_pylist() == expected


@pytest.mark.parametrize("dtype", [pa.int8(), pa.uint64(), pa.float64()])
def test_the_elements_have_the_type_asked_for(dtype: Any) -> None:
    table = pa.table({"x": pa.array([[2**40, 1], [0, 0]], pa.list_(pa.uint64(), 2))})
    out, _ = tb.fit_transform(table, lambda i: {"o": tb.multi_hot(i["x"], 2, dtype)})
    assert out["o"].type == pa.list_(dtype, 2)
    assert np.array_equal(out["o"].to_pylist(), [[0, 1], [1, 0]])


@pytest.mark.parametrize(
    ("column", "depth", "dtype", "what"),
    [
        ("x", 0, None, "depth is 0"),
        ("x", 2, pa.string(), "dtype is string"),
        ("s", 2, None, "takes lists of integers, not string[]"),
        ("n", 2, None, "takes lists, not int64"),
    ],
)
def test_a_mistake_is_told_with_the_line(column: str, depth: int, dtype: Any, what: str) -> None:
    schema = pa.schema({"x": IDS, "s": pa.list_(pa.string()), "n": pa.int64()})
    with pytest.raises(TraceError, match=re.escape(what)) as caught:
        tb.fit(schema.empty_table(), lambda i: {"o": tb.multi_hot(i[column], depth, dtype)})
    assert caught.value.where is not None
    assert caught.value.where.startswith("test_multi_hot.py:")
