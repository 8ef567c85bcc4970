"""The batches of a table that several passes look at, their strings encoded once for all of them.

To find the distinct strings of a batch is most of what a vocabulary costs, and to look each row up
costs it again. Here the first pass leaves the codes for the next: four bytes a row, and only where
strings repeat. Where they hardly do, and all that is asked is how often each comes, the whole
column is encoded by the terms of all batches.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from taurus_beam.graph.column_terms import dictionary_column
from taurus_beam.graph.shared_terms import SharedTerms
from taurus_beam.graph.threads import thread_count

__all__ = ["ROWS_PER_TERM", "HeldBatches"]

ROWS_PER_TERM = 8  # codes of strings that repeat less cost more memory than they save time
_PLAIN = (pa.string(), pa.large_string(), pa.binary(), pa.large_binary())
_MOST_BYTES = 1 << 30  # an array of strings ends at twice as many


class HeldBatches:
    """The batches of a table by number; safe to use from several threads.

    Args:
        table: The table.
        rows: How many rows a batch has at most.
        text: The columns of strings or binary whose distinct values are asked for; those inside of
            structs, named by their path, stay as they are.
        counted: Those of them of which nothing but counts and places is asked for.

    Example:
        >>> held = HeldBatches(pa.table({"s": ["a", "b"] * 8}), 16, ["s"])
        >>> held.batch(0)["s"].type
        DictionaryType(dictionary<values=string, indices=int32, ordered=0>)
    """

    def __init__(
        self, table: pa.Table, rows: int, text: Iterable[str], counted: Iterable[str] = ()
    ) -> None:
        self._shared: list[SharedTerms] = []
        if len(table) > rows:
            for name in sorted(set(counted) & set(table.column_names)):
                table = self._encoded_whole(table, name, rows)
        self._batches = table.to_batches(max_chunksize=rows)
        self._text = {name for name in text if table.schema.get_field_index(name) >= 0}
        self._known = [not self._text] * len(self._batches)

    def __len__(self) -> int:
        return len(self._batches)

    def batch(self, number: int) -> pa.RecordBatch:
        """A batch; its strings as dictionaries where they repeat."""
        if not self._known[number]:
            self._batches[number] = self._encoded(self._batches[number])
            self._known[number] = True
        return self._batches[number]

    def batches(self) -> list[pa.RecordBatch]:
        """All batches, as far as they are encoded by now."""
        return list(self._batches)

    def _encoded_whole(self, table: pa.Table, name: str, rows: int) -> pa.Table:
        """The table with a column as a dictionary of all of its strings, if they hardly repeat."""
        column = table[name]
        if not _can_be_shared(column) or _repeat(column.slice(0, rows)):
            return table
        encoded = _by_one_dictionary(column)
        if encoded is None:
            return table
        self._shared.append(SharedTerms(encoded.chunk(0).dictionary))
        return table.set_column(table.schema.get_field_index(name), name, encoded)

    def _encoded(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        for name in tuple(self._text):
            index = batch.schema.get_field_index(name)
            codes = batch.column(index).dictionary_encode()
            if SharedTerms.of(codes.dictionary) is not None:
                continue
            if len(codes.dictionary) * ROWS_PER_TERM <= batch.num_rows:
                batch = batch.set_column(index, name, codes)
            else:
                self._text.discard(name)  # the next batches would be encoded in vain
        return batch


def _repeat(column: pa.ChunkedArray) -> bool:
    """Whether so few of some strings are distinct that their codes are worth the room."""
    plain = [c.dictionary_decode() if _is_dictionary(column) else c for c in column.chunks]
    return len(pa.chunked_array(plain).unique()) * ROWS_PER_TERM <= len(column)


def _by_one_dictionary(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """A column whose chunks share one dictionary, each string once; None where Arrow makes none."""
    if not _is_dictionary(column):
        return dictionary_column(column, thread_count())
    first, *others = terms = [chunk.dictionary for chunk in column.chunks]
    # Equal ones would be left as they are, and a string may stand in them twice.
    if any(one.null_count for one in terms) or all(first.equals(other) for other in others):
        return None
    return column.unify_dictionaries()


def _can_be_shared(column: pa.ChunkedArray) -> bool:
    """Whether all strings of a column fit into one dictionary."""
    if column.nbytes > _MOST_BYTES:
        return False
    if not _is_dictionary(column):
        return column.type in _PLAIN
    return bool(column.type.index_type == pa.int32() and column.type.value_type in _PLAIN)


def _is_dictionary(column: pa.ChunkedArray | pa.Array) -> bool:
    return bool(pa.types.is_dictionary(column.type))
