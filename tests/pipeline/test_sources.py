"""What the passes ask of a re-readable source: each reads anew, and only what it needs."""

from __future__ import annotations

import apache_beam as beam
import pyarrow as pa
import pyarrow.csv
import pytest
from apache_beam.pipeline import PipelineVisitor
from spine import PASSES, files_of, preprocess, row_set, table

import taurus_beam as tb
from taurus_beam.errors import TraceError
from taurus_beam.io import Source, write_batches
from taurus_beam.io.read import ReadRecordBatches

DATA = table()


@pytest.fixture
def source(tmp_path):
    for number, start in enumerate(range(0, 3000, 1000)):
        path = f"{tmp_path}/data/{number}.parquet"
        write_batches(path, DATA.slice(start, 1000).to_batches())
    return Source(f"{tmp_path}/data", batch_size=256)


class _Reads(PipelineVisitor):
    def __init__(self):
        self.columns = []

    def enter_composite_transform(self, node):
        if isinstance(node.transform, ReadRecordBatches):
            self.columns.append(list(node.transform.columns))


def reads(pipeline):
    """The columns of every read transform of a pipeline."""
    visitor = _Reads()
    pipeline.visit(visitor)
    return visitor.columns


def counted(result, name):
    wanted = beam.metrics.MetricsFilter().with_namespace("taurus_beam").with_name(name)
    return sum(counter.committed for counter in result.metrics().query(wanted)["counters"])


def test_each_pass_reads_anew_and_only_the_columns_it_needs(tmp_path, source):
    pipeline = beam.Pipeline(runner="FnApiRunner")
    _ = (
        pipeline
        | tb.AnalyzeDataset(preprocess, source=source)
        | tb.WriteTransformFn(f"{tmp_path}/fn")
    )
    assert reads(pipeline) == PASSES
    result = pipeline.run()
    result.wait_until_finish()
    assert counted(result, "rows_read") == len(PASSES) * len(DATA)
    tb.fit(DATA, preprocess).save(tmp_path / "local")
    assert files_of(tmp_path / "fn") == files_of(tmp_path / "local")


def test_the_provenance_names_the_files(tmp_path, source):
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        transform_fn = pipeline | tb.AnalyzeDataset(preprocess, source=source)
        _ = transform_fn | tb.WriteTransformFn(f"{tmp_path}/fn")
    assert tb.load(tmp_path / "fn").provenance["data"]["source"] == source.fingerprint()


def test_analyzing_and_transforming_reads_once_more(tmp_path, source):
    pipeline = beam.Pipeline(runner="FnApiRunner")
    batches, transform_fn = pipeline | tb.AnalyzeAndTransformDataset(preprocess, source=source)
    _ = transform_fn | tb.WriteTransformFn(f"{tmp_path}/fn")
    _ = batches | tb.ToDicts() | beam.Map(repr) | beam.io.WriteToText(f"{tmp_path}/rows")
    assert reads(pipeline) == [*PASSES, ["x", "n", "s"]]
    pipeline.run().wait_until_finish()
    lines = [line for part in tmp_path.glob("rows*") for line in part.read_text().splitlines()]
    expected = tb.fit_transform(DATA, preprocess)[0]
    assert sorted(lines) == row_set(expected.to_batches())


def test_what_a_source_read_is_read_again_by_later_passes(tmp_path, source):
    pipeline = beam.Pipeline(runner="FnApiRunner")
    batches = pipeline | "Read" >> source.read(["s", "x", "n"])
    _ = batches | tb.AnalyzeDataset(preprocess) | tb.WriteTransformFn(f"{tmp_path}/fn")
    assert reads(pipeline) == [["s", "x", "n"], *PASSES[1:]]
    pipeline.run().wait_until_finish()
    tb.fit(DATA, preprocess).save(tmp_path / "local")
    assert files_of(tmp_path / "fn") == files_of(tmp_path / "local")


def test_columns_that_were_not_read_are_not_there(source):
    pipeline = beam.Pipeline(runner="FnApiRunner")
    batches = pipeline | "Read" >> source.read(["x"])
    with pytest.raises(TraceError, match=r"(?s)no column 'n'.*one of: x"):
        _ = batches | tb.AnalyzeDataset(preprocess)


def test_a_collection_made_from_a_read_is_used_as_it_is(tmp_path, source):
    pipeline = beam.Pipeline(runner="FnApiRunner")
    batches = pipeline | "Read" >> source.read(["x", "n", "s"])
    halves = batches | beam.Map(lambda b: b.slice(0, b.num_rows // 2)).with_output_types(
        pa.RecordBatch
    )
    _ = (
        halves
        | tb.AnalyzeDataset(preprocess, schema=source.schema)
        | tb.WriteTransformFn(f"{tmp_path}/fn")
    )
    assert reads(pipeline) == [["x", "n", "s"]]
    pipeline.run().wait_until_finish()
    half = sum(batch.num_rows // 2 for batch in source.batches(["x"]))
    assert tb.load(tmp_path / "fn").provenance["data"]["rows"] == half


def test_a_column_that_nobody_reads_is_never_converted(tmp_path):
    (tmp_path / "data.csv").write_text("x,broken\n1.5,not a number\n2.5,\n")
    source = Source(
        f"{tmp_path}/data.csv", schema=pa.schema({"x": pa.float64(), "broken": pa.int64()})
    )
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        _ = (
            pipeline
            | tb.AnalyzeDataset(lambda inputs: {"mean": tb.mean(inputs["x"])}, source=source)
            | tb.WriteTransformFn(f"{tmp_path}/fn")
        )
    assert tb.load(tmp_path / "fn").row({}) == {"mean": 2.0}


@pytest.mark.parametrize(
    ("fn", "passes"),
    [
        (lambda i: {"y": i["x"]}, 0),
        (lambda i: {"y": i["x"] - tb.mean(i["x"]), "z": tb.scale_to_0_1(i["n"])}, 1),
        (lambda i: {"y": tb.scale_to_z_score(i["x"] - tb.min(i["x"]))}, 2),
        (
            lambda i: {
                "id": tb.compute_and_apply_vocabulary(
                    tb.cast(tb.bucketize(i["x"] - tb.min(i["x"]), 3), pa.string())
                ),
                "own": tb.scale_to_z_score(i["n"]),
            },
            3,
        ),
    ],
)
def test_there_are_as_many_passes_as_analyzers_in_a_chain(fn, passes, source):
    pipeline = beam.Pipeline(runner="FnApiRunner")
    _ = pipeline | tb.AnalyzeDataset(fn, source=source)
    assert len(reads(pipeline)) == passes
    assert tb.fit(DATA, fn).provenance["run"]["passes"] == passes
