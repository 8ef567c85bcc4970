from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import schema_pb2

import taurus_beam as tb
from taurus_beam.validation.schema_check import check_schema
from taurus_beam.validation.schema_text import (
    load_schema_text,
    parse_schema_text,
    schema_as_text,
    write_schema_text,
)

LONG = """\
# what a trip looks like
feature {
  name: "fare"
  type: FLOAT
}
feature {
  name: "carrier"
  %s
}
"""


def error(text: str) -> tb.DataError:
    with pytest.raises(tb.DataError) as caught:
        parse_schema_text(text, "schema.pbtxt")
    return caught.value


@pytest.mark.parametrize(
    ("line", "what", "fix"),
    [
        ("typ: BYTES", 'Feature has no field "typ".', 'Did you mean "type"?'),
        ("Type: BYTES", 'Feature has no field "Type".', 'Did you mean "type"?'),
        ("valueCount { min: 1 }", 'Feature has no field "valueCount".', '"value_count"?'),
        ("xyzzy: 3", 'Feature has no field "xyzzy".', None),
        ("type: STRING", "FeatureType has no value STRING.", '"BYTES"?'),
        ("type: bytes", "FeatureType has no value bytes.", 'Did you mean "BYTES"?'),
        ("type: 99", "FeatureType has no value 99.", None),
        ('name: "again"', 'Feature has "name" twice.', "Remove one"),
        ("presence { min_count: many }", "Couldn't parse integer: many", None),
        ("presence { min_count: 1.5 }", "Couldn't parse integer: 1.5", None),
        ("int_domain { min: 1 } bool_domain { }", 'There is "bool_domain" beside', "Remove one"),
        ("int_domain { is_categorical: yes }", 'Expected "true" or "false".', None),
        ("domain carrier", 'Expected ":".', None),
        ('domain: "carrier', "String missing ending quote", None),
        ("image_domain { heigth: 3 }", 'ImageDomain has no field "heigth".', None),
        ("url_domain { scheme: 3 }", 'URLDomain has no field "scheme".', None),
        ("type: INT }", "Expected identifier", None),
    ],
)
def test_an_error_names_the_line(line: str, what: str, fix: str | None) -> None:
    found = error(LONG % line)

    assert what in found.what
    number = 9 if what == "Expected identifier" else 8  # the brace after it is what surprises
    assert f"schema.pbtxt, line {number}: " in str(found.where)
    assert number == 9 or line in str(found.where)
    assert (fix or "") in (found.fix or "")


def test_an_unclosed_brace_is_named_by_the_line_that_opens_it() -> None:
    found = error('feature {\n  name: "a"\n  presence {\n    min_count: 1\n  }\n')

    assert found.what == "The brace that opens on this line is never closed."
    assert found.where == "schema.pbtxt, line 1: feature {"


def test_what_is_expected_lists_the_fields() -> None:
    assert error("feature { presence { minimum: 1 } }").expected == (
        "one of its fields: min_fraction, min_count"
    )


@pytest.mark.parametrize("depth", [90, 3000, 100_000])
def test_deep_nesting_never_breaks(depth: int) -> None:
    text = 'feature { name: "a" type: STRUCT struct_domain { ' * depth + "} " * 2 * depth
    try:
        parse_schema_text(text)
    except tb.DataError as problem:
        assert "deep" in problem.what  # noqa: PT017  # both outcomes are right


def test_a_file_comes_back_as_it_was(tmp_path: Path) -> None:
    path = str(tmp_path / "schema.pbtxt")
    schema = schema_pb2.Schema(
        feature=[schema_pb2.Feature(name="größe", type="INT", presence={"min_fraction": 0.1})],
        string_domain=[schema_pb2.StringDomain(name="d", value=["ü", "\t", '"'])],
        default_environment=["TRAINING"],
    )

    write_schema_text(schema, path)

    assert load_schema_text(path) == schema
    assert "größe" in Path(path).read_text("utf-8")
    assert os.listdir(tmp_path) == ["schema.pbtxt"]


def test_writing_replaces_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "schema.pbtxt"
    path.write_text("old")
    write_schema_text(schema_pb2.Schema(), str(path))
    assert path.read_text() == ""

    with pytest.raises(tb.EngineError, match="cannot be written"):
        write_schema_text(schema_pb2.Schema(), str(tmp_path / "absent" / "schema.pbtxt"))
    with pytest.raises(tb.EngineError, match="cannot be written"):
        write_schema_text(schema_pb2.Schema(), str(tmp_path))
    assert os.listdir(tmp_path) == ["schema.pbtxt"]


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(tb.DataError, match="cannot be read: No such file"):
        load_schema_text(str(tmp_path / "schema.pbtxt"))
    (tmp_path / "binary").write_bytes(b"feature {\n  name: '\xff'\n}")
    with pytest.raises(tb.DataError, match="0xff is not UTF-8") as caught:
        load_schema_text(str(tmp_path / "binary"))
    assert str(caught.value.where).endswith("binary, line 2")


def test_not_a_schema() -> None:
    with pytest.raises(tb.DataError, match="This is a dict"):
        schema_as_text({})


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="feature{}<>[]:;,\"'#\n\\ 0.-xname", max_size=60))
def test_any_text_is_a_schema_or_a_clear_error(text: str) -> None:
    try:
        schema = parse_schema_text(text)
    except tb.DataError as problem:
        assert problem.where  # noqa: PT017  # both outcomes are right
    else:
        assert parse_schema_text(schema_as_text(schema)) == schema
        check_schema(schema, text)
