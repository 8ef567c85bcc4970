"""Constants of a graph as JSON and back; long ones go to assets (Arrow IPC) beside it.

What is read may have been made by hand: whatever is not as it was written is refused.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.artifact.arrow_messages import read_arrow_file
from taurus_beam.artifact.contents import Parts, forget
from taurus_beam.artifact.elements_file import INLINE_ELEMENTS, write_elements
from taurus_beam.artifact.vocabulary_file import decode_lookup, write_lookup, write_vocabulary
from taurus_beam.graph.constant import Constant, Vocabulary
from taurus_beam.graph.types import (
    ColumnType,
    canonical,
    is_fixed_width,
    is_float,
    is_text,
    numpy_dtype,
    parse_dtype,
)
from taurus_beam.graph.values import Values, to_arrow
from taurus_beam.graph.vocabulary import Stored, one_array

__all__ = ["decode_constant", "encode_constant", "vocabulary_assets"]

_COPIED_BYTES = 1 << 20
# How the names of assets end, so that none is ever given twice.
_TERMS, _LOOKUP, _ELEMENTS = ".terms", ".lookup", ".elements"


def encode_constant(constant: Constant, assets: dict[str, Any]) -> dict[str, Any]:
    """A constant as JSON data; what is long is added to `assets` by name."""
    if isinstance(constant.value, Vocabulary):
        return _encode_vocabulary(constant.value, assets)
    value_type, elements = constant.value_type, constant.value
    assert isinstance(value_type, ColumnType)
    encoded: dict[str, Any] = {"type": [str(value_type.dtype), list(value_type.shape)]}
    if len(elements) > INLINE_ELEMENTS:
        encoded["asset"] = f"assets/constant_{len(assets)}{_ELEMENTS}.arrow"
        stored = constant.stored
        assets[encoded["asset"]] = _written(write_elements, elements) if stored is None else stored
    else:
        encoded["elements"] = [_encode_element(e) for e in _plain(elements)]
    return encoded


def decode_constant(attributes: Mapping[str, Any], asset: Callable[[str], Any]) -> Constant:
    """The constant that `encode_constant` wrote; `asset` gives an asset's content by name."""
    if "vocabulary" in attributes:
        return Constant.of_vocabulary(_decode_vocabulary(attributes, asset))
    name, shape = attributes["type"]
    dtype = parse_dtype(name)
    column_type = ColumnType(dtype, tuple(shape))
    stored = None
    if "asset" in attributes:
        content = asset(attributes["asset"])
        column = read_arrow_file(content)["elements"]
        if canonical(column.type) != dtype or not _is_flat(column.type):
            raise ValueError(f"a constant of {dtype} has elements of {column.type}")
        elements = one_array(column)
        stored = content if column.num_chunks == 1 else None
    else:
        elements = _elements(attributes["elements"], dtype)
    if None not in shape and len(elements) != int(np.prod([1, *shape])):
        raise ValueError(f"a constant of shape {shape} has {len(elements)} elements")
    return Constant(column_type, elements, stored)


def _encode_vocabulary(vocabulary: Vocabulary, assets: dict[str, Any]) -> dict[str, Any]:
    name, lookup = vocabulary_assets(vocabulary.name)
    stored = vocabulary.stored
    assets[name] = stored.terms if stored else _written(write_vocabulary, vocabulary)
    encoded = {"vocabulary": vocabulary.name, "size": len(vocabulary), "asset": name}
    if vocabulary.is_indexed:
        if stored is None or stored.lookup is None:
            assets[lookup] = _written(write_lookup, vocabulary.lookup_table)
        else:
            assets[lookup] = stored.lookup
        encoded["lookup"] = lookup
    return encoded


def vocabulary_assets(name: str) -> tuple[str, str]:
    """What the assets of a vocabulary are called: its terms, and its lookup table."""
    return f"assets/{_unlike_others(name)}.arrow", f"assets/{name}{_LOOKUP}.arrow"


def _unlike_others(name: str) -> str:
    """A vocabulary's own name, but where an asset of another kind could have it."""
    return name + _TERMS if name.endswith((_TERMS, _LOOKUP, _ELEMENTS)) else name


def _decode_vocabulary(attributes: Mapping[str, Any], asset: Callable[[str], Any]) -> Vocabulary:
    content, lookup_content, lookup = asset(attributes["asset"]), None, None
    table = read_arrow_file(content)
    terms, counts = (_as_stored(table[column]) for column in ("term", "count"))
    if not _is_flat(terms.type) or counts.type not in (pa.int64(), pa.float64()):
        raise ValueError(f"a vocabulary is of {terms.type} and {counts.type}")
    if "lookup" in attributes:
        lookup_content = asset(attributes["lookup"])
        lookup = decode_lookup(read_arrow_file(lookup_content)).check(len(terms))
        forget(lookup_content)
    stored = Stored(content, lookup_content)
    vocabulary = Vocabulary(attributes["vocabulary"], terms, counts, lookup, stored)
    if len(vocabulary) != attributes["size"] or terms.null_count or counts.null_count:
        raise ValueError(f"vocabulary {vocabulary.name!r} has {len(vocabulary)} terms")
    return vocabulary


def _is_flat(dtype: Any) -> bool:
    """Whether each value has bytes of its own, so that a file holds no more than its size."""
    large = pa.types.is_large_string(dtype) or pa.types.is_large_binary(dtype)
    return is_text(dtype) or is_fixed_width(dtype) or bool(large)


def _plain(elements: Any) -> list[Any]:
    """Elements as JSON-able values; times as counts of their unit."""
    if pa.types.is_binary(elements.type):
        return [None if e is None else e.hex() for e in elements.to_pylist()]
    if pa.types.is_date32(elements.type):
        elements = elements.cast(pa.int32())
    elif pa.types.is_timestamp(elements.type) or pa.types.is_duration(elements.type):
        elements = elements.cast(pa.int64())
    return list(elements.to_pylist())


def _encode_element(element: Any) -> Any:
    if isinstance(element, float) and not np.isfinite(element):
        return {"float": str(element)}
    return element


def _elements(encoded: list[Any], dtype: Any) -> Any:
    """The Arrow array of some JSON values, made without `pa.array`, which would import pandas."""
    missing = np.array([e is None for e in encoded], np.bool_)
    if is_text(dtype):
        read = bytes.fromhex if pa.types.is_binary(dtype) else str.encode
        contents = [b"" if e is None else read(e) for e in encoded]
        offsets = np.cumsum([0, *map(len, contents)]).astype(np.int32)
        body = [pa.py_buffer(offsets), pa.py_buffer(b"".join(contents))]
        validity = pa.py_buffer(np.packbits(~missing, bitorder="little"))
        return pa.Array.from_buffers(dtype, len(encoded), [validity, *body])
    kind = bool if pa.types.is_boolean(dtype) else (int, float) if is_float(dtype) else int
    plain = [float(e["float"]) if isinstance(e, dict) else e for e in encoded]
    numbers = [False if e is None else e for e in plain]
    if not all(isinstance(number, kind) for number in numbers):
        raise ValueError(f"a constant of {dtype} has other values")
    values = Values(ColumnType(dtype), np.array(numbers, numpy_dtype(dtype)), len(numbers), missing)
    return to_arrow(values)


def _written(write: Callable[[Any, Any], None], value: Any) -> Any:
    """Bytes; where to copy them would take long, the buffers that the value itself lies in."""
    kept = _Kept()
    with pa.PythonFile(kept, mode="w") as sink:
        write(value, sink)
    content = Parts(kept.buffers)
    return content if len(content) > _COPIED_BYTES else bytes(content)


class _Kept(io.RawIOBase):
    """A file that keeps what Arrow writes to it: large buffers themselves, all else as bytes."""

    def __init__(self) -> None:
        self.buffers: list[Any] = []

    def writable(self) -> bool:
        return True

    def write(self, buffer: Any) -> int:
        self.buffers.append(buffer)
        return len(buffer)


def _as_stored(column: Any) -> Any:
    """The column as it lies in the file, which may be mapped: never copied into one piece."""
    return column.chunk(0) if column.num_chunks == 1 else column
