"""Record batches put together at once: written as one message of Arrow's IPC format, and read.

Arrow makes the arrays of a message in a tenth of the time that Python takes to ask for one after
the other, which is most of what a batch of few rows costs. The elements are copied once for it, so
this is for small batches of plain numbers only; others are left to whoever makes arrays.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.graph.bitmaps import Bitmaps
from taurus_beam.graph.flatbuffer import field_at, root_at, table_at
from taurus_beam.graph.types import is_fixed_width, numpy_dtype
from taurus_beam.graph.values import Values

__all__ = ["Assembly"]

_MOST_ROWS = 1 << 12
"""Up to so many, copying the elements of a column costs less than half of what it saves."""

_PREFIX = 8  # what stands before a message's flatbuffer: a mark, and how long it is
_PADDING = [bytes(-size % 8) for size in range(8)]


class Assembly:
    """Batches of a schema. Safe to use from several threads.

    Args:
        schema: Of the batches.

    Example:
        >>> from taurus_beam.graph.types import ColumnType
        >>> schema = pa.schema({"x": pa.int64()})
        >>> values = Values(ColumnType(pa.int64()), np.arange(3), 3, np.array([True, False, False]))
        >>> Assembly(schema).batch([values], 3).to_pydict()
        {'x': [None, 1, 2]}
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        fits = len(schema) > 0 and all(is_fixed_width(field.type) for field in schema)
        self._dtypes = [numpy_dtype(field.type) for field in schema] if fits else []
        self._most_rows = _MOST_ROWS if fits else 0
        if fits:
            self._prepare()

    def batch(self, columns: Sequence[Values], rows: int) -> pa.RecordBatch | None:
        """The batch of some columns; None where they are to be made into arrays one by one."""
        if not 0 < rows <= self._most_rows:
            return None
        pieces: list[Any] = [None]
        nodes: list[int] = []
        places: list[int] = []
        end, bitmaps = 0, Bitmaps()
        for values, dtype in zip(columns, self._dtypes, strict=True):
            data, missing = values.data, values.missing
            # Arrow believes what a message says of its sizes; where it asks, it is left to say no.
            if values.constant or not isinstance(data, np.ndarray) or data.size != rows:
                return None
            if missing is not None and missing.size != rows:
                return None
            nulls, bits = bitmaps.nulls(missing), bitmaps.of(missing)
            if bits is not None:
                pieces += (bits, _PADDING[bits.size % 8])
                places += (end, bits.size)
                end += (bits.size + 7) & ~7
            else:
                places += (end, 0)
            if dtype.kind == "b":
                data = np.packbits(data.astype(np.bool_, copy=False), bitorder="little")
            elif data.dtype != dtype or not data.flags.c_contiguous:
                data = np.ascontiguousarray(data, dtype)
            size = data.nbytes
            pieces.append(data)
            places += (end, size)
            if size % 8:
                pieces.append(_PADDING[size % 8])
                size = (size + 7) & ~7
            end += size
            nodes += (rows, nulls)
        pieces[0] = self._head(rows, nodes, places, end)
        return pa.ipc.read_record_batch(pa.py_buffer(b"".join(pieces)), self._schema)

    def _prepare(self) -> None:
        """Let Arrow write a message of the schema, and find what differs between batches."""
        one = pa.RecordBatch.from_arrays(
            [pa.nulls(1, field.type) for field in self._schema], schema=self._schema
        )
        message = one.serialize().to_pybytes()
        self._template = message[: _PREFIX + struct.unpack_from("<i", message, 4)[0]]
        root = root_at(message, _PREFIX)
        body_at, head = field_at(message, root, 3), table_at(message, root, 2)
        self._body_at, self._rows_at = body_at, field_at(message, head, 0)
        # A vector is its elements, after the number of them in four bytes.
        self._nodes_at, self._places_at = (table_at(message, head, n) + 4 for n in (1, 2))
        self._nodes = struct.Struct(f"<{2 * len(self._schema)}q")
        self._places = struct.Struct(f"<{4 * len(self._schema)}q")

    def _head(self, rows: int, nodes: list[int], places: list[int], size: int) -> bytearray:
        """The message up to its body: how many elements and nulls, and where the buffers are."""
        head = bytearray(self._template)
        struct.pack_into("<q", head, self._rows_at, rows)
        struct.pack_into("<q", head, self._body_at, size)
        self._nodes.pack_into(head, self._nodes_at, *nodes)
        self._places.pack_into(head, self._places_at, *places)
        return head
