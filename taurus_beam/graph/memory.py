"""Memory for the arrays that kernels compute.

A large array from NumPy is memory that the system hands out and zeroes page by page, each time
anew; that took half of the time of a batch. Arrow's pool gives the memory of finished batches to
the next. Arrays that only stand for data, as those that write a kernel down in another language,
have no memory and are handed on as they are. This room knows nothing of what is computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

__all__ = ["computed", "converted", "uninitialized"]

_LARGE = 1 << 15
"""From so many bytes on, the pool is faster; below, its overhead of a microsecond would show."""


_DATA = (np.ndarray, np.generic, int, float)


def uninitialized(size: int, dtype: Any) -> np.ndarray[Any, Any]:
    """A one-dimensional array of a NumPy type to write to; what stands in it is arbitrary.

    Example:
        >>> uninitialized(100_000, np.float64).shape
        (100000,)
    """
    dtype = np.dtype(dtype)
    if size * dtype.itemsize < _LARGE:
        return np.empty(size, dtype)
    return np.frombuffer(pa.allocate_buffer(size * dtype.itemsize), dtype)


def computed(ufunc: np.ufunc, arrays: Sequence[Any], result_type: Any, **options: Any) -> Any:
    """What a ufunc gives of some arrays.

    Args:
        ufunc: The function.
        arrays: What it takes.
        result_type: The type of what it gives.
        options: Further arguments of the ufunc, such as the ``dtype`` it computes in.

    Example:
        >>> computed(np.add, (np.arange(3), 1), np.int64)
        array([1, 2, 3])
    """
    if not all(map(_holds_data, arrays)):
        return ufunc(*arrays, **options)
    result = uninitialized(np.broadcast(*arrays).size, result_type)
    return ufunc(*arrays, out=result, **options)


def converted(array: np.ndarray[Any, Any], dtype: Any) -> Any:
    """A copy of an array in another type, as NumPy's ``astype`` converts it."""
    if not _holds_data(array):
        return array.astype(dtype)
    result = uninitialized(array.size, dtype).reshape(array.shape)
    np.copyto(result, array, casting="unsafe")
    return result


def _holds_data(array: Any) -> bool:
    return isinstance(array, _DATA)
