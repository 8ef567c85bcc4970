"""Ragged lists to vectors of one width, and vectors to ragged lists: `to_dense`, `to_ragged`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph import compute as pc
from taurus_beam.graph.column import Column, apply, as_column
from taurus_beam.graph.lowered import Lowered, present
from taurus_beam.graph.operation import BatchFunction, Operation, RowFunction, operation
from taurus_beam.graph.recorder import user_location
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import RAGGED, ColumnType, ValueType, is_temporal
from taurus_beam.graph.values import Values
from taurus_beam.transforms.lists import (
    list_column,
    lists_of,
    offsets_of,
    repeated,
    whole_number,
)
from taurus_beam.transforms.padded_lists import kept

__all__ = [
    "differing",
    "differing_in_onnx",
    "filler",
    "filler_fits",
    "placed",
    "same",
    "to_dense",
    "to_ragged",
]


def to_dense(x: Column, width: int, default_value: Any = None) -> Column:
    """Ragged lists as vectors of one width: padded behind, cut where they are longer.

    Args:
        x: Ragged lists (or vectors) of any type.
        width: Length of the vectors.
        default_value: What stands where a row has no element; by default 0, ``""`` or False.

    Returns:
        Vectors of ``width``, never missing: a missing element becomes ``default_value`` at its
        place, a missing row a vector of them, as an empty one does. Where a row is longer than
        ``width``, ``tft.sparse_tensor_to_dense_with_shape`` fails; this keeps its beginning.
        Use `truncate` first to keep its end.

    Raises:
        TraceError: If ``default_value`` is not of ``x``'s type.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [[1, 2, 3], [4], None]})
        >>> fn = lambda i: {"x": tb.to_dense(i["x"], 2, -1)}
        >>> tb.fit_transform(table, fn)[0]["x"].to_pylist()
        [[1, 2], [4, -1], [-1, -1]]
    """
    return apply(ToDense(width), x, filler(x, default_value))


def to_ragged(x: Column, pad_value: Any = None) -> Column:
    """Vectors or lists as ragged lists of the elements that are there, moved to the left.

    Args:
        x: Vectors or ragged lists of any type (``tft.sparse_tensor_left_align``).
        pad_value: Elements equal to it are left out, wherever they stand; NaN leaves out NaN.
            By default only missing elements are left out.

    Returns:
        Ragged lists without missing elements; a missing row stays missing.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": pa.array([[5, 0, 0], [None, 6, 0]], pa.list_(pa.int64(), 3))})
        >>> fn = lambda i: {"x": tb.to_ragged(i["x"], pad_value=0)}
        >>> tb.fit_transform(table, fn)[0]["x"].to_pylist()
        [[5], [6]]
    """
    if pad_value is None:
        return apply(ToRagged(), x)
    return apply(ToRagged(), x, pad_value)


def filler(x: Column, value: Any) -> Column:
    """What stands for no element: what the user gave, or the type's own nothing."""
    return as_column(_nothing(x.dtype) if value is None else value, (x,))


def _nothing(dtype: Any) -> Any:
    if is_temporal(dtype):
        raise TraceError(
            f"There is no default for {dtype}.",
            where=str(user_location()),
            fix="Give default_value, or cast to integers first: tb.cast(x, pa.int64()).",
        )
    if pa.types.is_string(dtype):
        return ""
    if pa.types.is_binary(dtype):
        return b""
    return False if pa.types.is_boolean(dtype) else 0


def filler_fits(name: str, column: ColumnType, value: ValueType) -> None:
    """TraceError unless a value can be an element of a column."""
    if value != ColumnType(column.dtype):
        raise TraceError(
            f"{name!r} fills lists of {column.dtype} with one {column.dtype}, not with {value}.",
            expected=f"a {column.dtype}",
        )


def placed(
    size: int, places: Any, data: Any, sources: Any, default: Values
) -> np.ndarray[Any, Any] | Text:
    """``size`` elements: ``data[sources]`` at ``places``, the default elsewhere."""
    if isinstance(data, Text):
        taken = np.zeros(size, np.int64)
        taken[places] = sources + 1
        return Text(pa.concat_arrays([default.text.plain, data.plain]).take(pa.array(taken)))
    filled = np.full(size, default.array[0], data.dtype)
    filled[places] = data[sources]
    return filled


def differing(data: np.ndarray[Any, Any] | Text, value: Values) -> Any:
    """True where a present element is not the value; NaN is NaN here."""
    if isinstance(data, Text):
        unequal = pc.not_equal(data.plain, value.text.plain[0]).fill_null(False)
        return np.asarray(unequal.to_numpy(zero_copy_only=False), np.bool_)
    one = value.array[0]
    return data == data if one != one else data != one


def differing_in_onnx(data: Any, value: np.ndarray[Any, Any]) -> Any:
    """`differing`, for the elements of a tensor."""
    return data == data if value != value else data != value


def same(element: Any, value: Any) -> bool:
    """Whether an element is the value, in Python; NaN is NaN here."""
    return bool(element == value or (element != element and value != value))


@operation
@dataclass(frozen=True)
class ToDense(Operation):
    """Padded or cut to one width."""

    name = "to_dense"
    null_in_null_out = False
    width: int

    def infer(self, *types: ValueType) -> ColumnType:
        whole_number("width", self.width, least=1)
        column = list_column(self.name, types)
        filler_fits(self.name, column, types[1])
        return ColumnType(column.dtype, (self.width,))

    def batch(self, *types: ValueType) -> BatchFunction:
        result, width = self.infer(*types), self.width

        def run(rows: int, x: Values, default: Values) -> Values:
            begins = offsets_of(x)
            lengths = np.minimum(np.diff(begins), width)
            _, within = repeated(lengths)
            sources = np.repeat(begins[:-1], lengths) + within
            places = np.repeat(np.arange(x.rows) * width, lengths) + within
            if x.missing is not None:
                present = ~x.missing[sources]
                sources, places = sources[present], places[present]
            data = placed(x.rows * width, places, x.data, sources, default)
            return Values(result, data, x.rows, constant=x.constant)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        x, default = inputs
        filled = np.where(present(build, x), x.data, default.data)
        # So many more columns than any list has that all have the width.
        behind = build.for_all_rows(default.data, self.width)
        longer = build.op("Concat", filled, behind, dtype=filled.dtype, axis=1)
        cut = build.op("Gather", longer, np.arange(self.width), dtype=filled.dtype, axis=1)
        return Lowered(self.infer(x.type, default.type), cut)

    def row(self, *types: ValueType) -> RowFunction:
        width = self.width

        def run(x: list[Any] | None, default: Any) -> list[Any]:
            kept = [default if v is None else v for v in (x or [])[:width]]
            return kept + [default] * (width - len(kept))

        return run


@operation
class ToRagged(Operation):
    """The elements that are there."""

    name = "to_ragged"

    def infer(self, *types: ValueType) -> ColumnType:
        column = list_column(self.name, types)
        for pad in types[1:]:
            filler_fits(self.name, column, pad)
        return ColumnType(column.dtype, RAGGED)

    def batch(self, *types: ValueType) -> BatchFunction:
        dtype = self.infer(*types).dtype

        def run(rows: int, x: Values, *pad: Values) -> Values:
            lists = lists_of(x)
            for value in pad:
                lists = lists.select(differing(lists.data, value))
            return lists.values(dtype)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        x, *pads = inputs
        keep = present(build, x)
        for pad in pads:
            keep = keep & differing_in_onnx(x.data, pad.data)
        return kept(build, x, x.type.dtype, x.data, keep)

    def row(self, *types: ValueType) -> RowFunction:
        def run(x: list[Any], *pad: Any) -> list[Any]:
            present = [v for v in x if v is not None]
            for value in pad:
                present = [v for v in present if not same(v, value)]
            return present

        return run
