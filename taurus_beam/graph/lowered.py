"""A column while it is written as ONNX: its tensors, named like the arrays of `Values`.

Operations take and give these in their `onnx` method. The tensors are symbolic arrays that record
what is done to them (`taurus_beam.onnx.tensor`); this room knows no more of ONNX than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from taurus_beam.errors import EngineError
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import ColumnType
from taurus_beam.graph.values import Values

__all__ = ["Lowered", "aligned", "any_of", "lowered_constant", "present", "rows_to_elements"]


@dataclass(frozen=True, eq=False)
class Lowered:
    """The tensors of one column, or the NumPy arrays of a constant.

    Attributes:
        type: Element type and shape.
        data: The elements: ``[N]`` for scalars, ``[N, n]`` for vectors, ``[N, longest]`` for
            ragged lists. A constant has no rows: ``[]``, ``[n]`` or ``[n, m]``. What stands at a
            missing element or behind the end of a list is arbitrary.
        missing: Of the same shape, true where an element is missing; None where none can be.
            Every element of a missing vector is missing.
        lengths: Of ragged lists, how many elements each row has, ``[N]``; 0 where it is missing.
        missing_rows: Of vectors and ragged lists, true where the row is missing, or None.
    """

    type: ColumnType
    data: Any
    missing: Any = None
    lengths: Any = None
    missing_rows: Any = None

    @property
    def is_constant(self) -> bool:
        """Whether it is one value for all rows."""
        return isinstance(self.data, np.ndarray)


def lowered_constant(constant: Constant) -> Lowered:
    """A constant as NumPy arrays: its elements (strings as objects) and which are missing."""
    values = constant.values
    assert isinstance(values, Values)
    shape = tuple(-1 if n is None else n for n in values.type.shape)
    if isinstance(values.data, Text):
        elements = np.array(["" if e is None else e for e in values.data.plain.to_pylist()], object)
    else:
        elements = values.data
    missing = values.missing
    if missing is not None and not missing.any():
        missing = None
    return Lowered(
        values.type,
        elements.reshape(shape),
        None if missing is None else missing.reshape(shape),
    )


def any_of(*masks: Any) -> Any:
    """True where any mask is; None for a mask that is never true."""
    result = None
    for mask in masks:
        if mask is not None:
            result = mask if result is None else result | mask
    return result


def rows_to_elements(mask: Any, width: int) -> Any:
    """A mask of rows as one of the elements of vectors."""
    return None if mask is None else mask[:, None] | np.zeros(width, np.bool_)


def present(build: Any, x: Lowered) -> Any:
    """``[N, longest]``: true where a row of lists has an element that is not missing."""
    absent = x.missing
    if x.lengths is not None:
        behind = build.positions(x.data) >= x.lengths[:, None]
        absent = any_of(absent, behind)
    if absent is None:
        return x.data == x.data if x.data.dtype.kind != "f" else (x.data == x.data) | True
    return ~absent


def aligned(name: str, inputs: Sequence[Lowered]) -> list[Lowered]:
    """The same columns so that their tensors broadcast, each with the lists' rows.

    Raises:
        EngineError: If ragged lists come from different columns: ONNX cannot tell whether they are
            of equal lengths.
    """
    lists = [x for x in inputs if not x.type.is_scalar]
    if not lists:
        return list(inputs)
    lengths = [x.lengths for x in lists]
    if any(n is not lengths[0] for n in lengths):
        raise EngineError(
            f"{name!r} combines ragged lists of different columns, whose lengths need not agree.",
            fix="Give the lists a fixed length first: tb.to_dense(x, size).",
        )
    if any(x.is_constant and x.type.is_ragged for x in lists):
        raise EngineError(f"{name!r} has a constant ragged list, which ONNX cannot align.")
    rows = any_of(*(x.missing_rows for x in lists))
    return [_spread(x, lengths[0], rows) for x in inputs]


def _spread(x: Lowered, lengths: Any, rows: Any) -> Lowered:
    data, missing = x.data, x.missing
    if x.type.is_scalar:
        data, missing = (
            t if t is None or isinstance(t, np.ndarray) else t[:, None] for t in (data, missing)
        )
    return Lowered(x.type, data, missing, lengths, rows)
