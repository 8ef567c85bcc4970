"""`train`: what a version holds, what stops it, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from trips_pipeline import Trips, trips

import taurus_beam as tb
from taurus_beam.controller import Finding, Monitor, PipelineModule, Severity


def test_a_version_holds_all_that_was_made(trained: tb.Controller, raw: Path) -> None:
    version = Path(trained.directory) / "versions" / "1"
    made = {path.relative_to(version).parts[0] for path in version.iterdir()}
    assert made == {
        "columns.arrow",
        "components",
        "findings.json",
        "schema.pbtxt",
        "split",
        "stage.json",
        "statistics",
        "transform_fn",
        "transformed",
    }
    table = pq.read_table(raw)
    parts = tb.split_table(table, Trips.split)
    for name in ("train", "eval"):
        statistics = tb.load_statistics(version / f"statistics/{name}.pb")
        assert statistics.datasets[0].num_examples == parts[name].num_rows
        assert pq.read_table(version / f"transformed/{name}").num_rows == parts[name].num_rows
    # Of the held-out rows nothing is looked at but that they are there.
    assert pq.read_table(version / "split/test").num_rows == parts["test"].num_rows
    assert not (version / "statistics/test.pb").exists()
    fitted = tb.fit(parts["train"], Trips().preprocessing_fn)
    assert tb.load(str(version / "transform_fn")).digest == fitted.digest
    schema = tb.load_schema_text(str(version / "schema.pbtxt"))
    assert tb.get_feature(schema, "fare").presence.min_fraction == 0.8
    record = json.loads((version / "stage.json").read_text())
    assert record["state"] == "COMPLETE"
    assert [(each["name"], each["data"]) for each in record["components"]] == [
        ("split", "raw"),
        ("statistics", "train"),
        ("statistics", "eval"),
        ("schema", "train"),
        ("schema_fit", "train"),
        ("schema_fit", "eval"),
        ("drift", "eval/train"),
        ("fit", "train"),
        ("transform", "eval"),
    ]


def test_training_again_makes_another_version_of_the_same_content(
    raw: Path, tmp_path: Path
) -> None:
    module = PipelineModule(preprocessing_fn=lambda inputs: {"x": tb.scale_to_0_1(inputs["fare"])})
    controller = tb.Controller(module, tmp_path)
    first, second = controller.train(str(raw)), controller.train(str(raw))
    assert (first.version, second.version) == ("1", "2")
    assert second.reused == ()
    one, two = (tb.load(f"{each.path}/transform_fn").digest for each in (first, second))
    assert one == two


def test_errors_in_training_data_stop_it_before_the_fit(raw: Path, tmp_path: Path) -> None:
    class Never(Monitor):
        def check(self, data: object) -> list[Finding]:
            return [Finding("Not these."), Finding("Nor these.", Severity.WARNING)]

    class Refused(Trips):
        def __init__(self) -> None:
            super().__init__(monitors={"train": [Never()]})

    controller = tb.Controller(Refused(), tmp_path)
    result = controller.train(str(raw))
    assert (result.passed, result.version) == (False, None)
    assert [f.message for f in result.findings] == ["Not these.", "Nor these."]
    assert [record.state for record in controller.stages()] == ["STOPPED"]
    assert not list((tmp_path / "versions").glob("[0-9]*"))
    assert tb.Controller(Refused(), tmp_path, stop_on=None).train(str(raw)).version == "1"


def test_a_given_schema_types_text_and_judges_it(tmp_path: Path) -> None:
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    schema = text_format.Parse(
        """feature { name: "fare" type: FLOAT float_domain { max: 5 }
                     shape {} presence { min_fraction: 1 } }""",
        schema_pb2.Schema(),
    )
    path = tmp_path / "trips.csv"
    path.write_text("fare\n1\n9\n")
    module = PipelineModule(
        schema=schema, preprocessing_fn=lambda inputs: {"x": tb.scale_to_0_1(inputs["fare"])}
    )
    controller = tb.Controller(module, tmp_path / "p", stop_on=None)
    result = controller.train(str(path))
    assert [f.kind for f in result.findings] == ["FLOAT_TYPE_BIG_FLOAT"]
    artifact = tb.load(f"{result.path}/transform_fn")
    assert artifact.input_arrow_schema.field("fare").type == pa.float32()
    # Whole numbers later on are fractions still; text is told, not stumbled over.
    (tmp_path / "later.csv").write_text("fare\n3\n4\n")
    assert controller.production(str(tmp_path / "later.csv")).findings == ()
    (tmp_path / "text.csv").write_text("fare\nthree\nfour\n")
    strict = tb.Controller(module, tmp_path / "p")
    found = strict.production(str(tmp_path / "text.csv"))
    assert not found.passed
    kinds = {finding.kind for finding in found.findings}
    assert kinds == {"UNEXPECTED_DATA_TYPE", "FLOAT_TYPE_STRING_NOT_FLOAT"}


def test_named_data_need_no_split(tmp_path: Path) -> None:
    for name, seed in (("train", 1), ("eval", 2)):
        pq.write_table(trips(100, seed), tmp_path / f"{name}.parquet")

    class Named(Trips):
        split = None

    controller = tb.Controller(Named(), tmp_path / "p")
    data = {name: tmp_path / f"{name}.parquet" for name in ("train", "eval")}
    assert controller.train(data).passed
    with pytest.raises(tb.EngineError, match="no data for training"):
        controller.train({"eval": tmp_path / "eval.parquet"})
    with pytest.raises(tb.EngineError, match="has a split"):
        tb.Controller(Trips(), tmp_path / "q").train(data)
    with pytest.raises(tb.DataError, match="no split 'test'"):
        controller.test()


def test_what_is_wrong_with_a_pipeline_is_told_before_data_are_read(tmp_path: Path) -> None:
    with pytest.raises(tb.EngineError, match="has no preprocessing_fn"):
        tb.Controller(PipelineModule(), tmp_path)
    with pytest.raises(tb.EngineError, match="A pipeline has no 'monitor'"):
        PipelineModule(monitor=[])
    with pytest.raises(tb.EngineError, match="is no pipeline"):
        tb.Controller(object(), tmp_path)  # type: ignore[arg-type]  # what is refused
    with pytest.raises(tb.EngineError, match="no stage 'predict'"):
        tb.Controller(Trips, tmp_path).run("predict")
    with pytest.raises(tb.EngineError, match="no training data"):
        tb.Controller(Trips(split=tb.KFold(3)), tmp_path).train(str(tmp_path))
    with pytest.raises(tb.EngineError, match="is no data in files"):
        tb.Controller(Trips(), tmp_path).train(trips())  # type: ignore[arg-type]  # what is refused


def test_a_column_that_training_data_lack_is_named(tmp_path: Path) -> None:
    pq.write_table(pa.table({"fares": [1.0, 2.0]}), tmp_path / "x.parquet")
    module = PipelineModule(preprocessing_fn=lambda inputs: {"x": inputs["fare"] + 1})
    controller = tb.Controller(module, tmp_path / "p")
    with pytest.raises(tb.TraceError, match="There is no column 'fare'"):
        controller.train(str(tmp_path / "x.parquet"))
    [record] = controller.stages()
    assert (record.state, record.is_complete) == ("FAILED", False)
    assert "There is no column 'fare'" in record.error
