"""Filtering in a pipeline: the rows of `filter_table`, and metrics that add up."""

from __future__ import annotations

import apache_beam as beam
import pyarrow as pa
from apache_beam.testing.util import assert_that, equal_to

import taurus_beam as tb

SCHEMA = pa.schema([("x", pa.int64())])
ROWS = [{"x": 1}, {"x": None}, {"x": 20}, {"x": 30}]


def test_rows_are_kept_and_counted() -> None:
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        kept = (
            pipeline | beam.Create(ROWS) | tb.FilterExamples(lambda i: i["x"] > 15, schema=SCHEMA)
        )
        assert kept.element_type is pa.RecordBatch
        assert_that(kept | tb.ToDicts(), equal_to(ROWS[2:]))
    counters = pipeline.result.metrics().query()["counters"]
    assert {c.key.metric.name: c.committed for c in counters if "rows_" in c.key.metric.name} == {
        "rows_kept": 2,
        "rows_filtered": 1,
        "rows_filtered_null": 1,
    }
