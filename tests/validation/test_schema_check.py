from __future__ import annotations

import pytest
from tensorflow_metadata.proto.v0 import schema_pb2

import taurus_beam as tb
from taurus_beam.validation.schema_check import SchemaProblem, check_schema
from taurus_beam.validation.schema_text import parse_schema_text


def problems(text: str) -> list[SchemaProblem]:
    return check_schema(parse_schema_text(text), text)


def in_feature(line: str, kind: str = "INT") -> str:
    return f'feature {{\n  name: "x"\n  type: {kind}\n  {line}\n}}\n'


# A line of a feature of some type: the field it is about, and what is said.
WRONG = [
    ("presence { min_fraction: 1.5 }", "INT", "presence.min_fraction", "1.5 is not between"),
    ("presence { min_fraction: nan }", "INT", "presence.min_fraction", "nan is not between"),
    ("presence { min_count: -1 }", "INT", "presence.min_count", "negative"),
    ("value_count { min: -1 }", "INT", "value_count.min", "negative"),
    ("value_count { min: 3 max: 2 }", "INT", "value_count.max", "from 3 to 2"),
    (
        "value_counts { value_count { min: 1 } value_count { min: 3 max: 2 } }",
        "INT",
        "value_counts.value_count[1].max",
        "from 3 to 2",
    ),
    ("shape { dim { size: 2 } dim { size: 0 } }", "INT", "shape.dim[1]", "size 0"),
    ("int_domain { min: 120 max: 0 }", "INT", "int_domain.max", "from 120 to 0"),
    ("float_domain { min: 0.5 max: 0.25 }", "FLOAT", "float_domain.max", "from 0.5 to 0.25"),
    ("float_domain { min: nan }", "FLOAT", "float_domain.min", "NaN"),
    ("float_domain { }", "INT", "float_domain", "does not go with type INT"),
    ("int_domain { }", "FLOAT", "int_domain", "does not go with type FLOAT"),
    ('domain: "d"', "INT", "domain", "does not go with type INT"),
    ("struct_domain { }", "INT", "struct_domain", "does not go with type INT"),
    ("image_domain { }", "INT", "image_domain", "does not go with"),
    ('bool_domain { true_value: "y" false_value: "y" }', "BYTES", "bool_domain.false_value", "'y'"),
    ("string_domain { }", "BYTES", "string_domain", "has no value"),
    (
        "distribution_constraints { min_domain_mass: 2 } string_domain { value: 'a' }",
        "BYTES",
        "distribution_constraints.min_domain_mass",
        "2 is not between",
    ),
    ("distribution_constraints { }", "INT", "distribution_constraints", "string domains only"),
    ("unique_constraints { min: 3 max: 2 }", "BYTES", "unique_constraints.max", "from 3 to 2"),
    ('in_environment: "E"', "INT", "in_environment", "no environment 'E'"),
    ('not_in_environment: "TRAIN"', "INT", "not_in_environment", "no environment 'TRAIN'"),
    (
        "drift_comparator { infinity_norm { threshold: -0.1 } }",
        "BYTES",
        "drift_comparator.infinity_norm.threshold",
        "-0.1 is no distance",
    ),
    ("image_domain { minimum_supported_image_fraction: 3 }", "BYTES", "image_domain.*", "3 is not"),
    (
        "natural_language_domain { coverage { min_coverage: 7 } }",
        "BYTES",
        "natural_language_domain.coverage.min_coverage",
        "7 is not",
    ),
    (
        "natural_language_domain { token_constraints { min_per_sequence: 3 max_per_sequence: 2 } }",
        "BYTES",
        "natural_language_domain.token_constraints[0].max_per_sequence",
        "from 3 to 2",
    ),
    ('domain: "carriers"', "BYTES", "domain", "no string domain 'carriers'"),
    (
        'validation_derived_source { source_path { step: "y" } }',
        "INT",
        "validation_derived_source.source_path",
        "no feature 'y'",
    ),
    (
        'validation_derived_source { source_path { step: "x" } }',
        "INT",
        "validation_derived_source.source_path",
        "derived from itself",
    ),
]


@pytest.mark.parametrize(("line", "kind", "field", "what"), WRONG)
def test_what_is_wrong_with_a_feature(line: str, kind: str, field: str, what: str) -> None:
    text = in_feature(line, kind) + 'string_domain { name: "d" value: "a" }\n'
    text += 'default_environment: "TRAINING"\n'

    found = [p for p in problems(text) if p.is_error]

    assert [(p.path, p.line) for p in found] == [("x", 4)]
    assert found[0].field == field or field.endswith("*")
    assert what in found[0].what


WITHOUT_EFFECT = [
    ("unique_constraints { min: 3 }", "BYTES", "Without max"),
    ("skew_comparator { jensen_shannon_divergence { threshold: 1 } }", "INT", "finds nothing"),
    ("audio_domain { }", "BYTES", "not validated"),
]


@pytest.mark.parametrize(("line", "kind", "what"), WITHOUT_EFFECT)
def test_what_has_no_effect_is_a_warning(line: str, kind: str, what: str) -> None:
    (found,) = problems(in_feature(line, kind))

    assert not found.is_error
    assert what in found.what


def test_names() -> None:
    text = """\
feature { name: "a" type: INT }
feature { name: "a" type: FLOAT }
feature { type: INT }
feature { name: "s" type: STRUCT struct_domain {
  feature { name: "a" type: INT }
  feature { name: "b" }
  feature { name: "c" type: INT }
  feature { name: "c" type: INT }
  feature { name: "c" type: INT lifecycle_stage: DEPRECATED } } }
"""
    assert [str(p) for p in problems(text)] == [
        "line 1: error: a.name: There are several of that name. Rename or remove one.",
        "line 2: error: a.name: There are several of that name. Rename or remove one.",
        "line 3: error: '': There is no name. Add name: with the name of the column.",
        "line 6: error: s.b: There is no type. Add type: INT, FLOAT, BYTES or STRUCT.",
        "line 7: error: s.c.name: There are several of that name. Rename or remove one.",
        "line 8: error: s.c.name: There are several of that name. Rename or remove one.",
    ]


def test_sparse_and_weighted_features() -> None:
    text = """\
feature { name: "value" type: FLOAT }
feature { name: "index" type: INT }
sparse_feature { name: "good" index_feature { name: "index" } value_feature { name: "value" } }
sparse_feature {
  name: "bad"
  index_feature { name: "index" }
  index_feature { name: "indx" }
  value_feature { name: "nothing like it" }
}
sparse_feature { name: "value" value_feature { name: "value" } }
weighted_feature { name: "w" feature { step: "value" } weight_feature { step: "index" } }
weighted_feature { name: "v" feature { step: "value" } weight_feature { step: "weight" } }
weighted_feature { name: "index" feature { step: "value" } weight_feature { step: "index" } }
"""
    assert [(p.line, p.path, p.field, p.what) for p in problems(text)] == [
        (1, "value", "name", "There are several of that name."),
        (2, "index", "name", "There are several of that name."),
        (7, "bad", "index_feature[1].name", "There is no feature 'indx' in the schema."),
        (8, "bad", "value_feature.name", "There is no feature 'nothing like it' in the schema."),
        (10, "value", "name", "There are several of that name."),
        (10, "value", "", "There is no index feature."),
        (12, "v", "weight_feature", "There is no feature 'weight' in the schema."),
        (13, "index", "name", "There are several of that name."),
    ]


def test_string_domains() -> None:
    text = """\
feature { name: "a" type: BYTES domain: "used" }
feature { name: "b" type: BYTES domain: "empty" }
feature { name: "c" type: BYTES domain: "user" }
string_domain { name: "used" value: ["x", "y", "x"] }
string_domain { name: "empty" }
string_domain { name: "unused" value: "x" }
string_domain { name: "twice" value: "x" }
string_domain { name: "twice" value: "x" }
string_domain { value: "x" }
"""
    assert [(p.line, p.is_error, p.what) for p in problems(text)] == [
        (3, True, "There is no string domain 'user' in the schema."),
        (4, False, "'x' stands there several times."),
        (5, True, "The domain has no value, so every value is an anomaly."),
        (6, False, "No feature has this domain."),
        (7, True, "There are several of that name."),
        (8, True, "There are several of that name."),
        (9, True, "There is no name."),
    ]
    assert problems(text)[0].fix == "Did you mean 'used'?"


def test_a_cycle_of_derived_features() -> None:
    text = """\
feature { name: "a" type: INT validation_derived_source { source_path { step: "b" } } }
feature { name: "b" type: INT validation_derived_source { source_path { step: "c" } } }
feature { name: "c" type: INT validation_derived_source { source_path { step: "a" } } }
feature { name: "d" type: INT validation_derived_source { source_path { step: "a" } } }
feature { name: "e" type: INT }
feature { name: "f" type: INT validation_derived_source { source_path { step: "e" } } }
feature { name: "g" type: INT validation_derived_source { source_path { step: "g" } } }
"""
    assert [(p.line, p.path) for p in problems(text)] == [
        (1, "a"),
        (2, "b"),
        (3, "c"),
        (7, "g"),
    ]


@pytest.mark.parametrize(("depth", "wrong"), [(44, False), (46, True), (400, True)])
def test_structs_too_deep_to_be_read_again(depth: int, wrong: bool) -> None:
    schema = schema_pb2.Schema()
    container = schema.feature
    for _ in range(depth):
        feature = container.add(name="s", type="STRUCT")
        container = feature.struct_domain.feature
    container.add(name="leaf", type="INT")

    found = check_schema(schema)

    assert [p.field for p in found] == (["struct_domain"] if wrong else [])


def test_the_dataset_and_tensors() -> None:
    text = """\
feature { name: "a" type: INT }
default_environment: ["E", "E"]
dataset_constraints {
  min_examples_count: 9 max_examples_count: 3
  num_examples_drift_comparator { min_fraction_threshold: 2 max_fraction_threshold: 1 }
}
tensor_representation_group { key: "" value {
  tensor_representation { key: "t" value { dense_tensor { column_name: "b" } } }
  tensor_representation { key: "u" value { varlen_sparse_tensor { column_name: "a" } } } } }
"""
    assert [(p.line, p.path, p.is_error) for p in problems(text)] == [
        (2, "default_environment", False),
        (4, "dataset_constraints", True),
        (5, "dataset_constraints", True),
        (7, "tensor t", True),
    ]


def test_fields_and_values_of_a_newer_version() -> None:
    newer = schema_pb2.Schema(feature=[schema_pb2.Feature(name="a", type="INT")])
    inner = newer.feature[0].SerializeToString() + b"\xb0\x01\x63" + b"\xc0\x3e\x01"
    schema = schema_pb2.Schema.FromString(b"\x0a" + bytes([len(inner)]) + inner)

    (found,) = check_schema(schema)

    assert found.path == "a"
    assert "lifecycle_stage, field 1000" in found.what


def test_a_schema_that_makes_sense() -> None:
    assert problems(in_feature("int_domain { min: 0 max: 0 } presence { min_fraction: 1 }")) == []
    assert check_schema(schema_pb2.Schema()) == []
    with pytest.raises(tb.DataError, match="str"):
        check_schema("schema")
