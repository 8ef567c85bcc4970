"""Python values in and out of the row path, converted and checked per column.

The conversions equal what `taurus_beam.graph.intake` does for batches, so that a value means
the same whichever way it comes in.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import DataError
from taurus_beam.graph.types import ColumnType, is_float, is_integer, is_temporal, numpy_dtype

__all__ = ["reader", "writer"]

_EXACT_INTEGERS = {16: 2**11, 32: 2**24, 64: 2**53}


def reader(path: str, column_type: ColumnType) -> Callable[[Mapping[str, Any]], Any]:
    """A function from a row (a dict; structs as nested dicts) to the column's value or None."""
    convert = _converter(path, column_type)

    def missing_column(row: Mapping[str, Any]) -> DataError:
        return DataError(
            f"Column {path!r} is missing from the row.",
            expected=f"the columns the function was traced with; found: {', '.join(row)}",
            fix="Give None for a value that is not known.",
        )

    head, *rest = path.split(".")

    def nested(row: Mapping[str, Any]) -> Any:
        if path in row:
            return convert(row[path])
        value: Any = row
        for name in (head, *rest):
            if value is None:
                return None
            if not isinstance(value, Mapping) or name not in value:
                raise missing_column(row)
            value = value[name]
        return convert(value)

    def flat(row: Mapping[str, Any]) -> Any:
        try:
            value = row[path]
        except KeyError:
            raise missing_column(row) from None
        return convert(value)

    return nested if rest else flat


def writer(column_type: ColumnType) -> Callable[[Any], Any] | None:
    """What turns a result into what the user sees, or None where that is the result itself."""
    dtype = column_type.dtype
    if not is_temporal(dtype):
        return None
    carrier = pa.int32() if pa.types.is_date32(dtype) else pa.int64()

    def element(value: int | None) -> Any:
        if value is None:
            return None
        try:
            return pa.scalar(value, carrier).cast(dtype).as_py()
        except (OverflowError, ValueError) as problem:
            raise DataError(
                f"A result of {value} is no {dtype} that Python can show: {problem}",
                fix="Use transform(), or give out the number: tb.cast(x, pa.int64()).",
            ) from problem

    if column_type.is_scalar:
        return element
    return lambda values: None if values is None else [element(v) for v in values]


def _converter(path: str, column_type: ColumnType) -> Callable[[Any], Any]:
    element = _element_converter(path, column_type)
    if column_type.is_scalar:
        return element
    width = column_type.shape[0]

    def convert(values: Any) -> list[Any] | None:
        if values is None:
            return None
        if isinstance(values, np.ndarray):
            values = values.tolist()
        if not isinstance(values, list | tuple) or (width is not None and len(values) != width):
            raise _unfit(path, values, column_type)
        return [element(v) for v in values]

    return convert


def _element_converter(path: str, column_type: ColumnType) -> Callable[[Any], Any]:
    dtype = column_type.dtype
    if is_float(dtype):
        return _floats(path, column_type)
    if is_integer(dtype):
        return _integers(path, column_type)
    if is_temporal(dtype):
        return _times(path, column_type)
    wanted: tuple[type, ...]
    exact: Any
    if pa.types.is_boolean(dtype):
        wanted = (bool, np.bool_)
    else:
        wanted = (str,) if pa.types.is_string(dtype) else (bytes,)
    exact = wanted[0]

    def convert(value: Any) -> Any:
        if value is None or value.__class__ is exact:
            return value
        if isinstance(value, wanted):
            return exact(value)
        raise _unfit(path, value, column_type)

    return convert


def _floats(path: str, column_type: ColumnType) -> Callable[[Any], Any]:
    carrier = numpy_dtype(column_type.dtype)
    wide = carrier == np.float64
    narrow, exact_up_to = carrier.type, _EXACT_INTEGERS[carrier.itemsize * 8]

    def convert(value: Any) -> float | None:
        if value.__class__ is float:
            return value if wide else float(narrow(value))
        if value is None:
            return None
        if isinstance(value, float | np.floating):
            return float(narrow(value))
        if isinstance(value, int | np.integer) and not isinstance(value, bool):
            if -exact_up_to <= value <= exact_up_to:
                return float(value)
            raise _unfit(path, value, column_type, f"an integer that {column_type} holds exactly")
        raise _unfit(path, value, column_type)

    return convert


def _integers(path: str, column_type: ColumnType) -> Callable[[Any], Any]:
    limits = np.iinfo(numpy_dtype(column_type.dtype))
    low, high = int(limits.min), int(limits.max)

    def convert(value: Any) -> int | None:
        if value is None:
            return None
        if isinstance(value, float | np.floating) and float(value).is_integer():
            value = int(value)
        if isinstance(value, int | np.integer) and not isinstance(value, bool):
            if low <= value <= high:
                return int(value)
            raise _unfit(path, value, column_type, f"an integer from {low} to {high}")
        raise _unfit(path, value, column_type)

    return convert


def _times(path: str, column_type: ColumnType) -> Callable[[Any], Any]:
    dtype = column_type.dtype
    kinds = (datetime.date, datetime.timedelta, np.datetime64, np.timedelta64)
    carrier = np.dtype("datetime64[D]") if pa.types.is_date32(dtype) else _numpy_time(dtype)

    def convert(value: Any) -> int | None:
        if value is None:
            return None
        if not isinstance(value, kinds):
            raise _unfit(path, value, column_type)
        if isinstance(value, np.datetime64 | np.timedelta64):
            exact = value.astype(carrier)
            if exact != value:
                raise _unfit(path, value, column_type)
            value = exact
        try:
            return int(pa.scalar(value, dtype).value)
        except (pa.ArrowException, TypeError, ValueError):
            raise _unfit(path, value, column_type) from None

    return convert


def _numpy_time(dtype: Any) -> np.dtype[Any]:
    kind = "datetime64" if pa.types.is_timestamp(dtype) else "timedelta64"
    return np.dtype(f"{kind}[{dtype.unit}]")


def _unfit(path: str, value: Any, column_type: ColumnType, expected: str = "") -> DataError:
    return DataError(
        f"Column {path!r} got a {type(value).__name__}: {value!r:.60}",
        expected=expected or f"{column_type}, as when the function was traced",
        fix="Convert the value before it comes here, or give None if it is not known.",
    )
