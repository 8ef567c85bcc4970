from __future__ import annotations

import pytest
from report_protos import anomaly
from tensorflow_metadata.proto.v0 import anomalies_pb2

from taurus_beam.report.anomalies import anomalies_html, findings, marks
from taurus_beam.report.distances import distances, distances_html
from taurus_beam.report.explanations import explanation

Info = anomalies_pb2.AnomalyInfo
# Types of the enum that neither TFDV nor this package emits.
NEVER_EMITTED = {
    *("UNKNOWN_TYPE", "MULTIPLE_REASONS", "BOOL_TYPE_BYTES_NOT_INT", "BOOL_TYPE_BYTES_NOT_STRING"),
    *("BOOL_TYPE_FLOAT_NOT_INT", "BOOL_TYPE_FLOAT_NOT_STRING", "BOOL_TYPE_INT_NOT_STRING"),
    *("BOOL_TYPE_STRING_NOT_INT", "BOOL_TYPE_INVALID_CONFIG", "ENUM_TYPE_BYTES_NOT_STRING"),
    *("ENUM_TYPE_FLOAT_NOT_STRING", "ENUM_TYPE_INT_NOT_STRING", "FEATURE_TYPE_NO_VALUES"),
    *("FEATURE_TYPE_UNEXPECTED_REPEATED", "FLOAT_TYPE_NOT_FLOAT", "FLOAT_TYPE_NON_STRING"),
    *("FLOAT_TYPE_UNKNOWN_TYPE_NUMBER", "INT_TYPE_INT_EXPECTED", "INT_TYPE_NOT_STRING"),
    *("INT_TYPE_STRING_EXPECTED", "INT_TYPE_UNKNOWN_TYPE_NUMBER", "SCHEMA_TRAINING_SERVING_SKEW"),
    *("STRING_TYPE_NOW_FLOAT", "STRING_TYPE_NOW_INT", "COMPARATOR_TREATMENT_DATA_MISSING"),
    *("NO_DATA_IN_SPAN", "NLP_WRONG_LOCATION", "EMBEDDING_SHAPE_INVALID"),
}
EMITTED = sorted(set(Info.Type.keys()) - NEVER_EMITTED)


@pytest.mark.parametrize("name", EMITTED)
def test_every_type_that_is_emitted_is_explained(name: str) -> None:
    told = explanation(name)
    assert told != explanation("no such type")
    assert told.meaning.endswith((".", ")."))
    assert told.advice.endswith(".")


def test_errors_come_first_then_features_by_name() -> None:
    anomalies = anomaly("b", (Info.SCHEMA_NEW_COLUMN, "New", "text"))
    anomalies.MergeFrom(anomaly("a", (Info.FLOAT_TYPE_HAS_NAN, "NaN", ""), severity=Info.WARNING))
    anomalies.dataset_anomaly_info.severity = Info.ERROR
    anomalies.dataset_anomaly_info.reason.add(type=Info.DATASET_LOW_NUM_EXAMPLES)
    assert [(each.where, each.severity) for each in findings(anomalies)] == [
        ("the whole data set", "error"),
        ("b", "error"),
        ("a", "warning"),
    ]


def test_every_reason_of_a_feature_is_marked_at_it() -> None:
    anomalies = anomaly(
        "a", (Info.INT_TYPE_SMALL_INT, "Low", "1"), (Info.INT_TYPE_BIG_INT, "High", "9")
    )
    told = marks(findings(anomalies))[("a",)]
    assert [(each["short"], each["text"]) for each in told] == [("Low", "1"), ("High", "9")]


def test_anomalies_of_one_type_are_explained_once() -> None:
    anomalies = anomaly("<a>", (Info.SCHEMA_NEW_COLUMN, "New column", "found <a>"))
    anomalies.MergeFrom(anomaly("b", (Info.SCHEMA_NEW_COLUMN, "New column", "found b")))
    html = anomalies_html(anomalies, {("b",): "#f7"})
    assert html.count("What it means") == 1
    assert "New column (2)" in html
    assert "&lt;a&gt;" in html
    assert "<a>" not in html
    assert '<a href="#f7"><bdi>b</bdi></a>' in html
    assert "<code>taurus-beam schema update</code>" in html


@pytest.mark.parametrize(
    ("shorts", "title"),
    [
        (["High distance between a and b", "High distance between c and d"], "High distance"),
        (["One", "Another"], "Schema new column"),
        (["", ""], "Schema new column"),
    ],
)
def test_a_group_is_called_by_what_its_texts_share(shorts: list[str], title: str) -> None:
    anomalies = anomalies_pb2.Anomalies()
    for name, short in enumerate(shorts):
        anomalies.MergeFrom(anomaly(str(name), (Info.SCHEMA_NEW_COLUMN, short, "text")))
    assert f"<h3>{title} (2)" in anomalies_html(anomalies)


def test_no_anomalies_and_no_data_are_told_apart() -> None:
    assert "No anomalies found" in anomalies_html(anomalies_pb2.Anomalies())
    nothing = anomalies_html(anomalies_pb2.Anomalies(data_missing=True))
    assert "no examples" in nothing
    assert "No anomalies found" not in nothing


def measured() -> anomalies_pb2.Anomalies:
    anomalies = anomalies_pb2.Anomalies()
    kinds = anomalies_pb2.DriftSkewInfo.Measurement
    info = anomalies.drift_skew_info.add(path={"step": ["trip", "city"]})
    info.drift_measurements.add(type=kinds.L_INFTY, value=0.3, threshold=0.3)
    info.skew_measurements.add(type=kinds.JENSEN_SHANNON_DIVERGENCE, value=0.2, threshold=0.1)
    info.skew_measurements.add(type=kinds.NORMALIZED_ABSOLUTE_DIFFERENCE, value=0.9)
    return anomalies


def test_distances_are_ordered_by_how_far_they_exceed() -> None:
    found = distances(measured())
    assert [(each.kind, each.measure, each.high) for each in found] == [
        ("skew", "Jensen–Shannon divergence", True),
        ("drift", "L-infinity", False),
        ("skew", "Normalized absolute difference", False),
    ]
    assert found[0].path == ("trip", "city")


def test_distances_show_values_thresholds_and_verdicts() -> None:
    html = distances_html(distances(measured()), {})
    for text in ("trip.city", "0.3", "above", "within", "no threshold", "skew (with serving)"):
        assert text in html
