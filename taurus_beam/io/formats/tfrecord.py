"""TFRecord files of ``tf.Example``: what TensorFlow's own tools read and write.

A feature is a list of bytes, float32 or int64. Without a schema every column is a list, of strings
where the first block holds only UTF-8; a schema can ask for scalars, vectors and other types that
hold the values. Framing: tensorflow/core/lib/io/record_writer.h.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.errors import DataError
from taurus_beam.io.files import COMPRESSIONS, File, decompressed
from taurus_beam.io.formats.example import decoded, encoded
from taurus_beam.io.formats.format import Format, Fragment, Request, Writer
from taurus_beam.io.formats.wire import Ranges
from taurus_beam.stats.tfrecord import masked_checksum

__all__ = ["TFRecord"]

BLOCK_BYTES = 8 * 2**20
_HEAD = struct.Struct("<QI")
_CHECK = struct.Struct("<I")
_MOST = 2**31 - 2**20
"""Bytes of a block that the offsets of its columns can count."""


class TFRecord(Format):
    """TFRecord files of Examples, plain or compressed."""

    name: ClassVar[str] = "tfrecord"
    suffixes: ClassVar[tuple[str, ...]] = tuple(
        suffix + end for suffix in (".tfrecord", ".tfrecords") for end in ("", *COMPRESSIONS)
    )
    empty_is_valid: ClassVar[bool] = True

    def read_schema(self, stream: Any, file: File) -> Any:
        """A list for each feature of the first block's Examples."""
        for buffer, examples in _blocks(decompressed(stream, file.path)):
            columns = decoded(buffer, examples)
            if columns:
                return pa.schema([(n, _type_of(column)) for n, column in columns.items()])
        raise DataError(
            "The file has no rows, so its columns are unknown.",
            where=file.path,
            expected="at least one Example with a feature",
            fix="Pass schema=, or leave the file out.",
        )

    def check(self, file: File, expected: Any) -> None:
        """Nothing to see before reading: an Example may leave out any feature."""

    def read(self, stream: Any, fragment: Fragment, request: Request) -> Iterator[Any]:
        """Batches of a block each; only the features that are asked for are decoded."""
        for buffer, examples in _blocks(decompressed(stream, fragment.file.path)):
            columns = decoded(buffer, examples, request.columns)
            arrays = [_as(columns.get(f.name), f, len(examples)) for f in request.fields]
            if arrays:
                yield pa.RecordBatch.from_arrays(arrays, schema=pa.schema(request.fields))
            else:
                yield pa.RecordBatch.from_arrays([pa.nulls(len(examples))], ["rows"])

    def unsupported(self, dtype: Any) -> bool:
        """Only what an Example holds without a loss: not float64, not times, not nested lists."""
        if pa.types.is_list(dtype) or pa.types.is_fixed_size_list(dtype):
            return self.unsupported(dtype.value_type) or pa.types.is_nested(dtype.value_type)
        return not (
            pa.types.is_float32(dtype)
            or pa.types.is_boolean(dtype)
            or (pa.types.is_integer(dtype) and dtype != pa.uint64())
            or pa.types.is_string(dtype)
            or pa.types.is_large_string(dtype)
            or pa.types.is_binary(dtype)
            or pa.types.is_large_binary(dtype)
        )

    def writer(self, stream: Any, schema: Any) -> Writer:
        """A writer of one record for each row."""
        return _ExampleWriter(stream)


def _blocks(stream: Any) -> Iterator[tuple[Any, Ranges]]:
    """Some 8 MiB of whole records at a time, and where each Example lies in them."""
    rest = b""
    while True:
        chunk = stream.read(BLOCK_BYTES)
        block = rest + chunk
        starts, ends, done = _records(block)
        if starts:
            ranges = Ranges(np.array(starts, np.int64), np.array(ends, np.int64))
            yield np.frombuffer(block, np.uint8), ranges
        rest = block[done:]
        if not chunk:
            if rest:
                raise ValueError("it ends within a record")
            return
        if len(rest) > _MOST:
            raise ValueError("a record has more than 2 GB")


def _records(block: bytes) -> tuple[list[int], list[int], int]:
    """Where the whole records of a block start and end, and where they are over."""
    starts, ends, position = [], [], 0
    while position + _HEAD.size <= len(block):
        length, check = _HEAD.unpack_from(block, position)
        if masked_checksum(block[position : position + 8]) != check:
            raise ValueError("the checksum of a record's length is wrong")
        start = position + _HEAD.size
        end = start + length
        if end + _CHECK.size > len(block):
            break
        if masked_checksum(block[start:end]) != _CHECK.unpack_from(block, end)[0]:
            raise ValueError("the checksum of a record is wrong")
        starts.append(start)
        ends.append(end)
        position = end + _CHECK.size
    return starts, ends, position


def _type_of(column: Any) -> Any:
    if not pa.types.is_binary(column.type.value_type):
        return column.type
    try:
        column.values.cast(pa.string())
    except pa.ArrowInvalid:
        return column.type
    return pa.list_(pa.string())


def _as(column: Any, field: Any, rows: int) -> Any:
    """A feature's lists as the column that is wanted, perhaps with another element type."""
    dtype = field.type
    if column is None:
        return pa.nulls(rows, dtype)
    if pa.types.is_list(dtype) or pa.types.is_large_list(dtype):
        return _cast(column, dtype, field.name)
    lengths = pc.list_value_length(column)
    if pa.types.is_fixed_size_list(dtype):
        _refuse_other_lengths(lengths, {dtype.list_size}, field)
        return _cast(column, dtype, field.name)
    _refuse_other_lengths(lengths, {0, 1}, field)
    lengths = lengths.fill_null(0).to_numpy(zero_copy_only=False)
    elements = _cast(column.flatten(), dtype, field.name)
    positions = np.cumsum(lengths) - 1
    return elements.take(pa.array(positions, mask=lengths == 0))


def _cast(array: Any, dtype: Any, name: str) -> Any:
    """The array with a type; integers become booleans where they are 0 and 1."""
    try:
        return array.cast(dtype)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataError(
            f"Column {name!r} has values that do not fit {dtype}: {error}",
            expected=f"{name}: {dtype}",
            fix="Correct the values, or give a schema with a type that holds them.",
        ) from error


def _refuse_other_lengths(lengths: Any, wanted: set[int], field: Any) -> None:
    found = set(lengths.unique().to_pylist()) - wanted - {None}
    if found:
        raise DataError(
            f"Feature {field.name!r} has lists of {', '.join(map(str, sorted(found)[:5]))} values.",
            expected=f"{field.name}: {field.type}, so lists of {max(wanted)}",
            fix="Give the column a list type in the schema.",
        )


class _ExampleWriter(Writer):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, batch: Any) -> None:
        try:
            messages = encoded(batch)
        except ValueError as problem:
            raise DataError(
                f"The rows cannot be written as tf.Example: {problem}.",
                expected="lists without missing elements",
                fix="Fill them with tb.fill_null, or write Parquet.",
            ) from problem
        for message in messages:
            length = struct.pack("<Q", len(message))
            parts = (
                length,
                _CHECK.pack(masked_checksum(length)),
                message,
                _CHECK.pack(masked_checksum(message)),
            )
            self._stream.write(b"".join(parts))

    def finish(self) -> None:
        """Nothing is buffered and there is no footer."""
