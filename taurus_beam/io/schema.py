"""When the columns of a file are those that were promised, and how a batch is brought to them.

A dictionary and the `large_` and `_view` layouts are ways to store a type, not other types; any
other difference between two files is an error that names the file and the column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from taurus_beam.errors import DataError

__all__ = ["check_schema", "conform", "plain_schema", "plain_type", "same_type"]


def plain_type(dtype: Any) -> Any:
    """The type with every dictionary replaced by the type of its values.

    Example:
        >>> plain_type(pa.list_(pa.dictionary(pa.int32(), pa.string())))
        ListType(list<item: string>)
    """
    if pa.types.is_dictionary(dtype):
        return plain_type(dtype.value_type)
    return _with_children(dtype, plain_type)


def plain_schema(schema: Any) -> Any:
    """The schema with plain types and without metadata or nullability."""
    return pa.schema([pa.field(field.name, plain_type(field.type)) for field in schema])


def same_type(one: Any, other: Any) -> bool:
    """True if the two types hold the same values, however they store them.

    Example:
        >>> same_type(pa.large_string(), pa.dictionary(pa.int8(), pa.string()))
        True
        >>> same_type(pa.int32(), pa.int64())
        False
    """
    return bool(_logical(one) == _logical(other))


def _logical(dtype: Any) -> Any:
    if pa.types.is_dictionary(dtype):
        return _logical(dtype.value_type)
    if pa.types.is_large_string(dtype) or pa.types.is_string_view(dtype):
        return pa.string()
    if pa.types.is_large_binary(dtype) or pa.types.is_binary_view(dtype):
        return pa.binary()
    if pa.types.is_large_list(dtype):
        return pa.list_(_logical(dtype.value_type))
    return _with_children(dtype, _logical)


def _with_children(dtype: Any, change: Any) -> Any:
    """Rebuilds a nested type: its children changed, nullable, list items called "item"."""
    if pa.types.is_fixed_size_list(dtype):
        return pa.list_(change(dtype.value_type), dtype.list_size)
    if pa.types.is_list(dtype):
        return pa.list_(change(dtype.value_type))
    if pa.types.is_large_list(dtype):
        return pa.large_list(change(dtype.value_type))
    if pa.types.is_struct(dtype):
        return pa.struct([(field.name, change(field.type)) for field in dtype])
    return dtype


def check_schema(found: Any, expected: Any, where: str) -> None:
    """Refuses columns that are missing, unexpected, doubled or of another type; order is free.

    Raises:
        DataError: Naming the file, the column, the type found and the type expected.
    """
    check_names(found.names, expected.names, where)
    for field in expected:
        actual = found.field(field.name).type
        if not same_type(actual, field.type):
            raise DataError(
                f"Column {field.name!r} is {actual} here, not {field.type}.",
                where=where,
                expected=f"{field.name}: {field.type}, as in the given schema or the first file",
                fix="Rewrite the file with that type, or read files of one schema at a time.",
            )


def check_names(found: Sequence[str], expected: Sequence[str], where: str) -> None:
    """Refuses column names that are missing, unexpected or doubled; order is free."""
    # A file may have thousands of columns.
    counts, known = Counter(found), set(expected)
    doubled = sorted(name for name, count in counts.items() if count > 1)
    missing = [name for name in expected if name not in counts]
    surplus = [name for name in found if name not in known]
    for names, fault in (
        (doubled, "occurs more than once"),
        (missing, "is missing"),
        (surplus, "is not expected"),
    ):
        if names:
            raise DataError(
                f"Column {', '.join(map(repr, names))} {fault}.",
                where=where,
                expected="each once: " + ", ".join(expected),
                fix="Make every file have the same columns, or read files of one schema at a time.",
            )


def conform(batch: Any, schema: Any, where: str, *, dictionary: bool = False) -> Any:
    """The schema's columns of a batch, in its order and with its types.

    Args:
        batch: A record batch that has at least those columns.
        schema: The columns wanted; none keeps the number of rows.
        where: The file or step to name in an error.
        dictionary: Leave dictionary-encoded columns encoded.

    Raises:
        DataError: A column is missing, or its values do not fit the type.
    """
    if not schema.names:
        return batch.select([])
    if batch.schema.equals(schema):
        return batch
    fields, arrays = [], []
    for field in schema:
        position = batch.schema.get_field_index(field.name)
        if position < 0:
            check_names(batch.schema.names, schema.names, where)
        array = batch.column(position)
        if not (dictionary and pa.types.is_dictionary(array.type)):
            array = _cast(array, field, where)
        arrays.append(array)
        fields.append(pa.field(field.name, array.type))
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


def _cast(array: Any, field: Any, where: str) -> Any:
    if array.type == field.type:
        return array
    try:
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        return array.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataError(
            f"Column {field.name!r} has values that do not fit {field.type}: {error}",
            where=where,
            expected=f"{field.name}: {field.type}",
            fix="Correct the values, or give a schema with a type that holds them.",
        ) from error
