from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from google.protobuf import json_format, text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2

import taurus_beam as tb
from taurus_beam.validation.outputs import (
    FORMATS,
    SchemaFile,
    as_github,
    as_json,
    as_junit,
    as_pbtxt,
    as_text,
    is_failure,
    written,
)
from taurus_beam.validation.schema_text import parse_schema_text

SCHEMA = """\
feature { name: "fare" type: FLOAT }
feature { name: "fine" type: INT }
feature {
  name: "trip" type: STRUCT
  struct_domain {
    feature { name: "a.b" type: INT }
  }
}
"""
ANOMALIES = text_format.Parse(
    """
    anomaly_name_format: SERIALIZED_PATH
    anomaly_info { key: "trip.'a.b'" value { severity: WARNING
      short_description: "New, 100% : column" description: "one\\ntwo"
      reason { type: SCHEMA_NEW_COLUMN
        short_description: "New, 100% : column" description: "one\\ntwo" } } }
    anomaly_info { key: "fare" value { severity: ERROR
      short_description: "Multiple errors" description: "Low <1. Has NaN."
      reason { type: FLOAT_TYPE_SMALL_FLOAT
        short_description: "Out-of-range values" description: "Low <1." }
      reason { type: FLOAT_TYPE_HAS_NAN
        short_description: "Invalid values" description: "Has NaN." } } }
    dataset_anomaly_info { severity: ERROR short_description: "Low num examples in dataset."
      reason { type: DATASET_LOW_NUM_EXAMPLES
        short_description: "Low num examples in dataset." } }
    drift_skew_info { path { step: "fare" }
      drift_measurements { type: L_INFTY value: 0.3 threshold: 0.1 } }
    """,
    anomalies_pb2.Anomalies(baseline=parse_schema_text(SCHEMA)),
)
FILE = SchemaFile.of("conf/schema.pbtxt", ANOMALIES.baseline, SCHEMA)
NONE = anomalies_pb2.Anomalies(baseline=ANOMALIES.baseline)
NO_DATA = anomalies_pb2.Anomalies(baseline=ANOMALIES.baseline, data_missing=True)


def test_lines_of_features() -> None:
    assert FILE.lines == {"fare": 1, "fine": 2, "trip": 3, "trip.'a.b'": 6}


def test_text() -> None:
    assert (
        as_text(ANOMALIES, FILE)
        == """\
3 anomalies: 2 errors, 1 warning.

error: fare  (conf/schema.pbtxt:1)
  Out-of-range values: Low <1.
  Invalid values: Has NaN.

warning: trip.'a.b'  (conf/schema.pbtxt:6)
  New, 100% : column: one\\ntwo

error: the dataset
  Low num examples in dataset.

path  type     value  threshold  comparison
fare  L_INFTY  0.3    0.1        drift
"""
    )
    assert as_text(NONE) == "No anomalies found.\n"
    assert "no examples" in as_text(NO_DATA)


def test_github() -> None:
    assert as_github(ANOMALIES, FILE).splitlines() == [
        "::error file=conf/schema.pbtxt,line=1,title=Out-of-range values::fare: Low <1.",
        "::error file=conf/schema.pbtxt,line=1,title=Invalid values::fare: Has NaN.",
        "::warning file=conf/schema.pbtxt,line=6,title=New%2C 100%25 %3A column::"
        "trip.'a.b': one%0Atwo",
        "::error file=conf/schema.pbtxt,title=Low num examples in dataset."
        "::the dataset: Low num examples in dataset.",
    ]
    assert as_github(ANOMALIES).startswith("::error title=Out-of-range values::fare")
    assert as_github(NONE) == ""
    assert as_github(NO_DATA).startswith("::error title=No examples::")


def test_junit() -> None:
    suite = ElementTree.fromstring(as_junit(ANOMALIES).encode())

    assert suite.attrib == {
        "name": "taurus-beam validate",
        "tests": "5",
        "failures": "2",
        "errors": "0",
    }
    found = {case.get("name"): case for case in suite}
    assert list(found) == ["fare", "fine", "trip", "trip.'a.b'", "the dataset"]
    failure = found["fare"][0]
    assert (failure.tag, failure.get("message")) == ("failure", "Multiple errors")
    assert failure.get("type") == "FLOAT_TYPE_SMALL_FLOAT, FLOAT_TYPE_HAS_NAN"
    assert failure.text == "Out-of-range values: Low <1.\nInvalid values: Has NaN."
    assert len(found["fine"]) == 0
    assert [child.tag for child in found["trip.'a.b'"]] == ["system-out"]


def test_junit_of_hostile_text_is_xml() -> None:
    anomalies = anomalies_pb2.Anomalies()
    info = anomalies.anomaly_info['\x00<&">\x1b']
    info.severity = anomalies_pb2.AnomalyInfo.ERROR
    info.reason.add(short_description="\x07", description="]]>\ufffe\x00")

    suite = ElementTree.fromstring(as_junit(anomalies).encode())

    assert suite[0].get("name") == '\ufffd<&">\ufffd'
    assert ElementTree.fromstring(as_junit(NO_DATA)).get("failures") == "1"


def test_protos_come_back() -> None:
    as_proto = text_format.Parse(as_pbtxt(ANOMALIES), anomalies_pb2.Anomalies())
    assert as_proto == ANOMALIES
    assert json_format.Parse(as_json(ANOMALIES), anomalies_pb2.Anomalies()) == ANOMALIES
    assert json.loads(as_json(ANOMALIES))["anomaly_info"]["fare"]["severity"] == "ERROR"


@pytest.mark.parametrize("name", FORMATS)
def test_the_order_of_finding_does_not_show(name: str) -> None:
    other = anomalies_pb2.Anomalies()
    other.CopyFrom(ANOMALIES)
    other.anomaly_info.clear()
    for key in sorted(ANOMALIES.anomaly_info):
        other.anomaly_info[key].CopyFrom(ANOMALIES.anomaly_info[key])

    assert written(other, name, FILE) == written(ANOMALIES, name, FILE)


def test_what_fails() -> None:
    warning = anomalies_pb2.Anomalies()
    warning.anomaly_info["x"].severity = anomalies_pb2.AnomalyInfo.WARNING
    harmless = anomalies_pb2.Anomalies()
    harmless.anomaly_info["x"].severity = anomalies_pb2.AnomalyInfo.UNKNOWN

    assert [is_failure(each) for each in (ANOMALIES, NO_DATA, NONE, warning)] == [
        True,
        True,
        False,
        False,
    ]
    assert is_failure(warning, strict=True)
    assert not is_failure(harmless, strict=True)


def test_unknown_formats() -> None:
    with pytest.raises(tb.DataError, match="'xml'"):
        written(NONE, "xml")
    with pytest.raises(tb.DataError, match="Schema"):
        written(ANOMALIES.baseline, "text")
