"""``tf.Example`` messages as columns, and columns as messages, without TensorFlow.

An Example is a map of names to lists of bytes, float32 or int64
(tensorflow/core/example/example.proto, feature.proto). An absent feature, or one without a kind,
is a missing value; an empty list is a list without elements. Files are not this room's matter.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.io.formats.wire import (
    FIXED32,
    LENGTH,
    VARINT,
    Bytes,
    Integers,
    Ranges,
    fields_of,
    gathered,
    prefixed,
    varint_bytes,
    varints_in,
)

__all__ = ["decoded", "encoded"]

_BYTES, _FLOAT, _INT64 = 1, 2, 3
_KINDS = {_BYTES: "bytes", _FLOAT: "floats", _INT64: "integers"}
_TYPES = {_BYTES: pa.binary(), _FLOAT: pa.float32(), _INT64: pa.int64()}


def decoded(
    buffer: Bytes, examples: Ranges, wanted: Collection[str] | None = None
) -> dict[str, Any]:
    """The features of some Examples by name, in the order of their names: a list array each.

    Args:
        buffer: The bytes.
        examples: Where each Example lies.
        wanted: Names of the features to decode; None for all.

    Returns:
        Arrays of ``list<binary>``, ``list<float>`` or ``list<int64>``, a row for each Example.

    Raises:
        ValueError: The bytes are no Examples, or a feature has values of two kinds.

    Example:
        >>> batch = pa.record_batch({"x": [1, None], "s": ["a", ""]})
        >>> messages = encoded(batch)
        >>> content = np.frombuffer(b"".join(messages), np.uint8)
        >>> ends = np.cumsum([len(m) for m in messages])
        >>> found = decoded(content, Ranges(np.append(0, ends[:-1]), ends))
        >>> {name: column.to_pylist() for name, column in found.items()}
        {'s': [[b'a'], [b'']], 'x': [[1], None]}
    """
    rows, entries = _entries(buffer, examples)
    parts = fields_of(buffer, entries)
    keys = _one_each(parts.where((parts.number == 1) & (parts.kind == LENGTH)), len(entries))
    values = _one_each(parts.where((parts.number == 2) & (parts.kind == LENGTH)), len(entries))
    names = _binary(*gathered(buffer, keys)).dictionary_encode()
    codes = names.indices.to_numpy()
    texts = [name.decode() for name in names.dictionary.to_pylist()]
    chosen = [code for code, text in enumerate(texts) if wanted is None or text in wanted]
    return {
        texts[code]: _column(
            buffer, rows[codes == code], values.where(codes == code), len(examples)
        )
        for code in sorted(chosen, key=lambda code: texts[code])
    }


def encoded(batch: Any) -> list[bytes]:
    """An Example for each row of a batch; features in the order of the columns.

    Args:
        batch: Columns of integers, booleans, float32, strings or binary, or of lists of these.

    Raises:
        ValueError: An element of a list is missing, which an Example cannot say.
    """
    entries = [_encoded_column(name, batch.column(name)) for name in batch.schema.names]
    if not entries:
        return [b""] * batch.num_rows
    nothing = pa.scalar(b"", pa.large_binary())
    together = pc.binary_join_element_wise(*(e.fill_null(nothing) for e in entries), nothing)
    messages: list[bytes] = prefixed(0x0A, together).to_pylist()
    return messages


def _entries(buffer: Bytes, examples: Ranges) -> tuple[Integers, Ranges]:
    """The entries of each Example's map, and the row that each is of."""
    outer = fields_of(buffer, examples)
    features = outer.where((outer.number == 1) & (outer.kind == LENGTH))
    inner = fields_of(buffer, features.content)
    entries = inner.where((inner.number == 1) & (inner.kind == LENGTH))
    return features.owner[entries.owner], entries.content


def _one_each(fields: Any, owners: int) -> Ranges:
    """The last field of each owner, as the wire format has it; nothing where there is none."""
    starts, ends = np.zeros(owners, np.int64), np.zeros(owners, np.int64)
    starts[fields.owner], ends[fields.owner] = fields.content.starts, fields.content.ends
    return Ranges(starts, ends)


def _column(buffer: Bytes, rows: Integers, features: Ranges, total: int) -> Any:
    """One feature: of each of some rows the bytes of its `Feature` message."""
    last = np.full(total, -1)
    last[rows] = np.arange(len(rows))  # a key that is there twice counts as the last says
    present = np.flatnonzero(last >= 0)
    lists = fields_of(buffer, features.where(last[present]))
    lists = lists.where(lists.kind == LENGTH)
    kinds = np.unique(lists.number)
    if len(kinds) > 1 or not set(kinds.tolist()) <= set(_KINDS):
        found = " and ".join(_KINDS.get(kind, "something else") for kind in kinds.tolist())
        raise ValueError(f"the feature has lists of {found}")
    kind = int(kinds[0]) if len(kinds) else _BYTES
    contents = _one_each(lists, len(present))
    has_kind = np.zeros(len(present), np.bool_)
    has_kind[lists.owner] = True
    elements, counts = _elements(buffer, contents, kind)
    lengths = np.zeros(total, np.int64)
    lengths[present] = counts
    missing = np.ones(total, np.bool_)
    missing[present[has_kind]] = False
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), elements, mask=pa.array(missing))


def _elements(buffer: Bytes, lists: Ranges, kind: int) -> tuple[Any, Integers]:
    """The flat elements of lists of a kind, and how many each list has."""
    values = fields_of(buffer, lists)
    values = values.where(values.number == 1)
    wanted = {_BYTES: (LENGTH,), _FLOAT: (LENGTH, FIXED32), _INT64: (LENGTH, VARINT)}[kind]
    if not np.isin(values.kind, wanted).all():
        raise ValueError(f"a list of {_KINDS[kind]} holds something else")
    content, offsets = gathered(buffer, values.content)
    if kind == _BYTES:
        elements, counts = _binary(content, offsets), np.ones(len(values.owner), np.int64)
    elif kind == _FLOAT:
        if (np.diff(offsets) % 4).any():
            raise ValueError("a list of floats is cut off")
        elements, counts = pa.array(content.view("<f4")), np.diff(offsets) // 4
    else:
        numbers, counts = varints_in(content, offsets)
        elements = pa.array(numbers)
    return elements, np.bincount(values.owner, counts, len(lists)).astype(np.int64)


def _binary(content: Bytes, offsets: Integers) -> Any:
    buffers = [None, pa.py_buffer(offsets.astype(np.int64)), pa.py_buffer(content)]
    return pa.Array.from_buffers(pa.large_binary(), len(offsets) - 1, buffers).cast(pa.binary())


def _encoded_column(name: str, column: Any) -> Any:
    """The map entry of each row; null where the row has none."""
    is_list = pa.types.is_list(column.type) or pa.types.is_large_list(column.type)
    if pa.types.is_fixed_size_list(column.type):
        column, is_list = column.cast(pa.list_(column.type.value_type)), True
    if is_list:
        elements = column.flatten()
        lengths = pc.list_value_length(column).fill_null(0).to_numpy(zero_copy_only=False)
    else:
        elements = column.drop_null()
        lengths = column.is_valid().to_numpy(zero_copy_only=False).astype(np.int64)
    if elements.null_count:
        raise ValueError(f"a list of column {name!r} has a missing element")
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    kind, lists = _encoded_lists(elements, offsets)
    feature = prefixed(kind << 3 | LENGTH, lists)
    key = prefixed(0x0A, pa.array([name.encode()], pa.large_binary()))[0]
    entry = pc.binary_join_element_wise(
        key, prefixed(0x12, feature), pa.scalar(b"", pa.large_binary())
    )
    missing = column.is_null()
    return prefixed(0x0A, pc.if_else(missing, pa.scalar(None, pa.large_binary()), entry))


def _encoded_lists(elements: Any, offsets: Integers) -> tuple[int, Any]:
    """The kind, and the list message of each row."""
    dtype = elements.type
    if pa.types.is_float32(dtype):
        content = elements.to_numpy().astype("<f4").view(np.uint8)
        return _FLOAT, _packed(content, offsets * 4)
    if pa.types.is_integer(dtype) or pa.types.is_boolean(dtype):
        numbers = elements.cast(pa.int64()).to_numpy(zero_copy_only=False)
        content, places = varint_bytes(numbers)
        return _INT64, _packed(content, places[offsets])
    fields = prefixed(0x0A, elements.cast(pa.binary()).cast(pa.large_binary()))
    places = np.frombuffer(fields.buffers()[1], np.int64)[: len(fields) + 1]
    content = np.frombuffer(fields.buffers()[2] or b"", np.uint8)
    return _BYTES, _large(content, places[offsets])


def _packed(content: Bytes, offsets: Integers) -> Any:
    """Lists whose values lie in one field; an empty list has none."""
    lists = _large(content, offsets)
    empty = pa.array(np.diff(offsets) == 0)
    return pc.if_else(empty, pa.scalar(b"", pa.large_binary()), prefixed(0x0A, lists))


def _large(content: Bytes, offsets: Integers) -> Any:
    buffers = [None, pa.py_buffer(np.ascontiguousarray(offsets)), pa.py_buffer(content)]
    return pa.Array.from_buffers(pa.large_binary(), len(offsets) - 1, buffers)
