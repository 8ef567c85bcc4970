"""Looking up elements of a table that is the same for all rows: `take`.

What is known per key, per category or per bucket stands in such a table, and an integer column
says which element a row gets. Where the integers come from is no business of this room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.lowered import Lowered, any_of, rows_to_elements
from taurus_beam.graph.operation import BatchFunction, Operation, RowFunction, operation
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import ColumnType, ValueType, is_integer, is_numeric
from taurus_beam.graph.values import Mask, Values
from taurus_beam.transforms.elementwise import column_types

__all__ = ["take"]


def take(table: Any, index: Column, default: Any = None) -> Column:
    """The element of a table at each index, counted from 0.

    Args:
        table: What is the same for all rows: a list or array of numbers or strings, an array
            of two dimensions (its rows are the elements), or an analyzer's result such as the
            counts of `count_per_key`.
        index: Integer column: scalars, vectors or ragged lists (scalars only for a table of two
            dimensions).
        default: What an index outside the table gives; by default a missing value. Negative
            indices are outside.

    Returns:
        Column of the table's element type and the index's shape; vectors for a table of two
        dimensions. Missing where the index is.

    Raises:
        TraceError: If the table differs from row to row, the index is not of integers, or the
            default is not of the table's type.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> data = pa.table({"i": [1, 0, 7, None]})
        >>> fn = lambda inputs: {"x": tb.take([0.5, 2.0], inputs["i"], default=0.0)}
        >>> tb.fit_transform(data, fn)[0]["x"].to_pylist()
        [2.0, 0.5, 0.0, None]
    """
    if isinstance(table, Column):
        if table.node.per_row:
            raise TraceError(
                "'take' needs a table that is the same for all rows.",
                expected="a list, an array, or what an analyzer gives",
                fix="For an element of a row's own vector, index it: x[0].",
            )
    elif np.ndim(table) == 2:
        table = _matrix(table)
    return apply(Gather(default), table, index)


def _matrix(table: Any) -> Column:
    array = np.asarray(table)
    flat = pa.array(array.reshape(-1))
    dtype = ColumnType.from_arrow(flat.type).dtype
    return apply(Constant.from_arrow(flat, ColumnType(dtype, array.shape)))


@operation
@dataclass(frozen=True)
class Gather(Operation):
    """The element (or row) of a constant table at each index, or the default."""

    name = "gather"
    default: Any = None

    def infer(self, *types: ValueType) -> ColumnType:
        table, index = column_types(self.name, types)
        if not table.shape:
            raise TraceError(f"'gather' needs a table, not one {table}.")
        if not is_integer(index.dtype):
            raise TraceError(
                f"'gather' needs integers to count by, not {index.dtype}.",
                fix="Cast it first: tb.cast(index, pa.int64()).",
            )
        self._default(table.dtype)
        if len(table.shape) == 1:
            return ColumnType(table.dtype, index.shape)
        if not index.is_scalar:
            raise TraceError(
                f"The rows of a table of two dimensions cannot be looked up by {index}.",
                expected="one integer a row",
            )
        return ColumnType(table.dtype, table.shape[1:])

    def batch(self, *types: ValueType) -> BatchFunction:
        result, table_type = self.infer(*types), column_types(self.name, types)[0]
        inner = table_type.shape[1:]
        width = 1 if not inner else inner[0] or 0
        default = self._default(table_type.dtype)

        def run(rows: int, table: Values, index: Values) -> Values:
            places, outside = _within(index, len(table.data) // width if width else 0)
            gone = outside if default is None else index.missing
            if not inner:
                data, missing = _taken(table, places, outside, gone, default)
                return index.with_elements(result.dtype, data, missing)
            places = (places[:, None] * width + np.arange(width)).reshape(-1)
            beyond, lost = (None if m is None else np.repeat(m, width) for m in (outside, gone))
            data, missing = _taken(table, places, beyond, lost, default)
            return Values(result, data, index.rows, missing, None, gone, index.constant)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        index: Lowered
        table, index = inputs
        result, default = self.infer(table.type, index.type), self._default(table.type.dtype)
        size = len(table.data)
        outside = (index.data < 0) | (index.data >= size)
        places = np.where(outside, 0, index.data).astype(np.int64)
        unused = any_of(outside, index.missing)
        gone = unused if default is None else index.missing
        data: Any
        data, missing = (
            None if a is None else build.op("Gather", _at_least_one(a), places, dtype=a.dtype)
            for a in (table.data, table.missing)
        )
        if table.data.ndim == 2:
            outside = outside[:, None]
        if default is not None:
            data = np.where(outside, np.array(default, table.data.dtype), data)
            missing = None if missing is None else missing & ~outside
        if table.data.ndim == 1:
            return replace(index, type=result, data=data, missing=any_of(missing, gone))
        missing = any_of(missing, rows_to_elements(gone, result.shape[0] or 0))
        return Lowered(result, data, missing, None, gone)

    def row(self, *types: ValueType) -> RowFunction:
        table_type, index_type = column_types(self.name, types)
        default = self._default(table_type.dtype)
        inner = table_type.shape[1:]
        beyond = [default] * (inner[0] or 0) if inner and default is not None else default

        def element(table: Sequence[Any], index: int) -> Any:
            return table[index] if 0 <= index < len(table) else beyond

        if index_type.is_scalar:
            return element
        return lambda table, indices: [None if i is None else element(table, i) for i in indices]

    def _default(self, dtype: Any) -> Any:
        """The default as a value of the table's type."""
        if self.default is None:
            return None
        try:
            if _fits(self.default, dtype):
                return pa.scalar(self.default, dtype).as_py()
        except (pa.ArrowException, ValueError, OverflowError):
            pass  # an integer beyond the type's range
        raise TraceError(
            f"The default {self.default!r:.60} is no {dtype}.",
            expected=f"a {dtype}, as in the table, or None",
        )


def _at_least_one(table: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A table with an entry to look at, whatever it is."""
    if len(table):
        return table
    filler = np.array("", object) if table.dtype == object else table.dtype.type(0)
    return np.full((1, *table.shape[1:]), filler, table.dtype)


def _fits(value: Any, dtype: Any) -> bool:
    if pa.types.is_string(dtype):
        return isinstance(value, str)
    if isinstance(value, bool) or pa.types.is_boolean(dtype):
        return isinstance(value, bool) and bool(pa.types.is_boolean(dtype))
    return isinstance(value, int if is_integer(dtype) else int | float) and is_numeric(dtype)


def _within(index: Values, size: int) -> tuple[np.ndarray[Any, Any], Mask | None]:
    """Indices that are all inside a table of some size; where they were not or are missing."""
    places = index.array
    outside = (places < 0) | (places >= size)
    if index.missing is not None:
        outside |= index.missing
    if not outside.any():
        return places.astype(np.intp, copy=False), None
    return np.where(outside, 0, places).astype(np.intp), outside


def _taken(
    table: Values,
    places: np.ndarray[Any, Any],
    outside: Mask | None,
    gone: Mask | None,
    default: Any,
) -> tuple[np.ndarray[Any, Any] | Text, Mask | None]:
    """The table's elements at some places, the default outside, nothing where they are gone."""
    if isinstance(table.data, Text):
        extended = pa.concat_arrays([table.data.plain, pa.array([default], table.data.dtype)])
        if outside is not None:
            places = np.where(outside, len(table.data), places)
        text = Text(extended.take(pa.array(places, mask=gone)))
        return text, text.missing
    if not len(table.array):
        data, missing = np.zeros(places.size, table.array.dtype), None
    else:
        data = table.array.take(places)
        missing = None if table.missing is None else table.missing.take(places)
    if outside is not None and default is not None:
        data[outside] = default
        missing = None if missing is None else missing & ~outside
    if gone is None or missing is None:
        return data, gone if missing is None else missing
    return data, missing | gone
