from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from google.protobuf import text_format
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import schema_pb2

import taurus_beam as tb
from taurus_beam.validation.from_arrow import schema_from_arrow, schema_to_arrow
from taurus_beam.validation.schema_check import check_schema

ELEMENTS = [
    pa.bool_(),
    pa.int8(),
    pa.uint64(),
    pa.float16(),
    pa.float32(),
    pa.float64(),
    pa.string(),
    pa.binary(),
    pa.date32(),
    pa.timestamp("us"),
    pa.timestamp("ns", "UTC"),
    pa.duration("s"),
]


def lists_and_structs(inner: Any) -> Any:
    fields = st.lists(
        st.tuples(st.sampled_from("abc"), inner), min_size=1, unique_by=lambda f: f[0]
    )
    return st.one_of(
        inner.map(pa.list_),
        st.tuples(inner, st.integers(1, 3)).map(lambda pair: pa.list_(*pair)),
        fields.map(lambda pairs: pa.struct([pa.field(*pair) for pair in pairs])),
    )


TYPES = st.recursive(st.sampled_from(ELEMENTS), lists_and_structs, max_leaves=6)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(TYPES, st.booleans()), max_size=4))
def test_there_and_back(columns: list[tuple[Any, bool]]) -> None:
    arrow = pa.schema([pa.field(f"c{i}", *column) for i, column in enumerate(columns)])

    schema = schema_from_arrow(arrow)

    assert schema_to_arrow(schema) == arrow
    assert check_schema(schema) == []


def test_what_a_schema_gets_from_arrow() -> None:
    arrow = pa.schema(
        [
            pa.field("flag", pa.bool_()),
            pa.field("id", pa.int32(), nullable=False),
            pa.field("when", pa.timestamp("ms")),
            pa.field("day", pa.date32()),
            pa.field("name", pa.dictionary(pa.int8(), pa.large_string())),
            pa.field("tags", pa.large_list(pa.string())),
            pa.field("vector", pa.list_(pa.float32(), 3)),
            pa.field("ragged", pa.list_(pa.list_(pa.int64(), 2))),
            pa.field("trips", pa.list_(pa.struct({"miles": pa.float64()}))),
        ]
    )

    found = schema_from_arrow(arrow)
    for feature in (*found.feature, *found.feature[-1].struct_domain.feature):
        feature.ClearField("annotation")

    assert found == text_format.Parse(
        """
        feature { name: "flag" type: INT value_count { min: 1 max: 1 } bool_domain { } }
        feature {
          name: "id" type: INT value_count { min: 1 max: 1 } presence { min_fraction: 1 }
        }
        feature {
          name: "when" type: INT value_count { min: 1 max: 1 }
          time_domain { integer_format: UNIX_MILLISECONDS }
        }
        feature {
          name: "day" type: INT value_count { min: 1 max: 1 }
          time_domain { integer_format: UNIX_DAYS }
        }
        feature { name: "name" type: BYTES value_count { min: 1 max: 1 } }
        feature { name: "tags" type: BYTES value_count { min: 0 } }
        feature { name: "vector" type: FLOAT shape { dim { size: 3 } } }
        feature {
          name: "ragged" type: INT
          value_counts { value_count { min: 0 } value_count { min: 2 max: 2 } }
        }
        feature {
          name: "trips" type: STRUCT value_count { min: 0 }
          struct_domain { feature { name: "miles" type: FLOAT value_count { min: 1 max: 1 } } }
        }
        """,
        schema_pb2.Schema(),
    )


def test_schemas_of_others() -> None:
    schema = text_format.Parse(
        """
        feature { name: "a" type: INT shape { dim { size: 1 } } }
        feature { name: "b" type: BYTES value_count { min: 1 } }
        feature { name: "c" type: FLOAT shape { dim { size: 2 } dim { size: 3 } } }
        feature { name: "s" type: STRUCT struct_domain { feature { name: "x" type: INT } } }
        """,
        schema_pb2.Schema(),
    )

    assert schema_to_arrow(schema) == pa.schema(
        {
            "a": pa.int64(),
            "b": pa.list_(pa.string()),
            "c": pa.list_(pa.list_(pa.float32(), 3), 2),
            "s": pa.struct({"x": pa.list_(pa.int64())}),
        }
    )


def test_the_schema_of_data_finds_nothing_in_them() -> None:
    table = pa.table({"x": [1, None], "s": [["a"], []], "t": pa.array([1, 2], pa.timestamp("s"))})

    anomalies = tb.validate_statistics(tb.statistics(table), schema_from_arrow(table.schema))

    assert not anomalies.anomaly_info


@pytest.mark.parametrize("dtype", [pa.null(), pa.decimal128(5), pa.map_(pa.string(), pa.int8())])
def test_types_without_statistics(dtype: Any) -> None:
    with pytest.raises(tb.DataError, match=r"Column s\.x is"):
        schema_from_arrow(pa.schema({"s": pa.struct({"x": dtype})}))


def test_other_things() -> None:
    with pytest.raises(tb.DataError, match="no Arrow schema"):
        schema_from_arrow(schema_pb2.Schema())
    with pytest.raises(tb.DataError, match="no schema"):
        schema_to_arrow(pa.schema({}))
