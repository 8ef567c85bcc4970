"""Arrow's own files: the random-access file (also called Feather 2) and the stream.

What is in memory is what is in the file, so local reads copy nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import pyarrow.ipc as ipc

from taurus_beam.io.files import File, open_input
from taurus_beam.io.formats.format import (
    Format,
    Fragment,
    Request,
    Writer,
    parts,
    reading,
)

__all__ = ["ArrowFile", "ArrowStream"]


class ArrowFile(Format):
    """Arrow IPC files; runs of record batches are read independently."""

    name: ClassVar[str] = "arrow"
    suffixes: ClassVar[tuple[str, ...]] = (".arrow", ".ipc", ".feather")

    def read_schema(self, stream: Any, file: File) -> Any:
        """The schema in the footer."""
        return ipc.open_file(stream).schema

    def fragments(self, file: File) -> Sequence[Fragment]:
        """Runs of record batches, as many in each."""
        with open_input(file.path) as stream, reading(file, self.name):
            count = ipc.open_file(stream).num_record_batches
        runs = min(count, parts(file.size))
        bounds = [count * run // runs for run in range(runs + 1)] if runs else []
        return [
            Fragment(file, file.size * (stop - start) // count, start, stop)
            for start, stop in itertools.pairwise(bounds)
        ]

    def read(self, stream: Any, fragment: Fragment, request: Request) -> Iterator[Any]:
        """The record batches, cut to the batch size."""
        reader = ipc.open_file(stream)
        if request.columns:
            options = _projection(reader.schema, request)
            reader = ipc.open_file(stream, options=options)
        for index in range(fragment.start, fragment.stop):
            yield reader.get_batch(index)

    def writer(self, stream: Any, schema: Any) -> Writer:
        """A writer of one record batch for each batch."""
        return _IpcWriter(ipc.new_file(stream, schema))


class ArrowStream(Format):
    """Arrow IPC streams, read from the beginning to the end."""

    name: ClassVar[str] = "arrow_stream"
    suffixes: ClassVar[tuple[str, ...]] = (".arrows",)

    def read_schema(self, stream: Any, file: File) -> Any:
        """The schema at the beginning."""
        return ipc.open_stream(stream).schema

    def read(self, stream: Any, fragment: Fragment, request: Request) -> Iterator[Any]:
        """The record batches, cut to the batch size."""
        reader = ipc.open_stream(stream)
        if request.columns:
            options = _projection(reader.schema, request)
            stream.seek(0)
            reader = ipc.open_stream(stream, options=options)
        yield from reader

    def writer(self, stream: Any, schema: Any) -> Writer:
        """A writer of one record batch for each batch."""
        return _IpcWriter(ipc.new_stream(stream, schema))


def _projection(schema: Any, request: Request) -> Any:
    # Indices stand in the file's order; the caller puts the columns in the order asked for.
    return ipc.IpcReadOptions(
        included_fields=[
            index for index, name in enumerate(schema.names) if name in request.columns
        ]
    )


class _IpcWriter(Writer):
    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def write(self, batch: Any) -> None:
        self._writer.write_batch(batch)

    def finish(self) -> None:
        self._writer.close()
