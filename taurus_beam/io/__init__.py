"""Data sets in files as Arrow record batches: sources that can be re-read, sinks that are atomic.

Parquet, CSV, Avro, Arrow and JSON lines on any file system Beam knows. This room knows nothing of
graphs, analyzers or artifacts.
"""

from taurus_beam.io.coder import RecordBatchCoder
from taurus_beam.io.formats import FORMATS
from taurus_beam.io.progress import Progress, progress
from taurus_beam.io.sink import WriteRecordBatches, write_batches
from taurus_beam.io.source import Source

__all__ = [
    "FORMATS",
    "Progress",
    "RecordBatchCoder",
    "Source",
    "WriteRecordBatches",
    "progress",
    "write_batches",
]
