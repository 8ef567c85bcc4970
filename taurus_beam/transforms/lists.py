"""Lists of elements a row, as the operations on tokens, ids and padded vectors see them.

Vectors and ragged lists look alike here, and missing elements are left out. This room knows no
operation; it only regroups elements, never row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import RAGGED, ColumnType, ValueType, is_integer
from taurus_beam.graph.values import Mask, Values
from taurus_beam.transforms.elementwise import column_types

__all__ = [
    "Lists",
    "codes_of",
    "encoded",
    "encoded_text",
    "for_all_rows",
    "integer_lists",
    "list_column",
    "lists_of",
    "offsets_of",
    "repeated",
    "whole_number",
]

Integers: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]

_FEW_CODES = 1 << 31


@dataclass(frozen=True, eq=False, slots=True)
class Lists:
    """The present elements of each row.

    Attributes:
        data: Flat elements, none missing.
        offsets: Where each row begins, from 0, one more than there are rows.
        missing_rows: True where the whole row is missing (it has no elements then).
        constant: One list for all rows.
    """

    data: np.ndarray[Any, Any] | Text
    offsets: Integers
    missing_rows: Mask | None
    constant: bool

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.offsets) - 1

    @property
    def lengths(self) -> Integers:
        """How many elements each row has."""
        return np.diff(self.offsets)

    @property
    def row_of(self) -> Integers:
        """The row of each element."""
        return np.repeat(np.arange(self.rows), self.lengths)

    @property
    def array(self) -> np.ndarray[Any, Any]:
        """The elements, known to be a NumPy array."""
        assert isinstance(self.data, np.ndarray)
        return self.data

    @property
    def text(self) -> Text:
        """The elements, known to be strings or binary."""
        assert isinstance(self.data, Text)
        return self.data

    def select(self, keep: Mask) -> Lists:
        """The same rows without the elements that are not kept."""
        if keep.all():
            return self
        before = np.zeros(len(keep) + 1, np.int64)
        np.cumsum(keep, out=before[1:])
        data = self.data.take(np.flatnonzero(keep))
        return replace(self, data=data, offsets=before[self.offsets])

    def values(self, dtype: Any) -> Values:
        """The lists as a ragged column."""
        return Values(
            ColumnType(dtype, RAGGED),
            self.data,
            self.rows,
            None,
            self.offsets,
            self.missing_rows,
            self.constant,
        )


def lists_of(values: Values) -> Lists:
    """The present elements of a column of vectors or ragged lists."""
    lists = Lists(values.data, offsets_of(values), values.missing_rows, values.constant)
    return lists if values.missing is None else lists.select(~values.missing)


def offsets_of(values: Values) -> Integers:
    """Where each row begins among the elements, missing ones among them."""
    if values.offsets is not None:
        return values.offsets
    (width,) = values.type.shape
    assert width is not None
    return np.arange(values.rows + 1) * width


def for_all_rows(values: Values, rows: int) -> Values:
    """A constant list as a column of ``rows`` such lists; a column as it is."""
    if not values.constant:
        return values
    size = len(values.data)
    places = np.tile(np.arange(size), rows)
    return Values(
        values.type,
        values.data.take(places),
        rows,
        None if values.missing is None else values.missing[places],
        np.arange(rows + 1) * size if values.type.is_ragged else None,
        None if values.missing_rows is None else np.repeat(values.missing_rows, rows),
    )


def list_column(name: str, types: Sequence[ValueType]) -> ColumnType:
    """The type of the first argument, known to be of vectors or ragged lists."""
    column = column_types(name, types)[0]
    if len(column.shape) != 1:
        raise TraceError(
            f"{name!r} takes lists, not {column}.",
            expected="a ragged list (such as tb.split(x) gives) or a vector a row",
        )
    return column


def integer_lists(name: str, types: Sequence[ValueType]) -> ColumnType:
    """The type of the first argument, known to be of lists of integers."""
    column = list_column(name, types)
    if not is_integer(column.dtype):
        raise TraceError(
            f"{name!r} takes lists of integers, not {column}.",
            fix="Give it ids, such as tb.compute_and_apply_vocabulary(tokens).",
        )
    return column


def repeated(lengths: Integers) -> tuple[Integers, Integers]:
    """Offsets of lists of some lengths, and the place of each element in its list."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets, np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)


def whole_number(name: str, number: Any, least: int) -> None:
    """TraceError unless an argument is an integer of at least ``least``."""
    if isinstance(number, bool) or not isinstance(number, int) or number < least:
        raise TraceError(f"{name} is {number!r}.", expected=f"an integer of at least {least}")


def codes_of(data: np.ndarray[Any, Any] | Text) -> tuple[Integers, int]:
    """A number below the second result for each element, equal for equal elements.

    0.0 and -0.0 are equal; NaN equals nothing, not even NaN.
    """
    if isinstance(data, Text):
        return data.codes.astype(np.int64), max(len(data.distinct), 1)
    if not data.size:
        return np.zeros(0, np.int64), 1
    if data.dtype.kind == "b":
        return data.astype(np.int64), 2
    if data.dtype.kind in "iu":
        low, high = int(data.min()), int(data.max())
        if high - low < _FEW_CODES and high <= np.iinfo(np.int64).max:
            return data.astype(np.int64) - low, high - low + 1
        codes, distinct = encoded(data)
        return codes, len(distinct)
    wide = data.astype(np.float64) + 0.0
    codes, distinct = encoded(wide)
    undefined = np.flatnonzero(np.isnan(data))
    codes[undefined] = len(distinct) + np.arange(undefined.size)
    return codes, len(distinct) + undefined.size


def encoded(data: np.ndarray[Any, Any]) -> tuple[Integers, np.ndarray[Any, Any]]:
    """Codes that count distinct values in the order they first occur, and those values."""
    dictionary = pa.array(data).dictionary_encode()
    codes = dictionary.indices.to_numpy().astype(np.int64)
    distinct: np.ndarray[Any, Any] = dictionary.dictionary.to_numpy()
    return codes, distinct


def encoded_text(codes: Integers, distinct: Any) -> Text:
    """Strings from their places among distinct ones, each there once."""
    places = pa.array(codes.astype(np.int32))
    return Text(pa.DictionaryArray.from_arrays(places, distinct), unique=True)
