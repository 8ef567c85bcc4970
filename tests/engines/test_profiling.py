"""Profiles come from the workers of every engine, and count the same rows everywhere."""

from __future__ import annotations

from pathlib import Path

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.options.pipeline_options import PipelineOptions

import taurus_beam as tb

ROWS = 5000


def preprocess(inputs: tb.Inputs) -> dict[str, tb.Column]:
    return {
        "z": tb.scale_to_z_score(inputs["x"]),
        "id": tb.compute_and_apply_vocabulary(inputs["s"]),
    }


def test_steps_and_rows_of_all_workers(engine: PipelineOptions, tmp_path: Path) -> None:
    table = pa.table({"x": [float(n) for n in range(ROWS)], "s": [str(n % 7) for n in range(ROWS)]})
    pq.write_table(table, tmp_path / "x.parquet", row_group_size=1000)
    with tb.profile() as profile:
        pipeline = beam.Pipeline(options=engine)
        batches, path = pipeline | tb.AnalyzeAndTransformDataset(
            preprocess,
            source=tb.io.Source(str(tmp_path / "x.parquet")),
            temp_dir=str(tmp_path / "temporary"),
        )
        _ = batches | tb.io.WriteRecordBatches(str(tmp_path / "out" / "part"))
        _ = path | tb.WriteTransformFn(str(tmp_path / "fn"))
        result = pipeline.run()
        result.wait_until_finish()
    profile.collect(result)

    rows = {(row.phase, row.kind, row.name): row.rows for row in profile.rows}
    assert rows["pass 1", "read", ""] == ROWS
    assert rows["pass 1", "add", "mean, var(x)"] == ROWS
    assert rows["pass 1", "add", "vocabulary(s)"] == ROWS
    assert rows["transform", "operation", "standardize(x)"] == ROWS
    assert rows["transform", "output", ""] == 2 * ROWS
    kinds = {(row.phase, row.kind) for row in profile.rows}
    assert {("pass 1", "merge"), ("pass 1", "merge shards"), ("pass 1", "results")} <= kinds
    assert all(row.seconds > 0 for row in profile.rows if row.kind in ("read", "add"))
    assert tb.load(str(tmp_path / "fn")).digest == tb.fit(table, preprocess).digest
