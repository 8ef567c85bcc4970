"""Multiplying vectors by vectors and matrices: `dot`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.lowered import Lowered, any_of, rows_to_elements
from taurus_beam.graph.operation import BatchFunction, Operation, RowFunction, operation
from taurus_beam.graph.recorder import user_location
from taurus_beam.graph.types import ColumnType, ValueType, is_numeric, numpy_dtype
from taurus_beam.graph.values import Mask, Values
from taurus_beam.transforms.elementwise import column_types
from taurus_beam.transforms.vectors import vector_width

__all__ = ["dot"]


def dot(x: Column, weights: Any) -> Column:
    """The product of each row's vector with a vector or a matrix.

    Args:
        x: Numeric vectors of n positions.
        weights: ``(n,)`` numbers, an ``(n, m)`` matrix (array, or what `tb.pca` and
            `tb.covariance` give), or a column of vectors to multiply row by row.

    Returns:
        ``Σ x[i] weights[i]``: one number a row for a vector, a vector of m for a matrix. float64
        where ``x`` or the weights are, else float32; summed in float64 in the order of the
        positions and rounded once, so that single rows and batches agree. A row with a missing
        element is missing; NaN and ±inf follow IEEE 754.

    Raises:
        TraceError: If the shapes do not fit.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"a": [1.0, 2.0], "b": [3.0, 5.0]})
        >>> def fn(inputs):
        ...     return {"y": tb.dot(tb.stack([inputs["a"], inputs["b"]]), [[1, 0], [-1, 2]])}
        >>> tb.fit_transform(table, fn)[0]["y"].to_pylist()
        [[-2.0, 6.0], [-3.0, 10.0]]
    """
    if not isinstance(weights, Column):
        weights = _weights(weights)
    return apply(Dot(), x, weights)


@operation
class Dot(Operation):
    """A row's vector times a vector or a matrix."""

    name = "dot"

    def infer(self, *types: ValueType) -> ColumnType:
        x, weights = column_types(self.name, types)
        for column in (x, weights):
            if not is_numeric(column.dtype):
                raise TraceError(
                    f"'dot' takes numbers, not {column.dtype}.",
                    fix="Cast it first: tb.cast(x, pa.float64()).",
                )
        if (
            len(x.shape) != 1
            or x.is_ragged
            or not weights.shape
            or weights.shape[0] != x.shape[0]
            or len(weights.shape) > 2
        ):
            raise TraceError(
                f"'dot' cannot multiply {x} by {weights}.",
                expected="a vector of n positions, and n numbers or a matrix of n rows",
            )
        wide = pa.float64() in (x.dtype, weights.dtype)
        return ColumnType(pa.float64() if wide else pa.float32(), weights.shape[1:])

    def batch(self, *types: ValueType) -> BatchFunction:
        result = self.infer(*types)
        width = vector_width(column_types(self.name, types)[0])
        outputs = 1 if result.is_scalar else vector_width(result)

        def run(rows: int, x: Values, weights: Values) -> Values:
            constant = x.constant and weights.constant
            rows = 1 if constant else rows
            left = x.array.reshape(-1, width, 1).astype(np.float64, copy=False)
            right = weights.array.reshape(-1, width, outputs).astype(np.float64, copy=False)
            # One position after the other, as for a single row; a matrix product of a library
            # sums in an order that depends on the shape.
            total = np.zeros((rows, outputs))
            for i in range(width):
                total += left[:, i] * right[:, i]
            missing_rows = _missing_rows((x, weights), width, rows)
            missing = None if missing_rows is None else np.repeat(missing_rows, outputs)
            data = total.astype(numpy_dtype(result.dtype)).reshape(-1)
            if result.is_scalar:
                return Values(result, data, rows, missing, constant=constant)
            return Values(result, data, rows, missing, None, missing_rows, constant)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        x, weights = inputs
        result, width = self.infer(x.type, weights.type), vector_width(x.type)
        matrix = len(result.shape) == 1
        total: Any = 0.0
        for i in range(width):
            left, right = (_position(v.data.astype(np.float64), i) for v in inputs)
            if matrix and not isinstance(left, np.ndarray):
                left = left[:, None]
            total = total + left * right
        missing = any_of(*(_any_element(build, v, width) for v in inputs))
        data = total.astype(numpy_dtype(result.dtype))
        if not matrix:
            return Lowered(result, data, missing)
        return Lowered(result, data, rows_to_elements(missing, vector_width(result)), None, missing)

    def row(self, *types: ValueType) -> RowFunction:
        result = self.infer(*types)
        narrow = numpy_dtype(result.dtype) == np.float32

        def finish(total: float) -> float:
            return float(np.float32(total)) if narrow else total

        def product(x: list[Any], weights: Any) -> float:
            total = 0.0
            for element, weight in zip(x, weights, strict=True):
                total += float(element) * float(weight)
            return finish(total)

        def by_vector(x: list[Any], weights: list[Any]) -> float | None:
            return None if None in x or None in weights else product(x, weights)

        def by_matrix(x: list[Any], weights: list[list[Any]]) -> list[float] | None:
            if None in x or any(None in row for row in weights):
                return None
            return [product(x, column) for column in zip(*weights, strict=True)]

        return by_vector if result.is_scalar else by_matrix


def _weights(weights: Any) -> Column:
    matrix = np.asarray(weights)
    if matrix.ndim not in (1, 2) or not matrix.size or matrix.dtype.kind not in "fiu":
        raise TraceError(
            f"These are no weights: {weights!r:.80}",
            where=str(user_location()),
            expected="a vector or a matrix of numbers",
        )
    flat = pa.array(np.ascontiguousarray(matrix).reshape(-1))
    return apply(Constant.from_arrow(flat, ColumnType(flat.type, matrix.shape)))


def _position(data: Any, i: int) -> Any:
    """A position of vectors; of a constant, its i-th element or row."""
    return data[i] if isinstance(data, np.ndarray) else data[:, i]


def _any_element(build: Any, x: Lowered, width: int) -> Any:
    """Whether any element of a row's vector is missing, or of a constant any at all."""
    if x.missing is None:
        return None
    return any_of(*(_position(x.missing, i) for i in range(width)))


def _missing_rows(inputs: Sequence[Values], width: int, rows: int) -> Mask | None:
    """True where a row's vector, or an element of it, is missing."""
    flags = [
        np.broadcast_to(values.missing.reshape(-1, width).any(axis=1), rows)
        for values in inputs
        if values.missing is not None
    ]
    return np.logical_or.reduce(flags) if flags else None
