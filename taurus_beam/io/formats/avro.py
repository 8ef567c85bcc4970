"""Avro object container files, through fastavro; a file is read from beginning to end.

Row by row, as Avro is: the slowest of the formats. Only the columns asked for become arrays.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any, ClassVar
from uuid import UUID

import fastavro
import pyarrow as pa
from fastavro.write import Writer as FastavroWriter

from taurus_beam.errors import EngineError
from taurus_beam.io.files import File
from taurus_beam.io.formats.avro_types import (
    arrow_schema,
    avro_schema,
    integer_type,
    stored_type,
)
from taurus_beam.io.formats.format import Format, Fragment, Request, Writer
from taurus_beam.io.formats.kept_schema import KEPT_SCHEMA, schema_from_text, schema_to_text
from taurus_beam.io.schema import conform

__all__ = ["Avro"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Avro(Format):
    """Avro files, deflate-compressed when written here."""

    name: ClassVar[str] = "avro"
    suffixes: ClassVar[tuple[str, ...]] = (".avro",)

    def read_schema(self, stream: Any, file: File) -> Any:
        """The Arrow schema of the file's Avro schema, or the one its writer kept beside it."""
        metadata = fastavro.reader(stream).metadata
        written = json.loads(metadata["avro.schema"])
        kept = metadata.get(KEPT_SCHEMA)
        if kept:
            schema = schema_from_text(kept)
            if avro_schema(schema) == written:
                return schema
        return arrow_schema(written, file.path)

    def read(self, stream: Any, fragment: Fragment, request: Request) -> Iterator[Any]:
        """Batches of the columns asked for, in Avro's types."""
        reader = fastavro.reader(stream)
        stored = arrow_schema(json.loads(reader.metadata["avro.schema"]), fragment.file.path)
        fields = [stored.field(name) for name in request.columns or stored.names[:1]]
        while rows := list(itertools.islice(reader, request.batch_size)):
            arrays = [_column(rows, field) for field in fields]
            yield pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))

    def unsupported(self, dtype: Any) -> bool:
        """Maps, unions and 256-bit decimals have no form in Avro (or none that is read here)."""
        return stored_type(dtype) is None

    def check_writable(self, schema: Any) -> None:
        """Also refuses names that are not `[A-Za-z_][A-Za-z0-9_]*`, which Avro does not allow."""
        super().check_writable(schema)
        for name in _names(schema):
            if not _NAME.fullmatch(name):
                raise EngineError(
                    f"Column {name!r} cannot be written as avro: Avro does not allow that name.",
                    where=f"column {name!r}",
                    expected="letters, digits and _, not a digit first",
                    fix="Rename the column, or write Parquet.",
                )

    def writer(self, stream: Any, schema: Any) -> Writer:
        """A writer that keeps the Arrow schema in the file's metadata."""
        return _AvroWriter(stream, schema)


def _names(fields: Any) -> Iterator[str]:
    for field in fields:
        yield field.name
        dtype = field.type
        while hasattr(dtype, "value_type"):
            dtype = dtype.value_type
        if pa.types.is_struct(dtype):
            yield from _names(dtype)


def _column(rows: list[Any], field: Any) -> Any:
    values = [row[field.name] for row in rows]
    if pa.types.is_string(field.type):
        # fastavro makes UUID objects of the logical type uuid.
        values = [str(value) if isinstance(value, UUID) else value for value in values]
    return pa.array(values, field.type)


class _AvroWriter(Writer):
    def __init__(self, stream: Any, schema: Any) -> None:
        self._stored = pa.schema([(field.name, stored_type(field.type)) for field in schema])
        self._integers = pa.schema(
            [(field.name, integer_type(field.type)) for field in self._stored]
        )
        self._writer = FastavroWriter(
            stream,
            avro_schema(schema),
            codec="deflate",
            metadata={KEPT_SCHEMA: schema_to_text(schema)},
        )

    def write(self, batch: Any) -> None:
        stored = conform(batch, self._stored, "a batch to write as Avro")
        # fastavro takes the integers as they are, and would turn objects into them one by one.
        for row in stored.cast(self._integers).to_pylist():
            self._writer.write(row)

    def finish(self) -> None:
        self._writer.flush()
