"""How many steps a job has: each takes a local run milliseconds, however few elements pass it."""

from __future__ import annotations

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.pipeline import PipelineVisitor

import taurus_beam as tb


class Steps(PipelineVisitor):
    """The labels of what calls Python."""

    def __init__(self) -> None:
        self.labels: list[str] = []

    def visit_transform(self, node) -> None:
        if isinstance(node.transform, beam.ParDo):
            self.labels.append(node.full_label)


def test_a_job_of_one_pass_has_few_steps(tmp_path):
    pq.write_table(pa.table({"x": [1.0, 2.0]}), tmp_path / "x.parquet")
    source = tb.io.Source(f"{tmp_path}/x.parquet")
    pipeline = beam.Pipeline(runner="FnApiRunner")
    features, transform_fn = pipeline | tb.AnalyzeAndTransformDataset(
        lambda inputs: {"z": tb.scale_to_z_score(inputs["x"])}, source=source
    )
    _ = features | tb.io.WriteRecordBatches(f"{tmp_path}/out/part")
    _ = transform_fn | tb.WriteTransformFn(f"{tmp_path}/fn")
    steps = Steps()
    pipeline.visit(steps)
    assert len(steps.labels) <= 27, steps.labels
