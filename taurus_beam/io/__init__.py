"""Data sets in files as Arrow record batches: sources that can be re-read, sinks that are atomic.

Parquet, CSV, Avro, Arrow and JSON lines on any file system Beam knows. This room knows nothing of
graphs, analyzers or artifacts. What is for pipelines is loaded when it is first used.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from taurus_beam.io.formats import FORMATS
from taurus_beam.io.progress import Progress, progress
from taurus_beam.io.source import Source

if TYPE_CHECKING:
    from taurus_beam.io.coder import RecordBatchCoder
    from taurus_beam.io.sink import WriteRecordBatches, write_batches

__all__ = [
    "FORMATS",
    "Progress",
    "RecordBatchCoder",
    "Source",
    "WriteRecordBatches",
    "progress",
    "write_batches",
]

_HOME = {
    "RecordBatchCoder": "coder",
    "WriteRecordBatches": "sink",
    "write_batches": "sink",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


# Record batches in pipelines need their coder. Whoever imports Beam later comes by a transform of
# this room, or of `pipeline`, which brings it.
if "apache_beam" in sys.modules:
    importlib.import_module(f"{__name__}.coder")
