"""What a column is: the type of its elements and how they group into rows.

Element types are Arrow's, brought to one canonical form (``large_string`` and a
dictionary of strings are strings). This room knows nothing of data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError

__all__ = [
    "RAGGED",
    "SCALAR",
    "ColumnType",
    "Shape",
    "ValueType",
    "VocabularyType",
    "canonical",
    "flatten_schema",
    "is_fixed_width",
    "is_float",
    "is_integer",
    "is_numeric",
    "is_temporal",
    "is_text",
    "numpy_dtype",
    "parse_dtype",
    "to_arrow_dtype",
]

Shape: TypeAlias = tuple[int | None, ...]
SCALAR: Shape = ()
RAGGED: Shape = (None,)

# Types are told apart by their number, since a batch asks some hundred times.
_FLOATS: dict[int, np.dtype[Any]] = {
    pa.float16().id: np.dtype(np.float16),
    pa.float32().id: np.dtype(np.float32),
    pa.float64().id: np.dtype(np.float64),
}
_INTEGERS: dict[int, np.dtype[Any]] = {
    pa.type_for_alias(f"{sign}int{bits}").id: np.dtype(f"{sign}int{bits}")
    for sign in ("", "u")
    for bits in (8, 16, 32, 64)
}
_TIMES: dict[int, np.dtype[Any]] = {
    pa.date32().id: np.dtype(np.int32),
    pa.timestamp("s").id: np.dtype(np.int64),
    pa.duration("s").id: np.dtype(np.int64),
}
_NUMBERS = {**_FLOATS, **_INTEGERS}
_CARRIERS = {**_NUMBERS, **_TIMES, pa.bool_().id: np.dtype(np.bool_)}
_TEXTS = {pa.string().id, pa.binary().id}
_PLAIN = {*_TEXTS, *_CARRIERS}


@dataclass(frozen=True, slots=True)
class ColumnType:
    """Elements of ``dtype``; ``shape`` is ``()`` for one a row, ``(n,)`` for n, ``(None,)`` ragged.

    Values of a whole data set (never columns) may also have shape ``(n, m)``.

    Example:
        >>> str(ColumnType(pa.float32(), (3,)))
        'float[3]'
    """

    dtype: Any
    shape: Shape = SCALAR

    def __str__(self) -> str:
        sizes = "".join(f"[{'' if n is None else n}]" for n in self.shape)
        return f"{self.dtype}{sizes}"

    @property
    def is_scalar(self) -> bool:
        """One element a row."""
        return self.shape == SCALAR

    @property
    def is_ragged(self) -> bool:
        """Any number of elements a row."""
        return self.shape == RAGGED

    def with_dtype(self, dtype: Any) -> ColumnType:
        """The same shape with other elements."""
        return ColumnType(dtype, self.shape)

    def to_arrow(self) -> Any:
        """The Arrow type of such a column."""
        if self.is_scalar:
            return self.dtype
        if self.is_ragged:
            return pa.list_(self.dtype)
        (width,) = self.shape
        return pa.list_(self.dtype, width)

    @staticmethod
    def from_arrow(arrow_type: Any) -> ColumnType:
        """The column type of an Arrow type; TraceError for types no operation takes."""
        if arrow_type.id in _PLAIN:
            return ColumnType(arrow_type)
        if pa.types.is_fixed_size_list(arrow_type):
            return ColumnType(canonical(arrow_type.value_type), (arrow_type.list_size,))
        if pa.types.is_list(arrow_type) or pa.types.is_large_list(arrow_type):
            return ColumnType(canonical(arrow_type.value_type), RAGGED)
        return ColumnType(canonical(arrow_type))


@dataclass(frozen=True, slots=True)
class VocabularyType:
    """A vocabulary: distinct values of ``dtype`` in the order of their ids."""

    dtype: Any

    def __str__(self) -> str:
        return f"vocabulary<{self.dtype}>"


ValueType: TypeAlias = ColumnType | VocabularyType


def canonical(arrow_type: Any) -> Any:
    """One name for each kind of element, whatever its physical form in Arrow."""
    if arrow_type.id in _PLAIN:
        return arrow_type
    if pa.types.is_dictionary(arrow_type):
        return canonical(arrow_type.value_type)
    if pa.types.is_large_string(arrow_type) or arrow_type == pa.string_view():
        return pa.string()
    if (
        pa.types.is_large_binary(arrow_type)
        or pa.types.is_fixed_size_binary(arrow_type)
        or arrow_type == pa.binary_view()
    ):
        return pa.binary()
    if pa.types.is_null(arrow_type):
        raise TraceError(
            "The type cannot be known: every value is missing (Arrow type null).",
            fix="Give a schema that states the column's type.",
        )
    raise TraceError(
        f"No operation takes values of Arrow type {arrow_type}.",
        expected="numbers, booleans, strings, binary, dates, timestamps, durations, "
        "or lists of these",
        fix="Cast or flatten the column before it comes here.",
    )


def is_float(dtype: Any) -> bool:
    """float16, float32 or float64."""
    return dtype.id in _FLOATS


def is_integer(dtype: Any) -> bool:
    """Any signed or unsigned integer."""
    return dtype.id in _INTEGERS


def is_numeric(dtype: Any) -> bool:
    """Integers and floats, not booleans."""
    return dtype.id in _NUMBERS


def is_text(dtype: Any) -> bool:
    """Strings and binary: values of variable width."""
    return dtype.id in _TEXTS


def is_temporal(dtype: Any) -> bool:
    """Dates, timestamps and durations, carried as integers of their unit."""
    return dtype.id in _TIMES


def is_fixed_width(dtype: Any) -> bool:
    """Everything that a NumPy array carries."""
    return dtype.id in _CARRIERS


def numpy_dtype(dtype: Any) -> np.dtype[Any]:
    """The NumPy type that carries elements of ``dtype`` (temporal ones as integers)."""
    return _CARRIERS[dtype.id]


def to_arrow_dtype(dtype: np.dtype[Any]) -> Any:
    """The Arrow element type of a NumPy number or boolean type."""
    return pa.from_numpy_dtype(dtype)


_PARAMETRIC = re.compile(r"(timestamp|duration)\[(s|ms|us|ns)(?:, tz=(.+))?\]")


def parse_dtype(text: str) -> Any:
    """The element type that ``str(dtype)`` printed.

    Example:
        >>> parse_dtype("timestamp[us, tz=UTC]") == pa.timestamp("us", "UTC")
        True
    """
    match = _PARAMETRIC.fullmatch(text)
    if match:
        kind, unit, zone = match.groups()
        return pa.timestamp(unit, zone) if kind == "timestamp" else pa.duration(unit)
    return pa.type_for_alias(text.replace("[day]", ""))


def flatten_schema(schema: Any) -> Iterator[tuple[str, Any]]:
    """Each leaf column's path and Arrow type; fields of structs by path (``"a.b"``)."""
    for field in schema:
        yield from _flatten(field.name, field.type)


def _flatten(path: str, arrow_type: Any) -> Iterator[tuple[str, Any]]:
    if pa.types.is_struct(arrow_type):
        for field in arrow_type:
            yield from _flatten(f"{path}.{field.name}", field.type)
    else:
        yield path, arrow_type
