"""The rows of each part of a batch, copied once.

The rows of all parts are put in order, part after part, and each part is a slice of that. Texts of
one length, such as codes of airports, are copied like numbers. Who goes where is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.splits.splitter import Codes

__all__ = ["parted"]

_LONGEST = 32
"""Bytes; longer texts are copied as fast one by one."""
_OFFSETS: dict[Any, np.dtype[Any]] = {
    pa.string(): np.dtype(np.int32),
    pa.binary(): np.dtype(np.int32),
    pa.large_string(): np.dtype(np.int64),
    pa.large_binary(): np.dtype(np.int64),
}
_MOST = 1 << 16
"""Texts of one length; more are copied one by one."""
_FEW = 8
"""Parts; the rows of more are found by sorting."""


def parted(batch: Any, codes: Codes, number: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The rows of each of so many splits that has any, in their order.

    Args:
        batch: A record batch.
        codes: For each row the number of its split, or a negative one for none.
        number: How many splits there are.

    Example:
        >>> batch = pa.record_batch({"n": [1, 2, 3]})
        >>> [(code, part["n"].to_pylist())
        ...  for code, part in parted(batch, np.array([1, -1, 1], np.int16), 3)]
        [(1, [1, 3])]
    """
    rows, sizes = _by_part(codes, number)
    present = np.flatnonzero(sizes).tolist()
    if len(present) != 1 or len(rows) < batch.num_rows:
        batch = _taken(batch, pa.array(rows))
    start = 0
    for code in present:
        yield code, batch.slice(start, int(sizes[code]))
        start += int(sizes[code])


def _by_part(codes: Codes, number: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The positions of rows, part after part, and how many each part has."""
    if number > _FEW:
        sizes = np.bincount(codes[codes >= 0], minlength=number)
        return np.argsort(codes, kind="stable")[len(codes) - sizes.sum() :], sizes
    parts = [np.flatnonzero(codes == code) for code in range(number)]
    return np.concatenate(parts), np.array([len(part) for part in parts])


def _taken(batch: Any, rows: Any) -> Any:
    """The batch's rows at these positions."""
    columns = [_as_words(column) for column in batch.columns]
    words = pa.RecordBatch.from_arrays(columns, [str(place) for place in range(len(columns))])
    taken = [
        column if column.type == field.type else _as_texts(column, field.type)
        for column, field in zip(pc.take(words, rows, boundscheck=False), batch.schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(taken, schema=batch.schema)


def _as_words(column: Any) -> Any:
    """A column of texts of one length as values of a fixed size; another column as it is."""
    if column.type not in _OFFSETS or not 0 < len(column) <= _MOST or column.null_count:
        return column
    kind = _OFFSETS[column.type]
    begin = column.offset * kind.itemsize
    offsets = np.frombuffer(column.buffers()[1], kind, len(column) + 1, begin)
    start, end = int(offsets[0]), int(offsets[-1])
    length = int(offsets[1]) - start
    if not 0 < length <= _LONGEST or end - start != length * len(column):
        return column
    if (np.diff(offsets) != length).any():
        return column
    body = column.buffers()[2].slice(start, end - start)
    return pa.Array.from_buffers(pa.binary(length), len(column), [None, body])


def _as_texts(words: Any, dtype: Any) -> Any:
    """Values of a fixed size as texts."""
    length, size = words.type.byte_width, _OFFSETS[dtype]
    return pa.Array.from_buffers(
        dtype, len(words), [None, _even_offsets(length, size), words.buffers()[1]]
    )


@lru_cache(maxsize=16)
def _even_offsets(length: int, size: np.dtype[Any]) -> Any:
    """Where texts of one length begin; all such columns share them."""
    return pa.py_buffer(np.arange(0, length * _MOST + 1, length, dtype=size))
