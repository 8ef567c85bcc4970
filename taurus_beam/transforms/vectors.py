"""Building vectors and taking parts of them: `stack`, `concat`, `select_positions`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import DataError, EngineError, TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.lowered import Lowered
from taurus_beam.graph.operation import BatchFunction, Operation, RowFunction, operation
from taurus_beam.graph.recorder import user_location
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import (
    RAGGED,
    ColumnType,
    ValueType,
    is_integer,
    is_numeric,
    is_text,
    numpy_dtype,
    to_arrow_dtype,
)
from taurus_beam.graph.values import Mask, Values
from taurus_beam.transforms.elementwise import column_types

__all__ = ["concat", "select_positions", "stack", "vector_width"]


def stack(columns: Sequence[Column]) -> Column:
    """Put columns of one value a row side by side in a vector.

    Args:
        columns: One or more columns of one type, or all numbers (promoted as in NumPy); values
            of the whole data set, such as ``tb.mean(x)``, may be among them.

    Returns:
        Vectors of ``len(columns)`` positions. A missing value is a missing element of a vector
        that is itself present.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"a": [1, 2], "b": [0.5, None]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"v": tb.stack([i["a"], i["b"]])})
        >>> out["v"].to_pylist()
        [[1.0, 0.5], [2.0, None]]
    """
    for column in _listed("stack", columns):
        if isinstance(column, Column) and column.shape != ():
            raise TraceError(
                f"'stack' takes columns of one value a row, not {column.node.type}.",
                where=str(user_location()),
                fix="Join vectors end to end with tb.concat.",
            )
    return apply(Concat(), *columns)


def concat(columns: Sequence[Column]) -> Column:
    """Join vectors end to end; a column of one value a row is a vector of one.

    Args:
        columns: One or more columns of one element type, or all numbers (promoted as in
            NumPy): scalars and vectors, not ragged lists.

    Returns:
        Vectors with the positions of all the columns. Missing elements stay missing; a missing
        vector gives missing elements, so that every position keeps its place.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"v": pa.array([[1, 2], None], pa.list_(pa.int64(), 2)), "x": [3, 4]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"v": tb.concat([i["v"], i["x"]])})
        >>> out["v"].to_pylist()
        [[1, 2, 3], [None, None, 4]]
    """
    return apply(Concat(), *_listed("concat", columns))


def select_positions(x: Column, positions: Sequence[int] | Column) -> Column:
    """Some positions of each vector, in the order asked for.

    Args:
        x: Vectors of any elements.
        positions: Integers, from the end where negative, or a vector of positions that is one
            value for the whole data set.

    Returns:
        Vectors of ``len(positions)``; ragged lists, all of one length, where that is only known
        after analysis. Missing stays missing.

    Raises:
        TraceError: If a position is outside the vector.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"v": pa.array([[1, 2, 3]], pa.list_(pa.int64(), 3))})
        >>> out, _ = tb.fit_transform(
        ...     table, lambda i: {"v": tb.select_positions(i["v"], [2, 0, -1])})
        >>> out["v"].to_pylist()
        [[3, 1, 3]]
    """
    if not isinstance(positions, Column):
        return apply(SelectPositions(), x, _checked_positions(x, positions))
    if positions.node.per_row:
        raise TraceError(
            "The positions to select differ from row to row.",
            where=str(user_location()),
            expected="integers, or one vector of them for the whole data set",
        )
    return apply(SelectPositions(), x, positions)


@operation
class Concat(Operation):
    """Scalars and vectors, end to end."""

    name = "concat"
    null_in_null_out = False

    def infer(self, *types: ValueType) -> ColumnType:
        columns = column_types(self.name, types)
        for column in columns:
            if len(column.shape) > 1 or column.is_ragged:
                raise TraceError(
                    f"'{self.name}' takes scalars and vectors, not {column}.",
                    fix="Give the lists a fixed length first.",
                )
        return ColumnType(_common(columns), (sum(map(vector_width, columns)),))

    def batch(self, *types: ValueType) -> BatchFunction:
        result, columns = self.infer(*types), column_types(self.name, types)
        widths = [vector_width(column) for column in columns]
        starts = np.cumsum([0, *widths])

        def run(rows: int, *inputs: Values) -> Values:
            constant = all(v.constant for v in inputs)
            rows = 1 if constant else rows
            missing = _joined_missing(inputs, widths, rows)
            if is_text(result.dtype):
                data: Any = _joined_text(inputs, widths, rows)
            else:
                data = np.empty((rows, starts[-1]), numpy_dtype(result.dtype))
                for values, width, start in zip(inputs, widths, starts, strict=False):
                    data[:, start : start + width] = values.array.reshape(-1, width)
                data = data.reshape(-1)
            return Values(result, data, rows, missing, constant=constant)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        result = self.infer(*(x.type for x in inputs))
        carrier = None if is_text(result.dtype) else numpy_dtype(result.dtype)
        parts, masks = [], []
        for x in inputs:
            width = vector_width(x.type)
            typed = x.data if carrier is None else x.data.astype(carrier)
            parts.append(_side_by_side(build, x, typed, width))
            flags = np.zeros((), np.bool_) if x.missing is None else x.missing
            masks.append(_side_by_side(build, x, flags, width))
        missing = None
        if any(x.missing is not None for x in inputs):
            missing = build.op("Concat", *masks, dtype=np.bool_, axis=1)
        return Lowered(result, build.op("Concat", *parts, dtype=parts[0].dtype, axis=1), missing)

    def row(self, *types: ValueType) -> RowFunction:
        dtype = self.infer(*types).dtype
        columns = column_types(self.name, types)
        widths = [0 if column.is_scalar else vector_width(column) for column in columns]
        cast = _caster(dtype)

        def run(*values: Any) -> list[Any]:
            joined: list[Any] = []
            for value, width in zip(values, widths, strict=True):
                if not width:
                    joined.append(value)
                else:
                    joined.extend([None] * width if value is None else value)
            return joined if cast is None else [None if e is None else cast(e) for e in joined]

        return run


@operation
class SelectPositions(Operation):
    """Some positions of a vector."""

    name = "select_positions"

    def infer(self, *types: ValueType) -> ColumnType:
        x, positions = column_types(self.name, types)
        if len(x.shape) != 1 or x.is_ragged:
            raise TraceError(
                f"Positions can be selected from vectors, not from {x}.",
                fix="Put columns together first: tb.stack([a, b]).",
            )
        if len(positions.shape) != 1 or not is_integer(positions.dtype):
            raise TraceError(
                f"Positions are a vector of integers, not {positions}.",
                expected="such as [0, 2]",
            )
        return ColumnType(x.dtype, positions.shape)

    def batch(self, *types: ValueType) -> BatchFunction:
        result = self.infer(*types)
        width = vector_width(column_types(self.name, types)[0])

        def run(rows: int, x: Values, positions: Values) -> Values:
            rows = 1 if x.constant else rows
            chosen = positions.array.astype(np.int64, copy=False)
            if not ((chosen >= 0) & (chosen < width)).all():
                raise _outside(chosen.tolist(), width)
            flat = (np.arange(rows)[:, None] * width + chosen).reshape(-1)
            data = x.data.take(flat)
            missing = None if x.missing is None else x.missing[flat]
            ragged = result.shape == RAGGED
            offsets = np.arange(rows + 1) * chosen.size if ragged else None
            return Values(result, data, rows, missing, offsets, x.missing_rows, x.constant)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        x, positions = inputs
        result, chosen = self.infer(x.type, positions.type), positions.data.astype(np.int64)
        if not ((chosen >= 0) & (chosen < vector_width(x.type))).all():
            raise EngineError(f"The positions {chosen.tolist()} are not all inside the vector.")
        data, missing = (
            None if t is None else build.op("Gather", t, chosen, dtype=t.dtype, axis=1)
            for t in (x.data, x.missing)
        )
        lengths = build.for_all_rows(np.int64(chosen.size)) if result.is_ragged else None
        if lengths is not None and x.missing_rows is not None:
            lengths = np.where(x.missing_rows, 0, lengths)
        return Lowered(result, data, missing, lengths, x.missing_rows)

    def row(self, *types: ValueType) -> RowFunction:
        width = vector_width(column_types(self.name, types)[0])

        def run(x: list[Any], positions: list[int]) -> list[Any]:
            if not all(0 <= i < width for i in positions):
                raise _outside(positions, width)
            return [x[i] for i in positions]

        return run


def _side_by_side(build: Any, x: Lowered, part: Any, width: int) -> Any:
    """A scalar's or vector's data, or its mask, as ``[N, width]``."""
    if isinstance(part, np.ndarray):
        return build.for_all_rows(part, width)
    return part[:, None] if x.type.is_scalar else part


def _listed(name: str, columns: Sequence[Column]) -> Sequence[Column]:
    if isinstance(columns, Column) or not isinstance(columns, Sequence) or not columns:
        raise TraceError(
            f"{name!r} takes a list of columns, not {columns!r:.60}",
            where=str(user_location()),
            expected=f"such as tb.{name}([a, b])",
        )
    return columns


def _checked_positions(x: Column, positions: Sequence[int]) -> list[int]:
    width = x.shape[0] if len(x.shape) == 1 else None
    try:
        asked = [operator.index(p) for p in positions]
    except TypeError:
        asked = []
    if not asked:
        raise TraceError(
            f"These are no positions: {positions!r:.80}",
            where=str(user_location()),
            expected="one or more integers",
        )
    if width is None:
        return asked
    if not all(-width <= p < width for p in asked):
        raise TraceError(
            f"The positions {asked!r:.80} are not all inside a vector of {width}.",
            where=str(user_location()),
            expected=f"positions from {-width} to {width - 1}",
        )
    return [p % width for p in asked]


def _outside(positions: list[int], width: int) -> DataError:
    return DataError(
        f"The positions {positions!r:.80} are not all inside a vector of {width}.",
        expected=f"positions from 0 to {width - 1}",
    )


def vector_width(column: ColumnType) -> int:
    """How many positions a vector column has; one, of a scalar column."""
    if column.is_scalar:
        return 1
    width = column.shape[0]
    assert width is not None
    return width


def _common(columns: Sequence[ColumnType]) -> Any:
    dtypes = list(dict.fromkeys(column.dtype for column in columns))
    if len(dtypes) == 1:
        return dtypes[0]
    if all(is_numeric(dtype) for dtype in dtypes):
        return to_arrow_dtype(np.result_type(*map(numpy_dtype, dtypes)))
    raise TraceError(
        f"Elements of types {', '.join(map(str, dtypes))} cannot be in one vector.",
        expected="one type, or numbers only",
        fix="Cast them to one type with tb.cast.",
    )


def _caster(dtype: Any) -> Callable[[Any], Any] | None:
    """What brings a Python number to the vector's type, or None where nothing is to do."""
    if not is_numeric(dtype):
        return None
    return float if pa.types.is_floating(dtype) else int


def _joined_missing(inputs: Sequence[Values], widths: Sequence[int], rows: int) -> Mask | None:
    if all(values.missing is None for values in inputs):
        return None
    parts = [
        np.zeros((rows, width), np.bool_)
        if values.missing is None
        else np.broadcast_to(values.missing.reshape(-1, width), (rows, width))
        for values, width in zip(inputs, widths, strict=True)
    ]
    return np.concatenate(parts, axis=1).reshape(-1)


def _joined_text(inputs: Sequence[Values], widths: Sequence[int], rows: int) -> Text:
    """Elements of all columns one behind the other, then taken row by row."""
    ends = np.cumsum([0, *(len(values.data) for values in inputs)])
    places = [
        start + (0 if values.constant else np.arange(rows)[:, None] * width) + np.arange(width)
        for values, width, start in zip(inputs, widths, ends, strict=False)
    ]
    rows_of = [np.broadcast_to(p, (rows, w)) for p, w in zip(places, widths, strict=True)]
    order = np.concatenate(rows_of, axis=1).reshape(-1)
    return Text(pa.concat_arrays([values.text.plain for values in inputs])).take(order)
