"""What the messages of Arrow's IPC formats say of themselves, read before Arrow decodes them.

Arrow unpacks compressed buffers of whatever size without asking, so files and streams of senders
who are not trusted are looked at here first. The layout is that of Arrow's ``format/Message.fbs``.
"""

from __future__ import annotations

import struct
from typing import Any

import pyarrow as pa

from taurus_beam.artifact.contents import Parts, forget
from taurus_beam.graph.flatbuffer import field_at, root_at, table_at

__all__ = ["MALFORMED", "is_compressed", "read_arrow_file"]

MALFORMED = (pa.ArrowException, OSError, EOFError, LookupError, ValueError, struct.error)
"""What reading malformed messages raises."""

_DICTIONARY, _BATCH = 2, 3
"""Kinds of messages, union ``MessageHeader``."""

_MAGIC = b"ARROW1\0\0"


def read_arrow_file(content: Any) -> pa.Table:
    """The record batches of a file as one table that lies in the content, each checked whole.

    What is in it stands between a magic word and a footer as a stream; the footer repeats where
    the batches are, and is not looked at.

    Args:
        content: The file's bytes, perhaps mapped.

    Raises:
        ValueError: If it is no such file, its buffers are compressed, or it has dictionaries.
        pyarrow.ArrowException: If Arrow finds a message or an array malformed.

    Example:
        >>> sink = pa.BufferOutputStream()
        >>> with pa.ipc.new_file(sink, pa.schema({"x": pa.int64()})) as writer:
        ...     writer.write_batch(pa.record_batch({"x": [1, 2]}))
        >>> read_arrow_file(sink.getvalue())["x"].to_pylist()
        [1, 2]
    """
    if isinstance(content, Parts):
        content = bytes(content)
    if bytes(memoryview(content)[: len(_MAGIC)]) != _MAGIC:
        raise ValueError("it is no Arrow file")
    source = pa.BufferReader(content)
    source.seek(len(_MAGIC))
    messages = pa.ipc.MessageReader.open_stream(source)
    try:
        schema = pa.ipc.read_schema(messages.read_next_message())
    except StopIteration:
        raise ValueError("it has no schema") from None
    batches = []
    for message in messages:
        if message.type != "record batch":
            raise ValueError(f"it has a message of another kind: {message.type}")
        if is_compressed(message):
            raise ValueError("its buffers are compressed")
        batch = pa.ipc.read_record_batch(message, schema)
        batch.validate(full=True)
        batches.append(batch)
        forget(content)
    return pa.Table.from_batches(batches, schema)


def is_compressed(message: Any) -> bool:
    """Whether the buffers of a message, whose flatbuffer Arrow has verified, are compressed."""
    data = message.metadata.to_pybytes()
    root = root_at(data)
    kind_at = field_at(data, root, 1)
    kind = data[kind_at] if kind_at else 0
    if kind not in (_DICTIONARY, _BATCH):
        return False
    table = table_at(data, root, 2)
    if kind == _DICTIONARY:
        table = table_at(data, table, 1)
    return bool(field_at(data, table, 3))
