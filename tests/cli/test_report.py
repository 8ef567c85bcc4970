from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from report_protos import anomaly, dataset, listed, numeric
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

import taurus_beam as tb

Command = Callable[..., Any]
STATISTICS = listed(dataset(numeric("fare")))
SCHEMA = schema_pb2.Schema(feature=[{"name": "fare", "type": schema_pb2.FLOAT}])
ANOMALIES = anomaly("fare", (anomalies_pb2.AnomalyInfo.SCHEMA_NEW_COLUMN, "New column", "x"))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    tb.write_statistics(STATISTICS, str(tmp_path / "stats.pb"))
    tb.write_statistics(STATISTICS, str(tmp_path / "stats.pbtxt"))
    (tmp_path / "schema.pbtxt").write_text(text_format.MessageToString(SCHEMA))
    (tmp_path / "schema.json").write_text('{"feature": [{"name": "fare", "type": "FLOAT"}]}')
    (tmp_path / "anomalies.pbtxt").write_text(text_format.MessageToString(ANOMALIES))
    (tmp_path / "anomalies.pb").write_bytes(ANOMALIES.SerializeToString())
    return tmp_path


@pytest.mark.parametrize(
    ("schema", "anomalies"),
    [("schema.pbtxt", "anomalies.pbtxt"), ("schema.json", "anomalies.pb")],
)
def test_files_become_a_report(files: Path, command: Command, schema: str, anomalies: str) -> None:
    result = command(
        *("report", "--stats", files / "stats.pb", "--serving", files / "stats.pbtxt"),
        *("--previous", files / "stats.pb", "--schema", files / schema),
        *("--anomalies", files / anomalies, "--output", files / "report.html", "--title", "Taxi"),
    )

    assert result.exit_code == 0, result.output
    assert result.stdout.replace("\n", "") == str(files / "report.html")
    assert (files / "report.html").read_text(encoding="utf-8") == tb.report_html(
        STATISTICS,
        serving_statistics=STATISTICS,
        previous_statistics=STATISTICS,
        schema=SCHEMA,
        anomalies=ANOMALIES,
        title="Taxi",
    )


@pytest.mark.parametrize("option", ["--stats", "--schema", "--anomalies"])
def test_a_file_that_is_something_else_is_named(files: Path, command: Command, option: str) -> None:
    (files / "broken").write_text("{ no proto")
    words = {"--stats": files / "stats.pb", option: files / "broken"}
    result = command("report", *sum(words.items(), ()), "--output", files / "report.html")

    assert result.exit_code == 4
    assert "broken" in result.stderr
    assert not (files / "report.html").exists()


def test_output_that_cannot_be_written_exits_with_6(files: Path, command: Command) -> None:
    result = command("report", "-s", files / "stats.pb", "-o", files / "no" / "report.html")

    assert result.exit_code == 6
    assert "cannot be written" in result.stderr
