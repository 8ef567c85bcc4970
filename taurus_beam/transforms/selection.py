"""Choosing values: `where`, `fill_null`, `is_null`, `clip`, and the elements of a vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph import compute as pc
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.lowered import Lowered
from taurus_beam.graph.operation import BatchFunction, Operation, RowFunction, operation
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import ColumnType, ValueType, is_numeric, is_text, numpy_dtype
from taurus_beam.graph.types import to_arrow_dtype as arrow_dtype
from taurus_beam.graph.values import Values
from taurus_beam.transforms.elementwise import ArrayKernel, MaskedElementwise, column_types

__all__ = ["clip", "fill_null", "is_null", "where"]


def where(condition: Column, x: Any, y: Any) -> Column:
    """``x`` where the condition is true, ``y`` where it is false, elementwise.

    Args:
        condition: Boolean column.
        x: Column or constant taken where the condition holds.
        y: Column or constant taken elsewhere; of the same type, or both numbers (promoted as
            in NumPy).

    Returns:
        Column of the common type. Missing where the condition is missing or the chosen value is.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"delay": [-3.0, 40.0, None]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"late": tb.where(i["delay"] > 15, 1, 0)})
        >>> out["late"].to_pylist()
        [0, 1, None]
    """
    return apply(Where(), condition, x, y)


def fill_null(x: Column, value: Any) -> Column:
    """Replace missing values; NaN is a value and stays.

    Args:
        x: Any column. In lists each missing element is replaced; a missing list stays missing.
        value: Constant or column of the same type (numbers are promoted as in NumPy).

    Returns:
        Column of the common type, missing only where ``value`` is missing too.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"tail": ["N1", None]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"tail": tb.fill_null(i["tail"], "?")})
        >>> out["tail"].to_pylist()
        ['N1', '?']
    """
    return apply(FillNull(), x, value)


def is_null(x: Column) -> Column:
    """Whether each value is missing (Arrow null). NaN is not missing: use ``np.isnan``.

    Args:
        x: Any column. In lists each element is tested; a missing list stays missing.

    Returns:
        Boolean column, never missing for one value a row.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": pa.array([1.0, None, float("nan")])})
        >>> out, _ = tb.fit_transform(table, lambda i: {"m": tb.is_null(i["x"])})
        >>> out["m"].to_pylist()
        [False, True, False]
    """
    return apply(IsNull(), x)


def clip(x: Column, low: Any = None, high: Any = None) -> Column:
    """Limit values to ``low … high``; missing stays missing, NaN stays NaN.

    Args:
        x: Numeric column.
        low: Lower limit, a number or column (such as ``tb.min(x)``), or None for none.
        high: Upper limit likewise. Where ``low > high``, the result is ``high``, as in NumPy.

    Returns:
        Numbers of ``x``'s shape, of the type that its own and the limits' have in common.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [-5.0, 0.5, 9.0]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"x": tb.clip(i["x"], 0, 1)})
        >>> out["x"].to_pylist()
        [0.0, 0.5, 1.0]
    """
    limited = x
    if low is not None:
        limited = np.maximum(limited, low)
    if high is not None:
        limited = np.minimum(limited, high)
    return limited


def _common(name: str, left: Any, right: Any) -> Any:
    if left == right:
        return left
    if is_numeric(left) and is_numeric(right):
        return arrow_dtype(np.result_type(numpy_dtype(left), numpy_dtype(right)))
    raise TraceError(
        f"{name!r} cannot choose between {left} and {right}.",
        expected="two values of one type, or two numbers",
        fix="Cast one of them with tb.cast.",
    )


def _caster(dtype: Any) -> RowFunction | None:
    """What brings a Python number to a common numeric type, or None where nothing is to do."""
    if not is_numeric(dtype):
        return None
    return float if pa.types.is_floating(dtype) else int


@operation
class Where(MaskedElementwise):
    """Choose between two values by a condition."""

    name = "where"

    def result(self, *dtypes: Any) -> Any:
        condition, x, y = dtypes
        if not pa.types.is_boolean(condition):
            raise TraceError(
                f"'where' needs a condition, not {condition}.", expected="a boolean column"
            )
        return _common(self.name, x, y)

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        result = self.result(*dtypes)
        if is_text(result):
            return _where_text
        carrier = numpy_dtype(result)

        def run(condition: Any, x: Any, y: Any) -> Any:
            (c, c_missing), (x_data, x_missing), (y_data, y_missing) = condition, x, y
            data = np.where(c, x_data, y_data).astype(carrier, copy=False)
            return data, _chosen_missing(c, c_missing, x_missing, y_missing)

        return run

    def onnx_kernel(self, *dtypes: Any) -> ArrayKernel:
        if not is_text(self.result(*dtypes)):
            return self.kernel(*dtypes)

        def run(condition: Any, x: Any, y: Any) -> Any:
            (c, c_missing), (x_data, x_missing), (y_data, y_missing) = condition, x, y
            missing = _chosen_missing(c, c_missing, x_missing, y_missing)
            return np.where(c, x_data, y_data), missing

        return run

    def scalar(self, *dtypes: Any) -> RowFunction:
        cast = _caster(self.result(*dtypes))

        def run(c: Any, x: Any, y: Any) -> Any:
            chosen = None if c is None else x if c else y
            return chosen if cast is None or chosen is None else cast(chosen)

        return run


def _chosen_missing(c: Any, c_missing: Any, x_missing: Any, y_missing: Any) -> Any:
    if c_missing is None and x_missing is None and y_missing is None:
        return None
    of_x = False if x_missing is None else x_missing
    of_y = False if y_missing is None else y_missing
    chosen = np.where(c, of_x, of_y)
    return chosen if c_missing is None else chosen | c_missing


def _where_text(condition: Any, x: Any, y: Any) -> Any:
    (c, c_missing), (x_data, _), (y_data, _) = condition, x, y
    shape = np.broadcast_shapes((len(c),), (len(x_data),), (len(y_data),))
    flags = pa.array(np.broadcast_to(c, shape), mask=c_missing)
    options = [t.plain[0] if len(t) == 1 else t.plain for t in (x_data, y_data)]
    text = Text(pc.if_else(flags, *options))
    return text, text.missing


@operation
class FillNull(MaskedElementwise):
    """Replace what is missing."""

    name = "fill_null"

    def result(self, *dtypes: Any) -> Any:
        return _common(self.name, *dtypes)

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        result = self.result(*dtypes)
        if is_text(result):
            return _fill_text
        carrier = numpy_dtype(result)

        def run(x: Any, value: Any) -> Any:
            (data, missing), (other, other_missing) = x, value
            if missing is None:
                return data.astype(carrier, copy=False), None
            filled = np.where(missing, other, data).astype(carrier, copy=False)
            return filled, None if other_missing is None else missing & other_missing

        return run

    def onnx_kernel(self, *dtypes: Any) -> ArrayKernel:
        if not is_text(self.result(*dtypes)):
            return self.kernel(*dtypes)

        def run(x: Any, value: Any) -> Any:
            (data, missing), (other, other_missing) = x, value
            if missing is None:
                return data, None
            filled = np.where(missing, other, data)
            return filled, None if other_missing is None else missing & other_missing

        return run

    def scalar(self, *dtypes: Any) -> RowFunction:
        cast = _caster(self.result(*dtypes))

        def run(x: Any, value: Any) -> Any:
            chosen = value if x is None else x
            return chosen if cast is None or chosen is None else cast(chosen)

        return run


def _fill_text(x: Any, value: Any) -> Any:
    (data, missing), (other, _) = x, value
    if missing is None:
        return data, None
    text = Text(pc.coalesce(data.plain, other.plain[0] if len(other) == 1 else other.plain))
    return text, text.missing


@operation
class IsNull(MaskedElementwise):
    """Whether a value is missing."""

    name = "is_null"

    def result(self, *dtypes: Any) -> Any:
        return pa.bool_()

    def kernel(self, *_: Any) -> ArrayKernel:
        def run(x: Any) -> Any:
            data, missing = x
            return (np.zeros(len(data), np.bool_) if missing is None else missing), None

        return run

    def onnx_kernel(self, *_: Any) -> ArrayKernel:
        return lambda x: (np.zeros((), np.bool_) if x[1] is None else x[1], None)

    def scalar(self, *_: Any) -> RowFunction:
        return lambda x: x is None


@operation
@dataclass(frozen=True)
class Element(Operation):
    """One position of a vector, counted from the end where negative."""

    name = "element"
    position: int

    def infer(self, *types: ValueType) -> ColumnType:
        (column,) = column_types(self.name, types)
        if len(column.shape) != 1 or column.is_ragged:
            raise TraceError(
                f"x[{self.position}] needs a vector (fixed_size_list), not {column}.",
                fix="Give the column a fixed length first.",
            )
        (width,) = column.shape
        assert width is not None
        if not -width <= self.position < width:
            raise TraceError(
                f"x[{self.position}] is outside a vector of {width} elements.",
                expected=f"a position from {-width} to {width - 1}",
            )
        return ColumnType(column.dtype)

    def batch(self, *types: ValueType) -> BatchFunction:
        self.infer(*types)
        width = self._width(types)
        position = self.position % width

        def run(rows: int, x: Values) -> Values:
            return x.position(position, width)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        (x,) = inputs
        position = self.position % self._width([x.type])
        missing = None if x.missing is None else x.missing[:, position]
        return Lowered(self.infer(x.type), x.data[:, position], missing)

    def row(self, *types: ValueType) -> RowFunction:
        position = self.position
        return lambda x: x[position]

    @staticmethod
    def _width(types: Sequence[ValueType]) -> int:
        (column,) = column_types("element", types)
        (width,) = column.shape
        assert width is not None
        return width
