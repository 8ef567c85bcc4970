"""The names that the Open Inference Protocol v2 has for types, and what it leaves open.

The protocol knows neither missing values nor rows of different lengths. Here ``null`` in ``data``
is missing, or the BOOL tensor ``<name>:missing`` says so; the INT64 tensor ``<name>:lengths``
tells how much of each row of a padded tensor counts. Both ways work in both directions.

Source: github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from taurus_beam.graph.types import ColumnType, is_temporal

__all__ = ["ABSENT", "ARROW_TYPES", "LENGTHS", "MISSING", "carrier", "datatype", "shape"]

ARROW_TYPES: dict[str, Any] = {
    "BOOL": pa.bool_(),
    **{f"INT{bits}": getattr(pa, f"int{bits}")() for bits in (8, 16, 32, 64)},
    **{f"UINT{bits}": getattr(pa, f"uint{bits}")() for bits in (8, 16, 32, 64)},
    "FP16": pa.float16(),
    "FP32": pa.float32(),
    "FP64": pa.float64(),
    "BYTES": pa.string(),
}
_DATATYPES = {arrow: name for name, arrow in ARROW_TYPES.items()}
MISSING, LENGTHS = ":missing", ":lengths"
ABSENT = -1
"""The length of a missing list, where there may be no null."""


def datatype(column_type: ColumnType) -> str:
    """The protocol's name of an element type; dates and durations go as integers."""
    dtype = column_type.dtype
    if is_temporal(dtype):
        return _DATATYPES[carrier(dtype)]
    return "BYTES" if pa.types.is_binary(dtype) else _DATATYPES[dtype]


def shape(column_type: ColumnType) -> list[int]:
    """The protocol's shape: -1 for any number of rows, and of elements of a row."""
    return [-1, *(-1 if size is None else size for size in column_type.shape)]


def carrier(dtype: Any) -> Any:
    """The integers that dates, timestamps and durations go as."""
    return pa.int32() if pa.types.is_date32(dtype) else pa.int64()
