"""A long table gives what the list of its values would give, in every place."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.graph import long_table
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.types import ColumnType


@pytest.mark.parametrize("dtype", [pa.int8(), pa.uint64(), pa.float32(), pa.float64(), pa.bool_()])
@pytest.mark.parametrize("shape", [(12,), (4, 3)])
@pytest.mark.parametrize("missing", [False, True])
def test_it_is_like_a_list(
    monkeypatch: pytest.MonkeyPatch, dtype: Any, shape: tuple[int, ...], missing: bool
) -> None:
    values = [None if missing and i % 5 == 1 else i % 2 for i in range(12)]
    elements = pa.array(values).cast(dtype)
    expected = Constant(ColumnType(dtype, shape), elements).python_value
    assert isinstance(expected, list)
    monkeypatch.setattr(long_table, "LISTED_UP_TO", 11)
    found = Constant(ColumnType(dtype, shape), elements).python_value
    assert not isinstance(found, list)
    assert list(found) == expected
    assert [type(value) for value in found] == [type(value) for value in expected]
    assert [found[i] for i in range(-len(expected), 0)] == expected
    assert found[1:3] == expected[1:3]
    for beyond in (len(expected), -len(expected) - 1):
        with pytest.raises(IndexError, match="none at"):
            found[beyond]


def test_rows_are_served_as_from_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [f"k{i % 40}" for i in range(200)]
    x = [None if key == "k7" else float(i * i % 97) for i, key in enumerate(keys)]
    table = pa.table({"k": keys, "x": pa.array(x, pa.float64())})

    def function(inputs: tb.Inputs) -> dict[str, tb.Column]:
        x, k = inputs["x"], inputs["k"]
        return {
            "z": tb.scale_to_z_score_per_key(x, k),
            "b": tb.bucketize_per_key(x, k, 3),
            "t": tb.target_encode(k, x),
        }

    monkeypatch.setattr(long_table, "LISTED_UP_TO", 10)
    fn = tb.fit(table, function)
    rows = [fn.row(row) for row in table.to_pylist()]
    assert rows == fn.transform(table).to_pylist()
    assert fn.row({"x": 4.0, "k": "new"})["b"] == -1
