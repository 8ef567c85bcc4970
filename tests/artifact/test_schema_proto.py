"""Schemas as tensorflow-metadata writes them: exact for our own, TFX's reading for others'."""

from __future__ import annotations

import pyarrow as pa
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

import taurus_beam as tb
from taurus_beam.artifact.schema_proto import arrow_schema, to_text
from taurus_beam.errors import DataError

TYPES = [
    *(pa.bool_(), pa.int8(), pa.uint16(), pa.int32(), pa.int64(), pa.uint64()),
    *(pa.float16(), pa.float32(), pa.float64(), pa.string(), pa.binary()),
    *(pa.date32(), pa.timestamp("us"), pa.timestamp("ns", "UTC"), pa.duration("ms")),
]
SHAPES = {"scalar": lambda t: t, "vector": lambda t: pa.list_(t, 3), "ragged": pa.list_}


def parsed(text):
    return text_format.Parse(text, schema_pb2.Schema())


@pytest.mark.parametrize("shape", [*SHAPES.values(), lambda t: pa.list_(t, 1)])
@pytest.mark.parametrize("dtype", TYPES, ids=str)
def test_our_own_schemas_come_back_exactly(tmp_path, dtype, shape):
    schema = pa.schema({"column": shape(dtype)})
    fn = tb.fit(schema.empty_table(), lambda inputs: {"out": inputs["column"]})
    fn.save(tmp_path / "fn")
    for file, proto, name in (
        ("input_schema.pbtxt", fn.input_schema, "column"),
        ("output_schema.pbtxt", fn.output_schema, "out"),
    ):
        content = (tmp_path / "fn" / file).read_bytes()
        assert content == to_text(proto)
        assert arrow_schema(parsed(content)).equals(pa.schema({name: shape(dtype)}))


def test_the_outputs_domains_are_stated():
    data = pa.table({"s": ["a", "b", "b", "c"], "x": [1.0, 2.0, 3.0, 4.0]})

    def function(inputs):
        s = inputs["s"]
        return {
            "plain": tb.compute_and_apply_vocabulary(s),
            "oov": tb.compute_and_apply_vocabulary(s, num_oov_buckets=5),
            "default": tb.compute_and_apply_vocabulary(s, default_value=-7, top_k=2),
            "hashed": tb.hash_strings(s, 11),
            "bucket": tb.bucketize(inputs["x"], 4),
            "x": inputs["x"],
        }

    features = {f.name: f for f in tb.fit(data, function).output_schema.feature}
    found = {
        name: (feature.int_domain.min, feature.int_domain.max, feature.int_domain.is_categorical)
        for name, feature in features.items()
        if feature.HasField("int_domain")
    }
    assert found == {
        "plain": (-1, 2, True),
        "oov": (0, 7, True),
        "default": (-7, 1, True),
        "hashed": (0, 10, True),
        "bucket": (0, 3, True),
    }


def test_only_columns_that_are_read_are_in_the_input_schema():
    data = pa.table({"b": [1], "a": [1.0], "unread": ["x"]})
    fn = tb.fit(data, lambda inputs: {"y": inputs["b"] + inputs["a"]})
    assert [feature.name for feature in fn.input_schema.feature] == ["a", "b"]


TFX = """
feature { name: "count" type: INT presence { min_fraction: 1 } shape { dim { size: 1 } } }
feature { name: "fare" type: FLOAT shape {} }
feature { name: "vector" type: FLOAT shape { dim { size: 4 } } }
feature { name: "company" type: BYTES value_count { min: 1 max: 1 } }
feature { name: "tags" type: BYTES }
"""


def test_schemas_of_others_are_read_as_tfx_does():
    assert arrow_schema(parsed(TFX)).equals(
        pa.schema(
            {
                "count": pa.int64(),
                "fare": pa.float32(),
                "vector": pa.list_(pa.float32(), 4),
                "company": pa.string(),
                "tags": pa.list_(pa.string()),
            }
        )
    )


def test_a_type_that_was_edited_counts_for_more_than_the_annotation():
    fn = tb.fit({"x": [1.5]}, lambda inputs: {"y": inputs["x"]})
    schema = fn.input_schema
    schema.feature[0].type = schema_pb2.INT
    assert arrow_schema(schema).equals(pa.schema({"x": pa.int64()}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('feature { name: "s" type: STRUCT }', r"Feature 's' .* has type STRUCT"),
        ('feature { name: "u" }', r"Feature 'u' .* has type TYPE_UNKNOWN"),
        (
            'feature { name: "m" type: INT shape { dim { size: 2 } dim { size: 3 } } }',
            r"Feature 'm' .* has shape \[2, 3\]",
        ),
    ],
)
def test_what_has_no_column_type_is_named(text, message):
    with pytest.raises(DataError, match=rf"(?s){message}.*expected:.*fix:"):
        arrow_schema(parsed(text))
