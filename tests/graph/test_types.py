"""Element types: one name for each kind, text that can be read back, types that are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from arrow_columns import BINARY, BOOL, NUMBERS, STRING, TIMES

from taurus_beam.errors import TraceError
from taurus_beam.graph.node import project
from taurus_beam.graph.types import ColumnType, flatten_schema, numpy_dtype, parse_dtype

ZONED = [pa.timestamp(unit, zone) for unit in ("s", "ns") for zone in ("UTC", "Europe/Paris")]
SPANS = [pa.duration(unit) for unit in ("s", "ms", "us", "ns")]
EVERY = [*NUMBERS, *TIMES, *ZONED, *SPANS, BOOL, STRING, BINARY]


@pytest.mark.parametrize("dtype", EVERY, ids=str)
def test_a_type_s_text_is_read_back(dtype: Any) -> None:
    assert parse_dtype(str(dtype)) == dtype


@pytest.mark.parametrize("dtype", EVERY, ids=str)
def test_shapes_become_arrow_types_and_back(dtype: Any) -> None:
    for column_type in (ColumnType(dtype), ColumnType(dtype, (3,)), ColumnType(dtype, (None,))):
        assert ColumnType.from_arrow(column_type.to_arrow()) == column_type
    assert str(ColumnType(dtype, (2, 3))) == f"{dtype}[2][3]"


@pytest.mark.parametrize(
    ("physical", "meant"),
    [
        (pa.large_string(), STRING),
        (pa.string_view(), STRING),
        (pa.dictionary(pa.int8(), pa.large_string()), STRING),
        (pa.dictionary(pa.int32(), pa.float32()), pa.float32()),
        (pa.large_binary(), BINARY),
        (pa.binary(16), BINARY),
        (pa.binary_view(), BINARY),
    ],
    ids=str,
)
def test_physical_forms_of_one_type(physical: Any, meant: Any) -> None:
    assert ColumnType.from_arrow(physical) == ColumnType(meant)
    assert ColumnType.from_arrow(pa.large_list(physical)) == ColumnType(meant, (None,))
    assert ColumnType.from_arrow(pa.list_(physical, 2)) == ColumnType(meant, (2,))


@pytest.mark.parametrize(
    "arrow_type",
    [
        pa.null(),
        pa.decimal128(10, 2),
        pa.time64("us"),
        pa.date64(),
        pa.map_(pa.string(), pa.int8()),
        pa.list_(pa.list_(pa.int8())),
        pa.list_(pa.struct([("a", pa.int8())])),
    ],
    ids=str,
)
def test_types_that_no_operation_takes(arrow_type: Any) -> None:
    with pytest.raises(TraceError):
        ColumnType.from_arrow(arrow_type)


def test_times_are_carried_as_integers_of_their_unit() -> None:
    assert numpy_dtype(pa.date32()) == np.int32
    assert numpy_dtype(pa.timestamp("ns", "UTC")) == np.int64
    assert numpy_dtype(pa.bool_()) == np.bool_


def test_leaves_of_structs_by_path_and_the_fields_they_need() -> None:
    inner = pa.struct([("c", pa.int8()), ("d", pa.struct([("e", pa.string())]))])
    schema = pa.schema([("a", pa.int64()), ("b", inner), ("bc", pa.int8())])
    assert dict(flatten_schema(schema)) == {
        "a": pa.int64(),
        "b.c": pa.int8(),
        "b.d.e": pa.string(),
        "bc": pa.int8(),
    }
    assert project(schema, ["b.d.e"]).names == ["b"]
    assert project(schema, ["bc", "a"]).names == ["a", "bc"]
