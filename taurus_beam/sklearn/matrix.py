"""Columns as scikit-learn's models take them: a matrix, or a data frame with a column for each.

A scalar output is one column of the matrix; a vector output of n positions is n of them.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import DataError

__all__ = ["as_columns", "as_frame", "as_matrix", "column_names"]


def column_names(schema: pa.Schema) -> list[str]:
    """The names of the matrix's columns: an output's own, or ``name_0``, ``name_1`` … of a vector.

    Raises:
        DataError: If an output is a ragged list, or two columns would have one name.
    """
    names: list[str] = []
    for field in schema:
        if pa.types.is_list(field.type):
            raise DataError(
                f"Output {field.name!r} has lists of different lengths, and a matrix has none.",
                expected="one value a row, or vectors of one length",
                fix="Make vectors of them: tb.to_dense, tb.multi_hot or tb.bag_of_words.",
            )
        width = field.type.list_size if pa.types.is_fixed_size_list(field.type) else None
        names += [field.name] if width is None else [f"{field.name}_{i}" for i in range(width)]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        raise DataError(
            f"Two columns of the matrix would be called {sorted(doubled)[0]!r}.",
            expected="a name of its own for each scalar output and position of a vector",
            fix="Rename an output.",
        )
    return names


def as_columns(table: pa.Table) -> pa.Table:
    """The same values with each position of a vector as a column of its own."""
    columns: list[Any] = []
    for column in table.columns:
        if pa.types.is_fixed_size_list(column.type):
            array = pa.concat_arrays(column.chunks) if column.num_chunks else None
            width = column.type.list_size
            columns += [_position(array, column.type, position) for position in range(width)]
        else:
            columns.append(column)
    return pa.table(columns, names=column_names(table.schema))


def as_matrix(columns: pa.Table) -> np.ndarray[Any, Any]:
    """The columns side by side: numbers as their common type (missing is NaN), else objects."""
    arrays = [column.to_numpy() for column in columns.columns]
    if all(array.dtype.kind in "biuf" for array in arrays):
        common = np.result_type(*arrays) if arrays else np.dtype(np.float64)
    else:
        common = np.dtype(object)
    matrix = np.empty((columns.num_rows, len(arrays)), common, order="F")
    for position, array in enumerate(arrays):
        matrix[:, position] = array
    return matrix


def as_frame(columns: pa.Table, form: str, data: Any) -> Any:
    """The columns as a frame of pandas (on the index of the data) or Polars, each of its type."""
    if form == "polars":
        return sys.modules["polars"].from_arrow(columns, rechunk=False)
    frame = columns.to_pandas()
    index = getattr(data, "index", None)
    if index is not None and not callable(index):
        frame.index = index
    return frame


def _position(array: Any, vector_type: Any, position: int) -> Any:
    if array is None:
        return pa.array([], vector_type.value_type)
    rows = np.arange(len(array), dtype=np.int64)
    places = (rows + array.offset) * vector_type.list_size + position
    return array.values.take(pa.array(places, mask=_missing(array)))


def _missing(array: Any) -> Any:
    return array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None
