"""A lookup table made of terms that come in batches, in memory that does not grow with them.

Hashes wait in local files by their highest bits and are sorted file by file; the finished arrays
are mapped from files too. What is made is the table that `LookupTable.of` makes.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from types import TracebackType
from typing import Any

import numpy as np

from taurus_beam.graph.lookup import LookupTable, Words, bucket_bits, buckets_of, range_entries
from taurus_beam.graph.term_hash import hash_terms

__all__ = ["LookupBuilder"]

_FILE_BITS = 8
_ENTRY = np.dtype([("hash", "<u8"), ("place", "<u4")])


class LookupBuilder:
    """Takes the terms of a vocabulary in order, batch by batch; its files end with the context.

    Example:
        >>> import pyarrow as pa
        >>> with LookupBuilder() as builder:
        ...     builder.add(pa.array(["b", "a"]))
        ...     builder.add(pa.array(["c"]))
        ...     places = builder.table().places.tolist()
        >>> places == LookupTable.of(pa.array(["b", "a", "c"])).places.tolist()
        True
    """

    def __init__(self) -> None:
        self._size = 0
        self._stack = ExitStack()
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="taurus_beam-"))
        self._folder = folder
        self._files = [self._open(f"hashes-{number}") for number in range(1 << _FILE_BITS)]

    def __enter__(self) -> LookupBuilder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def add(self, terms: Any) -> None:
        """Further terms, an array or chunked array: none of them seen before."""
        hashes = hash_terms(terms)
        entries = np.empty(len(hashes), _ENTRY)
        entries["hash"] = hashes
        entries["place"] = np.arange(self._size, self._size + len(hashes))
        numbers = buckets_of(hashes, _FILE_BITS).astype(np.uint16)
        entries = entries[np.argsort(numbers, kind="stable")]
        ends = np.cumsum(np.bincount(numbers, minlength=len(self._files)))
        for file, part in zip(self._files, np.split(entries, ends[:-1]), strict=True):
            file.write(part.tobytes())
        self._size += len(hashes)

    def table(self) -> LookupTable:
        """The table of all terms; its arrays are mapped from files of this builder."""
        bits = bucket_bits(self._size)
        together = 1 << max(_FILE_BITS - bits, 0)
        width = (1 << bits) * together // len(self._files)
        arrays = [self._open(name) for name in ("starts", "tags", "places")]
        arrays[0].write(np.zeros(1, np.uint32).tobytes())
        end = 0
        for number in range(0, len(self._files), together):
            entries = np.concatenate([self._entries(n) for n in range(number, number + together)])
            first = number // together * width
            found = range_entries(entries["hash"], entries["place"], bits, first, width, end)
            for file, array in zip(arrays, found, strict=True):
                file.write(array.tobytes())
            end += len(entries)
        return LookupTable(*map(_mapped, arrays))

    def _open(self, name: str) -> Any:
        return self._stack.enter_context(open(os.path.join(self._folder, name), "w+b"))

    def _entries(self, number: int) -> Any:
        file = self._files[number]
        file.seek(0)
        return np.frombuffer(file.read(), _ENTRY)


def _mapped(file: Any) -> Words:
    file.flush()
    if not os.path.getsize(file.name):
        return np.zeros(0, np.uint32)
    words: Words = np.memmap(file.name, np.uint32, mode="r")
    return words
