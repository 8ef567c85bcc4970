"""JSON lines: one object a line, UTF-8; a missing value is null or absent.

JSON has no NaN and no infinity: they are written, and read, as the words NaN, Infinity and
-Infinity, as Python's json module does. Timestamps and dates are ISO 8601 strings, in UTC where
they have a zone; times and durations are integers in the unit of their type. Types come from the
schema, or from the first 4 MiB of the first file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.json as arrow_json

from taurus_beam.errors import DataError
from taurus_beam.io.files import COMPRESSIONS, File, decompressed
from taurus_beam.io.formats.format import Format, Fragment, Request, Writer
from taurus_beam.io.formats.json_text import has_json_text, json_lines

__all__ = ["JsonLines"]

BLOCK_BYTES = 4 * 2**20
PARSE_BYTES = 2**20
"""Arrow parses pieces of this size in parallel; a longer line needs a longer piece."""


class JsonLines(Format):
    """JSON lines files, plain or compressed; binary and map columns have no form in it."""

    name: ClassVar[str] = "jsonl"
    suffixes: ClassVar[tuple[str, ...]] = tuple(
        suffix + end for suffix in (".jsonl", ".ndjson", ".json") for end in ("", *COMPRESSIONS)
    )
    mapped: ClassVar[bool] = False
    empty_is_valid: ClassVar[bool] = True

    def read_schema(self, stream: Any, file: File) -> Any:
        """The fields of the first block with types that hold it."""
        for line, block in _blocks(decompressed(stream, file.path)):
            return _parse(block, line, file, None).schema
        raise DataError(
            "The file has no rows, so its columns are unknown.",
            where=file.path,
            expected="at least one JSON object",
            fix="Pass schema=, or leave the file out.",
        )

    def check(self, file: File, expected: Any) -> None:
        """Nothing to see before reading: a line may leave out any field."""

    def read(self, stream: Any, fragment: Fragment, request: Request) -> Iterator[Any]:
        """Batches of a block each; every field is parsed, also those not asked for."""
        schema = pa.schema([(field.name, _parsed_type(field.type)) for field in request.schema])
        for line, block in _blocks(decompressed(stream, fragment.file.path)):
            yield from _parse(block, line, fragment.file, schema).to_batches()

    def unsupported(self, dtype: Any) -> bool:
        """Binary, map and union have no form in JSON."""
        return not has_json_text(dtype)

    def writer(self, stream: Any, schema: Any) -> Writer:
        """A writer of one object for each row, every field present."""
        return _JsonWriter(stream)


def _blocks(stream: Any) -> Iterator[tuple[int, bytes]]:
    """Whole lines, some 4 MiB at a time, with the number of the first; blank blocks left out."""
    line, carried = 1, []
    while chunk := stream.read(BLOCK_BYTES):
        cut = chunk.rfind(b"\n") + 1
        if not cut:
            carried.append(chunk)
            continue
        block = b"".join([*carried, chunk[:cut]])
        if not block.isspace():
            yield line, block
        line, carried = line + block.count(b"\n"), [chunk[cut:]]
    rest = b"".join(carried)
    if rest and not rest.isspace():
        yield line, rest


def _parse(block: bytes, line: int, file: File, schema: Any) -> Any:
    longest = max(map(len, block.split(b"\n"))) + 1
    try:
        return _table(block, schema, max(PARSE_BYTES, longest))
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise _explain(error, block, line, file, schema) from error


def _table(text: bytes, schema: Any, piece: int) -> Any:
    # Arrow does not check, and a string that is no UTF-8 would fail far from here.
    text.decode()
    return arrow_json.read_json(
        pa.BufferReader(text),
        read_options=arrow_json.ReadOptions(block_size=piece),
        parse_options=arrow_json.ParseOptions(
            explicit_schema=schema, unexpected_field_behavior="error" if schema else "infer"
        ),
    )


def _explain(cause: Exception, block: bytes, line: int, file: File, schema: Any) -> DataError:
    """Names the line by parsing one at a time, which nobody waits for but a failed read."""
    for number, text in enumerate(block.split(b"\n"), line):
        if text.isspace() or not text:
            continue
        try:
            _table(text, schema, len(text) + 1)
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            reason = _surplus(text, schema) or str(error).replace(" in row 0", "")
            return _error(f"line {number}: {reason}", file, schema)
    return _error(str(cause), file, schema)


def _surplus(text: bytes, schema: Any) -> str:
    try:
        names = json.loads(text).keys()
    except (ValueError, AttributeError):
        return ""
    unknown = [name for name in names if schema is not None and name not in schema.names]
    return f"unknown field {', '.join(map(repr, unknown))}" if unknown else ""


def _error(reason: str, file: File, schema: Any) -> DataError:
    types = [f"{field.name}: {field.type}" for field in schema or ()]
    return DataError(
        f"The JSON lines do not fit their schema, {reason}",
        where=file.path,
        expected="one JSON object a line" + (" of " + ", ".join(types) if types else ""),
        fix="Correct that line, or pass a schema that has every field with a type that holds its "
        "values: without one they come from the beginning of the first file.",
    )


def _parsed_type(dtype: Any) -> Any:
    """The type that Arrow's JSON reader knows and from which the wanted one is cast."""
    if pa.types.is_date(dtype):
        return pa.string()
    if pa.types.is_duration(dtype):
        return pa.int64()
    if pa.types.is_float16(dtype):
        return pa.float32()
    if pa.types.is_list(dtype) or pa.types.is_large_list(dtype):
        return pa.list_(_parsed_type(dtype.value_type))
    if pa.types.is_fixed_size_list(dtype):
        return pa.list_(_parsed_type(dtype.value_type))
    if pa.types.is_struct(dtype):
        return pa.struct([(field.name, _parsed_type(field.type)) for field in dtype])
    return dtype


class _JsonWriter(Writer):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, batch: Any) -> None:
        for text in json_lines(batch):
            self._stream.write(text)

    def finish(self) -> None:
        """Nothing is buffered and there is no footer."""
