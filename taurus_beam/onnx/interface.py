"""What a model takes and gives for each column: its tensors, their names, types and shapes.

ONNX has no missing values and no lists of several lengths. A column that may be missing has a
boolean tensor beside its own, and a ragged column one of lengths; see `docs/onnx.md`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import EngineError
from taurus_beam.graph.lowered import Lowered, any_of
from taurus_beam.graph.types import ColumnType, is_text, numpy_dtype
from taurus_beam.onnx.builder import Builder
from taurus_beam.onnx.element_types import BOOL, I64, ONNX_TYPES, TEXT, carrier
from taurus_beam.onnx.tensor import Symbol, Tensor

__all__ = ["Port", "Slot", "output_names", "read_column", "slots_of", "write_column"]


@dataclass(frozen=True)
class Slot:
    """One tensor that a model takes or gives.

    Attributes:
        name: Its name.
        dtype: The NumPy type of its elements, ``object`` for strings.
        shape: Its sizes, by number or by name.
    """

    name: str
    dtype: np.dtype[Any]
    shape: tuple[str | int, ...]


@dataclass(frozen=True)
class Port:
    """A column's tensors by name, None for those that it does not have.

    Attributes:
        column: The column or output that it stands for.
        type: Its type.
        data: The elements.
        missing: Which rows are missing.
        element_missing: Which elements of lists are missing.
        lengths: How many elements each list has.
    """

    column: str
    type: ColumnType
    data: str
    missing: str | None = None
    element_missing: str | None = None
    lengths: str | None = None

    @staticmethod
    def of(column: str, column_type: ColumnType, data: str, nullable: bool) -> Port:
        """The port of a column whose elements go by the name ``data``."""
        listed = not column_type.is_scalar
        return Port(
            column,
            column_type,
            data,
            f"{data}_missing" if nullable else None,
            f"{data}_element_missing" if nullable and listed else None,
            f"{data}_lengths" if column_type.is_ragged else None,
        )

    def described(self) -> dict[str, str]:
        """Its names and its type, for the model's metadata."""
        named = {k: getattr(self, k) for k in ("data", "missing", "element_missing", "lengths")}
        return {"type": str(self.type), **{k: v for k, v in named.items() if v is not None}}


def slots_of(port: Port) -> Iterator[Slot]:
    """The tensors of a port in order."""
    column = port.type
    inner = (f"{port.data}_longest",) if column.is_ragged else column.shape
    shape: tuple[Any, ...] = ("N", *inner)
    yield Slot(port.data, element_type(column.dtype), shape)
    if port.lengths:
        yield Slot(port.lengths, I64, ("N",))
    if port.missing:
        yield Slot(port.missing, BOOL, ("N",))
    if port.element_missing:
        yield Slot(port.element_missing, BOOL, shape)


def element_type(dtype: Any) -> np.dtype[Any]:
    """The NumPy type of elements of an Arrow type: temporal ones are counts of their unit.

    Raises:
        EngineError: For binary, which ONNX has no type for.
    """
    if pa.types.is_binary(dtype):
        raise EngineError(
            "ONNX has no type for binary values.",
            fix="Make the column a string: tb.cast(x, pa.string()) before fitting.",
        )
    return TEXT if is_text(dtype) else numpy_dtype(dtype)


def output_names(outputs: Iterable[str], taken: Collection[str]) -> dict[str, str]:
    """What each output's tensor is called: as itself, or ``…_output`` beside an input of its name.

    ONNX does not allow an input and an output of one name.
    """
    return {name: f"{name}_output" if name in taken else name for name in outputs}


def read_column(build: Builder, port: Port) -> Lowered:
    """The tensors that a model takes for a column."""
    dtype = element_type(port.type.dtype)
    data = build.input(port.data, dtype)
    if carrier(dtype) != dtype:
        data = build.op("Cast", data, dtype=dtype, to=ONNX_TYPES[carrier(dtype)])
    if build.rows is None:
        build.rows = build.op("Shape", data, dtype=I64, start=0, end=1)
    missing = None if port.missing is None else build.input(port.missing, BOOL)
    if port.type.is_scalar:
        return Lowered(port.type, data, missing)
    lengths: Symbol = None if port.lengths is None else build.input(port.lengths, I64)
    elements = None
    if missing is not None and port.element_missing is not None:
        elements = build.input(port.element_missing, BOOL) | missing[:, None]
        lengths = None if lengths is None else np.where(missing, 0, lengths)
    return Lowered(port.type, data, elements, lengths, missing)


def write_column(build: Builder, port: Port, column: Lowered) -> None:
    """Make a column's tensors outputs of the model.

    What is missing is NaN, 0, false or the empty string; so is what stands behind a list's end.
    """
    dtype, shape = element_type(column.type.dtype), _shape(build, column)
    data: Symbol = build.op("Expand", build.tensor(column.data), shape, dtype=dtype)
    unused = any_of(column.missing, _behind_the_end(build, column))
    if unused is not None:
        data = np.where(unused, _filler(dtype), data)
    if carrier(dtype) != dtype:
        data = build.op("Cast", data, dtype=dtype, to=ONNX_TYPES[dtype])
    build.give(data, port.data)
    if port.lengths:
        build.give(column.lengths, port.lengths)
    rows = column.missing if column.type.is_scalar else column.missing_rows
    if port.missing:
        flags = np.zeros((), np.bool_) if rows is None else rows
        build.give(build.op("Expand", build.tensor(flags), build.rows, dtype=BOOL), port.missing)
    if port.element_missing:
        flags = np.zeros((), np.bool_) if column.missing is None else column.missing
        spread = build.op("Expand", build.tensor(flags), shape, dtype=BOOL)
        build.give(spread, port.element_missing)


def _shape(build: Builder, column: Lowered) -> Tensor:
    if column.type.is_ragged:
        return build.op("Shape", column.data, dtype=I64)
    if column.type.is_scalar:
        assert build.rows is not None
        return build.rows
    sizes = np.array(column.type.shape, np.int64)
    return build.op("Concat", build.rows, sizes, dtype=I64, axis=0)


def _behind_the_end(build: Builder, column: Lowered) -> Any:
    if not column.type.is_ragged:
        return None
    return build.positions(column.data) >= column.lengths[:, None]


def _filler(dtype: np.dtype[Any]) -> Any:
    if dtype == TEXT:
        return np.array("", object)
    return dtype.type(np.nan if dtype.kind == "f" else 0)
