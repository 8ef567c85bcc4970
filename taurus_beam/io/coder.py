"""How Beam ships a record batch between workers: as an Arrow IPC stream.

Importing this module registers the coder for `pyarrow.RecordBatch`; Beam would otherwise pickle
batches, and the pickle of a slice carries every row of the batch it was cut from. It knows
nothing of files.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.ipc as ipc
from apache_beam.coders.coders import Coder
from apache_beam.coders.typecoders import registry

__all__ = ["RecordBatchCoder"]


class RecordBatchCoder(Coder):
    """Encodes a record batch as an Arrow IPC stream of its own rows only.

    Nulls, NaN, dictionaries, schema metadata and zero-column batches with rows survive. Decoding
    copies nothing: the arrays look into the encoded bytes. Equal batches may differ in bytes (in
    what lies under a null, for one), so a batch cannot be a key.

    Example:
        >>> coder = RecordBatchCoder()
        >>> batch = pa.record_batch({"x": list(range(100_000))})
        >>> len(coder.encode(batch.slice(10, 2))) < 1_000
        True
        >>> coder.decode(coder.encode(batch.slice(10, 2))).to_pydict()
        {'x': [10, 11]}
    """

    def encode(self, value: Any) -> bytes:
        """The IPC stream of one batch."""
        sink = pa.BufferOutputStream()
        with ipc.new_stream(sink, value.schema) as writer:
            writer.write_batch(value)
        encoded: bytes = sink.getvalue().to_pybytes()
        return encoded

    def decode(self, encoded: bytes) -> Any:
        """The batch of one IPC stream."""
        return ipc.open_stream(pa.py_buffer(encoded)).read_next_batch()

    def estimate_size(self, value: Any) -> int:
        """The bytes that the rows take, without encoding them."""
        return int(value.nbytes)

    def to_type_hint(self) -> Any:
        """The type this coder is for."""
        return pa.RecordBatch

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


registry.register_coder(pa.RecordBatch, RecordBatchCoder)
