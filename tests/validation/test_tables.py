from __future__ import annotations

import sys

import pandas as pd
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

import taurus_beam as tb
from taurus_beam.validation.tables import (
    anomalies_table,
    drift_skew_table,
    get_anomalies_dataframe,
    get_drift_skew_dataframe,
    get_schema_dataframe,
    schema_tables,
)

SCHEMA = text_format.Parse(
    """
    feature {
      name: "a" type: BYTES domain: "d" presence { min_fraction: 1 } value_count { min: 1 max: 1 }
    }
    feature {
      name: "it's" type: INT int_domain { min: 1 max: 3 } presence { min_count: 1 }
      value_count { min: 1 }
    }
    feature { name: "f" type: FLOAT float_domain { min: 0.5 } value_count { max: 3 } }
    feature {
      name: "g" type: FLOAT float_domain { disallow_inf: true max: 2 }
      shape { dim { size: 2 } dim { size: 3 } }
    }
    feature { name: "h" type: FLOAT float_domain { disallow_inf: true } shape { } }
    feature { name: "i" type: FLOAT float_domain { } value_count { } }
    feature {
      name: "j" type: BYTES string_domain { value: "x" value: "y'z" }
      value_counts { value_count { min: 1 } value_count { min: 2 max: 2 } }
    }
    feature { name: "k" type: BYTES string_domain { name: "dd" value: "x" } }
    feature { name: "b" type: INT bool_domain { } }
    feature { name: "s.t" type: STRUCT struct_domain { feature { name: "c" type: INT } } }
    string_domain { name: "d" value: "x" value: "y" }
    """,
    schema_pb2.Schema(),
)
ANOMALIES = text_format.Parse(
    """
    anomaly_info { key: "b" value {
      reason { type: SCHEMA_NEW_COLUMN short_description: "S1" description: "L1" }
      reason { type: FLOAT_TYPE_HAS_NAN short_description: "S2" description: "L2" }
      reason { type: FLOAT_TYPE_HAS_NAN short_description: "S3" description: "L3" } } }
    anomaly_info { key: "a" value { short_description: "S" description: "L"
      reason { type: SCHEMA_NEW_COLUMN short_description: "S" description: "L" } } }
    dataset_anomaly_info { short_description: "DS" description: "DL"
      reason { type: DATASET_LOW_NUM_EXAMPLES } }
    drift_skew_info { path { step: "x" step: "y.z" }
      drift_measurements { type: L_INFTY value: 0.3 threshold: 0.1 }
      skew_measurements { type: L_INFTY value: 0.4 threshold: 0.2 }
      drift_measurements { type: JENSEN_SHANNON_DIVERGENCE value: 0.03 threshold: 0.1 } }
    """,
    anomalies_pb2.Anomalies(),
)


def cells(frame: pd.DataFrame) -> list[list[object]]:
    found: list[list[object]] = frame.reset_index().to_numpy().tolist()
    return found


def test_features_as_tfdv_shows_them() -> None:
    features, domains = get_schema_dataframe(SCHEMA)

    assert features.index.name == "Feature name"
    assert list(features.columns) == ["Type", "Presence", "Valency", "Domain", "Shape"]
    # The first five cells of features are TFDV's, but for what it leaves empty: the valency of
    # nested lists, the domain "bool", fields of structs. The shape is ours.
    assert cells(features) == [
        ["'a'", "STRING", "required", "single", "'d'", ""],
        ["'it\\'s'", "INT", "optional", "[1,inf)", "min: 1; max: 3", ""],
        ["'f'", "FLOAT", "", "[0,3]", "min: 0.500000; max: inf", ""],
        ["'g'", "FLOAT", "", "", "max: 2.000000", "[2,3]"],
        ["'h'", "FLOAT", "", "", "-", "[]"],
        ["'i'", "FLOAT", "", "[0,inf)", "min: -inf; max: inf", ""],
        ["'j'", "STRING", "", "[1,inf) of [2,2]", "'j_domain'", ""],
        ["'k'", "STRING", "", "", "'dd'", ""],
        ["'b'", "INT", "", "", "bool", ""],
        ["'s.t'", "STRUCT", "", "", "-", ""],
        ["'\\'s.t\\'.c'", "INT", "", "", "-", ""],
    ]
    assert domains.index.name == "Domain"
    assert cells(domains) == [
        ["'d'", "'x', 'y'"],
        ["'j_domain'", "'x', 'y\\'z'"],
        ["'dd'", "'x'"],
    ]


def test_anomalies_as_tfdv_shows_them() -> None:
    found = get_anomalies_dataframe(ANOMALIES)

    assert found.index.name == "Feature name"
    assert list(found.columns) == [
        "Anomaly short description",
        "Anomaly long description",
        "Anomaly types",
    ]
    assert cells(found) == [
        ["'a'", "S", "L", "SCHEMA_NEW_COLUMN"],
        ["'b'", "S1; S2; S3", "L1; L2; L3", "SCHEMA_NEW_COLUMN, FLOAT_TYPE_HAS_NAN"],
        ["[dataset anomaly]", "DS", "DL", "DATASET_LOW_NUM_EXAMPLES"],
    ]


def test_distances_of_drift_and_skew() -> None:
    found = get_drift_skew_dataframe(ANOMALIES)

    assert found.index.name == "path"
    assert cells(found) == [
        ["x.'y.z'", "L_INFTY", 0.3, 0.1, "drift"],
        ["x.'y.z'", "JENSEN_SHANNON_DIVERGENCE", 0.03, 0.1, "drift"],
        ["x.'y.z'", "L_INFTY", 0.4, 0.2, "skew"],
    ]


def test_nothing_gives_empty_tables() -> None:
    assert get_anomalies_dataframe(anomalies_pb2.Anomalies()).empty
    assert get_drift_skew_dataframe(anomalies_pb2.Anomalies()).empty
    assert all(frame.empty for frame in get_schema_dataframe(schema_pb2.Schema()))
    assert str(drift_skew_table(anomalies_pb2.Anomalies())) == (
        "path  type  value  threshold  comparison"
    )


def test_text() -> None:
    assert str(drift_skew_table(ANOMALIES)).splitlines() == [
        "path     type                       value  threshold  comparison",
        "x.'y.z'  L_INFTY                    0.3    0.1        drift",
        "x.'y.z'  JENSEN_SHANNON_DIVERGENCE  0.03   0.1        drift",
        "x.'y.z'  L_INFTY                    0.4    0.2        skew",
    ]


def test_without_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)

    assert "'it\\'s'" in str(schema_tables(SCHEMA)[0])
    with pytest.raises(tb.EngineError, match=r"taurus-beam\[pandas\]"):
        get_schema_dataframe(SCHEMA)


def test_other_things() -> None:
    with pytest.raises(tb.DataError, match="Schema"):
        anomalies_table(SCHEMA)
    with pytest.raises(tb.DataError, match="Anomalies"):
        schema_tables(ANOMALIES)
