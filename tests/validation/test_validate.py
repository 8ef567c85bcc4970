"""What TFDV's schema can say and TFDV does not look at, options, and faults of arguments."""

from __future__ import annotations

import math

import pytest
from tensorflow_metadata.proto.v0 import anomalies_pb2, path_pb2
from validating import schema, statistics, told, validated

import taurus_beam as tb
from benchmarks.peers.statistics_text import (
    common,
    dataset,
    datasets,
    histogram,
    language,
    numbers,
    strings,
    struct,
)

Info = anomalies_pb2.AnomalyInfo
STRUCT = 'feature { name: "s" type: STRUCT struct_domain { feature { name: "x" type: INT %s } } }'


def data(*features: str) -> str:
    return datasets(dataset(*features))


def test_a_field_that_its_group_must_have() -> None:
    grouped = STRUCT % "group_presence { required: true }"
    lacking = data(struct("s"), numbers("s/x", counts=common(7, 3)))
    text = "The feature was expected in all of its group, but was missing in 3 of it."
    assert told(validated(lacking, grouped)) == {
        "s.x": [("FEATURE_TYPE_LOW_FRACTION_PRESENT", text)]
    }
    assert told(validated(data(struct("s")), grouped)) == {
        "s.x": [("SCHEMA_MISSING_COLUMN", "Column is completely missing")]
    }
    nothing_to_have_it = data(struct("s", counts=common(0, 10)))
    assert told(validated(nothing_to_have_it, grouped)) == {}
    assert told(validated(data(struct("s"), numbers("s/x")), grouped)) == {}


@pytest.mark.parametrize(
    ("kind", "bounds", "expected"),
    [
        ("INT", 'int_domain { name: "d" min: 5 }', "Unexpectedly small value: 1."),
        (
            "FLOAT",
            'float_domain { name: "d" max: 10 }',
            "Unexpectedly high value: 50>10(upto six significant digits)",
        ),
    ],
)
def test_a_domain_of_numbers_that_features_share(kind: str, bounds: str, expected: str) -> None:
    against = bounds + "".join(
        f'feature {{ name: "{name}" type: {kind} domain: "d" }}' for name in "xy"
    )
    of = data(numbers("x", 1, 50, kind=kind), numbers("y", 6, 7, kind=kind))
    found = told(validated(of, against))
    assert {key: [text for _, text in reasons] for key, reasons in found.items()} == {
        "x": [expected]
    }
    changed = tb.update_schema(schema(against), statistics(of))
    assert told(tb.validate_statistics(statistics(of), changed)) == {}


def test_lengths_of_sequences() -> None:
    against = (
        'feature { name: "x" type: BYTES natural_language_domain { sequence_length_constraints '
        "{ min_sequence_length: 2 max_sequence_length: 8 %s } } }"
    )
    counted = data(strings("x", more=language("min_sequence_length: 1 max_sequence_length: 9")))
    assert told(validated(counted, against % "")) == {
        "x": [
            (
                "FEATURE_TYPE_LOW_NUMBER_VALUES",
                "The shortest sequence has 1 tokens. The min allowed number is: 2.",
            ),
            (
                "FEATURE_TYPE_HIGH_NUMBER_VALUES",
                "The longest sequence has 9 tokens. The max allowed number is: 8.",
            ),
        ]
    }
    for of, more in ((counted, 'excluded_string_value: "the"'), (data(strings("x")), "")):
        unknown = validated(of, against % more).anomaly_info["x"]
        assert [reason.type for reason in unknown.reason] == [Info.STATS_NOT_AVAILABLE]
        assert unknown.severity == Info.WARNING


@pytest.mark.parametrize(("lengths", "found"), [((3, 3), "3"), ((3, 4), "3 to 4")])
def test_the_dimension_of_an_embedding(lengths: tuple[int, int], found: str) -> None:
    against = (
        'feature { name: "x" type: FLOAT float_domain { is_embedding: true embedding_dim: 4 } }'
    )
    of = data(numbers("x", kind="FLOAT", counts=common(lengths=lengths)))
    text = f"The embedding should have 4 values, but has {found}."
    assert told(validated(of, against)) == {"x": [("EMBEDDING_SHAPE_INVALID", text)]}
    right = data(numbers("x", kind="FLOAT", counts=common(lengths=(4, 4))))
    assert told(validated(right, against)) == {}


@pytest.mark.parametrize(
    ("domain", "kind", "text"),
    [
        (
            'bool_domain { true_value: "a" false_value: "a" }',
            "BOOL_TYPE_INVALID_CONFIG",
            "True and false value equal for BoolDomain: a.",
        ),
        (
            'string_domain { value: "a" value: "b" value: "a" }',
            "INVALID_DOMAIN_SPECIFICATION",
            "Repeated values in StringDomain: a.",
        ),
    ],
)
def test_malformed_domains_are_warnings(domain: str, kind: str, text: str) -> None:
    of, against = data(strings("x", {"a": 10})), f'feature {{ name: "x" type: BYTES {domain} }}'
    anomalies = validated(of, against)
    assert told(anomalies) == {"x": [(kind, text)]}
    assert anomalies.anomaly_info["x"].severity == Info.WARNING
    assert (
        told(
            tb.validate_statistics(
                statistics(of), tb.update_schema(schema(against), statistics(of))
            )
        )
        == {}
    )


def test_statistics_of_nothing_but_custom_ones_do_not_make_a_feature_present() -> None:
    against = 'feature { name: "x" type: INT presence { min_count: 1 } }'
    of = datasets('num_examples: 10 features { path { step: "x" } custom_stats { name: "a" } }')
    assert told(validated(of, against)) == {
        "x": [("SCHEMA_MISSING_COLUMN", "Column is completely missing")]
    }


def uniform(low: float, high: float) -> str:
    quantiles = histogram((low, high, 10), kind="QUANTILES")
    return data(numbers("x", low, high, kind="FLOAT", histograms=quantiles))


# Of [0, 10] and [5, 15]: the distribution functions are 1/2 apart between 5 and 10, and every
# value has to be moved by 5.
@pytest.mark.parametrize(
    ("measure", "distance"), [("kolmogorov_smirnov", 0.5), ("wasserstein", 5.0)]
)
def test_further_distances(measure: str, distance: float) -> None:
    against = 'feature { name: "x" type: FLOAT }'
    of, before = uniform(0.0, 10.0), uniform(5.0, 15.0)

    def found(threshold: float, where: str) -> list[tuple[str, str]]:
        options = tb.ValidationOptions(
            **{f"{where}_thresholds": {"x": tb.DistanceThresholds(**{measure: threshold})}}
        )
        anomalies = validated(
            of,
            against,
            previous_statistics=before,
            serving_statistics=before,
            validation_options=options,
        )
        return told(anomalies).get("x", [])

    for where, names in (("drift", "current and previous"), ("skew", "training and serving")):
        [(kind, text)] = found(distance * 0.99, where)
        assert kind == "CUSTOM_VALIDATION"
        assert f"between {names} is {distance:g} " in text
        assert found(distance * 1.01, where) == []


def test_categories_have_further_distances_too() -> None:
    against = 'feature { name: "x" type: BYTES }'
    of, before = data(strings("x", {"a": 3, "b": 1})), data(strings("x", {"a": 1, "b": 3}))
    # Shares 3/4 and 1/4: the index is 2 * (1/2) * ln 3; Cramér's V of [[3, 1], [1, 3]] is 1/2.
    for measure, distance in (("population_stability_index", math.log(3)), ("chi_squared", 0.5)):
        thresholds = tb.DistanceThresholds(**{measure: distance * 0.99})
        options = tb.ValidationOptions(drift_thresholds={("x",): thresholds})
        found = told(validated(of, against, previous_statistics=before, validation_options=options))
        assert f"is {distance:g} " in found["x"][0][1]


def test_a_feature_that_the_control_data_lack_has_no_further_distance() -> None:
    options = tb.ValidationOptions(drift_thresholds={"x": tb.DistanceThresholds(wasserstein=1)})
    found = validated(
        uniform(0.0, 1.0),
        'feature { name: "x" type: FLOAT }',
        previous_statistics=data(numbers("y")),
        validation_options=options,
    )
    assert told(found) == {"x": [("COMPARATOR_CONTROL_DATA_MISSING", "previous data is missing.")]}


@pytest.mark.parametrize("needed", ["y", ("y",), path_pb2.Path(step=["y"])])
def test_needed_features(needed: object) -> None:
    options = tb.ValidationOptions(features_needed=[needed])
    found = validated(data(numbers("x"), numbers("y")), "", validation_options=options)
    assert list(found.anomaly_info) == ["y"]


@pytest.mark.parametrize(
    "overrides",
    [
        {"SCHEMA_NEW_COLUMN": "UNKNOWN"},
        {Info.SCHEMA_NEW_COLUMN: Info.UNKNOWN},
    ],
)
def test_severities(overrides: dict[object, object]) -> None:
    options = tb.ValidationOptions(new_features_are_warnings=True, severity_overrides=overrides)
    found = validated(data(numbers("x")), "", validation_options=options)
    assert found.anomaly_info["x"].severity == Info.UNKNOWN


@pytest.mark.parametrize("overrides", [{"NEW": "ERROR"}, {"SCHEMA_NEW_COLUMN": 9}, {-1: "ERROR"}])
def test_unknown_severities(overrides: dict[object, object]) -> None:
    options = tb.ValidationOptions(severity_overrides=overrides)
    with pytest.raises(tb.DataError, match="severity_overrides"):
        validated(data(), "", validation_options=options)


def test_arguments_stay_as_they_are() -> None:
    of = statistics(data(strings("x", {"a": 10}), numbers("new")))
    against = schema('feature { name: "x" type: BYTES string_domain { value: "b" } }')
    before = of.SerializeToString(deterministic=True), against.SerializeToString()
    anomalies = tb.validate_statistics(of, against)
    tb.update_schema(against, of)
    assert (of.SerializeToString(deterministic=True), against.SerializeToString()) == before
    assert anomalies.baseline == against


def test_without_examples_the_data_are_missing() -> None:
    found = validated(datasets(dataset(numbers("x"), examples=0)), "")
    assert found.data_missing
    assert told(found) == {}


def test_of_several_data_sets_that_of_all_examples_is_validated() -> None:
    sliced = datasets(dataset(numbers("x"), name="a_1"), dataset(numbers("y"), name="All Examples"))
    assert list(validated(sliced, "").anomaly_info) == ["y"]


@pytest.mark.parametrize("text", ["", datasets(dataset(name="a"), dataset(name="b"))])
def test_no_data_set_of_all_examples(text: str) -> None:
    with pytest.raises(tb.DataError, match="data sets, and none of all examples"):
        validated(text, "")
    with pytest.raises(tb.DataError, match="previous_statistics has"):
        validated(data(), "", previous_statistics=text)


def test_wrong_kinds_of_arguments() -> None:
    with pytest.raises(tb.DataError, match="statistics is a Schema"):
        tb.validate_statistics(schema(""), schema(""))
    with pytest.raises(tb.DataError, match="schema is a dict"):
        tb.validate_statistics(statistics(data()), {})


def test_paths_and_names_do_not_mix() -> None:
    mixed = datasets(dataset(numbers("x"), 'name: "y" type: INT num_stats { common_stats { } }'))
    with pytest.raises(tb.DataError, match="some a path"):
        validated(mixed, "")
