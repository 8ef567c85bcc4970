"""Columns of another physical type than traced: taken where no value changes, else refused."""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.errors import DataError
from taurus_beam.graph.intake import column_values
from taurus_beam.graph.types import ColumnType


def identity(dtype: Any) -> tb.TransformFn:
    return tb.fit(pa.table({"x": pa.array([], dtype)}), lambda i: {"y": i["x"]})


ACCEPTED = [
    (pa.float64(), pa.float32(), [0.5, None]),
    (pa.float64(), pa.int8(), [1, None]),
    (pa.float32(), pa.int64(), [2**24, None]),
    (pa.int64(), pa.int8(), [1, None]),
    (pa.int8(), pa.int64(), [-128, 127]),
    (pa.uint8(), pa.int64(), [0, 255]),
    (pa.int64(), pa.float64(), [3.0, None]),
    (pa.int32(), pa.null(), [None, None]),
    (pa.string(), pa.null(), [None]),
    (pa.list_(pa.float64()), pa.null(), [None]),
    (pa.list_(pa.float64(), 2), pa.null(), [None]),
    (pa.string(), pa.large_string(), ["a", None]),
    (pa.string(), pa.string_view(), ["a", None]),
    (pa.string(), pa.dictionary(pa.int8(), pa.string()), ["a", None, "a"]),
    (pa.binary(), pa.binary(2), [b"ab", None]),
    (pa.int64(), pa.dictionary(pa.int8(), pa.int64()), [5, None, 5]),
    (pa.int64(), pa.dictionary(pa.int8(), pa.int16()), [5, None, 5]),
    (pa.list_(pa.float64(), 2), pa.list_(pa.float64()), [[1.0, 2.0], [3.0, None]]),
    (pa.list_(pa.float64(), 2), pa.list_(pa.float64()), [[1.0, 2.0], None, [3.0, None]]),
    (pa.list_(pa.float64(), 2), pa.large_list(pa.float64()), [[1.0, 2.0], None]),
    (pa.list_(pa.float64(), 2), pa.list_(pa.float32(), 2), [[1.0, 2.0], None]),
    (pa.list_(pa.float64(), 2), pa.list_(pa.int64()), [[1, 2], None]),
    (pa.list_(pa.float64()), pa.large_list(pa.float64()), [[1.0], [], None]),
    (pa.list_(pa.float64()), pa.list_(pa.int16()), [[1], [], None]),
    (pa.list_(pa.string()), pa.list_(pa.large_string()), [["a"], [], None]),
    (pa.list_(pa.string()), pa.large_list(pa.string()), [["a"], [], None]),
    (pa.list_(pa.string(), 1), pa.list_(pa.string()), [["a"], None]),
]


@pytest.mark.parametrize(("traced", "given", "values"), ACCEPTED, ids=str)
def test_a_type_that_holds_the_same_values_is_taken(traced: Any, given: Any, values: Any) -> None:
    fn = identity(traced)
    if pa.types.is_dictionary(given):
        array = pa.array(values, given.value_type).dictionary_encode()
    else:
        array = pa.array(values, given)
    padded = pa.concat_arrays([array, array, array]).slice(len(array), len(array))
    for column in (array, padded):
        out = fn.transform(pa.table({"x": column}))["y"]
        assert out.type == traced
        assert out.to_pylist() == values


@pytest.mark.parametrize(
    ("traced", "given", "values"),
    [
        (pa.int8(), pa.int64(), [128]),
        (pa.uint64(), pa.int64(), [-1]),
        (pa.int64(), pa.uint64(), [2**63]),
        (pa.int64(), pa.float64(), [0.5]),
        (pa.int64(), pa.float64(), [math.nan]),
        (pa.int64(), pa.float64(), [math.inf]),
        (pa.float64(), pa.int64(), [2**53 + 1]),
        (pa.float32(), pa.int32(), [2**24 + 1]),
        (pa.float64(), pa.string(), ["1.5"]),
        (pa.string(), pa.int64(), [1]),
        (pa.string(), pa.binary(), [b"a"]),
        (pa.bool_(), pa.int8(), [1]),
        (pa.int8(), pa.bool_(), [True]),
        (pa.float64(), pa.list_(pa.float64()), [[1.0]]),
        (pa.list_(pa.float64()), pa.float64(), [1.0]),
        (pa.list_(pa.float64(), 2), pa.list_(pa.float64(), 3), [[1.0, 2.0, 3.0]]),
        (pa.list_(pa.float64(), 2), pa.list_(pa.float64()), [[1.0, 2.0], [3.0]]),
        (pa.list_(pa.float64(), 2), pa.list_(pa.string()), [["a", "b"]]),
        (pa.timestamp("us"), pa.timestamp("ns"), [0]),
        (pa.timestamp("us"), pa.int64(), [0]),
        (pa.date32(), pa.timestamp("us"), [0]),
        (pa.float64(), pa.map_(pa.string(), pa.int8()), [[("a", 1)]]),
    ],
    ids=str,
)
def test_anything_else_is_refused_by_name(traced: Any, given: Any, values: Any) -> None:
    with pytest.raises(tb.DataError) as caught:
        identity(traced).transform(pa.table({"x": pa.array(values, given)}))
    assert "Column 'x'" in caught.value.what
    assert "as when the function was traced" in str(caught.value.expected)
    assert caught.value.fix


def test_a_missing_column_is_named_and_an_extra_one_ignored() -> None:
    fn = identity(pa.int64())
    assert fn.transform({"x": [1], "more": ["a"]})["y"].tolist() == [1]
    with pytest.raises(tb.DataError, match=r"Column 'x' is missing.*\n.*found: z"):
        fn.transform({"z": [1]})
    with pytest.raises(tb.DataError, match=r"Column 'x' is missing.*\n.*found: z"):
        fn.row({"z": 1})


def test_a_missing_field_of_a_struct_is_named_by_its_path() -> None:
    table = pa.table({"a": [{"b": 1}, None]})
    fn = tb.fit(table, lambda i: {"y": i["a.b"]})
    for other in ({"a": [{"c": 1}]}, {"a": [1]}):
        with pytest.raises(tb.DataError, match=r"'a\.b' is missing"):
            fn.transform(pa.table(other))
    with pytest.raises(tb.DataError, match=r"'a\.b' is missing"):
        fn.row({"a": {"c": 1}})


def test_structs_may_be_sliced_and_missing() -> None:
    inner = pa.struct([("b", pa.int64())])
    array = pa.array(
        [{"b": 1}, None, {"b": None}, {"b": 4}], pa.struct([("c", inner), ("b", pa.int8())])
    )
    nested = pa.array(
        [{"c": {"b": 1}}, None, {"c": None}, {"c": {"b": 4}}], pa.struct([("c", inner)])
    )
    table = pa.table({"s": array, "n": nested})
    fn = tb.fit(table, lambda i: {"y": i["s.b"], "z": i["n.c.b"]})
    expected = [{"y": 1, "z": 1}, {"y": None, "z": None}, {"y": None, "z": None}, {"y": 4, "z": 4}]
    assert fn.transform(table).to_pylist() == expected
    assert fn.transform(table.slice(1, 3)).to_pylist() == expected[1:]
    assert [fn.row(row) for row in table.to_pylist()] == expected


ROWS: list[tuple[Any, Any, Any]] = [
    (pa.float64(), 3, 3.0),
    (pa.float64(), np.float32(0.5), 0.5),
    (pa.float32(), 0.1, float(np.float32(0.1))),
    (pa.int8(), 3.0, 3),
    (pa.int8(), np.int64(-5), -5),
    (pa.bool_(), np.bool_(True), True),
    (pa.string(), np.str_("a"), "a"),
    (pa.binary(), b"a", b"a"),
    (pa.list_(pa.float64(), 2), (1, 2.5), [1.0, 2.5]),
    (pa.list_(pa.float64()), np.array([1.5]), [1.5]),
    (pa.list_(pa.string()), ["a", None], ["a", None]),
    (pa.date32(), datetime.date(2024, 2, 29), datetime.date(2024, 2, 29)),
    (pa.timestamp("us"), pd.Timestamp("2024-01-01 12:00"), datetime.datetime(2024, 1, 1, 12)),
    (pa.timestamp("us"), np.datetime64("2024-01-01T12:00"), datetime.datetime(2024, 1, 1, 12)),
    (pa.duration("s"), datetime.timedelta(days=1), datetime.timedelta(days=1)),
]


@pytest.mark.parametrize(("dtype", "value", "expected"), ROWS, ids=str)
def test_a_row_takes_values_of_other_kinds(dtype: Any, value: Any, expected: Any) -> None:
    found = identity(dtype).row({"x": value})["y"]
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        (pa.float64(), "1.5"),
        (pa.float64(), True),
        (pa.float64(), 2**53 + 1),
        (pa.int8(), 128),
        (pa.int8(), 0.5),
        (pa.int8(), math.nan),
        (pa.int64(), True),
        (pa.bool_(), 1),
        (pa.string(), b"a"),
        (pa.binary(), "a"),
        (pa.list_(pa.float64(), 2), [1.0]),
        (pa.list_(pa.float64(), 2), 1.0),
        (pa.list_(pa.float64()), "abc"),
        (pa.list_(pa.string()), [1]),
        (pa.timestamp("us"), 5),
        (pa.timestamp("us"), np.datetime64("2024-01-01T00:00:00.000000001")),
        (pa.timestamp("us"), np.timedelta64(5, "s")),
        (pa.date32(), np.datetime64("2024-01-01T12:00")),
        (pa.timestamp("us"), "2024-01-01"),
    ],
    ids=str,
)
def test_a_row_refuses_what_a_batch_refuses(dtype: Any, value: Any) -> None:
    with pytest.raises(tb.DataError, match="Column 'x' got a"):
        identity(dtype).row({"x": value})


@pytest.mark.parametrize("given", [pa.null(), pa.list_(pa.float64())], ids=str)
def test_missing_vectors_count_as_vectors(given: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = pa.record_batch({"x": pa.nulls(100, given)})
    monkeypatch.setenv("TAURUS_BEAM_BATCH_BYTES", "79999")
    with pytest.raises(DataError, match="take 80,000 bytes"):
        column_values(batch, "x", ColumnType(pa.float64(), (100,)))
