"""Parquet: row groups read independently, only the columns asked for.

The only format whose files say how many rows they have and how strings are encoded, both of
which are used here.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from taurus_beam.io.files import File, open_input
from taurus_beam.io.formats.behind import Behind
from taurus_beam.io.formats.format import (
    Format,
    Fragment,
    Request,
    Writer,
    parts,
    reading,
)
from taurus_beam.io.formats.kept_schema import KEPT_SCHEMA, schema_from_text, schema_to_text
from taurus_beam.io.schema import conform, plain_schema

__all__ = ["Parquet"]

ROW_GROUP_ROWS = 2**20
ROW_GROUP_BYTES = 64 * 2**20

DICTIONARY_BYTES = 2**20
"""Writers give up dictionary encoding when the dictionary page reaches this size."""


class Parquet(Format):
    """Parquet files; every Arrow type survives."""

    name: ClassVar[str] = "parquet"
    suffixes: ClassVar[tuple[str, ...]] = (".parquet", ".pq")

    def read_schema(self, stream: Any, file: File) -> Any:
        """The Arrow schema in the footer, with the types that our writer stored as others."""
        found = pq.read_schema(stream)
        kept = (found.metadata or {}).get(KEPT_SCHEMA.encode())
        if kept:
            schema = schema_from_text(kept)
            if plain_schema(_stored_schema(schema)).equals(plain_schema(found)):
                return schema
        return found

    def fragments(self, file: File) -> Sequence[Fragment]:
        """Runs of row groups, of about as many bytes each."""
        with open_input(file.path) as stream, reading(file, self.name):
            metadata = pq.read_metadata(stream)
            groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
            rows = [group.num_rows for group in groups]
            sizes = [_stored_bytes(group) for group in groups]
        return [
            Fragment(file, sum(sizes[start:stop]), start, stop, sum(rows[start:stop]))
            for start, stop in _runs(sizes, parts(sum(sizes)))
            if any(rows[start:stop])
        ]

    def read(self, stream: Any, fragment: Fragment, request: Request) -> Iterator[Any]:
        """The row groups' batches; one row group at a time keeps memory flat."""
        file = pq.ParquetFile(stream, pre_buffer=not isinstance(stream, pa.MemoryMappedFile))
        if request.dictionary:
            encoded = _dictionary_columns(file.metadata.row_group(fragment.start), request)
            file = pq.ParquetFile(stream, metadata=file.metadata, read_dictionary=encoded)
        for group in range(fragment.start, fragment.stop):
            yield from file.iter_batches(
                request.batch_size, row_groups=[group], columns=list(request.columns)
            )

    def writer(self, stream: Any, schema: Any) -> Writer:
        """A writer of row groups of many batches each."""
        return _ParquetWriter(stream, schema)


def _stored_type(dtype: Any) -> Any:
    """What is written for a type that Arrow would not read back from Parquet.

    Parquet has no seconds and no `date64`; and Arrow (25) writes a missing vector but fails when
    it reads the file ("Expected all lists to be of size"), so vectors are written as lists.
    """
    if pa.types.is_fixed_size_list(dtype) or pa.types.is_list(dtype):
        return pa.list_(_stored_type(dtype.value_type))
    if pa.types.is_large_list(dtype):
        return pa.large_list(_stored_type(dtype.value_type))
    if pa.types.is_struct(dtype):
        return pa.struct([(field.name, _stored_type(field.type)) for field in dtype])
    if pa.types.is_timestamp(dtype) and dtype.unit == "s":
        return pa.timestamp("ms", dtype.tz)
    if pa.types.is_time32(dtype):
        return pa.time32("ms")
    return pa.date32() if pa.types.is_date64(dtype) else dtype


def _stored_schema(schema: Any) -> Any:
    return pa.schema([(field.name, _stored_type(field.type)) for field in schema])


def _runs(sizes: Sequence[int], most: int) -> list[tuple[int, int]]:
    """The bounds of runs of about the same size, of things that have sizes.

    Example:
        >>> _runs([5, 5, 5, 5, 5], 2), _runs([9, 1, 1], 3)
        ([(0, 2), (2, 5)], [(0, 1), (1, 3)])
    """
    whole = max(1, sum(sizes))
    ends = itertools.accumulate(sizes)
    # Each goes where its middle lies.
    run_of = [(2 * end - size) * most // (2 * whole) for end, size in zip(ends, sizes, strict=True)]
    starts = [i for i, run in enumerate(run_of) if not i or run != run_of[i - 1]]
    return list(itertools.pairwise([*starts, len(sizes)]))


def _stored_bytes(group: Any) -> int:
    return sum(group.column(index).total_compressed_size for index in range(group.num_columns))


def _dictionary_columns(group: Any, request: Request) -> list[str]:
    """The string columns that are cheaper to read as dictionaries.

    A column chunk whose writer gave up on the dictionary has one too, for its first rows; reading
    that as a dictionary hashes all other rows and was 8 to 17 times slower than reading strings.
    Such a chunk is larger than a whole dictionary and 16-bit codes would be.
    """
    strings = {
        field.name
        for field in request.fields
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
    }
    chunks = [group.column(index) for index in range(group.num_columns)]
    return [
        chunk.path_in_schema
        for chunk in chunks
        if chunk.path_in_schema in strings
        and chunk.has_dictionary_page
        and chunk.total_uncompressed_size <= DICTIONARY_BYTES + 2 * chunk.num_values
    ]


class _ParquetWriter(Writer):
    """Gathers a row group while the one before is encoded and written."""

    def __init__(self, stream: Any, schema: Any) -> None:
        self._stored = _stored_schema(schema).with_metadata({KEPT_SCHEMA: schema_to_text(schema)})
        self._writer = pq.ParquetWriter(stream, self._stored)
        self._batches: list[Any] = []
        self._rows = 0
        self._bytes = 0
        self._encoding = Behind()

    def write(self, batch: Any) -> None:
        self._batches.append(conform(batch, self._stored, "a batch to write as Parquet"))
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= ROW_GROUP_ROWS or self._bytes >= ROW_GROUP_BYTES:
            self._flush()

    def finish(self) -> None:
        self._flush()
        self._encoding.wait()
        self._writer.close()

    def abandon(self) -> None:
        with suppress(Exception):  # of a file that nobody wants any more
            self._encoding.wait()
        # Its __del__ would otherwise complete a file that is closed by then, and complain.
        self._writer.is_open = False
        self._batches = []

    def _flush(self) -> None:
        if self._rows:
            table = pa.Table.from_batches(self._batches, schema=self._stored)
            write = partial(self._writer.write_table, table, row_group_size=table.num_rows)
            self._encoding.start(write)
        self._batches, self._rows, self._bytes = [], 0, 0
