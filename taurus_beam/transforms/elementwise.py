"""The shape and null rules shared by all elementwise operations.

A subclass says what happens to one element (`result`, `kernel`, `scalar`); scalars, vectors
and ragged lists, constants beside columns, and missing values are dealt with here.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from taurus_beam.errors import DataError, TraceError
from taurus_beam.graph.lowered import Lowered, any_of
from taurus_beam.graph.lowered import aligned as aligned_tensors
from taurus_beam.graph.operation import BatchFunction, Operation, RowFunction
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import ColumnType, Shape, ValueType
from taurus_beam.graph.values import Mask, Values

__all__ = ["Elementwise", "MaskedElementwise", "broadcast_shape", "column_types"]

Elements: TypeAlias = np.ndarray[Any, Any] | Text
ArrayKernel: TypeAlias = Callable[..., Any]


def column_types(name: str, types: Sequence[ValueType]) -> list[ColumnType]:
    """Types known to be columns'; TraceError for a vocabulary where a column is needed."""
    for value_type in types:
        if not isinstance(value_type, ColumnType):
            raise TraceError(f"{name!r} takes columns, not a {value_type}.")
    return [t for t in types if isinstance(t, ColumnType)]


def broadcast_shape(name: str, types: Sequence[ColumnType]) -> Shape:
    """The shape of an elementwise result: scalars go with anything, lists with their like."""
    shapes = {t.shape for t in types} - {()}
    if not shapes:
        return ()
    if len(shapes) > 1:
        listed = ", ".join(sorted(map(str, shapes)))
        raise TraceError(
            f"{name!r} cannot combine columns of shapes {listed}.",
            expected="vectors of one length, or ragged lists of equal lengths, or scalars",
        )
    (shape,) = shapes
    if len(shape) > 1:
        raise TraceError(f"{name!r} takes no values of two dimensions.")
    return shape


class _Broadcasting(Operation, abc.ABC):
    """Shape rule of all elementwise operations."""

    @abc.abstractmethod
    def result(self, *dtypes: Any) -> Any:
        """The element type of the result; TraceError where the inputs' do not fit."""

    @abc.abstractmethod
    def kernel(self, *dtypes: Any) -> ArrayKernel:
        """What to do with the elements' arrays."""

    @abc.abstractmethod
    def scalar(self, *dtypes: Any) -> RowFunction:
        """What to do with one element's Python values."""

    def infer(self, *types: ValueType) -> ColumnType:
        columns = column_types(self.name, types)
        shape = broadcast_shape(self.name, columns)
        return ColumnType(self.result(*(t.dtype for t in columns)), shape)

    def row(self, *types: ValueType) -> RowFunction:
        columns = column_types(self.name, types)
        scalar = self.scalar(*(t.dtype for t in columns))
        if all(t.is_scalar for t in columns):
            return scalar
        return _over_lists(
            self.name, scalar, [not t.is_scalar for t in columns], self.null_in_null_out
        )

    def onnx_kernel(self, *dtypes: Any) -> ArrayKernel:
        """What to do with the elements' tensors: the kernel itself, where it takes them too."""
        return self.kernel(*dtypes)

    def row_skips_missing(self, *types: ValueType) -> bool:
        return self.null_in_null_out and all(t.is_scalar for t in column_types(self.name, types))


class Elementwise(_Broadcasting):
    """A missing element in gives a missing element out.

    ``kernel`` returns a function of arrays giving an array, or an array and a mask of further
    elements that are missing. ``scalar`` returns a function of present Python values.
    """

    def batch(self, *types: ValueType) -> BatchFunction:
        result_type = self.infer(*types)
        kernel = self.kernel(*(t.dtype for t in types))
        if not any(t.shape for t in column_types(self.name, types)):
            return _over_scalars(result_type, kernel)

        def run(rows: int, *inputs: Values) -> Values:
            aligned = _align(inputs, rows, self.name)
            missing = _any(aligned.missing)
            data = kernel(*aligned.data)
            if isinstance(data, tuple):
                data, further = data
                missing = _any([missing, further])
            return aligned.values(result_type, data, missing)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        if self.no_onnx:
            super().onnx(build, *inputs)
        columns = aligned_tensors(self.name, inputs)
        data = self.onnx_kernel(*(x.type.dtype for x in inputs))(*(x.data for x in columns))
        further = None
        if isinstance(data, tuple):
            data, further = data
        missing = any_of(*(x.missing for x in columns), further)
        return _lowered(self.infer(*(x.type for x in inputs)), columns, data, missing)


def _over_scalars(result_type: ColumnType, kernel: ArrayKernel) -> BatchFunction:
    """The kernel of an `Elementwise` for one element a row, with next to nothing around it."""

    def run(rows: int, *inputs: Values) -> Values:
        missing, constant = None, True
        for values in inputs:
            constant = constant and values.constant
            if values.missing is not None:
                missing = values.missing if missing is None else missing | values.missing
        size = 1 if constant else rows
        data = kernel(*[values.data for values in inputs])
        if isinstance(data, tuple):
            data, further = data
            missing = _any([missing, further])
        fits = isinstance(data, np.ndarray) and data.size == size
        if fits and (missing is None or missing.size == size):
            return Values(result_type, data, size, missing, None, None, constant)
        return _Aligned([], [], size, size, constant=constant).values(result_type, data, missing)

    return run


class MaskedElementwise(_Broadcasting):
    """An operation that looks at what is missing.

    ``kernel`` returns a function of ``(data, missing)`` pairs, ``missing`` being a mask or None,
    that gives such a pair. ``scalar`` returns a function of Python values, None where missing.
    """

    null_in_null_out = False

    def batch(self, *types: ValueType) -> BatchFunction:
        result_type = self.infer(*types)
        kernel = self.kernel(*(t.dtype for t in types))

        def run(rows: int, *inputs: Values) -> Values:
            aligned = _align(inputs, rows, self.name)
            data, missing = kernel(*zip(aligned.data, aligned.missing, strict=True))
            if missing is not None and aligned.missing_elements is not None:
                missing = missing | aligned.missing_elements
            elif aligned.missing_elements is not None:
                missing = aligned.missing_elements
            return aligned.values(result_type, data, missing)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        columns = aligned_tensors(self.name, inputs)
        kernel = self.onnx_kernel(*(x.type.dtype for x in inputs))
        data, missing = kernel(*((x.data, x.missing) for x in columns))
        rows = any_of(*(x.missing_rows for x in columns if not x.type.is_scalar))
        if rows is not None:
            missing = any_of(missing, rows[:, None])
        return _lowered(self.infer(*(x.type for x in inputs)), columns, data, missing)


@dataclass
class _Aligned:
    """Flat elements of several inputs in step; constants stay single elements."""

    data: list[Elements]
    missing: list[Mask | None]
    rows: int
    size: int
    offsets: Any = None
    missing_rows: Mask | None = None
    missing_elements: Mask | None = None
    constant: bool = False

    def values(self, result_type: ColumnType, data: Any, missing: Mask | None) -> Values:
        if not isinstance(data, Text) and data.size != self.size:
            data = np.broadcast_to(data, (self.size,))
        elif isinstance(data, Text) and len(data) != self.size:
            data = data.take(np.zeros(self.size, np.int64))
        if missing is not None and missing.size != self.size:
            missing = np.broadcast_to(missing, (self.size,))
        if isinstance(data, Text):
            data = data.without(missing)
            missing = data.missing
        return Values(
            result_type, data, self.rows, missing, self.offsets, self.missing_rows, self.constant
        )


def _lowered(result: ColumnType, columns: Sequence[Lowered], data: Any, missing: Any) -> Lowered:
    lists = [x for x in columns if not x.type.is_scalar]
    lengths, rows = (lists[0].lengths, lists[0].missing_rows) if lists else (None, None)
    spread = next((x.data for x in lists if not x.is_constant), None)
    if spread is not None and isinstance(data, np.ndarray):
        # Of a list the next operation asks how long it is, which one value does not tell.
        data = spread.build.expanded(data, spread)
    return Lowered(result, data, missing, lengths, rows)


def _align(inputs: Sequence[Values], rows: int, name: str) -> _Aligned:
    constant = all(v.constant for v in inputs)
    rows = 1 if constant else rows
    lists = [v for v in inputs if v.type.shape]
    if not lists:
        data: list[Elements] = [v.data for v in inputs]
        return _Aligned(data, [v.missing for v in inputs], rows, rows, constant=constant)
    missing_rows = _any([v.missing_rows for v in lists])
    if lists[0].type.is_ragged:
        offsets = lists[0].offsets
        assert offsets is not None
        if any(v.offsets is None or not np.array_equal(offsets, v.offsets) for v in lists[1:]):
            raise DataError(
                f"{name!r} met ragged lists of different lengths in one row.",
                expected="lists of equal length in each row",
            )
        positions, size = np.repeat(np.arange(rows), np.diff(offsets)), int(offsets[-1])
    else:
        (width,) = lists[0].type.shape
        assert width is not None
        offsets, size = None, rows * width
        positions = np.repeat(np.arange(rows), width)
    spread = [_spread(v, positions, rows) for v in inputs]
    return _Aligned(
        [d for d, _ in spread],
        [m for _, m in spread],
        rows,
        size,
        offsets,
        missing_rows,
        missing_rows[positions] if missing_rows is not None else None,
        constant,
    )


def _spread(values: Values, positions: Any, rows: int) -> tuple[Elements, Mask | None]:
    data, missing = values.data, values.missing
    if values.type.is_scalar:
        if values.constant:
            return data, missing
        take = positions
    elif values.constant and rows != 1:
        take = np.tile(np.arange(len(data)), rows)
    else:
        return data, missing
    taken = data.take(take)
    return taken, missing if missing is None else missing[take]


def _any(masks: Sequence[Mask | None]) -> Mask | None:
    present = [m for m in masks if m is not None]
    if not present:
        return None
    result = present[0]
    for mask in present[1:]:
        result = result | mask
    return result


def _over_lists(
    name: str, scalar: RowFunction, is_list: list[bool], null_in_null_out: bool
) -> RowFunction:
    def run(*arguments: Any) -> Any:
        lists = [a for a, listed in zip(arguments, is_list, strict=True) if listed]
        if any(a is None for a in lists):
            return None
        if len({len(a) for a in lists}) > 1:
            raise DataError(
                f"{name!r} met lists of different lengths in one row.",
                expected="lists of equal length",
            )
        size = len(lists[0])
        columns = [
            a if listed else [a] * size for a, listed in zip(arguments, is_list, strict=True)
        ]
        if not null_in_null_out:
            return [scalar(*element) for element in zip(*columns, strict=True)]
        return [
            None if any(e is None for e in element) else scalar(*element)
            for element in zip(*columns, strict=True)
        ]

    return run
