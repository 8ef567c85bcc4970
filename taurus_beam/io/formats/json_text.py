"""Record batches as JSON text, by whole columns: Arrow has a JSON reader but no writer.

Every function takes and gives arrays; no row becomes a Python object.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["has_json_text", "json_lines", "json_text"]

ROWS_AT_ONCE = 8_192
"""Keeps the text of one step far below the 2 GiB that a string array can hold."""

_QUOTE = '"'
_SPECIAL = r'[\x00-\x1f"\\]'
_CONTROLS = [chr(code) for code in range(32)]


def json_lines(batch: Any) -> Iterator[Any]:
    """Buffers of the batch's rows, one JSON object and a line break each.

    Example:
        >>> batch = pa.record_batch({"x": [1.0, None], "s": ["a", "b"]})
        >>> [bytes(text) for text in json_lines(batch)]
        [b'{"x":1.0,"s":"a"}\\n{"x":null,"s":"b"}\\n']
    """
    for start in range(0, batch.num_rows, ROWS_AT_ONCE):
        piece = batch.slice(start, ROWS_AT_ONCE)
        rows = _object(piece.schema.names, piece.columns, piece.num_rows)
        lines = pc.binary_join_element_wise(rows, "", "\n")
        whole = pa.ListArray.from_arrays(pa.array([0, len(lines)], pa.int32()), lines)
        yield pc.binary_join(whole, "")[0].as_buffer()


def has_json_text(dtype: Any) -> bool:
    """True if `json_text` knows the type."""
    if pa.types.is_struct(dtype):
        return all(has_json_text(field.type) for field in dtype)
    if _is_list(dtype):
        return has_json_text(dtype.value_type)
    return (
        pa.types.is_null(dtype)
        or pa.types.is_primitive(dtype)
        or pa.types.is_decimal(dtype)
        or _is_text(dtype)
    )


def json_text(array: Any) -> Any:
    """The JSON text of each value; "null" where it is missing.

    Example:
        >>> json_text(pa.array([[1, None], None, []])).to_pylist()
        ['[1,null]', 'null', '[]']
        >>> json_text(pa.array([0.1, float("nan"), float("-inf"), 2.0])).to_pylist()
        ['0.1', 'NaN', '-Infinity', '2.0']
    """
    return pc.fill_null(_present(array), "null")


def _present(array: Any) -> Any:
    dtype = array.type
    if pa.types.is_struct(dtype):
        text = _object([field.name for field in dtype], array.flatten(), len(array))
        return pc.if_else(array.is_valid(), text, pa.scalar(None, pa.string()))
    if _is_list(dtype):
        return _list(array)
    if _is_text(dtype):
        return _quoted(_escaped(array.cast(pa.string())))
    if pa.types.is_floating(dtype):
        return _number(array)
    if pa.types.is_timestamp(dtype):
        zone = "UTC" if dtype.tz else None
        return _quoted(array.cast(pa.timestamp(dtype.unit, zone)).cast(pa.string()))
    if pa.types.is_date(dtype):
        return _quoted(array.cast(pa.date32()).cast(pa.string()))
    if pa.types.is_time(dtype) or pa.types.is_duration(dtype):
        array = array.cast(pa.int32() if pa.types.is_time32(dtype) else pa.int64())
    return array.cast(pa.string())


def _is_text(dtype: Any) -> bool:
    return bool(
        pa.types.is_string(dtype)
        or pa.types.is_large_string(dtype)
        or pa.types.is_string_view(dtype)
    )


def _is_list(dtype: Any) -> bool:
    return bool(
        pa.types.is_list(dtype)
        or pa.types.is_large_list(dtype)
        or pa.types.is_fixed_size_list(dtype)
    )


def _object(names: list[str], columns: list[Any], rows: int) -> Any:
    if not names:
        return pa.array(np.full(rows, "{}", dtype=object), pa.string())
    parts: list[Any] = []
    for name, column in zip(names, columns, strict=True):
        parts += ["," if parts else "{", json.dumps(name, ensure_ascii=False) + ":"]
        parts.append(json_text(column))
    return pc.binary_join_element_wise(*parts, "}", "")


def _list(array: Any) -> Any:
    lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    items = pa.ListArray.from_arrays(pa.array(offsets), json_text(array.flatten()))
    text = pc.binary_join_element_wise("[", pc.binary_join(items, ","), "]", "")
    return pc.if_else(array.is_valid(), text, pa.scalar(None, pa.string()))


def _number(array: Any) -> Any:
    if pa.types.is_float16(array.type):
        array = array.cast(pa.float32())
    text = array.cast(pa.string())
    # A reader that infers types must see that 1.0 is no integer.
    text = pc.replace_substring_regex(text, r"^(-?[0-9]+)$", r"\1.0")
    text = pc.replace_substring(text, "nan", "NaN")
    return pc.replace_substring(text, "inf", "Infinity")


def _quoted(text: Any) -> Any:
    return pc.binary_join_element_wise(_QUOTE, text, _QUOTE, "")


def _escaped(text: Any) -> Any:
    if not pc.any(pc.match_substring_regex(text, _SPECIAL)).as_py():
        return text
    text = pc.replace_substring(text, "\\", "\\\\")
    for character in (_QUOTE, *_CONTROLS):
        if pc.any(pc.match_substring(text, character)).as_py():
            text = pc.replace_substring(text, character, json.dumps(character)[1:-1])
    return text
