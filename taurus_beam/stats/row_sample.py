"""A sample of whole rows that depends on what they hold alone: not on their order or split.

Kept are the distinct rows of the lowest hashes, each with how often it occurs; rows dealt from
them stand for the data set as it is. Made for statistics that need rows beside each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.graph.term_hash import hash_terms
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.feature_column import Array
from taurus_beam.stats.sampling import row_hashes

__all__ = ["RowSample"]

_COLUMN = "column:"
_STEP = np.uint64(0x9E3779B97F4A7C15)
_SPARE = 4


@dataclass
class RowSample:
    """The distinct rows of the lowest hashes, and how often each occurs.

    Equal rows count as one until they are dealt. Where the rows outnumber ``most``, a kept row
    stands with all its equals, so what is sampled are distinct rows.

    Attributes:
        most: How many distinct rows are kept.
        hashes: uint64, one for each row of the table; ascending once compacted.
        counts: int64, how often each row occurs.
        rows: Tables of the rows, in their order.
    """

    most: int
    hashes: Array
    counts: Array
    rows: list[Any]

    @staticmethod
    def empty(most: int) -> RowSample:
        """The sample of no rows."""
        return RowSample(most, np.zeros(0, np.uint64), np.zeros(0, np.int64), [])

    def add(self, examples: Examples) -> None:
        """Takes in the rows of a batch: the columns that its options allow."""
        if not examples.num_rows:
            return
        batch = examples.batch
        names = sorted(name for name in batch.schema.names if examples.options.allows((name,)))
        table = pa.table({name: _plain(batch.column(name)) for name in names})
        hashes, first, counts = np.unique(
            row_hashes(examples), return_index=True, return_counts=True
        )
        self._append(hashes, counts, table.take(pa.array(first)))
        if len(self.hashes) > _SPARE * self.most:
            self.compact()

    @staticmethod
    def merged(most: int, samples: Sequence[RowSample]) -> RowSample:
        """The sample of the rows of all samples."""
        result = RowSample.empty(most)
        for sample in samples:
            if len(sample.hashes):
                result._append(sample.hashes, sample.counts, pa.concat_tables(sample.rows, **_ANY))
        result.compact()
        return result

    def compact(self) -> None:
        """Leaves each row once, and of too many those of the lowest hashes."""
        if not len(self.hashes):
            return
        hashes, first, group = np.unique(self.hashes, return_index=True, return_inverse=True)
        counts = np.zeros(len(hashes), np.int64)
        np.add.at(counts, group, self.counts)
        table = pa.concat_tables(self.rows, **_ANY)
        table = table.select(sorted(table.column_names)).take(pa.array(first[: self.most]))
        self.hashes, self.counts = hashes[: self.most], counts[: self.most]
        self.rows = [table.combine_chunks()]

    def to_wire(self) -> Any:
        """Columns ``hash``, ``count`` and those of the rows, ordered by hash."""
        self.compact()
        columns = {"hash": pa.array(self.hashes), "count": pa.array(self.counts)}
        for table in self.rows:
            for name in table.column_names:
                (columns[_COLUMN + name],) = table[name].chunks
        return pa.record_batch(columns)

    @staticmethod
    def from_wire(most: int, batch: Any) -> RowSample:
        """The sample that `to_wire` wrote."""
        hashes, counts = (batch.column(i).to_numpy() for i in range(2))
        names = [name.removeprefix(_COLUMN) for name in batch.schema.names[2:]]
        rows = [pa.table(batch.columns[2:], names=names)] if len(batch) else []
        return RowSample(most, hashes, counts, rows)

    def dealt(self, parts: int, size: int) -> Iterator[Any]:
        """The rows in random parts, as record batches; equal rows are dealt one by one.

        Args:
            parts: How many parts; those that would be empty are left out.
            size: How many rows a part has at most. Of more rows than fit, evenly spaced ones (in
                the order of their hashes) are dealt.
        """
        self.compact()
        total = int(self.counts.sum())
        number = min(total, parts * size)
        if not number:
            return
        places = (2 * np.arange(number) + 1) * total // (2 * number)
        rows = np.searchsorted(np.cumsum(self.counts), places, side="right")
        keys = self.hashes[rows] + np.arange(number, dtype=np.uint64) * _STEP
        order = np.argsort(hash_terms(pa.array(keys)), kind="stable")
        for part in range(min(parts, number)):
            taken = self.rows[0].take(pa.array(rows[order[part::parts]])).combine_chunks()
            yield taken.to_batches()[0]

    def _append(self, hashes: Array, counts: Array, table: Any) -> None:
        self.hashes = np.concatenate([self.hashes, hashes])
        self.counts = np.concatenate([self.counts, counts])
        self.rows.append(table)


_ANY = {"promote_options": "permissive"}


def _plain(column: Any) -> Any:
    """A column whose bytes do not depend on what other rows its batch has."""
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
