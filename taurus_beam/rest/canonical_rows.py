"""Rows as JSON of which there is only one: the canonical form of RFC 8785, for digests.

It can be made of a file of the request log in any language: what a value is depends neither on the
width of its type nor on the unit of its time. Columns are written whole, then put together.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.graph.types import ColumnType
from taurus_beam.rest.json_values import plain_values

__all__ = ["canonical", "canonical_rows"]

_LARGEST_EXACT = 2**53 - 1
"""Beyond it a reader whose numbers are doubles sees another integer; RFC 8785 has strings there."""
_ZEROS = re.compile(r"\.?0+(?=Z?$)")


def canonical(value: Any) -> str:
    """JSON data in the canonical form of RFC 8785.

    Floats that JSON lacks, and integers beyond 2^53 - 1, are strings.

    Example:
        >>> print(canonical({"b": [1.0, 1e21, 0.1], "a": None}))
        {"a":null,"b":[1,1e+21,0.1]}
    """
    if isinstance(value, Mapping):
        members = (f"{_string(name)}:{canonical(value[name])}" for name in _sorted(value))
        return "{" + ",".join(members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(canonical, value)) + "]"
    return _scalar(value)


def canonical_rows(columns: Mapping[str, Any]) -> list[str]:
    """Each row as a JSON object in canonical form.

    Missing values are null, bytes are base64, times ISO 8601 without zeros at the end of a fraction
    (in UTC where the type has a time zone), durations integers of their unit.

    Args:
        columns: Arrow arrays or chunked arrays of equal length by name.

    Example:
        >>> canonical_rows({"zone": pa.array(["north", None]), "fare": pa.array([2.0, 2.5])})
        ['{"fare":2,"zone":"north"}', '{"fare":2.5,"zone":null}']
    """
    parts = [[f"{_string(n)}:{text}" for text in _texts(columns[n])] for n in _sorted(columns)]
    return ["{" + ",".join(row) + "}" for row in zip(*parts, strict=True)]


def _sorted(names: Mapping[str, Any]) -> list[str]:
    return sorted(names, key=lambda name: name.encode("utf-16-be"))


def _texts(column: Any) -> list[str]:
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_nested(array.type):
        lengths = pc.list_value_length(array).to_pylist()
        elements = iter(_texts(array.flatten()))
        return [
            "null" if n is None else f"[{','.join(next(elements) for _ in range(n))}]"
            for n in lengths
        ]
    values = plain_values(array, ColumnType(array.type))
    if pa.types.is_timestamp(array.type):
        return ["null" if v is None else f'"{_without_zeros(v)}"' for v in values]
    return list(map(_scalar, values))


def _without_zeros(time: str) -> str:
    return _ZEROS.sub("", time) if "." in time else time


def _scalar(value: Any) -> str:
    return _WRITERS[type(value)](value)


def _integer(value: int) -> str:
    return str(value) if abs(value) <= _LARGEST_EXACT else f'"{value}"'


def _float(value: float) -> str:
    """As ECMAScript writes it, which RFC 8785 asks for."""
    if not math.isfinite(value):
        return '"NaN"' if math.isnan(value) else '"Infinity"' if value > 0 else '"-Infinity"'
    text = repr(value)
    if "e" not in text:
        return "0" if value == 0 else text.removesuffix(".0")
    sign, digits, exponent = Decimal(text).as_tuple()
    shown = "".join(map(str, digits)).rstrip("0")
    # The value is 0.DIGITS times ten to the power of `point`.
    point = len(digits) + int(exponent)
    if len(shown) <= point <= 21:
        found = shown.ljust(point, "0")
    elif -6 < point <= 0:
        found = "0." + "0" * -point + shown
    else:
        found = shown[0] + ("." + shown[1:] if shown[1:] else "") + f"e{point - 1:+d}"
    return "-" + found if sign else found


def _string(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


_WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda value: "null",
    bool: lambda value: "true" if value else "false",
    int: _integer,
    float: _float,
    str: _string,
}
