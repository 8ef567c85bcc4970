"""Tensors of any library in and out, by the DLPack protocol and without copying.

PyTorch, JAX and CuPy are never imported here: a tensor offers ``__dlpack__``, and the library it
comes from, which is loaded if there is a tensor of it, takes one back by ``from_dlpack``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.graph.types import is_numeric

__all__ = ["array_of_tensor", "is_tensor", "tensor_maker"]


def is_tensor(values: Any) -> bool:
    """Whether an object is a tensor, other than NumPy's and Arrow's own arrays."""
    known = isinstance(values, np.ndarray | np.generic | pa.Array)
    return hasattr(values, "__dlpack__") and not known


def array_of_tensor(tensor: Any) -> np.ndarray[Any, Any]:
    """The NumPy array over a tensor's memory.

    Raises:
        ValueError: If its memory is on another device, it is part of a computation whose
            gradient is wanted, or its type is none of NumPy's.
    """
    try:
        # PyTorch notes a negation without doing it, and DLPack does not hand on the note.
        return np.from_dlpack(tensor.resolve_neg() if hasattr(tensor, "resolve_neg") else tensor)
    except (BufferError, RuntimeError, TypeError, ValueError) as problem:
        raise ValueError(
            f"{problem} (a tensor is to be detached, in the memory of the CPU, and of a type "
            "that NumPy has)"
        ) from problem


def tensor_maker(tensor: Any) -> Callable[[Any], Any]:
    """What makes a tensor of the same library of an Arrow array.

    A column of numbers without missing values shares its memory with the tensor. A vector column
    gives a matrix, missing numbers are NaN, and what no tensor can hold (strings, times, lists of
    different lengths) is given as a NumPy array.
    """
    from_dlpack = _library(tensor).from_dlpack

    def make(array: Any) -> Any:
        if pa.types.is_fixed_size_list(array.type) and array.null_count == 0:
            width = array.type.list_size
            elements = array.values.slice(array.offset * width, len(array) * width)
            vectors = make(elements)
            return vectors.reshape((len(array), width))
        if is_numeric(array.type) and array.null_count == 0:
            return from_dlpack(array)
        numbers = array.to_numpy(zero_copy_only=False)
        if numbers.dtype.kind not in "biuf":
            return numbers
        # A library may write to what it gets, which Arrow's memory is not for.
        return from_dlpack(numbers if numbers.flags.writeable else numbers.copy())

    return make


def _library(tensor: Any) -> Any:
    if hasattr(tensor, "__array_namespace__"):  # of the array API standard
        return tensor.__array_namespace__()
    return sys.modules[type(tensor).__module__.partition(".")[0]]
