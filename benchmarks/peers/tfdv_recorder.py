"""Asks TFDV for the statistics and the schema of each frame; run by the Python that has TFDV."""

from __future__ import annotations

import importlib.metadata
import json
import logging
import sys
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import schema_pb2


def main(folder: Path) -> None:
    logging.disable(logging.WARNING)
    for file in sorted(folder.glob("*.arrow")):
        stats = file.with_suffix(".stats")
        ask(read(file), stats)
        schema = inferred(stats)
        tfdv.write_schema_text(schema, str(file.with_suffix(".pbtxt")))
    (folder / "names.json").write_text(json.dumps(names(), indent=1) + "\n", "utf-8")


def ask(table: Any, file: Path) -> None:
    """Writes the statistics of a table, from the pipeline that users run."""
    with beam.Pipeline() as pipeline:
        (
            pipeline
            | beam.Create(table.to_batches() or [pa.RecordBatch.from_pylist([], table.schema)])
            | tfdv.GenerateStatistics()
            | tfdv.WriteStatisticsToBinaryFile(str(file))
        )


def inferred(stats: Path) -> Any:
    statistics = tfdv.load_stats_binary(str(stats))
    return tfdv.infer_schema(statistics) if statistics.datasets else schema_pb2.Schema()


def read(file: Path) -> Any:
    with pa.memory_map(str(file)) as source:
        return pa.ipc.open_file(source).read_all()


def names() -> dict[str, Any]:
    """The version asked, and the public functions and classes of TFDV."""
    return {
        "version": importlib.metadata.version("tensorflow-data-validation"),
        "names": sorted(name for name in dir(tfdv) if is_public(name)),
    }


def is_public(name: str) -> bool:
    return not name.startswith("_") and callable(getattr(tfdv, name))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
