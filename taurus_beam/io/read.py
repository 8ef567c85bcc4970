"""Reading a source in a pipeline: match, split and read, each on the workers.

Only the description of the source is in the graph; files are listed, split and read when the
pipeline runs, so that a second pass reads them again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import apache_beam as beam
import pyarrow as pa

from taurus_beam.io.files import File
from taurus_beam.io.formats.format import Fragment

if TYPE_CHECKING:
    from taurus_beam.io.source import Source

__all__ = ["ReadRecordBatches"]


class ReadRecordBatches(beam.PTransform[Any, Any]):
    """Pipeline → PCollection of `pyarrow.RecordBatch`; made by `Source.read`.

    Args:
        source: What to read.
        columns: The columns to read, in this order.
        dictionary: Leave strings dictionary-encoded where the files store them so.
    """

    def __init__(self, source: Source, columns: tuple[str, ...], dictionary: bool) -> None:
        super().__init__()
        self.source = source
        self.columns = columns
        self._dictionary = dictionary

    def expand(self, pbegin: Any) -> Any:
        """Lists files, splits them into fragments and spreads those over the workers."""
        # Types are said here: Beam does not see through postponed annotations.
        read = _Read(self.source, self.columns, self._dictionary)
        return (
            pbegin
            | "Source" >> beam.Create([self.source])
            | "Match" >> beam.FlatMap(_files).with_output_types(File)
            | "SpreadFiles" >> beam.Reshuffle()
            | "Split" >> beam.FlatMap(self.source.fragments).with_output_types(Fragment)
            | "SpreadFragments" >> beam.Reshuffle()
            | "Read" >> beam.ParDo(read).with_output_types(pa.RecordBatch)
        )


def _files(source: Source) -> tuple[File, ...]:
    return source.files()


class _Read(beam.DoFn):
    def __init__(self, source: Source, columns: tuple[str, ...], dictionary: bool) -> None:
        self.source = source
        self._columns = columns
        self._dictionary = dictionary

    def process(self, fragment: Fragment) -> Iterator[pa.RecordBatch]:
        yield from self.source.read_fragment(fragment, self._columns, self._dictionary)
