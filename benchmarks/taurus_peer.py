"""taurus_beam on the reference work, as its users would run it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

import taurus_beam as tb
from benchmarks.functions import preprocessing_fn


def in_memory(table: pa.Table) -> pa.Table:
    transformed, _ = tb.fit_transform(table, preprocessing_fn)
    return transformed


def beam(source: Path, folder: Path) -> None:
    """Parquet to Parquet, and the artifact, by Beam's own runner in this process."""
    # Here and not above: the other works are to be free of Beam's memory.
    import apache_beam

    from taurus_beam.io import Source, WriteRecordBatches

    flights = Source(str(source))
    with apache_beam.Pipeline(runner="FnApiRunner") as pipeline:
        transformed, transform_fn = (
            pipeline
            | "read" >> flights.read()
            | "fit" >> tb.AnalyzeAndTransformDataset(preprocessing_fn, schema=flights.schema)
        )
        _ = transformed | "write" >> WriteRecordBatches(str(folder / "flights"), overwrite=True)
        _ = transform_fn | "freeze" >> tb.WriteTransformFn(
            str(folder / "transform_fn"), overwrite=True
        )


def fit(table: pa.Table) -> tb.TransformFn:
    return tb.fit(table, preprocessing_fn)
