"""taurus_beam on the reference work, as its users would run it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import taurus_beam as tb
from benchmarks import by_hand, cores, functions
from benchmarks.data import REFERENCE, Columns
from benchmarks.functions import preprocessing_fn


def in_memory(table: pa.Table, columns: Columns = REFERENCE) -> pa.Table:
    transformed, _ = tb.fit_transform(table, functions.of(columns))
    return transformed


def parquet(source: Path, folder: Path, columns: Columns = REFERENCE, repeat: bool = True) -> None:
    """Parquet to Parquet, and the artifact, as tables in memory; written as by hand.

    Args:
        repeat: Whether the strings do, so that they are read as dictionaries.
    """
    dictionaries = list(columns.strings) if repeat else None
    names = [*columns.numeric, *columns.strings]
    table = pq.read_table(source, columns=names, read_dictionary=dictionaries)
    transformed, transform_fn = tb.fit_transform(table, functions.of(columns))
    outputs = folder / "outputs"
    outputs.mkdir(exist_ok=True)
    by_hand.write(transformed, outputs, cores.available())
    transform_fn.save(str(folder / "transform_fn"), overwrite=True)


def local(source: Path, folder: Path, columns: Columns = REFERENCE) -> None:
    """Parquet to Parquet, and the artifact, as ``taurus-beam fit`` does it: no pipeline."""
    from taurus_beam.io import Source
    from taurus_beam.io.shards import Output
    from taurus_beam.runners.local import jobs

    jobs.fit(
        functions.of(columns),
        Source(str(source)),
        str(folder / "transform_fn"),
        overwrite=True,
        output=Output.at(str(folder / "outputs"), None, overwrite=True),
    )


def beam(source: Path, folder: Path, *words: str, columns: Columns = REFERENCE) -> None:
    """Parquet to Parquet, and the artifact, by Beam's own runner in this process.

    Args:
        words: What tells the runner to work in threads or in processes.
    """
    # Here and not above: the other works are to be free of Beam's memory.
    import apache_beam
    from apache_beam.options.pipeline_options import PipelineOptions

    from taurus_beam.io import Source, WriteRecordBatches

    data = Source(str(source))
    options = PipelineOptions(["--runner=FnApiRunner", *words])
    with apache_beam.Pipeline(options=options) as pipeline:
        transformed, transform_fn = (
            pipeline
            | "read" >> data.read()
            | "fit" >> tb.AnalyzeAndTransformDataset(functions.of(columns), schema=data.schema)
        )
        _ = transformed | "write" >> WriteRecordBatches(str(folder / "outputs"), overwrite=True)
        _ = transform_fn | "freeze" >> tb.WriteTransformFn(
            str(folder / "transform_fn"), overwrite=True
        )


def beam_analyze(source: Path, folder: Path) -> None:
    """Parquet to the artifact."""
    import apache_beam

    from taurus_beam.io import Source

    with apache_beam.Pipeline(runner="FnApiRunner") as pipeline:
        transform_fn = pipeline | tb.AnalyzeDataset(preprocessing_fn, source=Source(str(source)))
        _ = transform_fn | tb.WriteTransformFn(str(folder / "transform_fn"), overwrite=True)


def beam_analyze_spans(spans: dict[str, Path], cache: Path, folder: Path) -> None:
    """Parquet in spans to the artifact, with a cache."""
    import apache_beam

    from taurus_beam.io import Source

    sources = {name: Source(str(path)) for name, path in spans.items()}
    with apache_beam.Pipeline(runner="FnApiRunner") as pipeline:
        analysis = tb.AnalyzeDatasetWithCache(preprocessing_fn, sources, str(cache))
        _ = pipeline | analysis | tb.WriteTransformFn(str(folder / "transform_fn"), overwrite=True)


def fit(table: pa.Table) -> tb.TransformFn:
    return tb.fit(table, preprocessing_fn)


def export(table: pa.Table, path: Path) -> None:
    """The fitted work as an ONNX model."""
    tb.to_onnx(fit(table), str(path))
