"""Replacing rare strings by one value: `rare_to_other`.

Which values are rare is decided on the whole data set and frozen as a vocabulary of the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.frequent_values import frequent_values
from taurus_beam.analyzers.vocabulary import checked_top_k
from taurus_beam.errors import TraceError
from taurus_beam.graph import compute as pc
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Vocabulary
from taurus_beam.graph.lowered import Lowered
from taurus_beam.graph.operation import BatchFunction, Operation, RowFunction, operation
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import ColumnType, ValueType, VocabularyType
from taurus_beam.graph.values import Values
from taurus_beam.transforms.elementwise import column_types
from taurus_beam.transforms.vocabulary import place_in_vocabulary

__all__ = ["rare_to_other"]


def rare_to_other(
    x: Column,
    min_count: int | None = None,
    min_frequency: float | None = None,
    top_k: int | None = None,
    other: str | bytes = "other",
) -> Column:
    """Keep the frequent values of a column and replace all others by one.

    Args:
        x: String or binary column: scalars, vectors or ragged lists (every element counts).
        min_count: Keep values that occur at least so often.
        min_frequency: Keep values that make up at least this share, from 0 to 1, of all that
            are present.
        top_k: Keep at most so many values; ties by value, larger first, as in `vocabulary`.
        other: What replaces values that do not fulfil all conditions that are given, and values
            that analysis did not see.

    Returns:
        ``x``'s type and shape. Missing stays missing; the empty string is a value like others.

    Raises:
        TraceError: If no condition is given, or one is out of range, or for another type.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["a", "b", "a", None, "c"]})
        >>> fn = tb.fit(table, lambda i: {"s": tb.rare_to_other(i["s"], min_count=2)})
        >>> fn.transform({"s": ["a", "b", "new"]})["s"].tolist()
        ['a', 'other', 'other']
    """
    if min_count is None and min_frequency is None and top_k is None:
        raise TraceError("Nothing says what is rare.", expected="min_count, min_frequency or top_k")
    if min_frequency is not None and not 0 <= min_frequency <= 1:
        raise TraceError(f"min_frequency is {min_frequency!r}.", expected="a share from 0 to 1")
    share = None if min_frequency is None else float(min_frequency)
    least, most = checked_top_k("min_count", min_count), checked_top_k("top_k", top_k)
    return apply(RareToOther(other), x, frequent_values(x, least, share, most))


@operation
@dataclass(frozen=True)
class RareToOther(Operation):
    """Values that are in a vocabulary as they are, others replaced."""

    name = "rare_to_other"
    other: str | bytes

    def infer(self, *types: ValueType) -> ColumnType:
        (column,) = column_types(self.name, types[:1])
        kept = types[1]
        if not isinstance(kept, VocabularyType) or kept.dtype != column.dtype:
            raise TraceError(f"'rare_to_other' cannot keep the values {kept} of {column}.")
        wanted = str if pa.types.is_string(column.dtype) else bytes
        if not isinstance(self.other, wanted):
            raise TraceError(
                f"other is {self.other!r:.60}, and the column's values are {column.dtype}.",
                expected=f"a {wanted.__name__}",
            )
        return column

    def batch(self, *types: ValueType) -> BatchFunction:
        (column,) = column_types(self.name, types[:1])
        other = pa.scalar(self.other, column.dtype)

        def run(rows: int, x: Values, kept: Vocabulary) -> Values:
            distinct = x.text.distinct
            is_kept = pa.array(kept.places(distinct) >= 0)
            replaced = pc.if_else(is_kept, distinct, other)
            elements = replaced.take(_positions(x.text.codes, x.missing))
            return x.with_elements(column.dtype, Text(elements), x.missing)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        x: Lowered
        x, kept = inputs
        is_kept = place_in_vocabulary(build, x.data, kept, -1) >= 0
        return replace(x, data=np.where(is_kept, x.data, np.array(self.other, object)))

    def row(self, *types: ValueType) -> RowFunction:
        other = self.other

        def keep(value: Any, kept: Vocabulary) -> Any:
            return value if kept.place(value) >= 0 else other

        if column_types(self.name, types[:1])[0].is_scalar:
            return keep
        return lambda x, kept: [None if e is None else keep(e, kept) for e in x]


def _positions(codes: np.ndarray[Any, Any], missing: np.ndarray[Any, Any] | None) -> Any:
    return pa.array(codes, mask=missing)
