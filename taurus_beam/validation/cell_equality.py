"""Whether cells of two columns are the same value: the comparison of feature and transform skew.

Columns of any Arrow type are compared at pairs of rows, all at once. Both skews judge here what
"the same" means; neither joining nor counting is done here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.errors import DataError
from taurus_beam.graph.values import missing_mask, present_mask
from taurus_beam.stats.feature_column import Array, Mask

__all__ = ["Tolerance", "as_cells", "equal_cells", "has_value", "numeric_alike"]

_INT, _FLOAT, _TEXT, _LIST, _STRUCT, _NONE = "int", "float", "text", "list", "struct", "none"


@dataclass(frozen=True)
class Tolerance:
    """When two floats count as the same.

    Attributes:
        digits: Both are first rounded to this many decimal places; None leaves them as they are.
        absolute: The greatest difference that is none.
        relative: The same, as a part of the second number.
    """

    digits: int | None = None
    absolute: float = 0.0
    relative: float = 0.0


def as_cells(column: Any) -> Any:
    """A column as one array of a plain form: no chunks, dictionaries, or variants of one type.

    Integers, booleans and times are int64 (uint64 where they need it), strings are binary.

    Raises:
        DataError: The type is one that cannot be compared, such as an interval of months.
    """
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    dtype = column.type
    kinds = pa.types
    if isinstance(dtype, pa.BaseExtensionType):
        return as_cells(column.storage)
    if kinds.is_dictionary(dtype):
        return as_cells(column.dictionary_decode())
    if kinds.is_run_end_encoded(dtype):
        return as_cells(pc.run_end_decode(column))
    if kinds.is_date32(dtype) or kinds.is_time32(dtype):
        return column.view(pa.int32()).cast(pa.int64())
    if kinds.is_temporal(dtype) and not kinds.is_interval(dtype):
        return column.view(pa.int64())
    if kinds.is_uint64(dtype):
        return column
    if kinds.is_boolean(dtype) or kinds.is_integer(dtype):
        return column.cast(pa.int64())
    if kinds.is_float16(dtype):
        return column.cast(pa.float32())
    if kinds.is_decimal(dtype):
        return column.cast(pa.float64())
    if kinds.is_list(dtype) or kinds.is_large_list(dtype) or kinds.is_struct(dtype):
        return column
    if kinds.is_fixed_size_list(dtype) or kinds.is_list_view(dtype) or kinds.is_map(dtype):
        return column.cast(pa.list_(_item_type(dtype)))
    if kinds.is_null(dtype) or kinds.is_floating(dtype):
        return column
    try:
        return column.cast(pa.large_binary())
    except pa.ArrowException as problem:
        raise DataError(
            f"Values of type {dtype} cannot be compared.",
            expected="numbers, strings, binary, times, structs, or lists of them",
            fix="Leave the column out.",
        ) from problem


def has_value(cells: Any) -> Mask:
    """Where cells hold something: neither null nor an empty list."""
    held = present_mask(cells)
    if _kind(cells.type) == _LIST:
        lengths = pc.fill_null(pc.list_value_length(cells), 0).to_numpy(zero_copy_only=False)
        held &= lengths > 0
    return held


def equal_cells(a: Any, b: Any, tolerance: Tolerance = Tolerance()) -> Mask:
    """Where two columns of the same length hold the same.

    Null equals null and NaN equals NaN; 0.0 equals -0.0. A list equals a list of equal values in
    the same order; a value equals a list of that one value, as TFDV knows only lists. An integer
    never equals a float or a string. Where one side is float32, both are compared as float32.

    Args:
        a: Cells, as `as_cells` gives them.
        b: Cells.
        tolerance: When floats are the same.
    """
    kind_a, kind_b = _kind(a.type), _kind(b.type)
    if kind_a == _LIST and kind_b not in (_LIST, _NONE):
        return equal_cells(a, _listed(b), tolerance)
    if kind_b == _LIST and kind_a not in (_LIST, _NONE):
        return equal_cells(_listed(a), b, tolerance)
    no_a, no_b = _missing(a), _missing(b)
    equal = no_a & no_b
    both = np.flatnonzero(~no_a & ~no_b)
    if kind_a != kind_b or not len(both):
        return equal
    if len(both) < len(a):
        a, b = a.take(pa.array(both)), b.take(pa.array(both))
    if kind_a == _LIST:
        same = _equal_lists(a, b, tolerance)
    elif kind_a == _STRUCT:
        same = _equal_structs(a, b, tolerance)
    elif kind_a == _FLOAT:
        same = _equal_floats(a, b, tolerance)
    elif kind_a == _INT:
        same = _numbers(a) == _numbers(b)  # unlike Arrow, exact for int64 beside uint64
    else:
        same = pc.equal(a, b).to_numpy(zero_copy_only=False)
    equal[both] = same
    return equal


def numeric_alike(a: Any, b: Any) -> tuple[Any, Any]:
    """Cells of which the integers of one side are floats where the other side has floats.

    Integers beyond 2**53 are rounded by it.
    """
    kinds = _innermost_kind(a.type), _innermost_kind(b.type)
    if kinds == (_INT, _FLOAT):
        return _as_floats(a), b
    if kinds == (_FLOAT, _INT):
        return a, _as_floats(b)
    return a, b


def _innermost_kind(dtype: Any) -> str:
    while _kind(dtype) == _LIST or pa.types.is_fixed_size_list(dtype):
        dtype = dtype.value_type
    return _kind(dtype)


def _as_floats(cells: Any) -> Any:
    def floats(dtype: Any) -> Any:
        return pa.list_(floats(dtype.value_type)) if _kind(dtype) == _LIST else pa.float64()

    return cells.cast(floats(cells.type), safe=False)


def _equal_floats(a: Any, b: Any, tolerance: Tolerance) -> Mask:
    x, y = _numbers(a), _numbers(b)
    if np.float32 in (x.dtype, y.dtype):
        with np.errstate(over="ignore"):
            x, y = x.astype(np.float32), y.astype(np.float32)
    if tolerance.digits is not None:
        x, y = np.round(x, tolerance.digits), np.round(y, tolerance.digits)
    same: Mask = (x == y) | (np.isnan(x) & np.isnan(y))
    if tolerance.absolute or tolerance.relative:
        same |= np.isclose(x, y, rtol=tolerance.relative, atol=tolerance.absolute)
    return same


def _equal_lists(a: Any, b: Any, tolerance: Tolerance) -> Mask:
    lengths = pc.list_value_length(a).to_numpy(zero_copy_only=False)
    same: Mask = lengths == pc.list_value_length(b).to_numpy(zero_copy_only=False)
    alike = np.flatnonzero(same)
    if not lengths[alike].any():
        return same
    items_a, items_b = (as_cells(x.take(pa.array(alike)).flatten()) for x in (a, b))
    differs = np.flatnonzero(~equal_cells(items_a, items_b, tolerance))
    of_item = np.repeat(alike, lengths[alike])
    same[of_item[differs]] = False
    return same


def _equal_structs(a: Any, b: Any, tolerance: Tolerance) -> Mask:
    """Structs are the same if all fields are; a field that one lacks is null there."""
    same = np.ones(len(a), np.bool_)
    fields_a, fields_b = _fields(a), _fields(b)
    for name in fields_a.keys() | fields_b.keys():
        nothing = pa.nulls(len(a))
        x, y = fields_a.get(name, nothing), fields_b.get(name, nothing)
        same &= equal_cells(x, y, tolerance)
    return same


def _fields(structs: Any) -> dict[str, Any]:
    return {
        field.name: as_cells(column)
        for field, column in zip(structs.type, structs.flatten(), strict=True)
    }


def _numbers(cells: Any) -> Array:
    return np.asarray(cells.to_numpy(zero_copy_only=False))


def _missing(cells: Any) -> Mask:
    if _kind(cells.type) == _NONE:
        return np.ones(len(cells), np.bool_)
    missing = missing_mask(cells)
    return np.zeros(len(cells), np.bool_) if missing is None else missing


def _listed(cells: Any) -> Any:
    """Each value as a list of one, each null as no list."""
    missing = missing_mask(cells)
    if missing is None:
        return pa.ListArray.from_arrays(np.arange(len(cells) + 1, dtype=np.int32), cells)
    ends = np.append(0, np.cumsum(~missing)).astype(np.int32)
    return pa.ListArray.from_arrays(ends, cells.drop_null(), mask=pa.array(missing))


def _item_type(dtype: Any) -> Any:
    if pa.types.is_map(dtype):
        return pa.struct([("key", dtype.key_type), ("value", dtype.item_type)])
    return dtype.value_type


def _kind(dtype: Any) -> str:
    kinds = pa.types
    if kinds.is_list(dtype) or kinds.is_large_list(dtype):
        return _LIST
    if kinds.is_struct(dtype):
        return _STRUCT
    if kinds.is_null(dtype):
        return _NONE
    if kinds.is_integer(dtype):
        return _INT
    return _FLOAT if kinds.is_floating(dtype) else _TEXT
