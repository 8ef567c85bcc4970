"""Arrow IPC streams as request bodies, from senders that are not trusted.

Every message is framed and checked before Arrow decodes it: a stream that was cut off, a body
that unpacks to more than it is, and buffers that point outside themselves are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.artifact.arrow_messages import MALFORMED, is_compressed
from taurus_beam.errors import DataError
from taurus_beam.graph.intake import find_column
from taurus_beam.graph.types import ColumnType
from taurus_beam.rest.refusals import RequestError, refusal, wrong_feature

__all__ = ["MEDIA_TYPE", "read_stream", "write_stream"]

MEDIA_TYPE = "application/vnd.apache.arrow.stream"


def read_stream(
    body: bytes, types: Mapping[str, ColumnType], extra: bool, most_rows: int, most_bytes: int
) -> pa.RecordBatch:
    """The features of a stream, a column each, as one batch.

    Raises:
        RequestError: If it is no whole stream, is too large, or lacks a feature.
    """
    try:
        batches, schema = _batches(body, most_rows, most_bytes)
    except MALFORMED as problem:
        raise refusal(
            400,
            f"The body is no Arrow stream: {str(problem).splitlines()[0]}",
            "an Arrow IPC stream, up to its end-of-stream marker",
        ) from None
    table = pa.Table.from_batches(batches, schema)
    _check_names(schema.names, types, extra)
    whole = _one_batch(table)
    return pa.RecordBatch.from_arrays([_column(whole, path) for path in types], list(types))


def write_stream(batch: pa.RecordBatch) -> bytes:
    """A stream of one batch."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _batches(body: bytes, most_rows: int, most_bytes: int) -> tuple[list[Any], Any]:
    _check_framing(body)
    batches, rows, nbytes = [], 0, 0
    with pa.ipc.open_stream(pa.BufferReader(body)) as reader:
        for field in reader.schema:
            _check_size(field.name, field.type)
        for batch in reader:
            rows += batch.num_rows
            if rows > most_rows:
                raise refusal(413, "There are too many rows.", f"at most {most_rows:,} a request")
            batch.validate(full=True)
            nbytes += sum(_text_bytes(column) for column in batch.columns)
            if nbytes > most_bytes:
                raise refusal(413, "The texts are too large.", f"at most {most_bytes:,} bytes")
            batches.append(batch)
        return batches, reader.schema


def _check_framing(body: bytes) -> None:
    source = pa.BufferReader(body)
    messages = pa.ipc.MessageReader.open_stream(source)
    end = 0
    while True:
        try:
            message = messages.read_next_message()
        except StopIteration:
            break
        end = source.tell()
        if is_compressed(message):
            raise refusal(415, "The Arrow buffers are compressed.", "buffers as they are")
    # Arrow itself takes a stream without its end for a shorter one.
    if source.tell() == end:
        raise ValueError("it ends before its end-of-stream marker")
    if source.tell() != len(body):
        raise ValueError("there is more after its end-of-stream marker")


def _check_size(name: str, kind: Any, inside: bool = False) -> None:
    """Refuse a type whose values can be more than the bytes that they came in."""
    endless = (
        pa.types.is_run_end_encoded(kind)
        or pa.types.is_list_view(kind)
        or pa.types.is_large_list_view(kind)
        or pa.types.is_union(kind)
        or (inside and pa.types.is_null(kind))
        or (pa.types.is_fixed_size_binary(kind) and not kind.byte_width)
        or (pa.types.is_nested(kind) and not kind.num_fields)
    )
    if endless:
        raise wrong_feature(
            name,
            f"Feature {name!r} has values of Arrow type {kind}.",
            expected="numbers, booleans, strings, binary, dates, timestamps, durations, or lists "
            "of these",
        )
    if pa.types.is_dictionary(kind):
        _check_size(name, kind.value_type, inside=True)
    elif pa.types.is_nested(kind):
        for i in range(kind.num_fields):
            _check_size(name, kind.field(i).type, inside=not pa.types.is_struct(kind))


def _text_bytes(array: Any) -> int:
    """How many bytes the texts of a column take when each row has its own."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        if not _is_text(kind.value_type):
            return 0
        lengths = pc.binary_length(array.dictionary).take(array.indices)
        return pc.sum(lengths.cast(pa.int64())).as_py() or 0
    if _is_text(kind):
        if kind in (pa.string_view(), pa.binary_view()):
            return _viewed_bytes(array)
        return pc.sum(pc.binary_length(array).cast(pa.int64())).as_py() or 0
    if pa.types.is_nested(kind) and hasattr(array, "flatten"):
        parts = array.flatten()
        return sum(map(_text_bytes, parts if isinstance(parts, list) else [parts]))
    return 0


def _viewed_bytes(array: Any) -> int:
    """Views may share bytes; each says its length in the first of its four words."""
    words = np.frombuffer(array.buffers()[1], np.int32, 4 * len(array), 16 * array.offset)
    return int(words[::4].sum(dtype=np.int64))


def _is_text(kind: Any) -> bool:
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_large_binary(kind)
        or kind in (pa.string_view(), pa.binary_view())
    )


def _column(batch: pa.RecordBatch, path: str) -> Any:
    try:
        return find_column(batch, path)
    except DataError as problem:
        raise RequestError(400, problem, path) from None


def _check_names(names: list[str], types: Mapping[str, ColumnType], extra: bool) -> None:
    known = {*types, *(path.partition(".")[0] for path in types)}
    for name in names:
        if not extra and name not in known:
            raise wrong_feature(
                name,
                f"The model has no feature {name!r}.",
                expected=f"the features it reads: {', '.join(types)}",
                fix="Leave it out, or correct its name.",
            )


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    if not len(table):
        arrays = [pa.nulls(0, field.type) for field in table.schema]
        return pa.RecordBatch.from_arrays(arrays, schema=table.schema)
    combined = table.combine_chunks().to_batches()
    if len(combined) != 1:
        raise refusal(413, "The columns are too large for one batch.")
    return combined[0]
