"""One row at a time: which Python values are taken, and what is said of the others."""

from __future__ import annotations

import datetime
import math
import sys
import tracemalloc

import numpy as np
import pyarrow as pa
import pytest
from spine import preprocess, table

import taurus_beam as tb
from taurus_beam.errors import DataError

SCHEMA = pa.schema(
    {
        "f": pa.float64(),
        "f32": pa.float32(),
        "i": pa.int8(),
        "b": pa.bool_(),
        "s": pa.string(),
        "raw": pa.binary(),
        "day": pa.date32(),
        "at": pa.timestamp("us"),
        "v": pa.list_(pa.float64(), 2),
        "r": pa.list_(pa.int64()),
    }
)
ROW = {
    "f": 1.5,
    "f32": 0.5,
    "i": 7,
    "b": True,
    "s": "text",
    "raw": b"\x00\xff",
    "day": datetime.date(2024, 2, 29),
    "at": datetime.datetime(2024, 2, 29, 12, 30, 0, 1),
    "v": [1.0, 2.0],
    "r": [1, 2, 3],
}


@pytest.fixture(scope="module")
def same():
    """Gives every column as it is."""
    return tb.fit(
        SCHEMA.empty_table(), lambda inputs: {name: inputs[name] for name in SCHEMA.names}
    )


def test_values_of_each_type_pass_through(same):
    assert same.row(ROW) == ROW
    assert same.row({**ROW, "more": object()}) == ROW


def test_missing_values_pass_through(same):
    assert same.row(dict.fromkeys(SCHEMA.names)) == dict.fromkeys(SCHEMA.names)


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("f", 3, 3.0),
        ("f", np.float32(0.5), 0.5),
        ("f", np.int64(3), 3.0),
        ("f", math.inf, math.inf),
        ("f32", 0.1, float(np.float32(0.1))),
        ("i", 7.0, 7),
        ("i", np.uint64(7), 7),
        ("b", np.bool_(False), False),
        ("s", np.str_("text"), "text"),
        ("raw", np.bytes_(b"ab"), b"ab"),
        ("v", (1, 2), [1.0, 2.0]),
        ("v", np.array([1, 2]), [1.0, 2.0]),
        ("v", [1.0, None], [1.0, None]),
        ("r", [], []),
        ("r", (1.0, None), [1, None]),
        ("at", np.datetime64("2024-02-29", "us"), datetime.datetime(2024, 2, 29)),
    ],
)
def test_other_spellings_of_the_same_value_are_taken(same, column, value, expected):
    found = same.row({**ROW, column: value})[column]
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("f", "1.5"),
        ("f", True),
        ("f", 2**53 + 1),
        ("f", [1.5]),
        ("f32", 2**24 + 1),
        ("i", 1.5),
        ("i", math.nan),
        ("i", math.inf),
        ("i", 128),
        ("i", True),
        ("i", "7"),
        ("b", 1),
        ("b", "true"),
        ("s", 7),
        ("s", b"text"),
        ("raw", "text"),
        ("day", "2024-02-29"),
        ("at", 1_700_000_000),
        ("v", [1.0]),
        ("v", [1.0, 2.0, 3.0]),
        ("v", 1.0),
        ("v", ["1", "2"]),
        ("r", 1),
        ("r", [1.5]),
        ("r", "123"),
    ],
)
def test_other_values_are_refused_by_name(same, column, value):
    with pytest.raises(DataError, match=rf"(?s)Column '{column}' got a .*expected: .*fix: "):
        same.row({**ROW, column: value})


def test_a_column_that_the_row_lacks_is_named(same):
    row = {name: value for name, value in ROW.items() if name != "s"}
    with pytest.raises(DataError, match=r"(?s)Column 's' is missing from the row.*Give None"):
        same.row(row)


@pytest.mark.parametrize("row", [None, [1.5], "text", 3, pa.record_batch({"f": [1.5]})])
def test_what_is_no_row_is_refused(same, row):
    with pytest.raises(DataError, match=r"(?s)is no row.*TransformFn\.transform"):
        same.row(row)


def test_structs_are_nested_dicts():
    data = pa.table({"trip": [{"fare": {"sum": 2.0}, "zone": "a"}]})
    fn = tb.fit(data, lambda i: {"y": i["trip.fare.sum"] / tb.max(i["trip.fare.sum"])})
    assert fn.row({"trip": {"fare": {"sum": 1.0}}}) == {"y": 0.5}
    assert fn.row({"trip.fare.sum": 1.0}) == {"y": 0.5}
    for missing in (None, {"fare": None}, {"fare": {"sum": None}}):
        assert fn.row({"trip": missing}) == {"y": None}
    for wrong in ({}, {"trip": {}}, {"trip": {"fare": {}}}, {"trip": 3}):
        with pytest.raises(DataError, match=r"Column 'trip\.fare\.sum' is missing"):
            fn.row(wrong)


def test_every_row_equals_the_batch_bit_for_bit():
    data = table(600)
    batch, fn = tb.fit_transform(data, preprocess)
    rows = data.select(["x", "n", "s"]).to_pylist()
    # repr tells -0.0 from 0.0 and shows every bit of a float, and NaN equals itself.
    assert [repr(fn.row(row)) for row in rows] == [repr(row) for row in batch.to_pylist()]


def test_a_call_keeps_nothing_and_needs_little():
    data = table(600)
    fn, rows = tb.fit(data, preprocess), data.select(["x", "n", "s"]).to_pylist()
    for row in rows:
        fn.row(row)
    blocks = sys.getallocatedblocks()
    for _ in range(5):
        for row in rows:
            fn.row(row)
    assert sys.getallocatedblocks() - blocks < 100  # of 3,000 calls
    tracemalloc.start()
    for row in rows[:50]:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        fn.row(row)
        assert tracemalloc.get_traced_memory()[1] - before < 4096
    tracemalloc.stop()


def test_the_generated_source_can_be_read(same):
    assert same.row_source.startswith("def transform_row(row):")
    compile(same.row_source, "source", "exec")


def test_names_of_outputs_cannot_become_code():
    name = "'}; __import__('os').abort(); {'"
    fn = tb.fit({"x": [1.0]}, lambda inputs: {name: inputs["x"]})
    assert fn.row({"x": 2.0}) == {name: 2.0}
