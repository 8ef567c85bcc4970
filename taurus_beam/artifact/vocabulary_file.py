"""A vocabulary's files: its terms in batches, and its lookup table, as Arrow IPC.

The same terms give the same bytes, however they came: from memory or batch by batch.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from taurus_beam.graph.types import canonical
from taurus_beam.graph.vocabulary import Vocabulary, one_array

if TYPE_CHECKING:
    from taurus_beam.graph.lookup import LookupTable

__all__ = ["decode_lookup", "rebatched", "write_lookup", "write_terms", "write_vocabulary"]

# Terms come in batches of this size, however they were held in memory: a writer can stream them,
# and a reader maps them as they are.
_BATCH_TERMS = 1 << 20

# Of each type that most terms and counts have, what its first buffer holds: values, or offsets.
_TRIMMED: dict[Any, np.dtype[Any]] = {
    **dict.fromkeys([pa.string(), pa.binary()], np.dtype(np.int32)),
    **dict.fromkeys([pa.large_string(), pa.large_binary(), pa.int64()], np.dtype(np.int64)),
    pa.float64(): np.dtype(np.float64),
}


def write_vocabulary(vocabulary: Vocabulary, sink: Any) -> None:
    """Write the terms of a vocabulary in memory to an Arrow output file."""
    starts = range(0, max(len(vocabulary), 1), _BATCH_TERMS)
    columns = [vocabulary.terms, vocabulary.counts]
    write_terms(([c.slice(start, _BATCH_TERMS) for c in columns] for start in starts), sink)


def write_terms(batches: Iterable[Iterable[Any]], sink: Any) -> None:
    """Write terms and counts to an Arrow output file.

    Args:
        batches: Pairs of arrays, each but the last of the size that `rebatched` gives.
        sink: The Arrow output file.
    """
    writer = None
    for terms, counts in batches:
        terms = _trimmed(terms).cast(canonical(terms.type))
        batch = pa.record_batch({"term": terms, "count": _trimmed(counts)})
        writer = writer or pa.ipc.new_file(sink, batch.schema)
        writer.write_batch(batch)
    assert writer is not None
    writer.close()


def rebatched(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The rows of some tables in tables of the size that files have, the last one smaller.

    There is one empty table where there are no rows, but at least one table must be given.
    """
    waiting: list[pa.Table] = []
    rows, gave = 0, False
    for table in tables:
        waiting.append(table)
        rows += len(table)
        while rows >= _BATCH_TERMS:
            whole = pa.concat_tables(waiting)
            yield whole.slice(0, _BATCH_TERMS)
            # A copy, so that what was given does not stay in memory with its rest.
            waiting = [pa.table([_copied(c) for c in whole.slice(_BATCH_TERMS)], whole.schema)]
            rows, gave = len(waiting[0]), True
    if rows or not gave:
        yield pa.concat_tables(waiting)


def write_lookup(table: LookupTable, sink: Any) -> None:
    """Write a lookup table to an Arrow output file, as one row: its arrays differ in length."""
    columns = {
        field.name: pa.ListArray.from_arrays(
            pa.array([0, len(numbers)], pa.int32()), pa.array(numbers)
        )
        for field in dataclasses.fields(table)
        for numbers in (getattr(table, field.name),)
    }
    batch = pa.record_batch(columns)
    with pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)


def decode_lookup(table: pa.Table) -> LookupTable:
    """The lookup table that `write_lookup` wrote."""
    from taurus_beam.graph.lookup import LookupTable  # few artifacts have one

    columns = [table[field.name] for field in dataclasses.fields(LookupTable)]
    if len(table) != 1 or any(column.type != pa.list_(pa.uint32()) for column in columns):
        raise ValueError("a lookup table has other columns")
    return LookupTable(*(column[0].values.to_numpy() for column in columns))


def _trimmed(array: Any) -> Any:
    """An array in buffers that hold nothing else, which are those of the array where they can be.

    A slice is written with some bytes of what comes after it, which would not be canonical.
    """
    part = one_array(array)
    if not len(part) or part.null_count or part.type not in _TRIMMED:
        return _copied(part)
    _, *buffers = part.buffers()
    dtype = _TRIMMED[part.type]
    if len(buffers) == 1:
        values = buffers[0].slice(part.offset * dtype.itemsize, len(part) * dtype.itemsize)
        return pa.Array.from_buffers(part.type, len(part), [None, values])
    own = np.frombuffer(buffers[0], dtype)[part.offset : part.offset + len(part) + 1]
    body = (buffers[1] or pa.py_buffer(b"")).slice(int(own[0]), int(own[-1] - own[0]))
    return pa.Array.from_buffers(part.type, len(part), [None, pa.py_buffer(own - own[0]), body])


def _copied(array: Any) -> Any:
    """An array in buffers of its own."""
    part = one_array(array)
    return part.take(pa.array(np.arange(len(part))))
