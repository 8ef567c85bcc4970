"""Taking columns out of record batches, checked against the types a graph was traced with.

A column of another physical type is accepted only where no value changes: a dictionary for its
values, a wider or narrower number that holds every value, any float rounded to a declared
float. Everything else is a `DataError` that names the column.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from taurus_beam.errors import DataError, TraceError
from taurus_beam.graph import compute as pc
from taurus_beam.graph.budget import check_vectors
from taurus_beam.graph.types import RAGGED, ColumnType, is_numeric, is_text
from taurus_beam.graph.values import Values, from_arrow

__all__ = ["column_values", "find_column"]


def column_values(batch: pa.RecordBatch, path: str, column_type: ColumnType) -> Values:
    """The column of a batch at a path, as values of the type it was traced with."""
    array = find_column(batch, path)
    if column_type.shape:
        check_vectors([column_type], len(array))
    return from_arrow(_fitted(array, path, column_type), column_type)


def find_column(batch: pa.RecordBatch, path: str) -> Any:
    """The column of a batch at a path, of whatever type it has."""
    index = batch.schema.get_field_index(path)
    if index >= 0:  # neither missing nor there twice
        return batch.column(index)
    names = batch.schema.names
    if names.count(path) > 1:
        raise DataError(
            f"Column {path!r} occurs {names.count(path)} times in the data.",
            expected="each column once",
            fix="Rename or drop the columns of the same name.",
        )
    head, *rest = path.split(".")
    if not rest or head not in names:
        raise DataError(
            f"Column {path!r} is missing from the data.",
            expected=f"the columns the function was traced with; found: {', '.join(names)}",
            fix="Add it (all missing, if it is not known), or fit without it.",
        )
    array = batch.column(head)
    for name in rest:
        index = array.type.get_field_index(name) if pa.types.is_struct(array.type) else -1
        if index < 0:
            raise DataError(f"Column {path!r} is missing from the data: no field {name!r}.")
        array = array.flatten()[index]  # unlike field(), honours missing structs and slices
    return array


def _fitted(array: Any, path: str, column_type: ColumnType) -> Any:
    if array.type == column_type.dtype and column_type.is_scalar:
        return array
    if pa.types.is_null(array.type):
        return pa.nulls(len(array), column_type.to_arrow())
    try:
        actual = ColumnType.from_arrow(array.type)
    except TraceError as problem:
        raise _wrong_type(path, array.type, column_type) from problem
    if actual == column_type:
        return _plain_lists(array, column_type)
    same_shape = actual.shape == column_type.shape
    if same_shape and is_numeric(actual.dtype) and is_numeric(column_type.dtype):
        return _numbers(array, path, column_type)
    if actual.is_ragged and len(column_type.shape) == 1:
        return _vectors(array, path, actual, column_type)
    raise _wrong_type(path, array.type, column_type)


def _numbers(array: Any, path: str, column_type: ColumnType) -> Any:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    try:
        return array.cast(column_type.to_arrow(), safe=True)
    except pa.ArrowInvalid as problem:
        raise DataError(
            f"Column {path!r} has values that {column_type.dtype} cannot hold: {problem}",
            expected=f"{column_type}, as when the function was traced",
            fix="Correct the data, or fit with the wider type.",
        ) from problem


def _vectors(array: Any, path: str, actual: ColumnType, column_type: ColumnType) -> Any:
    """Vectors that come as ragged lists, as text formats give them."""
    (width,) = column_type.shape
    lengths = pc.unique(pc.drop_null(pc.list_value_length(array))).to_pylist()
    if any(length != width for length in lengths):
        raise _wrong_type(path, array.type, column_type)
    if actual.dtype != column_type.dtype:
        if not (is_numeric(actual.dtype) and is_numeric(column_type.dtype)):
            raise _wrong_type(path, array.type, column_type)
        array = _numbers(array, path, ColumnType(column_type.dtype, RAGGED))
    return array.cast(pa.list_(array.type.value_type)).cast(column_type.to_arrow())


def _plain_lists(array: Any, column_type: ColumnType) -> Any:
    """Lists whose elements come in a physical form of their own, as the canonical one."""
    if column_type.is_scalar or is_text(column_type.dtype):
        return array
    return array if array.type == column_type.to_arrow() else array.cast(column_type.to_arrow())


def _wrong_type(path: str, found: Any, column_type: ColumnType) -> DataError:
    return DataError(
        f"Column {path!r} has type {found}.",
        expected=f"{column_type}, as when the function was traced",
        fix="Cast the column, or fit again on data of this type.",
    )
