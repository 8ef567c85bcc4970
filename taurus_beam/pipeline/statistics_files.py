"""Writing statistics from a pipeline, to any file system Beam knows, in the forms TFDV reads.

A file appears under its name only when it is complete; one that exists is replaced, as in TFDV.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import apache_beam as beam

from taurus_beam.io.whole_file import write_anywhere
from taurus_beam.pipeline.files import absolute
from taurus_beam.pipeline.statistics import MergeDatasetFeatureStatisticsList
from taurus_beam.stats.files import binary_file, encode_statistics, text_file, tfrecord_file

__all__ = [
    "WriteStatistics",
    "WriteStatisticsToBinaryFile",
    "WriteStatisticsToRecordsAndBinaryFile",
    "WriteStatisticsToTFRecord",
    "WriteStatisticsToText",
]


class _Write(beam.PTransform[Any, Any]):
    def __init__(self, output_path: str, content_of: Callable[[Any], bytes]) -> None:
        super().__init__()
        self._path, self._content_of = absolute(output_path), content_of

    def expand(self, statistics: Any) -> Any:
        """Statistics → the path that they were written to."""
        return (
            statistics
            | "Merge" >> MergeDatasetFeatureStatisticsList()
            | "Write" >> beam.Map(_written, self._path, self._content_of).with_output_types(str)
        )


class WriteStatistics(_Write):
    """Writes statistics in the form that the end of the name says; see `write_statistics`.

    Args:
        output_path: The file.
    """

    def __init__(self, output_path: str) -> None:
        super().__init__(output_path, functools.partial(encode_statistics, name=output_path))


class WriteStatisticsToTFRecord(_Write):
    """Writes statistics as a TFRecord file of one record.

    Args:
        output_path: The file.
        sharded_output: Whether to write to ``output_path-00000-of-00001`` instead, where
            `load_sharded_statistics` finds it.

    Example:
        >>> import apache_beam as beam, pyarrow as pa, tempfile, taurus_beam as tb
        >>> path = tempfile.mkdtemp() + "/stats.tfrecord"
        >>> with beam.Pipeline(runner="FnApiRunner") as p:
        ...     stats = p | beam.Create([pa.record_batch({"x": [1]})]) | tb.GenerateStatistics()
        ...     _ = stats | tb.WriteStatisticsToTFRecord(path)
        >>> tb.load_statistics(path).datasets[0].num_examples
        1
    """

    def __init__(self, output_path: str, sharded_output: bool = False) -> None:
        name = f"{output_path}-00000-of-00001" if sharded_output else output_path
        super().__init__(name, tfrecord_file)


class WriteStatisticsToBinaryFile(_Write):
    """Writes statistics as a binary proto.

    Args:
        output_path: The file.
    """

    def __init__(self, output_path: str) -> None:
        super().__init__(output_path, binary_file)


class WriteStatisticsToText(_Write):
    """Writes statistics as a text proto (pbtxt).

    Args:
        output_path: The file.
    """

    def __init__(self, output_path: str) -> None:
        super().__init__(output_path, text_file)


class WriteStatisticsToRecordsAndBinaryFile(beam.PTransform[Any, Any]):
    """Writes statistics as a binary proto and as TFRecord.

    Args:
        binary_proto_path: The file of the binary proto.
        records_path_prefix: The TFRecord file's name without ``-00000-of-00001``.
    """

    def __init__(self, binary_proto_path: str, records_path_prefix: str) -> None:
        super().__init__()
        self._binary, self._records = binary_proto_path, records_path_prefix

    def expand(self, statistics: Any) -> Any:
        """Statistics → the path of the binary proto."""
        _ = statistics | "Records" >> WriteStatisticsToTFRecord(self._records, sharded_output=True)
        return statistics | "Binary" >> WriteStatisticsToBinaryFile(self._binary)


def _written(statistics: Any, path: str, content_of: Callable[[Any], bytes]) -> str:
    write_anywhere(content_of(statistics), path)
    return path
