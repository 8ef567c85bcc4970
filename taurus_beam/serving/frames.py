"""Batches in the forms people have them: Arrow tables, data frames, dicts of arrays and tensors.

pandas, Polars and PyTorch are never imported here: their objects are known by the protocols they
offer and by their own module. Nothing is copied that Arrow can share.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from taurus_beam.errors import DataError
from taurus_beam.serving.tensors import array_of_tensor, is_tensor, tensor_maker

__all__ = ["as_table", "library_of", "like", "no_rows"]

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
    if library_of(data) == "polars" and hasattr(data, "collect"):
        raise DataError(
            "A LazyFrame is a query, not yet a batch of columns.",
            expected="a polars DataFrame",
            fix="Collect it: transform(frame.collect()).",
        )
    try:
        if library_of(data) == "pandas" and hasattr(data, "columns"):
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
        expected="a pa.RecordBatch, pa.Table, polars or pandas DataFrame, or dict of arrays",
        fix="For one row as a dict of values, use TransformFn.row(...).",
    )


def no_rows(schema: pa.Schema) -> pa.RecordBatch:
    """A record batch of a schema's columns without rows."""
    return pa.RecordBatch.from_arrays([pa.nulls(0, f.type) for f in schema], schema=schema)


def like(data: D, table: pa.Table) -> D:
    """A table in the form of `data`; a table for whatever else `as_table` takes."""
    result: Any = table
    library = library_of(data)
    if library == "pandas":
        result = _pandas_like(data, table)
    elif library == "polars":
        result = sys.modules["polars"].from_arrow(table, rechunk=False)
    elif isinstance(data, Mapping):
        make = next((tensor_maker(v) for v in data.values() if is_tensor(v)), _numpy)
        result = {name: make(_one_array(table[name])) for name in table.column_names}
    return result  # type: ignore[no-any-return]  # of D's form by the cases above


def library_of(data: Any) -> str:
    """The name of the library that an object's class comes from."""
    return type(data).__module__.partition(".")[0]


def _pandas_like(frame: Any, table: pa.Table) -> Any:
    """On the same index; in pyarrow types, which keep nulls, where the data have one."""
    pyarrow_type = sys.modules["pandas"].ArrowDtype
    keeps_nulls = any(isinstance(dtype, pyarrow_type) for dtype in frame.dtypes)
    result = table.to_pandas(types_mapper=pyarrow_type if keeps_nulls else None)
    result.index = frame.index
    return result


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
    if is_tensor(values):
        values = array_of_tensor(values)
    if isinstance(values, np.ma.MaskedArray):
        return pa.array(values.data, mask=np.ma.getmaskarray(values))
    if isinstance(values, np.ndarray) and values.ndim == 2:
        return pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), values.shape[1])
    if library_of(values) != "pandas" and hasattr(values, "__arrow_c_stream__"):
        return pa.chunked_array(values)  # a Polars Series; of pandas, NaN is to be missing
    return pa.array(values)


def _one_array(column: Any) -> Any:
    if column.num_chunks == 1:
        return column.chunk(0)  # as it is: combining would copy it
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        return pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    return array


def _numpy(array: Any) -> np.ndarray[Any, Any]:
    if pa.types.is_fixed_size_list(array.type) and array.null_count == 0:
        width = array.type.list_size
        flat = array.values.slice(array.offset * width, len(array) * width)
        return np.asarray(flat.to_numpy(zero_copy_only=False)).reshape(len(array), width)
    return np.asarray(array.to_numpy(zero_copy_only=False))
