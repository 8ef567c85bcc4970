"""Reading a source in a pipeline: match, split and read, each on the workers.

Only the description of the source is in the graph; files are listed, split and read when the
pipeline runs, so that a second pass reads them again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.transforms.combiners import Count

from taurus_beam.io import coder as coder  # registers it
from taurus_beam.io.files import File
from taurus_beam.io.formats.format import Fragment
from taurus_beam.io.probe import probe
from taurus_beam.io.progress import count_left_out
from taurus_beam.io.spread import Spread

if TYPE_CHECKING:
    from taurus_beam.io.source import Source

__all__ = ["Files", "ReadRecordBatches", "files_of"]


_BAD = "bad"


@dataclass(frozen=True)
class Files:
    """The files of a source in a pipeline.

    Attributes:
        readable: PCollection of `File`.
        bad: PCollection of the name of each file that is left out, and the reason, as a dict;
            None where nothing is left out.
    """

    readable: Any
    bad: Any


class ReadRecordBatches(beam.PTransform[Any, Any]):
    """Pipeline → PCollection of `pyarrow.RecordBatch`; made by `Source.read`.

    Args:
        source: What to read.
        columns: The columns to read, in this order.
        dictionary: Leave strings dictionary-encoded where the files store them so.
        files: Its files, where another reading in the same pipeline has found them.
    """

    def __init__(
        self,
        source: Source,
        columns: tuple[str, ...],
        dictionary: bool,
        files: Files | None = None,
    ) -> None:
        super().__init__()
        self.source = source
        self.columns = columns
        self._dictionary = dictionary
        self.files = files

    def expand(self, pbegin: Any) -> Any:
        """Lists files, splits them into fragments and spreads those over the workers."""
        self.files = self.files or files_of(pbegin, self.source)
        # Types are said here: Beam does not see through postponed annotations.
        read = _Read(self.source, self.columns, self._dictionary)
        return (
            self.files.readable
            | "Split" >> Spread(self.source.fragments, Fragment)
            | "Read" >> beam.ParDo(read).with_output_types(pa.RecordBatch)
        )


def files_of(begin: Any, source: Source) -> Files:
    """The files of a source, listed and, where bad ones are skipped, read once to find those."""
    found = begin | "ListOnce" >> beam.Impulse() | "Match" >> Spread(partial(_files, source), File)
    if not source.skip_bad_files:
        return Files(found, None)
    checked = found | "FindBadFiles" >> beam.ParDo(_Check(source)).with_outputs(
        _BAD, main="readable"
    )
    number = checked.readable | "CountReadable" >> Count.Globally()
    some = number | "SomeReadable" >> beam.Map(_some, source)
    readable = checked.readable | "AfterCheck" >> beam.Map(
        _first, beam.pvalue.AsSingleton(some)
    ).with_output_types(File)
    return Files(readable, checked[_BAD])


def _first(file: File, _: Any) -> File:
    return file


def _some(number: int, source: Source) -> int:
    if not number:
        raise source.none_readable()
    return number


class _Check(beam.DoFn):
    """Files that can be read go on; of others their paths, and why, to another output."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def process(self, file: File) -> Iterator[Any]:
        fault = self._source.fault(file)
        if fault is None:
            yield file
            return
        count_left_out(file.path)
        yield beam.pvalue.TaggedOutput(_BAD, {"name": file.path, "reason": fault.what})


def _files(source: Source, _: bytes) -> tuple[File, ...]:
    return source.files()


class _Read(beam.DoFn):
    def __init__(self, source: Source, columns: tuple[str, ...], dictionary: bool) -> None:
        self.source = source
        self._columns = columns
        self._dictionary = dictionary
        self._probe = probe()

    def start_bundle(self) -> None:
        self._probe.begin()

    def process(self, fragment: Fragment) -> Iterator[pa.RecordBatch]:
        batches = self.source.read_fragment(fragment, self._columns, self._dictionary)
        yield from self._probe.reading(batches, fragment.nbytes)

    def finish_bundle(self) -> None:
        self._probe.end()
