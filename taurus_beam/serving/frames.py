"""Batches in the forms people have them: Arrow tables, DataFrames, dicts of arrays.

pandas is never imported here; a DataFrame is recognised by its own module.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from taurus_beam.errors import DataError

__all__ = ["as_table", "like"]

D = TypeVar("D")


def as_table(data: Any) -> pa.Table:
    """An Arrow table of some data.

    Raises:
        DataError: If the data have no such form, or a column cannot be converted.
    """
    if isinstance(data, pa.Table):
        return data
    if isinstance(data, pa.RecordBatch):
        return pa.Table.from_batches([data])
    try:
        if _is_pandas(data):
            return pa.Table.from_pandas(data, preserve_index=False)
        if isinstance(data, Mapping):
            return pa.table({name: _array(name, values) for name, values in data.items()})
        if hasattr(data, "__arrow_c_stream__"):
            return pa.table(data)
    except (pa.ArrowException, ValueError, TypeError) as problem:
        raise DataError(
            f"The {type(data).__name__} cannot be taken as columns: {problem}",
            expected="columns of one type each, all of the same length",
        ) from problem
    raise DataError(
        f"A {type(data).__name__} is no batch of columns.",
        expected="a pa.RecordBatch, pa.Table, pandas DataFrame or dict of arrays",
        fix="For one row as a dict of values, use TransformFn.row(...).",
    )


def like(data: D, table: pa.Table) -> D:
    """A table in the form of `data`; a table for whatever else `as_table` takes."""
    result: Any = table
    if _is_pandas(data):
        result = table.to_pandas()
        result.index = data.index  # type: ignore[attr-defined]  # a DataFrame has one
    elif isinstance(data, Mapping):
        result = {name: _numpy(table[name]) for name in table.column_names}
    return result  # type: ignore[no-any-return]  # of D's form by the cases above


def _is_pandas(data: Any) -> bool:
    return type(data).__module__.partition(".")[0] == "pandas" and hasattr(data, "columns")


def _array(name: str, values: Any) -> Any:
    try:
        return _converted(values)
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as problem:
        raise DataError(
            f"Column {name!r} cannot be taken as an array: {problem}",
            expected="values of one type, one for each row",
            fix="For one row as a dict of values, use TransformFn.row(...).",
        ) from problem


def _converted(values: Any) -> Any:
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values
    if isinstance(values, np.ma.MaskedArray):
        return pa.array(values.data, mask=np.ma.getmaskarray(values))
    if isinstance(values, np.ndarray) and values.ndim == 2:
        return pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), values.shape[1])
    return pa.array(values)


def _numpy(column: Any) -> np.ndarray[Any, Any]:
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if pa.types.is_fixed_size_list(array.type) and array.null_count == 0:
        width = array.type.list_size
        flat = array.values.slice(array.offset * width, len(array) * width)
        return np.asarray(flat.to_numpy(zero_copy_only=False)).reshape(len(array), width)
    return np.asarray(array.to_numpy(zero_copy_only=False))
