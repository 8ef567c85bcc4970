"""Sparse pairs, two ragged lists of positions and of the values there, to vectors and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from taurus_beam.errors import DataError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.lowered import Lowered, present
from taurus_beam.graph.operation import BatchFunction, Operation, RowFunction, operation
from taurus_beam.graph.types import RAGGED, ColumnType, ValueType
from taurus_beam.graph.values import Values
from taurus_beam.transforms.dense import (
    differing,
    differing_in_onnx,
    filler,
    filler_fits,
    placed,
    same,
)
from taurus_beam.transforms.lists import (
    Lists,
    for_all_rows,
    integer_lists,
    list_column,
    offsets_of,
    repeated,
    whole_number,
)
from taurus_beam.transforms.padded_lists import kept

__all__ = ["dense_to_sparse", "sparse_to_dense"]


def sparse_to_dense(
    indices: Column, values: Column, width: int, default_value: Any = None
) -> Column:
    """Vectors from pairs of positions and values.

    Args:
        indices: Ragged lists (or vectors) of positions, 0 … ``width - 1``, in any order.
        values: Lists of as many values, of any type.
        width: Length of the vectors.
        default_value: What stands where no value is given; by default 0, ``""`` or False.

    Returns:
        Vectors of ``width``, never missing: a pair of which one is missing is left out, and a
        missing row gives ``default_value`` only. Of two values at one position the last holds.

    Raises:
        TraceError: If ``default_value`` is not of the values' type.
        DataError: For a position outside the vector, or lists of different lengths in a row.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"at": [[2, 0], []], "x": [[0.5, 1.5], []]})
        >>> fn = lambda i: {"x": tb.sparse_to_dense(i["at"], i["x"], 3)}
        >>> tb.fit_transform(table, fn)[0]["x"].to_pylist()
        [[1.5, 0.0, 0.5], [0.0, 0.0, 0.0]]
    """
    return apply(SparseToDense(width), indices, values, filler(values, default_value))


def dense_to_sparse(x: Column, default_value: Any = None) -> tuple[Column, Column]:
    """The positions and the values of a vector's elements other than a default.

    Args:
        x: Vectors or ragged lists of any type.
        default_value: What is left out; by default 0, ``""`` or False.

    Returns:
        Two columns of ragged lists: positions (int64, ascending) and values. Missing elements
        are left out; a missing row is missing in both.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": pa.array([[1.5, 0.0, 0.5]], pa.list_(pa.float64(), 3))})
        >>> def fn(inputs):
        ...     at, values = tb.dense_to_sparse(inputs["x"])
        ...     return {"at": at, "values": values}
        >>> tb.fit_transform(table, fn)[0].to_pylist()
        [{'at': [0, 2], 'values': [1.5, 0.5]}]
    """
    default = filler(x, default_value)
    return apply(DenseToSparse("indices"), x, default), apply(DenseToSparse("values"), x, default)


@operation
@dataclass(frozen=True)
class SparseToDense(Operation):
    """Values put at their positions."""

    name = "sparse_to_dense"
    no_onnx = "a position outside the vector is an error, which ONNX cannot raise"
    null_in_null_out = False
    width: int

    def infer(self, *types: ValueType) -> ColumnType:
        whole_number("width", self.width, least=1)
        integer_lists(self.name, types)
        values = list_column(self.name, types[1:])
        filler_fits(self.name, values, types[2])
        return ColumnType(values.dtype, (self.width,))

    def batch(self, *types: ValueType) -> BatchFunction:
        result, width = self.infer(*types), self.width

        def run(rows: int, indices: Values, values: Values, default: Values) -> Values:
            constant = indices.constant and values.constant
            rows = 1 if constant else rows
            indices, values = for_all_rows(indices, rows), for_all_rows(values, rows)
            here, there, row_of = _pairs(indices, values)
            positions = indices.array[here]
            outside = (positions < 0) | (positions >= width)
            if outside.any():
                raise _outside(positions[outside][0], width)
            places = row_of * width + positions.astype(np.int64)
            data = placed(rows * width, places, values.data, there, default)
            return Values(result, data, rows, constant=constant)

        return run

    def row(self, *types: ValueType) -> RowFunction:
        width = self.width

        def run(indices: Any, values: Any, default: Any) -> list[Any]:
            vector = [default] * width
            if indices is None or values is None:
                return vector
            if len(indices) != len(values):
                raise _unequal()
            for position, value in zip(indices, values, strict=True):
                if position is None or value is None:
                    continue
                if not 0 <= position < width:
                    raise _outside(position, width)
                vector[position] = value
            return vector

        return run


@operation
@dataclass(frozen=True)
class DenseToSparse(Operation):
    """The positions, or the values, of the elements other than a default."""

    name = "dense_to_sparse"
    part: Literal["indices", "values"]

    def infer(self, *types: ValueType) -> ColumnType:
        column = list_column(self.name, types)
        filler_fits(self.name, column, types[1])
        return ColumnType(pa.int64() if self.part == "indices" else column.dtype, RAGGED)

    def batch(self, *types: ValueType) -> BatchFunction:
        dtype, wants_indices = self.infer(*types).dtype, self.part == "indices"

        def run(rows: int, x: Values, default: Values) -> Values:
            offsets = offsets_of(x)
            keep = differing(x.data, default)
            if x.missing is not None:
                keep &= ~x.missing
            elements = repeated(np.diff(offsets))[1] if wants_indices else x.data
            return Lists(elements, offsets, x.missing_rows, x.constant).select(keep).values(dtype)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        x, default = inputs
        keep, data = present(build, x) & differing_in_onnx(x.data, default.data), x.data
        if self.part == "indices":
            shape = build.op("Shape", x.data, dtype=np.int64)
            data = build.op("Expand", build.positions(x.data), shape, dtype=np.int64)
        return kept(build, x, self.infer(x.type, default.type).dtype, data, keep)

    def row(self, *types: ValueType) -> RowFunction:
        chosen = 0 if self.part == "indices" else 1
        return lambda x, default: [
            pair[chosen]
            for pair in enumerate(x)
            if pair[1] is not None and not same(pair[1], default)
        ]


def _pairs(indices: Values, values: Values) -> tuple[Any, Any, Any]:
    """Which elements of two columns of lists make pairs, and in which row."""
    begins, others = offsets_of(indices), offsets_of(values)
    lengths, other_lengths = np.diff(begins), np.diff(others)
    absent = np.zeros(indices.rows, np.bool_)
    for column in (indices, values):
        if column.missing_rows is not None:
            absent |= column.missing_rows
    if ((lengths != other_lengths) & ~absent).any():
        raise _unequal()
    lengths = np.where(absent, 0, lengths)
    _, within = repeated(lengths)
    here = np.repeat(begins[:-1], lengths) + within
    there = np.repeat(others[:-1], lengths) + within
    present = np.ones(len(within), np.bool_)
    for column, elements in ((indices, here), (values, there)):
        if column.missing is not None:
            present &= ~column.missing[elements]
    row_of = np.repeat(np.arange(indices.rows), lengths)
    return here[present], there[present], row_of[present]


def _outside(position: Any, width: int) -> DataError:
    return DataError(
        f"Position {position} is outside a vector of {width}.",
        expected=f"positions from 0 to {width - 1}",
        fix="Give a greater width, or correct the data.",
    )


def _unequal() -> DataError:
    return DataError(
        "There are not as many positions as values in a row.",
        expected="lists of equal length in each row",
    )
