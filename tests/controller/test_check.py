"""`validate`, `test` and `production`: data held against what a version froze."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from trips_pipeline import Trips, trips

import taurus_beam as tb
from taurus_beam.controller import Result


def sha256(path: Path) -> str:
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def monitoring(result: Result) -> dict[str, Any]:
    return json.loads((Path(result.path) / "monitoring.json").read_text())


def test_good_production_data_are_transformed_by_the_frozen_function(
    trained: tb.Controller, tmp_path: Path
) -> None:
    table = trips(200, seed=3)
    # One fare above what a monitor in the function allows.
    fares = table["fare"].to_pylist()
    table = table.set_column(0, "fare", pa.array([75.0, *fares[1:]]))
    pq.write_table(table, tmp_path / "july.parquet")
    result = trained.production(str(tmp_path / "july.parquet"))
    assert (result.stage, result.version, result.passed) == ("production", "1", True)
    version = Path(trained.directory) / "versions" / "1"
    frozen = tb.load(str(version / "transform_fn"))
    made = pq.read_table(Path(result.path) / "transformed" / "production")
    assert made.equals(frozen.transform(table))
    record = monitoring(result)
    assert record["$schema"] == "urn:taurus-beam:spec:monitoring-record:1"
    assert record["stage"] == "production"
    assert record["pipeline"] == {"digest": f"sha256:{frozen.digest}", "version": "1"}
    assert record["data"] == [
        {"uri": str(tmp_path / "july.parquet"), "digest": sha256(tmp_path / "july.parquet")}
    ]
    assert record["reference"]["digest"] == sha256(version / "statistics" / "train.pb")
    assert (record["rows"], record["anomalies"], record["findings"]) == (200, [], [])
    expected = sum(fare is not None and not 0 <= fare <= 60 for fare in [75.0, *fares[1:]])
    assert record["monitors"] == [{"name": "fare_range", "violations": expected}]
    [distance] = record["distances"]
    assert (distance["path"], distance["exceeded"]) == (["fare"], False)
    assert distance["measure"] == "JENSEN_SHANNON_DIVERGENCE"
    assert 0 < distance["distance"] < distance["threshold"] == 0.3
    [alert] = result.findings
    assert alert.message == f"{expected:,} rows violate the monitor fare_range."


def test_drifted_data_are_recorded_and_not_transformed(
    trained: tb.Controller, tmp_path: Path
) -> None:
    table = trips(200, seed=4, longer=3.0)
    zones = pc.if_else(pc.equal(table["zone"], "east"), "west", table["zone"])
    pq.write_table(table.set_column(1, "zone", zones), tmp_path / "far.parquet")
    result = trained.production(str(tmp_path / "far.parquet"))
    assert not result.passed
    assert not (Path(result.path) / "transformed").exists()
    record = monitoring(result)
    kinds = {(each["path"][0], each["kind"]) for each in record["anomalies"]}
    assert kinds == {
        ("fare", "COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH"),
        ("zone", "ENUM_TYPE_UNEXPECTED_STRING_VALUES"),
    }
    assert {each["severity"] for each in record["anomalies"]} == {"ERROR"}
    [distance] = record["distances"]
    assert distance["exceeded"]
    assert record["monitors"] == []
    stage = json.loads((Path(result.path) / "stage.json").read_text())
    assert stage["state"] == "STOPPED"


def test_own_splits_are_the_data_of_validate_and_test(trained: tb.Controller) -> None:
    validated, tested = trained.validate(), trained.test()
    assert (validated.passed, tested.passed) == (True, True)
    assert not (Path(validated.path) / "transformed").exists()
    split = Path(trained.directory) / "versions" / "1" / "split" / "test"
    made = pq.read_table(Path(tested.path) / "transformed" / "test")
    assert made.num_rows == pq.read_table(split).num_rows
    assert not (Path(tested.path) / "monitoring.json").exists()


def test_a_missing_column_is_an_anomaly_and_without_the_gate_an_error(
    trained: tb.Controller, tmp_path: Path
) -> None:
    pq.write_table(trips(50).drop_columns(["fare"]), tmp_path / "x.parquet")
    result = trained.production(str(tmp_path / "x.parquet"))
    assert not result.passed
    assert [(f.column, f.kind) for f in result.findings] == [("fare", "SCHEMA_MISSING_COLUMN")]
    ungated = tb.Controller(Trips(), trained.directory, stop_on=None)
    with pytest.raises(tb.DataError, match="'fare'"):
        ungated.production(str(tmp_path / "x.parquet"))


def test_no_rows_are_an_error(trained: tb.Controller, tmp_path: Path) -> None:
    pq.write_table(trips(50).slice(0, 0), tmp_path / "none.parquet")
    result = trained.production(str(tmp_path / "none.parquet"))
    assert not result.passed
    assert monitoring(result)["findings"][0] == {
        "component": "schema_fit",
        "severity": "ERROR",
        "column": None,
        "message": "There are no examples.",
    }


def test_production_needs_a_version(tmp_path: Path, trained: tb.Controller) -> None:
    with pytest.raises(tb.ArtifactError, match="no version of the pipeline yet"):
        tb.Controller(Trips(), tmp_path / "new").production(str(tmp_path))
    with pytest.raises(tb.ArtifactError, match="no version 7"):
        trained.production(str(tmp_path), version=7)
    with pytest.raises(tb.EngineError, match="one batch"):
        trained.production({"a": str(tmp_path)})  # type: ignore[arg-type]  # what is refused
    with pytest.raises(tb.DataError, match="No file matches"):
        trained.production(str(tmp_path / "missing.parquet"))


def test_a_version_that_was_damaged_is_refused(
    trained: tb.Controller, raw: Path, tmp_path: Path
) -> None:
    shutil.copytree(trained.directory, tmp_path / "copy")
    controller = tb.Controller(Trips(), tmp_path / "copy")
    (tmp_path / "copy/versions/1/statistics/train.pb").unlink()
    with pytest.raises(tb.DataError, match="no data 'train' to compare"):
        controller.validate()
    shutil.rmtree(tmp_path / "copy/versions/1/transform_fn")
    with pytest.raises(tb.ArtifactError, match="lacks transform_fn"):
        tb.Controller(Trips(comparisons=()), tmp_path / "copy").test()


def test_an_older_version_can_be_named(raw: Path, tmp_path: Path) -> None:
    controller = tb.Controller(Trips(split=None, comparisons=()), tmp_path)
    for _ in range(2):
        controller.train(str(raw))
    data = str(raw / "trips-0.parquet")
    assert controller.validate(data).version == "2"
    assert controller.validate(data, version="1").version == "1"


def test_paths_of_anomalies_are_steps(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a.b": [1, 2], "c": [1.0, 2.0]}), tmp_path / "x.parquet")
    pq.write_table(pa.table({"c": [1.0, 2.0]}), tmp_path / "y.parquet")
    module = tb.PipelineModule(preprocessing_fn=lambda inputs: {"c": inputs["c"]})
    controller = tb.Controller(module, tmp_path / "p")
    controller.train(str(tmp_path / "x.parquet"))
    record = monitoring(controller.production(str(tmp_path / "y.parquet")))
    assert [each["path"] for each in record["anomalies"]] == [["a.b"]]
