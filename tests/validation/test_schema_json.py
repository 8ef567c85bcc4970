from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

import taurus_beam as tb
from taurus_beam.validation.schema_json import (
    load_schema_json,
    parse_schema_json,
    schema_as_json,
    write_schema_json,
)

SCHEMA = text_format.Parse(
    """
    feature { name: "fare" type: FLOAT presence { min_fraction: 0.25 min_count: 9007199254740993 } }
    feature { name: "größe" type: INT int_domain { min: -3 } in_environment: ["A", "B"] }
    feature {
      name: "trip" type: STRUCT lifecycle_stage: BETA
      struct_domain { feature { name: "x" float_domain { max: inf disallow_nan: true } } }
    }
    string_domain { name: "d" value: "ü" }
    tensor_representation_group {
      key: "" value { tensor_representation {
        key: "fare" value { dense_tensor { column_name: "fare" } } } }
    }
    """,
    schema_pb2.Schema(),
)


def test_a_file_comes_back_as_it_was(tmp_path: Path) -> None:
    path = str(tmp_path / "schema.json")

    write_schema_json(SCHEMA, path)

    assert load_schema_json(path) == SCHEMA
    assert '"min_fraction": 0.25' in Path(path).read_text("utf-8")
    assert "größe" in Path(path).read_text("utf-8")


def test_camel_case_and_comfortable_numbers_are_read() -> None:
    text = (
        '{"feature": [{"name": "x", "type": 2, "valueCount": {"min": 1, "max": "3"}, '
        '"floatDomain": {"min": 1, "max": "Infinity"}, "domain": null}]}'
    )

    assert parse_schema_json(text) == text_format.Parse(
        'feature { name: "x" type: INT value_count { min: 1 max: 3 } '
        "float_domain { min: 1 max: inf } }",
        schema_pb2.Schema(),
    )


@pytest.mark.parametrize(
    ("line", "what", "path", "fix"),
    [
        ('"typ": "INT"', 'Feature has no field "typ".', "feature[1].typ", 'mean "type"'),
        ('"type": "STRING"', '"type" is "STRING".', "feature[1].type", 'mean "BYTES"'),
        ('"type": 77', '"type" is 77.', "feature[1].type", None),
        ('"deprecated": "yes"', '"deprecated" is "yes".', "feature[1].deprecated", None),
        (
            '"presence": {"min_count": 1.5}',
            '"min_count" is 1.5.',
            "feature[1].presence.min_count",
            None,
        ),
        (
            '"presence": {"minCount": "x"}',
            '"min_count" is "x".',
            "feature[1].presence.minCount",
            None,
        ),
        ('"presence": 3', "FeaturePresence is 3.", "feature[1].presence", None),
        ('"domain": 3', '"domain" is 3.', "feature[1].domain", None),
        ('"in_environment": "A"', '"in_environment" is "A".', "feature[1].in_environment", None),
        (
            '"in_environment": ["A", 3]',
            '"in_environment" is 3.',
            "feature[1].in_environment",
            None,
        ),
        (
            '"int_domain": {}, "bool_domain": {}',
            'There is "bool_domain" beside "int_domain".',
            "feature[1].bool_domain",
            None,
        ),
        (
            '"float_domain": {"min": "low"}',
            '"min" is "low".',
            "feature[1].float_domain.min",
            None,
        ),
        ('"int_domain": {"min": 1e300}', '"min" is 1e+300.', "feature[1].int_domain.min", None),
    ],
)
def test_an_error_names_line_and_field(line: str, what: str, path: str, fix: str | None) -> None:
    text = '{"feature": [\n  {"name": "a"},\n  {\n    "name": "b",\n    LINE\n  }\n]}'
    text = text.replace("LINE", line)
    with pytest.raises(tb.DataError) as caught:
        parse_schema_json(text, "schema.json")

    assert caught.value.what == what
    assert caught.value.where == f"schema.json, line 5: {path}"
    assert (fix or "") in (caught.value.fix or "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("[]", "Schema is \\[\\]"),
        ('{\n"feature": [}', "line 2: "),
        ('{"feature": [{"name": "a", "name": "b"}]}', '"name" twice'),
        ("[" * 100_000, "deep"),
    ],
)
def test_text_that_is_no_schema(text: str, message: str) -> None:
    with pytest.raises(tb.DataError, match=message):
        parse_schema_json(text)


def test_not_a_schema() -> None:
    with pytest.raises(tb.DataError, match="This is a Feature"):
        schema_as_json(schema_pb2.Feature())
