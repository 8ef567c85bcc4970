"""One column of one batch as the kernels see it: flat elements, which are missing, and the rows.

Numbers, booleans and temporal values are NumPy arrays over Arrow's own buffers (no copy);
strings are `Text`. Conversion from and to Arrow arrays lives here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

import numpy as np
import pyarrow as pa

from taurus_beam.graph import compute as pc
from taurus_beam.graph.bitmaps import Bitmaps, Mask, flags, missing_mask, packed, present_mask
from taurus_beam.graph.shared_numbers import array_of, numbers_of
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import ColumnType, is_text, numpy_dtype

__all__ = [
    "Mask",
    "Values",
    "constant_values",
    "from_arrow",
    "missing_mask",
    "present_mask",
    "to_arrow",
]

T = TypeVar("T")

_BOOLEAN = pa.bool_().id
_DICTIONARY = pa.dictionary(pa.int8(), pa.int8()).id


@dataclass(eq=False, slots=True)
class Values:
    """Elements of one column. Nobody changes them: frozen, they would take three times as long.

    Attributes:
        type: Element type and shape.
        data: Flat elements: ``rows`` of them for scalars, ``rows * n`` for vectors,
            ``offsets[-1]`` for ragged lists. What stands at a missing element is arbitrary.
        rows: Number of rows; 1 for a constant.
        missing: True where an element is missing, or None where none is. Every element of
            a missing vector is missing.
        offsets: For ragged lists, where each row begins, from 0, ``rows + 1`` of them.
        missing_rows: For vectors and ragged lists, True where the whole row is missing.
        constant: One value for all rows.
    """

    type: ColumnType
    data: np.ndarray[Any, Any] | Text
    rows: int
    missing: Mask | None = None
    offsets: np.ndarray[Any, np.dtype[np.int64]] | None = None
    missing_rows: Mask | None = None
    constant: bool = False
    _numbers: np.ndarray[Any, Any] | None = field(default=None, init=False, repr=False)
    _made: dict[str, Any] | None = field(default=None, init=False, repr=False)

    @property
    def numbers(self) -> np.ndarray[Any, Any]:
        """The elements that take part in numeric analysis: present and not NaN."""
        if self._numbers is None:
            data = self.array if self.missing is None else self.array[~self.missing]
            if data.dtype.kind == "f":
                undefined = np.isnan(data)
                if undefined.any():
                    data = data[~undefined]
            self._numbers = data  # asked by each analyzer of the column
        return self._numbers

    def made(self, name: str, make: Callable[[], T]) -> T:
        """What several operations need of these values, made for the first that asks.

        Args:
            name: What it is.
            make: Makes it, always the same.

        Example:
            >>> values = Values(ColumnType(pa.int64()), np.array([2, 1]), 2)
            >>> values.made("least", lambda: 1), values.made("least", lambda: 5)
            (1, 1)
        """
        if self._made is None:
            self._made = {}
        if name not in self._made:
            self._made[name] = make()
        return cast(T, self._made[name])

    @property
    def present(self) -> int:
        """How many elements are not missing."""
        missing = 0 if self.missing is None else int(np.count_nonzero(self.missing))
        return len(self.data) - missing

    @property
    def nbytes(self) -> int:
        """The bytes that the elements take, and what tells which are missing."""
        size: int = self.data.nbytes
        for part in (self.missing, self.offsets, self.missing_rows):
            if part is not None:
                size += part.nbytes
        return size

    def position(self, index: int, width: int) -> Values:
        """The elements at one position of each vector, as a scalar column."""
        missing = None if self.missing is None else self.missing[index::width]
        scalar = ColumnType(self.type.dtype)
        if isinstance(self.data, Text):
            return Values(
                scalar, self.data.take(np.arange(index, len(self.data), width)), self.rows, missing
            )
        return Values(
            scalar, self.data[index::width], self.rows, missing, None, None, self.constant
        )

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

    def with_elements(
        self, dtype: Any, data: np.ndarray[Any, Any] | Text, missing: Mask | None
    ) -> Values:
        """The same rows with other elements."""
        return Values(
            ColumnType(dtype, self.type.shape),
            data,
            self.rows,
            missing,
            self.offsets,
            self.missing_rows,
            self.constant,
        )


def from_arrow(array: Any, column_type: ColumnType) -> Values:
    """View an Arrow array as values of ``column_type``; slices and offsets are honoured."""
    rows = len(array)
    if column_type.is_scalar:
        data, missing = _elements(array, column_type.dtype)
        return Values(column_type, data, rows, missing)
    missing_rows = missing_mask(array)
    if column_type.is_ragged:
        lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
        offsets = np.zeros(rows + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        data, missing = _elements(array.flatten(), column_type.dtype)
        return Values(column_type, data, rows, missing, offsets, missing_rows)
    width = array.type.list_size
    elements = array.values.slice(array.offset * width, rows * width)
    data, missing = _elements(elements, column_type.dtype)
    if missing_rows is not None:
        spread = np.repeat(missing_rows, width)
        missing = spread if missing is None else missing | spread
        if isinstance(data, Text):  # which knows itself what is missing
            data = data.without(missing)
    return Values(column_type, data, rows, missing, None, missing_rows)


def to_arrow(values: Values, rows: int | None = None, bitmaps: Bitmaps | None = None) -> Any:
    """The Arrow array of some values; a constant is repeated ``rows`` times."""
    bitmaps = bitmaps or Bitmaps()
    if values.constant:
        one = to_arrow(replace(values, constant=False))
        return one.take(array_of(np.zeros(values.rows if rows is None else rows, np.int64)))
    elements = _arrow_elements(values, bitmaps)
    if values.type.is_scalar:
        return elements
    validity = _validity(values.missing_rows, bitmaps)
    if values.type.is_ragged:
        assert values.offsets is not None
        buffers = [validity, pa.py_buffer(values.offsets.astype(np.int32))]
    else:
        buffers = [validity]
    return pa.Array.from_buffers(values.type.to_arrow(), values.rows, buffers, children=[elements])


def constant_values(column_type: ColumnType, data: np.ndarray[Any, Any] | Text) -> Values:
    """One present value for all rows, from its flat elements."""
    return Values(column_type, data, 1, constant=True)


def _elements(array: Any, dtype: Any) -> tuple[np.ndarray[Any, Any] | Text, Mask | None]:
    if is_text(dtype):
        text = Text(array)
        return text, text.missing
    if array.type.id == _DICTIONARY:
        array = array.dictionary_decode()
    missing = missing_mask(array)
    if array.type.id == _BOOLEAN:
        return flags(array.buffers()[1], array.offset, len(array)), missing
    return numbers_of(array, numpy_dtype(dtype)), missing


def _arrow_elements(values: Values, bitmaps: Bitmaps) -> Any:
    if isinstance(values.data, Text):
        return values.data.plain
    data, dtype = values.data, values.type.dtype
    if dtype.id == _BOOLEAN:
        body = packed(data.astype(np.bool_, copy=False))
    else:
        body = pa.py_buffer(np.ascontiguousarray(data, numpy_dtype(dtype)))
    validity = _validity(values.missing, bitmaps)
    return pa.Array.from_buffers(dtype, data.size, [validity, body])


def _validity(missing: Mask | None, bitmaps: Bitmaps) -> Any:
    bits = bitmaps.of(missing)
    return None if bits is None else pa.py_buffer(bits)
