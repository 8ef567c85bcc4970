"""Files of record batches that are read one at a time, anywhere in the file.

Intermediate data too large to travel between workers lie in such files; where a batch begins and
ends travels instead. The batches of a file need not have one schema.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import pyarrow as pa
from apache_beam.io.filesystems import FileSystems

from taurus_beam.io import RecordBatchCoder
from taurus_beam.io.files import create, is_local, make_folder, split

__all__ = ["Span", "new_path", "open_blocks", "read_block", "write_blocks"]

Span: TypeAlias = tuple[int, int]
"""Where in its file a batch begins and ends."""

_CODER = RecordBatchCoder()
_BINARY = "application/octet-stream"


def new_path(folder: str, kind: str) -> str:
    """A path that nothing else has, so that a repeated bundle never overwrites what is in use."""
    return f"{folder}/{kind}/{uuid.uuid4().hex}"


def write_blocks(path: str, batches: Iterable[pa.RecordBatch]) -> list[Span]:
    """Write some batches to a new file; where each lies."""
    make_folder(split(path)[0])
    spans, start = [], 0
    with create(path) as file:
        for batch in batches:
            content = _CODER.encode(batch)
            file.write(content)
            spans.append((start, start + len(content)))
            start += len(content)
    return spans


@contextmanager
def open_blocks(path: str) -> Iterator[Any]:
    """The file, open for `read_block`."""
    with open(path, "rb") if is_local(path) else FileSystems.open(path, _BINARY) as file:
        yield file


def read_block(file: Any, span: Span) -> pa.RecordBatch:
    """One batch."""
    start, end = span
    file.seek(start)
    return _CODER.decode(file.read(end - start))
