"""Schema skew, case by case."""

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.errors import DataError
from taurus_beam.validation.schema_skew import schema_skew


def schema(text: str) -> schema_pb2.Schema:
    return text_format.Parse(text, schema_pb2.Schema())


def feature(text: str) -> schema_pb2.Schema:
    return schema(f'feature {{ name: "x" {text} }} string_domain {{ name: "d" value: "a" }}')


@pytest.mark.parametrize(
    ("training", "serving", "expected"),
    [
        ("type: INT", "type: INT", None),
        ("type: INT", "type: FLOAT", ("type", "INT", "FLOAT")),
        (
            "presence { min_fraction: 1 min_count: 9 }",
            "presence { min_count: 1 }",
            ("presence", "in every row", "optional"),
        ),
        ("presence { min_fraction: 0.5 }", "presence { min_fraction: 0.7 min_count: 1 }", None),
        ("shape { dim { size: 2 } dim { size: 3 } }", "value_count { min: 6 max: 6 }", None),
        ("value_count { min: 1 max: 1 }", "value_count { min: 1 }", ("valency", "1", "1 or more")),
        ("value_count { max: 3 }", "", ("valency", "up to 3", "any")),
        (
            "value_counts { value_count { min: 1 } value_count { max: 2 } }",
            "value_counts { value_count { min: 1 } value_count { max: 3 } }",
            ("valency", "1 or more of up to 2", "1 or more of up to 3"),
        ),
        ('domain: "d"', 'string_domain { value: "a" }', None),
        (
            'string_domain { value: "b" value: "a" }',
            'domain: "d"',
            ("domain", "also has b", "has no others"),
        ),
        (
            "string_domain { " + " ".join(f'value: "v{i:02}"' for i in range(12)) + " }",
            'string_domain { value: "z" }',
            (
                "domain",
                "also has v00, v01, v02, v03, v04, v05, v06, v07, v08, v09 and 2 more",
                "also has z",
            ),
        ),
        (
            "int_domain { min: 0 max: 9 }",
            "int_domain { max: 9 }",
            ("domain", "int 0 to 9", "int up to 9"),
        ),
        (
            "float_domain { disallow_nan: true }",
            "float_domain {}",
            ("domain", "float any, no nan", "float any"),
        ),
        ("bool_domain {}", "", ("domain", "bool_domain", "none")),
        (
            'bool_domain { true_value: "t" }',
            "bool_domain {}",
            ("domain", 'bool_domain { true_value: "t" }', "bool_domain"),
        ),
        ('domain: "gone"', "", ("domain", "domain 'gone', which the schema lacks", "none")),
    ],
)
def test_one_feature(training, serving, expected):
    found = schema_skew(feature(training), feature(serving))
    assert [(each.kind, each.training, each.serving) for each in found] == (
        [expected] if expected else []
    )
    assert all(each.path == "x" for each in found)


def test_features_that_one_side_lacks():
    training = schema(
        """
        feature { name: "a" } feature { name: "b" }
        feature { name: "st" type: STRUCT struct_domain { feature { name: "f" } } }
        """
    )
    serving = schema(
        """
        feature { name: "c" } feature { name: "b" lifecycle_stage: DEPRECATED }
        feature { name: "a" }
        """
    )
    assert [str(each) for each in schema_skew(training, serving)] == [
        "b: missing: training has it, serving lacks it",
        # Not its field, too.
        "st: missing: training has it, serving lacks it",
        "c: missing: training lacks it, serving has it",
    ]


def test_fields_of_structs_are_compared():
    text = 'feature {{ name: "st" type: STRUCT struct_domain {{ feature {{ name: "{}" }} }} }}'
    found = schema_skew(schema(text.format("f.1")), schema(text.format("g")))
    assert [(each.path, each.serving) for each in found] == [
        ("st.'f.1'", "lacks it"),
        ("st.g", "has it"),
    ]


def test_a_label_that_serving_does_not_have_is_no_skew():
    training = schema(
        'default_environment: "T" default_environment: "S" '
        'feature { name: "label" not_in_environment: "S" } feature { name: "x" }'
    )
    serving = schema('feature { name: "x" }')
    assert [each.path for each in schema_skew(training, serving)] == ["label"]
    assert schema_skew(training, serving, "S") == ()
    leaked = schema_skew(training, training, "S")
    assert [str(each) for each in leaked] == [
        "label: missing: training keeps it out of serving, serving has it"
    ]
    with pytest.raises(DataError, match="Environment P not found"):
        schema_skew(training, serving, "P")


def test_statistics_stand_for_their_schema():
    statistics = text_format.Parse(
        """
        datasets { num_examples: 2 features { path { step: "x" } type: INT num_stats {
            common_stats { num_non_missing: 2 min_num_values: 1 max_num_values: 1 } max: 9 } } }
        """,
        statistics_pb2.DatasetFeatureStatisticsList(),
    )
    serving = schema('feature { name: "x" type: FLOAT presence { min_fraction: 1 } '
                     "shape { dim { size: 1 } } }")  # fmt: skip
    assert [str(each) for each in schema_skew(statistics, serving)] == [
        "x: type: training INT, serving FLOAT"
    ]
    with pytest.raises(DataError, match="training is a str"):
        schema_skew("schema.pbtxt", serving)
