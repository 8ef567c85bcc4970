"""The rows of a batch by key, and what the tables per key refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.analyzers.key_groups import distinct_keys, grouped
from taurus_beam.errors import TraceError
from taurus_beam.graph.trace import trace
from taurus_beam.graph.types import ColumnType
from taurus_beam.graph.values import from_arrow

SCHEMA = pa.schema(
    {
        "k": pa.string(),
        "x": pa.float64(),
        "v": pa.list_(pa.float32(), 2),
        "f": pa.int64(),
        "b": pa.binary(),
    }
)


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        (pa.string(), ["b", None, "a", "b", ""]),
        (pa.binary(), [b"\xff", None, b"", b"\xff", b"a"]),
        (pa.int64(), [3, None, -1, 3, 0]),
        (pa.uint8(), [200, None, 0, 200, 1]),
        (pa.bool_(), [True, None, False, True, True]),
    ],
)
def test_distinct_keys_of_every_type(dtype: Any, values: list[Any]) -> None:
    padded = pa.array([values[1], *values, values[2]], dtype).slice(1, 5)
    keys, codes, missing = distinct_keys(from_arrow(padded, ColumnType(dtype)))
    assert sorted(keys.to_pylist()) == sorted({v for v in values if v is not None})
    assert missing is not None
    found = [None if m else keys[c].as_py() for c, m in zip(codes, missing, strict=True)]
    assert found == values


def test_keys_that_a_dictionary_holds_but_no_row_has_are_left_out() -> None:
    column = pa.DictionaryArray.from_arrays([2, 0, None], ["a", "unused", "c"])
    keys, codes, _ = distinct_keys(from_arrow(column, ColumnType(pa.string())))
    assert [keys[c].as_py() for c in codes[:2]] == ["c", "a"]
    assert len(keys) == 2


def test_elements_of_lists_belong_to_the_key_of_their_row() -> None:
    key = from_arrow(pa.array(["a", None, "b", "a"]), ColumnType(pa.string()))
    lists = pa.array([[1.0, None], [2.0], [], [4.0, np.nan, 5.0]])
    batch = grouped(key, from_arrow(lists, ColumnType(pa.float64(), (None,))))
    by_key = [(batch.keys[g].as_py(), n) for g, n in zip(batch.groups, batch.numbers, strict=True)]
    assert by_key == [("a", 1.0), ("a", 4.0), ("a", 5.0)]
    assert batch.keys.to_pylist() == ["a", "b"]


@pytest.mark.parametrize(
    "function",
    [
        lambda i: tb.scale_to_z_score_per_key(i["x"], i["x"]),
        lambda i: tb.scale_to_z_score_per_key(i["x"], i["v"]),
        lambda i: tb.scale_to_z_score_per_key(i["k"], i["k"]),
        lambda i: tb.scale_to_z_score_per_key(tb.mean(i["x"]), i["k"]),
        lambda i: tb.count_per_key(tb.mean(i["f"]) > 0)[1],
    ],
    ids=["float key", "vector key", "text values", "constant values", "constant key"],
)
def test_what_cannot_be_keyed_is_refused_at_the_users_line(function: Any) -> None:
    with pytest.raises(TraceError, match=r"test_keyed_table\.py"):
        trace(lambda i: {"o": function(i)}, SCHEMA)
