"""Components of users and those there are: what they are given, and how broken ones are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from trips_pipeline import Trips, trips

import taurus_beam as tb
from taurus_beam.controller import (
    Comparison,
    DataSet,
    Distance,
    Drift,
    Filter,
    Finding,
    Leakage,
    Monitor,
    PipelineModule,
    Rows,
    Sample,
    SchemaFit,
    Severity,
    Transform,
)
from taurus_beam.controller.mapping import comparisons_of


@dataclass(frozen=True)
class DearerThan(Comparison):
    """Compares mean fares, by the rows of both."""

    factor: float

    def compare(self, data: DataSet, reference: DataSet) -> Iterator[Finding | Distance]:
        means = [
            pc.mean(pa.Table.from_batches(each.batches(["fare"]))["fare"]).as_py()
            for each in (data, reference)
        ]
        yield Distance(("fare",), "MEAN_RATIO", means[0] / means[1], self.factor)
        if means[0] > self.factor * means[1]:
            yield Finding("Fares have risen.", Severity.WARNING, "fare")


@dataclass(frozen=True)
class Upper(Transform):
    """Zones in capitals, in a new column."""

    def output_schema(self, schema: pa.Schema) -> pa.Schema:
        return schema.append(pa.field("ZONE", pa.string()))

    def expand(self, batches: Any, schema: pa.Schema) -> Any:
        add = beam.Map(lambda b: b.append_column("ZONE", pc.utf8_upper(b["zone"])))
        return batches | add.with_output_types(pa.RecordBatch)


def test_a_comparison_sees_the_rows_and_statistics_of_both(
    trained: tb.Controller, tmp_path: Path
) -> None:
    pq.write_table(trips(200, seed=5, longer=2.0), tmp_path / "x.parquet")
    module = Trips(monitors=(), comparisons={"production": [DearerThan(1.5)]})
    controller = tb.Controller(module, trained.directory)
    result = controller.production(str(tmp_path / "x.parquet"))
    assert [f for f in result.findings if f.component != "transform"] == [
        Finding(
            "Fares have risen.",
            Severity.WARNING,
            "fare",
            component="dearer_than",
            data="production/train",
        )
    ]
    assert result.passed


def test_transforms_change_incoming_data_before_all_else(raw: Path, tmp_path: Path) -> None:
    def known(inputs: Any) -> Any:
        return ~tb.is_null(inputs["fare"])

    module = PipelineModule(
        transforms=[Filter(known), Upper(), Sample(tb.SampleSize(50))],
        monitors=(),
        preprocessing_fn=lambda inputs: {
            "zone_id": tb.compute_and_apply_vocabulary(inputs["ZONE"]),
            "fare": inputs["fare"],
        },
    )
    controller = tb.Controller(module, tmp_path)
    result = controller.train(str(raw))
    version = Path(result.path)
    assert tb.load_statistics(version / "statistics/train.pb").datasets[0].num_examples == 50
    made = pq.read_table(version / "transformed/train")
    assert (made.num_rows, made["fare"].null_count) == (50, 0)
    assert set(tb.load(str(version / "transform_fn")).vocabularies) == {"ZONE"}
    again = controller.production(str(raw / "trips-0.parquet"))
    assert pq.read_table(Path(again.path) / "transformed/production").num_rows == 50


def test_rows_counts_what_does_not_fit(trained: tb.Controller, tmp_path: Path) -> None:
    table = trips(100, seed=6)
    zones = pa.array(["nowhere"] * 3 + table["zone"].to_pylist()[3:])
    pq.write_table(table.set_column(1, "zone", zones), tmp_path / "x.parquet")
    for most, severity in ((0.0, "ERROR"), (0.03, "WARNING")):
        module = Trips(monitors=Rows(most), comparisons=())
        controller = tb.Controller(module, trained.directory)
        [finding] = controller.validate(str(tmp_path / "x.parquet")).findings
        assert (finding.column, finding.severity.value) == ("zone", severity)
        assert finding.message.endswith(": 3 of 100 rows.")


def test_leakage_is_found_between_splits(raw: Path, tmp_path: Path) -> None:
    by_row = tb.SplitByHash({"train": 0.5, "eval": 0.5}, key=())
    module = Trips(split=by_row, comparisons={("eval", "train"): [Leakage("user"), Leakage()]})
    result = tb.Controller(module, tmp_path).train(str(raw))
    [leak] = [f for f in result.findings if f.component.startswith("leakage")]
    parts = tb.split_table(pq.read_table(raw), by_row)
    shared = {*parts["train"]["user"].to_pylist()} & {*parts["eval"]["user"].to_pylist()}
    assert leak.message.startswith(f"{len(shared)} values of user of 'eval' are in 'train' too")
    assert (leak.severity, result.passed) == (Severity.ERROR, False)


def test_drift_by_measures_that_no_schema_knows(trained: tb.Controller, tmp_path: Path) -> None:
    pq.write_table(trips(200, seed=7, longer=3.0), tmp_path / "x.parquet")
    thresholds = {"fare": tb.DistanceThresholds(kolmogorov_smirnov=0.2)}
    module = Trips(monitors=(), comparisons=[Drift(thresholds)])
    controller = tb.Controller(module, trained.directory)
    messages = [f.message for f in controller.validate(str(tmp_path / "x.parquet")).findings]
    assert any("Kolmogorov" in message for message in messages), messages


class Broken(Monitor):
    """Raises what is no error of ours."""

    def check(self, data: DataSet) -> list[Finding]:
        raise KeyError("nothing")


class Talkative(Monitor):
    """Gives what is no finding."""

    def check(self, data: DataSet) -> Any:
        return ["all is well"]


class Rowless(Comparison):
    """Asks for rows that are not there."""

    def compare(self, data: DataSet, reference: DataSet) -> list[Finding]:
        list(reference.batches())
        return []


@pytest.mark.parametrize(
    ("attributes", "error", "said"),
    [
        ({"monitors": [Broken()]}, tb.EngineError, r"monitor 'broken' \(Broken\) raised KeyError"),
        ({"monitors": [Talkative()]}, tb.EngineError, "monitor 'talkative' gave a str"),
        ({"monitors": [Drift()]}, tb.EngineError, "is no Monitor"),
        ({"monitors": [SchemaFit]}, tb.EngineError, "Make an instance of it"),
        ({"comparisons": {"eval": [SchemaFit()]}}, tb.EngineError, "is no Comparison"),
        ({"comparisons": {("eval", "july"): [Drift()]}}, tb.DataError, "no data 'july' to compare"),
        (
            {"comparisons": {"eval": [Rowless()]}, "split": None},
            tb.DataError,
            "comparison rowless on eval/train",
        ),
        (
            {"monitors": [SchemaFit({"NO_SUCH_TYPE": "WARNING"})]},
            tb.DataError,
            "monitor schema_fit on eval",
        ),
    ],
)
def test_what_is_wrong_with_a_component_names_it(
    attributes: dict[str, Any], error: type[Exception], said: str, raw: Path, tmp_path: Path
) -> None:
    plain = tb.Controller(Trips(split=None, comparisons=()), tmp_path)
    plain.train(str(raw))
    with pytest.raises(error, match=said):
        tb.Controller(Trips(**attributes), tmp_path).validate(str(raw / "trips-0.parquet"))


def test_comparisons_are_asked_for_by_name_or_pair() -> None:
    drift = Drift()
    assert comparisons_of([drift], "eval", "train") == [(("eval", "train"), drift)]
    assert comparisons_of([drift], "train", "train") == []
    asked = {"eval": [drift], ("test", "eval"): [drift]}
    assert comparisons_of(asked, "test", "train") == [(("test", "eval"), drift)]
    with pytest.raises(tb.EngineError, match="components for"):
        tb.Controller(Trips(comparisons={("a", "b", "c"): [drift]}), "nowhere")
