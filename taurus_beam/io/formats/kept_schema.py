"""The Arrow schema kept as text in the metadata of a file whose format has fewer types.

It is believed only where it explains the types that the file itself declares, so a file that
another program changed reads as what it now is.
"""

from __future__ import annotations

import base64
from typing import Any

import pyarrow as pa
import pyarrow.ipc as ipc

__all__ = ["KEPT_SCHEMA", "schema_from_text", "schema_to_text"]

KEPT_SCHEMA = "taurus_beam.arrow_schema"
"""The name of the metadata entry."""


def schema_to_text(schema: Any) -> str:
    """The schema as base64 of its Arrow IPC message."""
    return base64.b64encode(schema.serialize().to_pybytes()).decode("ascii")


def schema_from_text(text: str | bytes) -> Any:
    """The schema that `schema_to_text` wrote.

    Example:
        >>> schema_from_text(schema_to_text(pa.schema([("x", pa.int8())])))
        x: int8
    """
    return ipc.read_schema(pa.py_buffer(base64.b64decode(text)))
