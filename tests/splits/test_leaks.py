"""What splits share, against sets of keys and of rows."""

from __future__ import annotations

import json
import math
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb

KEYS = st.lists(st.one_of(st.none(), st.integers(0, 12)), max_size=30)


@given(KEYS, KEYS, KEYS)
@settings(max_examples=40, deadline=None)
def test_shared_keys_are_those_of_sets(
    a: list[int | None], b: list[int | None], c: list[int | None]
) -> None:
    columns = {"a": a, "b": b, "c": c}
    tables = {name: pa.table({"k": pa.array(v, pa.int64())}) for name, v in columns.items()}
    report = tb.find_leaks(tables, key="k", examples=100)

    found = {leak.splits: leak for leak in report.leaks}
    for pair in (("a", "b"), ("a", "c"), ("b", "c")):
        one, other = (Counter(columns[name]) for name in pair)
        shared = (one.keys() & other.keys()) - {None}
        if not shared:
            assert pair not in found
            continue
        leak = found[pair]
        assert {example["k"] for example in leak.examples} == shared
        assert leak.keys == len(shared)
        assert leak.rows == (sum(one[k] for k in shared), sum(other[k] for k in shared))
    assert report.rows == {name: len(v) for name, v in columns.items()}
    assert report.rows_without_key == {name: v.count(None) for name, v in columns.items()}


def test_whole_rows_are_compared_in_columns_of_any_order() -> None:
    one = pa.table({"x": [1.0, math.nan, 2.0], "s": [["a"], None, ["b", "c"]]})
    other = pa.table({"s": [None, ["b"], ["b", "c"]], "x": [math.nan, 2.0, 2.0]})
    (leak,) = tb.find_leaks({"one": one, "other": other}).leaks
    assert (leak.keys, leak.rows) == (2, (2, 2))
    assert sorted(example["x"] for example in leak.examples if example["s"]) == [2.0]


def test_keys_of_other_storage_are_the_same() -> None:
    report = tb.find_leaks({"a": {"k": [1, 2]}, "b": {"k": ["2", "3"]}}, key="k")
    assert [leak.keys for leak in report.leaks] == [1]


def test_a_split_by_key_has_no_leak_and_one_by_row_has() -> None:
    data = {"user": [n % 50 for n in range(1_000)], "row": list(range(1_000))}
    ratios = {"train": 0.5, "test": 0.5}
    apart = tb.split_table(data, tb.SplitByHash(ratios, key="user"))
    mixed = tb.split_table(data, tb.SplitByHash(ratios, key="row"))
    assert tb.find_leaks(apart, key="user").leaks == ()
    (leak,) = tb.find_leaks(mixed, key="user", examples=3).leaks
    assert (leak.keys, leak.rows, len(leak.examples)) == (
        50,
        tuple(t.num_rows for t in mixed.values()),
        3,
    )
    assert tb.find_leaks(mixed).leaks == ()


def test_a_report_is_json() -> None:
    times = pa.table({"t": pa.array([0, None], pa.timestamp("us")), "b": [b"x", b"y"]})
    record = tb.find_leaks({"a": times, "b": times}).record()
    assert json.loads(json.dumps(record)) == record
    assert record["compared"] == "rows"


def test_what_cannot_be_compared() -> None:
    with pytest.raises(tb.EngineError, match="nothing to compare"):
        tb.find_leaks({"a": {"k": [1]}})
    with pytest.raises(tb.DataError, match="'k' is missing"):
        tb.find_leaks({"a": {"k": [1]}, "b": {"x": [1]}}, key="k")


def test_no_rows_share_nothing() -> None:
    empty = pa.table({"k": pa.array([], pa.int64())})
    assert tb.find_leaks({"a": empty, "b": empty}, key="k").leaks == ()


def test_a_row_without_a_key_is_no_example() -> None:
    # What an array holds where a value is missing is not seen, and here it is the key.
    hidden = pa.array(["a", "a", "b"]).buffers()
    missing = pa.py_buffer(bytes([0b110]))
    keys = pa.Array.from_buffers(pa.string(), 3, [missing, *hidden[1:]])
    splits = {"train": pa.table({"key": keys}), "test": pa.table({"key": ["a", None]})}
    (leak,) = tb.find_leaks(splits, key="key").leaks
    assert (leak.keys, leak.rows, leak.examples) == (1, (1, 1), ({"key": "a"},))
    for text in ("", "a"):
        both = {name: pa.table({"key": [None, text]}) for name in ("train", "test")}
        (leak,) = tb.find_leaks(both, key="key").leaks
        assert leak.examples == ({"key": text},)
