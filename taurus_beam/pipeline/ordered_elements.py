"""Tables of elements per key from rows in order: written as they come, never held together.

Elements wait in local files, from which the one batch of an asset is mapped. The assets are, byte
for byte, those of the same tables in memory.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.per_key_value import PerKey
from taurus_beam.artifact.constant_encoding import encode_constant
from taurus_beam.artifact.elements_file import INLINE_ELEMENTS, write_elements
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.node import Node
from taurus_beam.graph.types import ColumnType
from taurus_beam.graph.values import from_arrow
from taurus_beam.io.files import create, make_folder, split
from taurus_beam.pipeline.blocks import new_path

__all__ = ["streamed_elements"]

_MASK_PIECE = 1 << 20


def streamed_elements(
    columns: Mapping[str, Node], whole: Any, tables: Iterable[pa.Table], folder: str
) -> dict[Node, dict[str, Any]]:
    """What `encode_constant` says of tables per key, whose assets are then written.

    Args:
        columns: The analyzers whose elements some columns have.
        whole: The fact of all keys, where they need one.
        tables: The rows of all keys in order.
        folder: Where the assets go.
    """
    with ExitStack() as stack:
        place = stack.enter_context(tempfile.TemporaryDirectory(prefix="taurus_beam-"))
        files: dict[str, _ElementFile] = {}
        for column, node in columns.items():
            assert isinstance(node.operation, PerKey)
            types = [i.type for i in node.inputs]
            path = os.path.join(place, column)
            files[column] = _ElementFile(path, node.operation.table_type(0, *types).dtype, stack)
            files[column].add(node.operation.first(whole, *types))
        for table in tables:
            for column, file in files.items():
                for chunk in table[column].chunks:
                    nested = pa.types.is_fixed_size_list(chunk.type)
                    file.add(chunk.flatten() if nested else chunk)
        return {
            node: _written(node, files[column].array(), folder) for column, node in columns.items()
        }


def _written(node: Node, elements: Any, folder: str) -> dict[str, Any]:
    assert isinstance(node.operation, PerKey)
    table_type = node.operation.table_type(len(elements), *(i.type for i in node.inputs))
    encoded = {"type": [str(table_type.dtype), list(table_type.shape)]}
    if len(elements) <= INLINE_ELEMENTS:
        return encode_constant(Constant(table_type, elements), {})
    path = new_path(folder, "elements")
    make_folder(split(path)[0])
    with create(path) as sink:
        write_elements(elements, sink)
    return {**encoded, "asset": path}


class _ElementFile:
    """Elements of one type that come in order and are read as one mapped array."""

    def __init__(self, path: str, dtype: Any, stack: ExitStack) -> None:
        self._dtype = dtype
        self._path = path
        self._stack = stack
        self._values, self._masks = self._open("values"), self._open("masks")
        self._size = self._missing = 0

    def _open(self, name: str) -> Any:
        return self._stack.enter_context(open(f"{self._path}.{name}", "w+b"))

    def add(self, elements: Any) -> None:
        """Further elements, an Arrow array of numbers."""
        if elements is None or not len(elements):
            return
        values = from_arrow(elements, ColumnType(self._dtype))
        mask = np.zeros(len(elements), np.bool_) if values.missing is None else values.missing
        self._values.write(np.where(mask, values.array.dtype.type(0), values.array).tobytes())
        self._masks.write(mask.tobytes())
        self._size += len(elements)
        self._missing += int(np.count_nonzero(mask))

    def array(self) -> Any:
        """All of them, mapped."""
        if not self._size:
            return pa.array([], self._dtype)
        validity = None
        if self._missing:
            self._masks.seek(0)
            with open(f"{self._path}.validity", "wb") as bits:
                while piece := self._masks.read(_MASK_PIECE):
                    present = ~np.frombuffer(piece, np.bool_)
                    bits.write(np.packbits(present, bitorder="little").tobytes())
            validity = _mapped(f"{self._path}.validity")
        self._values.flush()
        body = [validity, _mapped(f"{self._path}.values")]
        return pa.Array.from_buffers(self._dtype, self._size, body, self._missing)


def _mapped(path: str) -> Any:
    with pa.memory_map(path) as file:
        return file.read_buffer()
