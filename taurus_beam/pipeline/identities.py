"""Telling equal rows apart in a pipeline: rows meet by the hash of all they hold, and are numbered.

Which of two equal rows is the first does not matter, as nobody can tell; so results that go by
these identities are the same in every run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa

from taurus_beam.splits.keys import content_hashes, identities

__all__ = ["IDENTITY", "TellApart", "in_shards", "without_identity"]

IDENTITY = "taurus_beam.identity"
_SHARDS = 128
_MOST_ROWS = 65_536


class TellApart(beam.PTransform[Any, Any]):
    """Record batches → the same rows in other batches, with a column of identities.

    All rows are shuffled; a worker holds a share of them at a time.

    Args:
        shards: How many shares.
    """

    def __init__(self, shards: int = _SHARDS) -> None:
        super().__init__()
        self._shards = shards

    def expand(self, batches: Any) -> Any:
        """Batches → batches with identities."""
        keyed = tuple[int, tuple[Any, pa.RecordBatch]]
        return (
            batches
            | "ByContent" >> beam.FlatMap(_by_content, self._shards).with_output_types(keyed)
            | "Meet" >> beam.GroupByKey()
            | "Number" >> beam.FlatMap(_numbered).with_output_types(pa.RecordBatch)
        )


def without_identity(batch: Any) -> Any:
    """A batch as it was before its rows were told apart."""
    return batch.drop_columns([IDENTITY]) if IDENTITY in batch.schema.names else batch


def in_shards(shards: Any) -> Iterator[tuple[int, Any]]:
    """Each shard that has rows, and which rows these are.

    Args:
        shards: The shard of each row.
    """
    order = np.argsort(shards, kind="stable")
    edges = np.flatnonzero(np.diff(shards[order])) + 1
    for rows in np.split(order, edges):
        if len(rows):
            yield int(shards[rows[0]]), rows


def _by_content(batch: pa.RecordBatch, shards: int) -> Iterator[Any]:
    contents = content_hashes(batch)
    for shard, rows in in_shards(contents % np.uint64(shards)):
        yield shard, (contents[rows], batch.take(pa.array(rows)))


def _numbered(group: tuple[int, Iterable[tuple[Any, pa.RecordBatch]]]) -> Iterator[Any]:
    contents, batches = zip(*group[1], strict=True)
    table = pa.concat_tables(
        [pa.Table.from_batches([batch]) for batch in batches], promote_options="permissive"
    )
    told_apart = table.append_column(IDENTITY, pa.array(identities(np.concatenate(contents))))
    yield from told_apart.combine_chunks().to_batches(max_chunksize=_MOST_ROWS)
