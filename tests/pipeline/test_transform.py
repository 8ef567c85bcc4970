"""Applying an artifact in a pipeline gives what applying it here gives."""

from __future__ import annotations

import typing

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.window import FixedWindows, TimestampedValue
from spine import SCHEMA, preprocess, row_set, table

import taurus_beam as tb
from taurus_beam.errors import DataError, EngineError

DATA = table(500)


class Point(typing.NamedTuple):
    x: float | None


def halved(inputs: tb.Inputs) -> dict[str, tb.Column]:
    return {"half": inputs["x"] / tb.max(inputs["x"])}


@pytest.fixture
def saved(tmp_path):
    """An artifact whose one output is x / 8."""
    tb.fit({"x": [1.0, 8.0]}, halved).save(tmp_path / "fn")
    return str(tmp_path / "fn")


def test_training_data_are_transformed_as_here():
    expected, fn = tb.fit_transform(DATA, preprocess)

    def check(batches):
        assert row_set(batches) == row_set(expected.to_batches())
        assert all(batch.schema == fn.output_arrow_schema for batch in batches)

    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        made = pipeline | beam.Create(DATA.to_batches(max_chunksize=64))
        batches, _ = made | tb.AnalyzeAndTransformDataset(preprocess, schema=SCHEMA)
        assert batches.element_type is pa.RecordBatch
        assert_that(batches, check)


@pytest.mark.parametrize(
    ("elements", "hint", "schema"),
    [
        ([{"x": 4.0, "more": "text"}, {"x": None}], None, pa.schema({"x": pa.float64()})),
        ([Point(4.0), Point(None)], Point, None),
        ([pa.record_batch({"x": [4.0, None]})], pa.RecordBatch, None),
        ([pa.record_batch({"x": [4.0, None]})], None, pa.schema({"x": pa.float64()})),
    ],
    ids=["dicts", "tuples", "batches", "untyped batches"],
)
def test_data_in_any_form_are_transformed(saved, elements, hint, schema):
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        made = pipeline | "Make" >> beam.Create(elements)
        if hint:
            made = made | "Hint" >> beam.Map(lambda e: e).with_output_types(hint)
        transform_fn = pipeline | tb.ReadTransformFn(saved)
        rows = (made, transform_fn) | tb.TransformDataset(schema=schema) | tb.ToDicts()
        assert_that(rows, equal_to([{"half": 0.5}, {"half": None}]))


def test_windows_are_analyzed_together_and_kept():
    rows = [(10.0, 1), (20.0, 2), (40.0, 61), (80.0, 62)]

    def with_window(batch, window=beam.DoFn.WindowParam):
        for row in batch.to_pylist():
            yield row["half"], int(window.start), int(window.end)

    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        made = (
            pipeline
            | beam.Create(rows)
            | "Stamp" >> beam.MapTuple(lambda x, at: TimestampedValue({"x": x}, at))
            | "Window" >> beam.WindowInto(FixedWindows(60))
        )
        batches, transform_fn = made | tb.AnalyzeAndTransformDataset(
            halved, schema=pa.schema({"x": pa.float64()})
        )
        assert_that(
            batches | beam.FlatMap(with_window),
            equal_to([(0.125, 0, 60), (0.25, 0, 60), (0.5, 60, 120), (1.0, 60, 120)]),
            label="Windows",
        )
        assert_that(transform_fn, lambda paths: len(paths) == 1 or pytest.fail(str(paths)))


def test_a_function_that_reads_no_column_still_has_its_rows():
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        made = pipeline | beam.Create([{"x": 1.0}, {"x": 2.0}, {}])
        batches, _ = made | tb.AnalyzeAndTransformDataset(
            lambda inputs: {"one": 1}, schema=pa.schema({"x": pa.float64()})
        )
        assert_that(batches | tb.ToDicts(), equal_to([{"one": 1}] * 3))


def test_no_data_are_transformed_to_none(saved):
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        none = pipeline | beam.Create([])
        pair = none, pipeline | tb.ReadTransformFn(saved)
        batches = pair | tb.TransformDataset(schema=pa.schema({"x": pa.float64()}))
        assert_that(batches, equal_to([]))


def test_a_batch_of_no_rows_stays_one(saved):
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        batch = pa.record_batch({"x": pa.array([], pa.float64())})
        made = pipeline | beam.Create([batch]).with_output_types(pa.RecordBatch)
        batches = (made, pipeline | tb.ReadTransformFn(saved)) | tb.TransformDataset()
        assert_that(batches | beam.Map(lambda b: b.num_rows), equal_to([0]))


def test_it_is_applied_to_a_pair(saved):
    pipeline = beam.Pipeline(runner="FnApiRunner")
    made = pipeline | beam.Create([{"x": 1.0}])
    with pytest.raises(EngineError, match=r"(?s)applied to a pair.*\(data, transform_fn\) \|"):
        _ = made | tb.TransformDataset()


def test_data_that_do_not_fit_are_named(saved):
    def run(batch):
        with beam.Pipeline(runner="FnApiRunner") as pipeline:
            made = pipeline | beam.Create([batch]).with_output_types(pa.RecordBatch)
            _ = (made, pipeline | tb.ReadTransformFn(saved)) | tb.TransformDataset()

    with pytest.raises(DataError, match=r"Column 'x' is missing from the data"):
        run(pa.record_batch({"y": [1.0]}))
    with pytest.raises(DataError, match=r"(?s)Column 'x' has type string.*expected: double"):
        run(pa.record_batch({"x": ["1"]}))
