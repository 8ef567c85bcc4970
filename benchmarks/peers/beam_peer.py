"""taurus_beam through Beam from a table in memory, as `tft_peer` runs TFT."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import apache_beam as beam
import pyarrow as pa

import taurus_beam as tb
from benchmarks.peers.held import batches_of

BATCH_ROWS = 65_536


def fit_transform(
    table: pa.Table, function: Callable[[tb.Inputs], Mapping[str, tb.Column]], folder: Path
) -> None:
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        batches = table.to_batches(max_chunksize=BATCH_ROWS)
        output, _ = batches_of(pipeline, batches) | tb.AnalyzeAndTransformDataset(
            lambda i: dict(function(i)), schema=table.schema
        )
        rows = output | "rows" >> beam.Map(lambda batch: batch.num_rows)
        total = rows | "total" >> beam.CombineGlobally(sum)
        _ = total | "write" >> beam.io.WriteToText(str(folder / "rows"))
