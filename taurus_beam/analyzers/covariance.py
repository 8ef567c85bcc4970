"""How the positions of a vector vary together: `covariance` and its eigenvectors, `pca`.

Sums of products are kept as exact integers (`exact_sum`), so the covariance does not depend on
the order of the rows; each of its numbers is rounded once, at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers import exact_sum
from taurus_beam.analyzers.complete_rows import by_row, complete_rows, is_number, require_rows
from taurus_beam.errors import DataError, TraceError
from taurus_beam.graph.analyzer import Accumulator, Analyzer
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import ColumnType, ValueType
from taurus_beam.graph.values import Values

__all__ = ["Products", "covariance", "pca"]


def covariance(x: Column, dtype: Any = None) -> Column:
    """The population covariance (divided by n) of the positions of a vector.

    Args:
        x: Numeric vectors of n positions; make them with `tb.stack`.
        dtype: ``pa.float32()`` or ``pa.float64()``; by default float64 for float64 vectors and
            float32 for others.

    Returns:
        A symmetric matrix of shape ``(n, n)``, one for the whole data set, to give to `tb.dot`.
        A row with a missing, NaN or infinite element takes no part (in TFT it makes the result
        NaN). All zeros for no rows, as in TFT. Covariances beyond the range of ``dtype`` are
        infinite. Exact sums have their price: time grows with the square of n.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": pa.array([[1.0, 2.0], [3.0, 6.0]], pa.list_(pa.float64(), 2))})
        >>> out, _ = tb.fit_transform(
        ...     table, lambda i: {"y": tb.dot(i["x"], tb.covariance(i["x"]))})
        >>> out["y"].to_pylist()
        [[5.0, 10.0], [15.0, 30.0]]
    """
    require_rows("covariance", x)
    return apply(Covariance(_float_name(dtype)), x)


def pca(x: Column, output_dim: int, dtype: Any = None) -> Column:
    """The principal axes of a vector column: eigenvectors of its covariance, largest first.

    Project with ``tb.dot(x, tb.pca(x, output_dim))``; as in TFT nothing is centred, subtract
    ``tb.mean(x, reduce_instance_dims=False)`` first where it should be.

    Args:
        x: Numeric vectors of n positions.
        output_dim: How many axes, 1 … n.
        dtype: As for `covariance`.

    Returns:
        A matrix of shape ``(n, output_dim)``, an axis of length 1 in each column. Its largest
        component in magnitude (the first of equal ones) is positive; TFT leaves the sign
        to its solver. Axes of equal variance are any orthogonal ones. Which rows take part:
        see `covariance`; no rows and constant data give unit vectors.

    Raises:
        TraceError: If ``output_dim`` is more than the vector has positions.
        DataError: If the variances are beyond float64's range.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.0, 2.0, 3.0], "y": [-2.0, 0.0, 2.0]})
        >>> def fn(inputs):
        ...     x = tb.stack([inputs["x"], inputs["y"]])
        ...     return {"first": tb.dot(x, tb.pca(x, 1))}
        >>> [round(v[0], 4) for v in tb.fit_transform(table, fn)[0]["first"].to_pylist()]
        [-1.3416, 0.8944, 3.1305]
    """
    if isinstance(output_dim, bool) or not isinstance(output_dim, int) or output_dim < 1:
        raise TraceError(f"output_dim is {output_dim!r}.", expected="an integer of at least 1")
    require_rows("pca", x)
    return apply(PrincipalAxes(output_dim, _float_name(dtype)), x)


@dataclass(frozen=True)
class Products(Accumulator[Any]):
    """Gathers the exact sums of the products of numbers, of each two and of each with 1.

    The state is a symmetric matrix of Python integers in `cross_products`' units, over the
    positions of all the inputs and, last, the 1; so its last element counts the rows.
    """

    width: int

    def zero(self) -> Any:
        return np.zeros((self.width + 1, self.width + 1), object)

    def add(self, state: Any, *inputs: Values) -> Any:
        rows = complete_rows(inputs)
        columns: list[Any] = []
        for values in inputs:
            matrix = by_row(values, values.array)
            columns.extend((matrix if rows is None else matrix[rows]).T)
        return state + exact_sum.cross_products([*columns, np.ones(len(columns[0]))])

    def merge(self, states: Sequence[Any]) -> Any:
        return sum(states, self.zero())

    def to_wire(self, state: Any) -> Any:
        totals = state[np.triu_indices(self.width + 1)]
        content = pa.array([exact_sum.to_bytes(total) for total in totals], pa.binary())
        return pa.record_batch([content], ["total"])

    def from_wire(self, batch: Any) -> Any:
        state = self.zero()
        rows, columns = np.triu_indices(self.width + 1)
        state[rows, columns] = [exact_sum.from_bytes(b) for b in batch.column(0).to_pylist()]
        state[columns, rows] = state[rows, columns]
        return state


class _OfProducts(Analyzer):
    """An analyzer of one vector column by its sums of products."""

    dtype: str | None

    def accumulator(self, *types: ValueType) -> Products:
        return Products(self._width(types))

    def _width(self, types: Sequence[ValueType]) -> int:
        (column,) = types
        if not (
            isinstance(column, ColumnType)
            and len(column.shape) == 1
            and column.shape[0] is not None
            and is_number(column.dtype)
        ):
            raise TraceError(
                f"{self.name!r} takes vectors of numbers, not {column}.",
                fix="Put columns together first: tb.stack([a, b]).",
            )
        return column.shape[0]

    def _result(self, types: Sequence[ValueType]) -> Any:
        if self.dtype:
            return pa.type_for_alias(self.dtype)
        (column,) = types
        return pa.float64() if column.dtype == pa.float64() else pa.float32()


@operation
@dataclass(frozen=True)
class Covariance(_OfProducts):
    """The covariance matrix."""

    name = "covariance"
    dtype: str | None

    def infer(self, *types: ValueType) -> ColumnType:
        width = self._width(types)
        return ColumnType(self._result(types), (width, width))

    def value(self, state: Any, *types: ValueType) -> Constant:
        return _matrix(self.infer(*types), _covariances(state))


@operation
@dataclass(frozen=True)
class PrincipalAxes(_OfProducts):
    """Eigenvectors of the covariance, by falling eigenvalue."""

    name = "pca"
    output_dim: int
    dtype: str | None

    def infer(self, *types: ValueType) -> ColumnType:
        width = self._width(types)
        if self.output_dim > width:
            raise TraceError(
                f"output_dim is {self.output_dim}, but the vector has {width} positions.",
                expected=f"1 to {width}",
            )
        return ColumnType(self._result(types), (width, self.output_dim))

    def value(self, state: Any, *types: ValueType) -> Constant:
        matrix = _covariances(state)
        if not np.isfinite(matrix).all():
            raise DataError(
                "The variances are beyond the range of float64.",
                fix="Scale the columns first, such as with tb.scale_to_z_score.",
            )
        _, axes = np.linalg.eigh(matrix)
        axes = axes[:, ::-1][:, : self.output_dim]
        largest = axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])]
        return _matrix(self.infer(*types), np.where(largest < 0, -axes, axes))


def _covariances(state: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """``(n Σxy - Σx Σy) / n²`` of each two positions, rounded once."""
    ones, sums = state[-1, -1], state[-1, :-1]
    width = len(sums)
    if not ones:
        return np.zeros((width, width))
    tops = ones * state[:-1, :-1] - np.multiply.outer(sums, sums)
    flat = [exact_sum.ratio(top, ones * ones) for top in tops.flat]
    return np.array(flat).reshape(width, width)


def _matrix(column_type: ColumnType, matrix: np.ndarray[Any, Any]) -> Constant:
    # Values beyond float32 become ±inf, as in any other operation.
    with np.errstate(over="ignore"):
        flat = pa.array(np.ascontiguousarray(matrix).reshape(-1)).cast(column_type.dtype)
    return Constant(column_type, flat)


def _float_name(dtype: Any) -> str | None:
    if dtype is None:
        return None
    dtype = dtype if isinstance(dtype, pa.DataType) else pa.from_numpy_dtype(dtype)
    if dtype not in (pa.float32(), pa.float64()):
        raise TraceError(f"dtype is {dtype}.", expected="pa.float32() or pa.float64()")
    return str(dtype)
