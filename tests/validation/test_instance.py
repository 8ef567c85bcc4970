"""Anomalies of single examples: the same reasons as row-level validation gives each row."""

import pyarrow as pa
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from taurus_beam.errors import DataError
from taurus_beam.stats.options import StatsOptions
from taurus_beam.validation.instance import validate_instance
from taurus_beam.validation.rows import RowValidator

SCHEMA = text_format.Parse(
    """
    default_environment: "TRAINING" default_environment: "SERVING"
    feature { name: "i" type: INT int_domain { min: 1 max: 9 } presence { min_fraction: 1 } }
    feature { name: "f" type: FLOAT float_domain { max: 5 disallow_nan: true } }
    feature { name: "s" type: BYTES string_domain { value: "a" value: "b" }
              value_count { min: 1 max: 2 } unique_constraints { min: 2 max: 9 } }
    feature { name: "label" type: INT bool_domain {} not_in_environment: "SERVING"
              presence { min_fraction: 0.5 min_count: 7 } }
    dataset_constraints { min_examples_count: 100 }
    """,
    schema_pb2.Schema(),
)
NAN = float("nan")


def types(anomalies: anomalies_pb2.Anomalies) -> set[tuple[str, str]]:
    name = anomalies_pb2.AnomalyInfo.Type.Name
    return {(k, name(r.type)) for k, info in anomalies.anomaly_info.items() for r in info.reason}


ROWS = [
    {"i": 3, "f": 1.0, "s": ["a"], "label": 1},
    {"i": 0, "f": 9.0, "s": ["a", "b", "a"], "label": 2},
    {"i": 10, "f": NAN, "s": ["a", "z"], "label": -1},
    {"i": 3, "f": 5.0, "s": [], "label": 0},
    {"i": None, "f": None, "s": None, "label": None},
    {"f": 1.0},
    {"i": 3.5, "new": 1},
    {"i": [1, 12], "f": [], "s": "z"},
]


@pytest.mark.parametrize("environment", [None, "TRAINING", "SERVING"])
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_same_reasons_as_for_rows(row, environment):
    batch = pa.RecordBatch.from_pylist([row])
    reasons = RowValidator(SCHEMA, environment).check(batch).reasons().to_pylist()
    # The whole of it is not there, so validation of statistics says, rather than in some rows.
    expected = {
        (entry["path"], entry["type"].replace("LOW_FRACTION_PRESENT", "NOT_PRESENT"))
        for entry in (reasons[0] if reasons else [])
    }
    found = validate_instance(row, SCHEMA, environment)
    assert types(found) == expected
    assert not found.HasField("dataset_anomaly_info")


def test_texts_and_severities():
    found = validate_instance(ROWS[1], StatsOptions(schema=SCHEMA))
    assert found.anomaly_info["i"].description == "Unexpectedly small value: 0."
    assert found.anomaly_info["i"].severity == anomalies_pb2.AnomalyInfo.ERROR
    assert list(found.anomaly_info["i"].path.step) == ["i"]
    assert found.baseline == SCHEMA


def test_a_batch_is_one_instance():
    batch = pa.record_batch({"i": [1, 50, None]})
    assert types(validate_instance(batch, SCHEMA)) == {
        ("i", "INT_TYPE_BIG_INT"),
        ("i", "FEATURE_TYPE_LOW_FRACTION_PRESENT"),
    }


def test_faults_are_explained():
    with pytest.raises(DataError, match="no schema"):
        validate_instance({"i": 1}, StatsOptions())
    with pytest.raises(DataError, match="The row cannot be read"):
        validate_instance({"i": object()}, SCHEMA)
    with pytest.raises(DataError, match="Environment PROD not found"):
        validate_instance({"i": 1}, SCHEMA, "PROD")
