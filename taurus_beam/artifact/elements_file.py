"""The file of a long constant's elements: one Arrow IPC batch, mapped in one piece."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

__all__ = ["INLINE_ELEMENTS", "write_elements"]

INLINE_ELEMENTS = 256
"""So many elements are written into the graph itself."""


def write_elements(elements: Any, sink: Any) -> None:
    """Write an Arrow array, which may be mapped from a file, to an Arrow output file."""
    batch = pa.record_batch({"elements": elements})
    with pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)
