"""Every anomaly, under TFDV's condition and in its words, unless a case says why not.

``results/*.jsonl`` holds what TFDV 1.16.1 answered; ``python -m benchmarks.peers.record_anomalies``
asks again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

import taurus_beam as tb
from benchmarks.peers.anomalies import CASES, AnomalyCase

RESULTS = Path(__file__).parent / "results"
Type = anomalies_pb2.AnomalyInfo.Type

# Every type that TFDV's sources can emit.
TYPES = """
BOOL_TYPE_BIG_INT BOOL_TYPE_SMALL_INT BOOL_TYPE_UNEXPECTED_FLOAT BOOL_TYPE_UNEXPECTED_STRING
COMPARATOR_CONTROL_DATA_MISSING COMPARATOR_HIGH_NUM_EXAMPLES
COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH COMPARATOR_LOW_NUM_EXAMPLES COMPARATOR_L_INFTY_HIGH
COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH DATASET_HIGH_NUM_EXAMPLES DATASET_LOW_NUM_EXAMPLES
DERIVED_FEATURE_BAD_LIFECYCLE DERIVED_FEATURE_INVALID_SOURCE DOMAIN_INVALID_FOR_TYPE
ENUM_TYPE_INVALID_UTF8 ENUM_TYPE_UNEXPECTED_STRING_VALUES FEATURE_COVERAGE_TOO_LOW
FEATURE_COVERAGE_TOO_SHORT_AVG_TOKEN_LENGTH FEATURE_MISSING_NAME FEATURE_MISSING_TYPE
FEATURE_TYPE_HIGH_NUMBER_VALUES FEATURE_TYPE_HIGH_UNIQUE FEATURE_TYPE_LOW_FRACTION_PRESENT
FEATURE_TYPE_LOW_NUMBER_PRESENT FEATURE_TYPE_LOW_NUMBER_VALUES FEATURE_TYPE_LOW_UNIQUE
FEATURE_TYPE_NOT_PRESENT FEATURE_TYPE_NO_UNIQUE FLOAT_TYPE_BIG_FLOAT FLOAT_TYPE_HAS_INF
FLOAT_TYPE_HAS_NAN FLOAT_TYPE_SMALL_FLOAT FLOAT_TYPE_STRING_NOT_FLOAT INT_TYPE_BIG_INT
INT_TYPE_NOT_INT_STRING INT_TYPE_SMALL_INT INVALID_DOMAIN_SPECIFICATION INVALID_FEATURE_SHAPE
INVALID_SCHEMA_SPECIFICATION LOW_SUPPORTED_IMAGE_FRACTION MAX_IMAGE_BYTE_SIZE_EXCEEDED
SCHEMA_MISSING_COLUMN SCHEMA_NEW_COLUMN SEMANTIC_DOMAIN_UPDATE SEQUENCE_VALUE_TOO_FEW_OCCURRENCES
SEQUENCE_VALUE_TOO_LARGE_FRACTION SEQUENCE_VALUE_TOO_MANY_OCCURRENCES
SEQUENCE_VALUE_TOO_SMALL_FRACTION SPARSE_FEATURE_LENGTH_MISMATCH SPARSE_FEATURE_MISSING_INDEX
SPARSE_FEATURE_MISSING_VALUE SPARSE_FEATURE_NAME_COLLISION STATS_NOT_AVAILABLE UNEXPECTED_DATA_TYPE
VALUE_NESTEDNESS_MISMATCH WEIGHTED_FEATURE_LENGTH_MISMATCH WEIGHTED_FEATURE_MISSING_VALUE
WEIGHTED_FEATURE_MISSING_WEIGHT WEIGHTED_FEATURE_NAME_COLLISION
"""


def records(name: str) -> list[dict[str, Any]]:
    lines = (RESULTS / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


BY_HAND = {record["name"]: record for record in records("anomalies")}
PERTURBED = records("perturbed")
each_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


def test_the_cases_have_every_type() -> None:
    found = {kind for case in CASES for kind, _, _ in case.reasons or ()}
    assert found == set(TYPES.split())


@each_case
def test_what_is_found(case: AnomalyCase) -> None:
    assert reasons(validated(case.question())) == list(case.reasons or ())


@each_case
def test_tfdv_was_asked_this_and_says_the_same(case: AnomalyCase) -> None:
    record = BY_HAND[case.name]
    asked = {key: value for key, value in record.items() if key not in ("anomalies", "updated")}
    assert asked == case.question()
    theirs = anomalies_of(record)
    ours = validated(record)
    same = comparable(ours) == comparable(theirs)
    assert same == (not case.differs), f"{case.differs}\n{theirs}\n{ours}"


@pytest.mark.parametrize("record", PERTURBED, ids=lambda record: record["name"])
def test_random_cases_give_what_tfdv_gives(record: dict[str, Any]) -> None:
    assert comparable(validated(record)) == comparable(anomalies_of(record))


@pytest.mark.parametrize("record", PERTURBED, ids=lambda record: record["name"])
def test_random_updates_give_what_tfdv_gives(record: dict[str, Any]) -> None:
    assert updated(record) == text_format.Parse(record["updated"], schema_pb2.Schema())


@each_case
def test_updates_give_what_tfdv_gives(case: AnomalyCase) -> None:
    theirs = text_format.Parse(BY_HAND[case.name]["updated"], schema_pb2.Schema())
    # Where TFDV finds something else in the data, it may change something else in the schema.
    assert updated(BY_HAND[case.name]) == theirs or case.differs


def test_the_random_cases_find_much() -> None:
    found = {kind for record in PERTURBED for kind, _, _ in reasons(anomalies_of(record))}
    assert len(found) > 30
    assert any(not anomalies_of(record).anomaly_info for record in PERTURBED)


def validated(question: dict[str, Any]) -> anomalies_pb2.Anomalies:
    options = tb.ValidationOptions(
        features_needed=[tuple(path) for path in question.get("needed", ())] or None,
        new_features_are_warnings=question.get("warn_of_new", False),
        severity_overrides=dict(question.get("severities", ())),
    )
    return tb.validate_statistics(
        statistics(question["statistics"]),
        text_format.Parse(question["schema"], schema_pb2.Schema()),
        question.get("environment"),
        statistics(question.get("previous")),
        statistics(question.get("serving")),
        previous_version_statistics=statistics(question.get("previous_version")),
        validation_options=options,
    )


def updated(question: dict[str, Any]) -> schema_pb2.Schema:
    schema = text_format.Parse(question["schema"], schema_pb2.Schema())
    return tb.update_schema(schema, statistics(question["statistics"]))


def statistics(text: str | None) -> statistics_pb2.DatasetFeatureStatisticsList | None:
    if text is None:
        return None
    return text_format.Parse(text, statistics_pb2.DatasetFeatureStatisticsList())


def anomalies_of(record: dict[str, Any]) -> anomalies_pb2.Anomalies:
    return text_format.Parse(record["anomalies"], anomalies_pb2.Anomalies())


def reasons(anomalies: anomalies_pb2.Anomalies) -> list[tuple[str, str, str]]:
    infos = [anomalies.anomaly_info[key] for key in sorted(anomalies.anomaly_info)]
    infos.append(anomalies.dataset_anomaly_info)
    return [
        (Type.Name(reason.type), reason.short_description, reason.description)
        for info in infos
        for reason in info.reason
    ]


def comparable(anomalies: anomalies_pb2.Anomalies) -> anomalies_pb2.Anomalies:
    """Without the schema, which TFDV's record leaves out, and distances to nine digits."""
    copy = anomalies_pb2.Anomalies()
    copy.CopyFrom(anomalies)
    copy.ClearField("baseline")
    for info in copy.drift_skew_info:
        for measurement in (*info.drift_measurements, *info.skew_measurements):
            measurement.value = round(measurement.value, 9)
    return copy


def test_the_documentation_names_every_type() -> None:
    page = (Path(__file__).parents[2] / "docs" / "validation.md").read_text("utf-8")
    assert [name for name in TYPES.split() if f"`{name}`" not in page] == []
