"""Splitting and sampling tables in memory, by the rules that a pipeline follows as well."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.graph.plain_arrays import plain_table
from taurus_beam.graph.threads import in_threads, thread_count
from taurus_beam.serving.frames import as_table
from taurus_beam.splits.keys import content_hashes, identities
from taurus_beam.splits.parting import parted
from taurus_beam.splits.splitter import Splitter, checked_splitter, learned
from taurus_beam.splits.summary import SplitSummary, Summarized

__all__ = ["split_table"]

_BATCH_ROWS = 65_536


def split_table(data: Any, splitter: Splitter) -> dict[str, pa.Table]:
    """The rows of each split, in the order of the data.

    Every core is used, or as many as ``TAURUS_BEAM_THREADS`` says; the result is the same. The
    tables of a split share memory: it is released with the last of them.

    Args:
        data: ``pa.Table``, ``pa.RecordBatch``, Polars or pandas DataFrame, or dict of arrays.
        splitter: Such as `SplitByHash`; a sampler gives one table.

    Returns:
        A table for each split, by name and in order; one without rows where nothing fell to it.

    Raises:
        DataError: A column is missing or does not serve, or all rows lack a key.
        EngineError: It is no splitter.

    Example:
        >>> import taurus_beam as tb
        >>> split = tb.SplitByHash({"train": 0.8, "test": 0.2}, key="id")
        >>> parts = tb.split_table({"id": list(range(1000))}, split)
        >>> {name: len(table) for name, table in parts.items()}
        {'train': 802, 'test': 198}
    """
    table = plain_table(as_table(data))
    checked_splitter(splitter).check(table.schema)
    batches = [piece for chunk in table.to_batches() for piece in _even_pieces(chunk)]
    known = None
    if splitter.needs_identities and batches:
        known = identities(np.concatenate(in_threads(content_hashes, batches, thread_count())))

    def told_apart() -> Iterator[tuple[Any, Any]]:
        start = 0
        for batch in batches:
            end = start + batch.num_rows
            yield batch, None if known is None else known[start:end]
            start = end

    plan = learned(splitter, told_apart)

    def split(given: tuple[Any, Any]) -> tuple[SplitSummary, list[tuple[int, pa.RecordBatch]]]:
        batch, identity = given
        assigned = splitter.assign(batch, identity, plan)
        parts = list(parted(batch, assigned.codes, len(splitter.names)))
        counted = SplitSummary.empty(splitter.names, Summarized())
        counted.add_batch(assigned, parts)
        return counted, parts

    found: dict[str, list[pa.RecordBatch]] = {name: [] for name in splitter.names}
    summary = SplitSummary.empty(splitter.names, Summarized())
    for counted, parts in in_threads(split, list(told_apart()), thread_count()):
        summary.add(counted)
        for code, part in parts:
            found[splitter.names[code]].append(part)
    summary.check(splitter)
    return {name: pa.Table.from_batches(parts, table.schema) for name, parts in found.items()}


def _even_pieces(chunk: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """A chunk in as few batches as can be, of one size: no thread waits for a larger one."""
    count = -(-chunk.num_rows // _BATCH_ROWS)
    ends = [chunk.num_rows * number // count for number in range(count + 1)] if count else []
    return (chunk.slice(start, end - start) for start, end in pairwise(ends))
