"""Monitors in a pipeline: counted in Beam's metrics, and the rows that violate them kept."""

from __future__ import annotations

from typing import Any

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.metrics.metric import MetricsFilter
from apache_beam.testing.util import assert_that, equal_to

import taurus_beam as tb

TABLE = pa.table({"x": [1.0, None, 11.0, float("nan")], "s": ["a", "b", "zz", "a"]})


def preprocess(inputs: Any) -> dict[str, Any]:
    tb.monitor_not_null(inputs["x"])
    tb.monitor_in_set(inputs["s"], ["a", "b"], name="known")
    return {"x": tb.monitor_range(inputs["x"], 0, 10)}


@pytest.fixture
def artifact(tmp_path: Any) -> str:
    tb.fit(TABLE, preprocess).save(str(tmp_path / "fn"))
    return str(tmp_path / "fn")


def counters(result: Any) -> dict[str, int]:
    found = result.metrics().query(MetricsFilter().with_namespace("taurus_beam.monitors"))
    return {counter.key.metric.name: counter.result for counter in found["counters"]}


@pytest.mark.parametrize("rows", [1, 2, 4])
def test_violations_are_counted_however_the_rows_are_split(artifact: str, rows: int) -> None:
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        batches = pipeline | beam.Create(TABLE.to_batches(max_chunksize=rows))
        _ = (batches, pipeline | tb.ReadTransformFn(artifact)) | tb.TransformDataset()

    assert counters(pipeline.result) == {"x_not_null": 1, "known": 1, "x_range": 2}


def test_rows_that_violate_are_kept_with_the_monitors_they_violate(artifact: str) -> None:
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        batches = pipeline | beam.Create(TABLE.to_batches())
        transformed, violations = (
            batches,
            pipeline | tb.ReadTransformFn(artifact),
        ) | tb.TransformDataset(with_violations=True)
        assert violations.element_type is transformed.element_type is pa.RecordBatch
        assert_that(
            transformed | beam.Map(lambda batch: batch.num_rows), equal_to([4]), label="all rows"
        )
        names = violations | tb.ToDicts() | beam.Map(lambda row: (row["s"], row["violations"]))
        assert_that(
            names,
            equal_to([("b", ["x_not_null"]), ("zz", ["known", "x_range"]), ("a", ["x_range"])]),
        )


def test_bounds_are_found_in_the_pass_of_the_other_analyzers() -> None:
    def preprocessing_fn(inputs: Any) -> dict[str, Any]:
        x = tb.monitor_range(inputs["x"], tb.min(inputs["x"]), tb.max(inputs["x"]))
        return {"x": tb.scale_to_0_1(x)}

    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        batches = pipeline | beam.Create(TABLE.select(["x"]).to_batches(max_chunksize=1))
        _ = batches | tb.AnalyzeAndTransformDataset(
            preprocessing_fn, schema=TABLE.select(["x"]).schema
        )

    assert counters(pipeline.result) == {"x_range": 1}
