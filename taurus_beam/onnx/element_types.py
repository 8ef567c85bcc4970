"""How elements travel through an ONNX graph.

ONNX Runtime computes few operators for small integers and float16. Within the graph integers are
therefore carried as int64 (uint64 as itself) and float16 as float32; a result is wrapped or
rounded to its own type after each step, so that it is what NumPy gives.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["BOOL", "F16", "F32", "F64", "I64", "ONNX_TYPES", "TEXT", "U64", "carrier"]

BOOL, I64, U64 = np.dtype(np.bool_), np.dtype(np.int64), np.dtype(np.uint64)
F16, F32, F64 = np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.float64)
TEXT = np.dtype(object)

ONNX_TYPES: dict[np.dtype[Any], int] = {
    F32: 1,
    np.dtype(np.uint8): 2,
    np.dtype(np.int8): 3,
    np.dtype(np.uint16): 4,
    np.dtype(np.int16): 5,
    np.dtype(np.int32): 6,
    I64: 7,
    TEXT: 8,
    BOOL: 9,
    F16: 10,
    F64: 11,
    np.dtype(np.uint32): 12,
    U64: 13,
}
"""``TensorProto.DataType`` of each element type, as the ONNX specification numbers them."""


def carrier(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type that carries elements of a type within the graph."""
    if dtype == F16:
        return F32
    return I64 if dtype.kind in "iu" and dtype != U64 else dtype
