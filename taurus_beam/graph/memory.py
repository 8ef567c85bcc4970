"""Memory for the arrays that kernels compute.

A large array from NumPy is memory that the system hands out and zeroes page by page, each time
anew; that took half of the time of a batch. Arrow's pool gives the memory of finished batches to
the next. This room knows nothing of what is computed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

__all__ = ["converted", "uninitialized"]

_LARGE = 1 << 15
"""From so many bytes on, the pool is faster; below, its overhead of a microsecond would show."""


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


def converted(array: np.ndarray[Any, Any], dtype: Any) -> np.ndarray[Any, Any]:
    """A copy of an array in another type, as NumPy's ``astype`` converts it."""
    result = uninitialized(array.size, dtype).reshape(array.shape)
    np.copyto(result, array, casting="unsafe")
    return result
