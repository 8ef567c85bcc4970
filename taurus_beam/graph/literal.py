"""What a user may write beside a column: numbers, strings, times and vectors as constants.

Python numbers take the type of the columns beside them, as in NumPy; anything that is no value
is refused with the user's line.
"""

from __future__ import annotations

import datetime
import numbers
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.recorder import user_location
from taurus_beam.graph.types import ColumnType, is_float, is_numeric

__all__ = ["constant_of", "integer_argument"]

_LARGEST = 2**63 - 1


def constant_of(value: Any, dtypes: list[Any]) -> Constant:
    """The constant of a Python or NumPy value; TraceError for anything else."""
    numeric = [t for t in dtypes if is_numeric(t)]
    if isinstance(value, bool | np.bool_):
        array = pa.array([bool(value)])
    elif isinstance(value, int) and numeric:
        array = _weak_number(value, numeric[0])
    elif isinstance(value, float) and not isinstance(value, np.floating) and numeric:
        floats = [t for t in numeric if is_float(t)]
        array = pa.array([value], floats[0] if floats else pa.float64())
    elif isinstance(value, np.ndarray | list | tuple):
        return _vector(value)
    elif isinstance(value, str | bytes | int | float | np.number | np.str_):
        array = pa.array([value.item() if isinstance(value, np.generic) else value])
        if isinstance(value, np.number):
            array = pa.array(np.asarray([value]))
    elif isinstance(value, datetime.date | datetime.timedelta | np.datetime64 | np.timedelta64):
        array = pa.array([value])
        if dtypes and array.type != dtypes[0] and pa.types.is_timestamp(dtypes[0]):
            array = array.cast(dtypes[0])
    elif value is None:
        raise TraceError(
            "None is not a value to compute with.",
            where=str(user_location()),
            fix="Use tb.is_null(x) to test for missing values, tb.fill_null(x, v) to replace them.",
        )
    else:
        raise TraceError(
            f"A {type(value).__name__} is not a column or a constant: {value!r:.80}",
            where=str(user_location()),
            expected="a column, a number, a string, a date, or a list or array of numbers",
        )
    return Constant.from_arrow(array, ColumnType.from_arrow(array.type))


def integer_argument(name: str, value: Any, least: int) -> int:
    """An argument that must be an integer; TraceError for anything else.

    Example:
        >>> integer_argument("num_buckets", 2.5, least=1)
        Traceback (most recent call last):
        taurus_beam.errors.TraceError: num_buckets is 2.5.
          expected: an integer of at least 1
    """
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or not least <= value <= _LARGEST:
        expected = f"an integer of at least {least}" if least > -_LARGEST else "an int64"
        raise TraceError(f"{name} is {value!r:.60}.", expected=expected)
    return int(value)


def _weak_number(value: int, dtype: Any) -> Any:
    try:
        return pa.array([float(value) if is_float(dtype) else value], dtype)
    except (pa.ArrowInvalid, OverflowError):
        raise TraceError(
            f"{value} does not fit into {dtype}.",
            where=str(user_location()),
            fix="Cast the column to a wider type first: tb.cast(x, pa.int64()).",
        ) from None


def _vector(value: Any) -> Constant:
    try:
        array = pa.array(np.asarray(value))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError):
        array = None
    if array is None or len(np.shape(value)) != 1 or len(array) == 0:
        raise TraceError(
            f"This is no vector of numbers or strings: {value!r:.80}",
            where=str(user_location()),
            expected="one dimension, at least one element, all of one type",
        )
    column_type = ColumnType(ColumnType.from_arrow(array.type).dtype, (len(array),))
    return Constant.from_arrow(array, column_type)
