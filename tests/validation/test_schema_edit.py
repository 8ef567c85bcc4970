from __future__ import annotations

import logging
from typing import Any

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

import taurus_beam as tb
from taurus_beam.validation.schema_edit import (
    all_features,
    features_in_environment,
    generate_dummy_schema_with_paths,
    get_domain,
    get_feature,
    set_domain,
    set_environments,
)


@pytest.fixture
def schema() -> Any:
    return text_format.Parse(
        """
        feature { name: "carrier" type: BYTES domain: "carriers" }
        feature { name: "lost" type: BYTES domain: "absent" }
        feature { name: "seats" type: INT int_domain { min: 1 } }
        feature { name: "plain" type: INT }
        feature {
          name: "trip" type: STRUCT
          struct_domain { feature { name: "fare" type: FLOAT } }
        }
        string_domain { name: "carriers" value: "AA" }
        default_environment: ["TRAINING", "SERVING"]
        """,
        schema_pb2.Schema(),
    )


def test_features_by_name_and_path(schema: Any) -> None:
    assert get_feature(schema, "seats") is schema.feature[2]
    get_feature(schema, ("trip", "fare")).deprecated = True
    assert schema.feature[4].struct_domain.feature[0].deprecated
    assert [path for path, _ in all_features(schema)] == [
        ("carrier",),
        ("lost",),
        ("seats",),
        ("plain",),
        ("trip",),
        ("trip", "fare"),
    ]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("seat", "seat not found in the schema[^^]*Did you mean 'seats'"),
        (("trip", "fair"), "trip.fair not found"),
        (("seats", "x"), "seats of the schema is no struct"),
        ("trip.fare", "'trip.fare' not found"),
        ((), "no step"),
    ],
)
def test_no_such_feature(schema: Any, path: Any, message: str) -> None:
    with pytest.raises(tb.DataError, match=message):
        get_feature(schema, path)


def test_domains(schema: Any) -> None:
    assert get_domain(schema, "carrier") is schema.string_domain[0]
    assert get_domain(schema, ["seats"]) == schema_pb2.IntDomain(min=1)
    with pytest.raises(tb.DataError, match="plain has no domain"):
        get_domain(schema, "plain")
    with pytest.raises(tb.DataError, match='"absent"'):
        get_domain(schema, "lost")


@pytest.mark.parametrize(
    ("domain", "field"),
    [
        ("carriers", "domain"),
        (schema_pb2.IntDomain(max=3), "int_domain"),
        (schema_pb2.FloatDomain(disallow_nan=True), "float_domain"),
        (schema_pb2.StringDomain(value=["x"]), "string_domain"),
        (schema_pb2.BoolDomain(true_value="y"), "bool_domain"),
        (schema_pb2.TimeDomain(string_format="%Y"), "time_domain"),
        (schema_pb2.URLDomain(), "url_domain"),
        (schema_pb2.MIDDomain(), "mid_domain"),
        (schema_pb2.NaturalLanguageDomain(), "natural_language_domain"),
    ],
)
def test_setting_a_domain_replaces_the_old_one(
    schema: Any, domain: Any, field: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        set_domain(schema, "seats", domain)

    feature = get_feature(schema, "seats")
    assert feature.WhichOneof("domain_info") == field
    assert getattr(feature, field) == domain
    assert 'Replacing existing domain of feature "seats"' in caplog.text


@pytest.mark.parametrize(
    ("path", "domain", "message"),
    [
        ("seats", "carrier", "Invalid global string domain"),
        ("seats", 3, "int is no domain"),
        ("seats", schema_pb2.Feature(), "Feature is no domain"),
        ("trip", schema_pb2.IntDomain(), "STRUCT feature trip"),
        ("absent", schema_pb2.IntDomain(), "not found"),
    ],
)
def test_a_wrong_domain_changes_nothing(schema: Any, path: str, domain: Any, message: str) -> None:
    before = schema_pb2.Schema.FromString(schema.SerializeToString())

    with pytest.raises(tb.DataError, match=message):
        set_domain(schema, path, domain)

    assert schema == before


def test_environments(schema: Any) -> None:
    set_environments(schema, "plain", not_in_environment=["SERVING"])
    set_environments(schema, "lost", in_environment=["SERVING"], not_in_environment=["TRAINING"])

    assert ("plain",) not in features_in_environment(schema, "SERVING")
    assert ("plain",) in features_in_environment(schema, "TRAINING")
    assert ("lost",) not in features_in_environment(schema, "TRAINING")
    assert len(features_in_environment(schema, None)) == 6
    set_environments(schema, "plain")
    assert ("plain",) in features_in_environment(schema, "SERVING")


def test_environments_that_make_no_sense(schema: Any) -> None:
    with pytest.raises(tb.DataError, match="EVALUATION not found"):
        set_environments(schema, "plain", ["EVALUATION"])
    with pytest.raises(tb.DataError, match="both in and not in TRAINING"):
        set_environments(schema, "plain", ["TRAINING"], ["TRAINING"])


def test_a_schema_of_paths() -> None:
    found = generate_dummy_schema_with_paths([("a",), ("s", "x"), ("s", "t", "y"), ("a",)])

    # As TFDV's function of this name gives it.
    assert found == text_format.Parse(
        'feature { name: "a" } feature { name: "s" struct_domain { feature { name: "x" } '
        'feature { name: "t" struct_domain { feature { name: "y" } } } } }',
        schema_pb2.Schema(),
    )
