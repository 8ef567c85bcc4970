"""The batches of a table that several passes look at, their strings encoded once for all of them.

To find the distinct strings of a batch is most of what a vocabulary costs, and to look each row up
costs it again. Here the first pass leaves the codes for the next: four bytes a row, and only where
strings repeat.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

__all__ = ["HeldBatches"]

_ROWS_PER_TERM = 8  # codes of strings that repeat less cost more memory than they save time


class HeldBatches:
    """The batches of a table by number; safe to use from several threads.

    Args:
        table: The table.
        rows: How many rows a batch has at most.
        text: The columns of strings or binary whose distinct values are asked for; those inside of
            structs, named by their path, stay as they are.

    Example:
        >>> held = HeldBatches(pa.table({"s": ["a", "b"] * 8}), 16, ["s"])
        >>> held.batch(0)["s"].type
        DictionaryType(dictionary<values=string, indices=int32, ordered=0>)
    """

    def __init__(self, table: pa.Table, rows: int, text: Iterable[str]) -> None:
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

    def _encoded(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        for name in tuple(self._text):
            index = batch.schema.get_field_index(name)
            codes = batch.column(index).dictionary_encode()
            if len(codes.dictionary) * _ROWS_PER_TERM <= batch.num_rows:
                batch = batch.set_column(index, name, codes)
            else:
                self._text.discard(name)  # the next batches would be encoded in vain
        return batch
