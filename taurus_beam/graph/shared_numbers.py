"""Numbers that Arrow and NumPy share.

Arrow's own `to_numpy` and `pa.array` import pandas where it is installed, which takes a process
that only serves longer than all else that it loads. This room knows nothing of what is missing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

__all__ = ["array_of", "numbers_of"]


def numbers_of(array: Any, carrier: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """The elements of an Arrow array, read-only; where one is missing anything may stand.

    Args:
        array: An array of numbers, dates, times or durations.
        carrier: The NumPy type of its elements.

    Example:
        >>> numbers_of(pa.array([1, 2, 3], pa.int8()).slice(1), np.dtype(np.int8))
        array([2, 3], dtype=int8)
    """
    if len(array) == 0:
        return np.zeros(0, carrier)
    # A buffer may be longer than its elements, and not by a whole number of them.
    return np.frombuffer(array.buffers()[1], carrier, len(array), array.offset * carrier.itemsize)


def array_of(numbers: np.ndarray[Any, Any]) -> Any:
    """An Arrow array of some numbers, which are not to change any more; none is missing.

    Example:
        >>> array_of(np.array([2, 3], np.int8)).type
        DataType(int8)
    """
    body = pa.py_buffer(np.ascontiguousarray(numbers))
    return pa.Array.from_buffers(pa.from_numpy_dtype(numbers.dtype), numbers.size, [None, body])
