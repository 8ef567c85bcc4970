"""A gate passes all of the data or none, and nothing before the statistics of all are judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.metrics.metric import MetricsFilter
from apache_beam.testing import test_stream
from apache_beam.testing.util import assert_that, equal_to
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

import taurus_beam as tb

SCHEMA = text_format.Parse(
    """
    feature { name: "x" type: INT int_domain { max: 99 } presence { min_fraction: 1 } }
    feature { name: "s" type: BYTES drift_comparator { infinity_norm { threshold: 0.1 } } }
    feature { name: "y" type: INT presence { min_fraction: 1 } not_in_environment: "SERVING" }
    default_environment: ["TRAINING", "SERVING"]
    """,
    schema_pb2.Schema(),
)
GOOD = [pa.record_batch({"x": [i, i + 1], "s": ["a", "b"]}) for i in range(0, 90, 2)]
ONE_BAD = [*GOOD, pa.record_batch({"x": [100], "s": ["a"]})]


def rows(batches: list[pa.RecordBatch]) -> list[dict[str, Any]]:
    return [row for batch in batches for row in batch.to_pylist()]


def gated(data: Any, **options: Any) -> Any:
    return data | tb.StopOnAnomalies(SCHEMA, "SERVING", **options)


def write_rows(batches: Any, path: str) -> None:
    _ = batches | tb.ToDicts() | beam.Map(str) | beam.io.WriteToText(path)


def test_good_data_pass_as_they_are(tmp_path: Path) -> None:
    with beam.Pipeline(runner="FnApiRunner") as p:
        batches = gated(p | beam.Create(GOOD))
        assert batches.element_type is pa.RecordBatch
        assert_that(batches | tb.ToDicts(), equal_to(rows(GOOD)))


def test_one_bad_row_in_the_last_batch_stops_all_before_anything_is_written(
    tmp_path: Path,
) -> None:
    with (
        pytest.raises(tb.DataError, match="Unexpectedly large value: 100") as caught,
        beam.Pipeline(runner="FnApiRunner") as p,
    ):
        write_rows(gated(p | beam.Create(ONE_BAD)), str(tmp_path / "out"))

    assert "The data do not fit the schema, so nothing is passed on." in str(caught.value)
    assert list(tmp_path.glob("out*")) == []


def test_data_without_rows_do_not_pass() -> None:
    with pytest.raises(tb.DataError, match="no examples"), beam.Pipeline(runner="FnApiRunner") as p:
        _ = gated(p | beam.Create([], reshuffle=False).with_output_types(pa.RecordBatch))


@pytest.mark.parametrize("as_source", [True, False], ids=["source=", "Source.read()"])
def test_files_are_read_twice_and_not_kept(tmp_path: Path, as_source: bool) -> None:
    table = pa.Table.from_batches(GOOD)
    for part in range(2):
        pq.write_table(table.slice(45 * part, 45), tmp_path / f"part-{part}.parquet")
    source = tb.io.Source(str(tmp_path / "part-*"))

    with beam.Pipeline(runner="FnApiRunner") as p:
        passed = gated(p, source=source) if as_source else gated(p | source.read())
        assert_that(passed | tb.ToDicts(), equal_to(table.to_pylist()))
    found = p.result.metrics().query(MetricsFilter().with_name("rows_read"))["counters"]
    assert sum(counter.committed for counter in found) == 2 * table.num_rows


def test_two_gates_in_one_pipeline(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_batches(GOOD), tmp_path / "data.parquet")
    source = tb.io.Source(str(tmp_path / "data.parquet"))

    with beam.Pipeline(runner="FnApiRunner") as p:
        data = p | source.read()
        one = data | "One" >> tb.StopOnAnomalies(SCHEMA, "SERVING")
        other = data | "Other" >> tb.DivertOnAnomalies(SCHEMA, "TRAINING")
        assert_that(one | "Rows" >> tb.ToDicts(), equal_to(rows(GOOD)), "Passed")
        assert_that(other.passed, equal_to([]), "NothingPassed")
        assert_that(other.diverted | tb.ToDicts(), equal_to(rows(GOOD)), "Diverted")


@pytest.mark.parametrize("batches", [GOOD, ONE_BAD], ids=["good", "bad"])
def test_all_pass_or_all_are_diverted(batches: list[pa.RecordBatch]) -> None:
    with beam.Pipeline(runner="FnApiRunner") as p:
        found = p | beam.Create(batches) | tb.DivertOnAnomalies(SCHEMA, "SERVING")
        passed, diverted = (batches, []) if batches is GOOD else ([], batches)
        keys = found.anomalies | beam.Map(lambda a: list(a.anomaly_info))
        assert found.diverted.element_type is pa.RecordBatch
        assert_that(found.passed | "P" >> tb.ToDicts(), equal_to(rows(passed)), "Passed")
        assert_that(found.diverted | "D" >> tb.ToDicts(), equal_to(rows(diverted)), "Diverted")
        assert_that(keys, equal_to([["x"] if diverted else []]), "Anomalies")
    counted = p.result.metrics().query(MetricsFilter().with_name("rows_diverted"))["counters"]
    assert sum(counter.committed for counter in counted) == len(rows(diverted))


def test_drift_and_rules_of_ones_own() -> None:
    previous = tb.statistics({"x": [1, 2], "s": ["a", "c"]})
    rule = (
        'feature_validations { feature_path { step: "x" } validations { '
        'sql_expression: "feature.num_stats.mean < 3" severity: WARNING description: "Mean" } }'
    )
    with beam.Pipeline(runner="FnApiRunner") as p:
        found = (
            p
            | beam.Create(GOOD)
            | tb.DivertOnAnomalies(
                SCHEMA,
                "SERVING",
                previous,
                validation_options=tb.ValidationOptions(
                    severity_overrides={"COMPARATOR_L_INFTY_HIGH": "WARNING"}
                ),
                custom_validations=rule,
            )
        )
        told = found.anomalies | beam.Map(
            lambda a: {name: info.short_description for name, info in a.anomaly_info.items()}
        )
        title = "High Linfty distance between current and previous"
        assert_that(told, equal_to([{"x": "Mean", "s": title}]), "Told")
        assert_that(found.passed | tb.ToDicts(), equal_to(rows(GOOD)), "WarningsPass")

    with pytest.raises(tb.DataError, match="Mean"), beam.Pipeline(runner="FnApiRunner") as p:
        _ = gated(p | beam.Create(GOOD), custom_validations=rule, strict=True)


class Row(NamedTuple):
    x: int
    s: str


def test_beam_rows() -> None:
    with beam.Pipeline(runner="FnApiRunner") as p:
        data = p | beam.Create([Row(1, "a"), Row(2, "b")]).with_output_types(Row)
        found = gated(data)
        assert_that(found | tb.ToDicts(), equal_to([{"x": 1, "s": "a"}, {"x": 2, "s": "b"}]))


def test_elements_that_are_no_batches() -> None:
    with pytest.raises(tb.DataError, match="type int"), beam.Pipeline(runner="FnApiRunner") as p:
        _ = gated(p | beam.Create([1]) | beam.Map(lambda x: x).with_output_types(Any))


def test_wrong_arguments_are_found_before_data_are_read() -> None:
    with pytest.raises(tb.DataError, match="MOON not found"):
        tb.StopOnAnomalies(SCHEMA, "MOON")
    with pytest.raises(tb.DataError, match="schema is a"):
        tb.StopOnAnomalies("schema.pbtxt")
    with pytest.raises(tb.DataError, match="line 1"):
        tb.StopOnAnomalies(SCHEMA, custom_validations="rules {")
    with pytest.raises(tb.DataError, match="previous_statistics is a"):
        tb.StopOnAnomalies(SCHEMA, previous_statistics=SCHEMA)


def test_nothing_or_too_much_to_read() -> None:
    p = beam.Pipeline(runner="FnApiRunner")
    with pytest.raises(tb.EngineError, match="nothing to read"):
        gated(p)
    with pytest.raises(tb.EngineError, match="both data before"):
        _ = (
            p
            | beam.Create(GOOD)
            | "Both" >> tb.StopOnAnomalies(SCHEMA, source=tb.io.Source("x.csv"))
        )
    p = beam.Pipeline(runner="FnApiRunner")
    with pytest.raises(tb.EngineError, match="never end"):
        _ = p | test_stream.TestStream() | "Unbounded" >> tb.StopOnAnomalies(SCHEMA)
