"""Arrow's newer forms of arrays as the ones that all of its functions take.

Views of texts (such as Polars gives), views of lists and run-ends cannot be taken, filtered, or
even be decoded from a dictionary in all releases of Arrow. Their values stay what they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import DataError
from taurus_beam.graph import compute as pc

__all__ = ["is_plain", "plain", "plain_table"]

_TEXTS = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
_RUN_ENDS = pa.run_end_encoded(pa.int16(), pa.int8())
_LIST_VIEWS = [pa.list_view(pa.int8()), pa.large_list_view(pa.int8())]
_NEWER = {dtype.id for dtype in (*_TEXTS, _RUN_ENDS, *_LIST_VIEWS)}
_DICTIONARY = pa.dictionary(pa.int8(), pa.int8()).id


def is_plain(dtype: Any) -> bool:
    """Whether a type, and all types within it, are of the older forms."""
    if dtype.id in _NEWER:
        return False
    if dtype.id == _DICTIONARY:
        return is_plain(dtype.value_type)
    return not dtype.num_fields or all(
        is_plain(dtype.field(place).type) for place in range(dtype.num_fields)
    )


def plain(array: Any) -> Any:
    """An array of the same values in a form that is plain.

    Raises:
        DataError: If such a form stands within another where Arrow cannot take it out.

    Example:
        >>> plain(pa.array(["a", None], pa.string_view())).type
        DataType(large_string)
    """
    dtype = array.type
    if is_plain(dtype):
        return array
    if dtype in _TEXTS:
        return array.cast(_TEXTS[dtype])
    if pa.types.is_run_end_encoded(dtype):
        return plain(pc.run_end_decode(array))
    if pa.types.is_dictionary(dtype):
        return pa.DictionaryArray.from_arrays(
            array.indices, plain(array.dictionary), ordered=dtype.ordered
        )
    if _is_list_view(dtype):
        return _list(array)
    if pa.types.is_struct(dtype):
        fields = [plain(array.field(place)) for place in range(dtype.num_fields)]
        return pa.StructArray.from_arrays(
            fields,
            fields=[f.with_type(c.type) for f, c in zip(dtype, fields, strict=True)],
            mask=array.is_null(),
        )
    if pa.types.is_list(dtype) or pa.types.is_large_list(dtype):
        return _list(array)
    raise DataError(
        f"{dtype} cannot be taken apart.",
        expected="views and run-ends as columns, in structs, in lists or in dictionaries",
        fix="Cast the column.",
    )


def plain_table(table: pa.Table) -> pa.Table:
    """A table whose columns are plain; those that are, are the same.

    Raises:
        DataError: Naming the column that cannot be made so.
    """
    for place, field in enumerate(table.schema):
        if not is_plain(field.type):
            try:
                chunks = [plain(chunk) for chunk in table.column(place).chunks]
                dtype = (chunks or [plain(pa.nulls(0, field.type))])[0].type
            except (DataError, pa.ArrowException) as problem:
                said = problem.what if isinstance(problem, DataError) else str(problem)
                raise DataError(
                    f"Column {field.name!r} ({field.type}): {said}",
                    expected="a type that Arrow can take rows of",
                    fix="Cast the column.",
                ) from problem
            column = pa.chunked_array(chunks, dtype)
            table = table.set_column(place, field.with_type(dtype), column)
    return table


def _is_list_view(dtype: Any) -> bool:
    return bool(pa.types.is_list_view(dtype) or pa.types.is_large_list_view(dtype))


def _list(array: Any) -> Any:
    """A list, or a view of one, as a list: Arrow's own cast of a view may lack the last offset."""
    values = plain(array.flatten())
    lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
    offsets = np.zeros(len(array) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    mask = array.is_null() if array.null_count else None
    return pa.LargeListArray.from_arrays(pa.array(offsets), values, mask=mask)
