"""Analyze and transform in a Beam pipeline: raw Parquet → transformed Parquet and the artifact.

Here it runs in this process; with other Beam options the same lines run on a cluster.
"""

from __future__ import annotations

from pathlib import Path

import apache_beam as beam

import taurus_beam as tb
from examples.flights.preprocessing import preprocessing_fn
from taurus_beam.io import Source, WriteRecordBatches


def run(raw: Path, transformed: Path, artifact: Path, shards: int = 4) -> None:
    """Each pass reads the source anew, and of it the columns that it needs."""
    source = Source(f"{raw}/*.parquet")
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        batches, transform_fn = pipeline | "Fit" >> tb.AnalyzeAndTransformDataset(
            preprocessing_fn, source=source
        )
        _ = batches | "WriteData" >> WriteRecordBatches(
            f"{transformed}/flights.parquet", shards=shards, overwrite=True
        )
        _ = transform_fn | "WriteArtifact" >> tb.WriteTransformFn(str(artifact), overwrite=True)
