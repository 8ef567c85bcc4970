from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.errors import TraceError


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({}, 3),
        ({"top_k": 2}, 2),
        ({"top_k": 2, "num_oov_buckets": 4}, 6),
        ({"default_value": -5}, 3),
        ({"frequency_threshold": 9}, 0),
    ],
)
def test_a_vocabulary_with_its_oov_buckets(options: dict[str, Any], size: int) -> None:
    def function(i: Any) -> dict[str, Any]:
        ids = tb.compute_and_apply_vocabulary(i["x"], **options)
        return {"size": tb.num_buckets(ids)}

    table = pa.table({"x": ["a", "b", "b", "c"]})
    fn = tb.fit(table, function)
    assert fn.transform(table)["size"].to_pylist() == [size] * 4
    assert fn.row({"x": "z"}) == {"size": size}


def test_what_the_function_alone_decides_is_an_integer() -> None:
    seen = {}

    def function(i: Any) -> dict[str, Any]:
        seen["hash"] = tb.num_buckets(tb.hash_strings(i["x"], 7))
        seen["buckets"] = tb.num_buckets(tb.apply_buckets(i["y"], [1.0, 2.0]))
        seen["cross"] = tb.num_buckets(tb.cross(i["x"], i["x"], num_buckets=9))
        return {"x": i["x"]}

    tb.fit(pa.table({"x": ["a"], "y": [1.0]}), function)
    assert seen == {"hash": 7, "buckets": 3, "cross": 9}


@pytest.mark.parametrize("column", ["x", "y"])
def test_other_columns_have_no_categories(column: str) -> None:
    table = pa.table({"x": [1], "y": [1]})
    with pytest.raises(TraceError, match="not known what categories") as caught:
        tb.fit(table, lambda i: {"o": i["x"] * tb.num_buckets(i[column] + 1)})
    assert caught.value.where is not None
    assert caught.value.where.startswith("test_num_buckets.py:")
