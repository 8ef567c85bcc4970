"""The rows of a batch at some positions, each column copied in the way that is fastest for it.

Texts of one length, such as codes of airports, are copied like numbers, and numbers apart from
their nulls, whose branches would cost more than the copy. Which rows are wanted is decided
elsewhere.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.graph.bitmaps import flags, packed

__all__ = ["Positions", "taken"]

Positions = npt.NDArray[np.intp]

_UNCHECKED = pc.TakeOptions(boundscheck=False)
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


def taken(batch: Any, rows: Positions) -> Any:
    """The rows of a record batch at these positions, none of which may be beyond it.

    Example:
        >>> batch = pa.record_batch({"n": [1, None, 3], "s": ["a", "b", "c"]})
        >>> taken(batch, np.array([2, 1])).to_pydict()
        {'n': [3, None], 's': ['c', 'b']}
    """
    places = pa.array(rows)
    columns = [_column_taken(column, rows, places) for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _column_taken(column: Any, rows: Positions, places: Any) -> Any:
    length = _only_length(column)
    if length:
        return _texts_taken(column, length, places)
    dtype = column.type
    if not column.null_count or not pa.types.is_primitive(dtype) or pa.types.is_boolean(dtype):
        return _taken_by_arrow(column, places)
    validity, values = column.buffers()
    bare = pa.Array.from_buffers(dtype, len(column), [None, values], 0, column.offset)
    present = flags(validity, column.offset, len(column)).take(rows)
    copied = _taken_by_arrow(bare, places).buffers()[1]
    return pa.Array.from_buffers(dtype, len(rows), [packed(present), copied])


def _taken_by_arrow(column: Any, places: Any) -> Any:
    return pc.call_function("array_take", [column, places], _UNCHECKED)


def _only_length(column: Any) -> int:
    """The length in bytes of each text of a column; 0 if they differ, or are better left alone."""
    if column.type not in _OFFSETS or not 0 < len(column) <= _MOST or column.null_count:
        return 0
    offsets = _offsets(column)
    length = int(offsets[1]) - int(offsets[0])
    if not 0 < length <= _LONGEST or int(offsets[-1]) - int(offsets[0]) != length * len(column):
        return 0
    return length if (offsets[1:] - offsets[:-1] == length).all() else 0


def _texts_taken(column: Any, length: int, places: Any) -> Any:
    body = column.buffers()[2].slice(int(_offsets(column)[0]), length * len(column))
    words = pa.Array.from_buffers(pa.binary(length), len(column), [None, body])
    copied = _taken_by_arrow(words, places).buffers()[1]
    even = _even_offsets(length, _OFFSETS[column.type])
    return pa.Array.from_buffers(column.type, len(places), [None, even, copied])


def _offsets(column: Any) -> npt.NDArray[Any]:
    kind = _OFFSETS[column.type]
    begin = column.offset * kind.itemsize
    return np.frombuffer(column.buffers()[1], kind, len(column) + 1, begin)


@lru_cache(maxsize=16)
def _even_offsets(length: int, size: np.dtype[Any]) -> Any:
    """Where texts of one length begin; all such columns share them."""
    return pa.py_buffer(np.arange(0, length * _MOST + 1, length, dtype=size))
