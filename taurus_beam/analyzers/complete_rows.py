"""Rows on which several columns are all known: what every analysis of columns together looks at.

A row takes part where none of its values is missing, NaN or infinite. This room checks the
types of such columns and picks their numbers or classes; it computes nothing from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column
from taurus_beam.graph.node import describe
from taurus_beam.graph.recorder import user_location
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import ColumnType, ValueType, is_integer, is_numeric, is_text
from taurus_beam.graph.values import Mask, Values

__all__ = [
    "by_row",
    "class_codes",
    "complete_rows",
    "is_class",
    "is_number",
    "require_rows",
    "scalar_columns",
]


def require_rows(name: str, *columns: Column) -> None:
    """TraceError where a column is one value for the whole data set, which has no rows."""
    for column in columns:
        if not column.node.per_row:
            raise TraceError(
                f"{name!r} takes columns; {describe(column.node)} is one value for all rows.",
                where=str(user_location()),
                expected="columns with a value of their own in each row",
            )


def scalar_columns(name: str, types: Sequence[ValueType]) -> list[ColumnType]:
    """Types known to be of columns with one value a row; TraceError for anything else."""
    for value_type in types:
        if not (isinstance(value_type, ColumnType) and value_type.is_scalar):
            raise TraceError(
                f"{name!r} takes columns of one value a row, not {value_type}.",
                fix="Take one element of a vector: x[0].",
            )
    return [t for t in types if isinstance(t, ColumnType)]


def is_number(dtype: Any) -> bool:
    """Numbers, and booleans as 0 and 1."""
    return is_numeric(dtype) or bool(pa.types.is_boolean(dtype))


def is_class(dtype: Any) -> bool:
    """What names a class: strings, binary, integers and booleans."""
    return is_text(dtype) or is_integer(dtype) or bool(pa.types.is_boolean(dtype))


def complete_rows(inputs: Sequence[Values]) -> Mask | None:
    """True where a row is known in all the columns, or None where every row is.

    Example:
        >>> from taurus_beam.graph.values import from_arrow
        >>> x = from_arrow(pa.array([1.0, None, float("inf")]), ColumnType(pa.float64()))
        >>> complete_rows([x]).tolist()
        [True, False, False]
    """
    unknown: Mask | None = None
    for values in inputs:
        for flags in (values.missing, _not_finite(values)):
            if flags is not None:
                row_flags: Mask = np.logical_or.reduce(by_row(values, flags), axis=1)
                unknown = row_flags if unknown is None else unknown | row_flags
    return None if unknown is None else ~unknown


def by_row(values: Values, elements: Any) -> Any:
    """Something of each element, as a matrix of a row for each row; of a scalar, one column."""
    width = 1 if values.type.is_scalar else values.type.shape[0]
    return elements.reshape(values.rows, width)


def class_codes(values: Values, rows: Mask | None) -> tuple[Any, np.ndarray[Any, Any]]:
    """The distinct classes of a column, and the position among them of each chosen row's.

    Args:
        values: A column of classes, one a row.
        rows: Which rows are chosen, all of them present; None for all.

    Returns:
        An Arrow array of distinct classes (booleans as 0 and 1), of which some may not occur,
        and codes into it.
    """
    if isinstance(values.data, Text):
        distinct, codes = values.data.distinct, values.data.codes
        return distinct, codes if rows is None else codes[rows]
    data = values.array if rows is None else values.array[rows]
    if data.dtype.kind == "b":
        data = data.view(np.uint8)
    encoded = pa.array(data).dictionary_encode()
    return encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False)


def _not_finite(values: Values) -> Mask | None:
    if isinstance(values.data, Text) or values.data.dtype.kind != "f":
        return None
    flags = ~np.isfinite(values.data)
    return flags if flags.any() else None
