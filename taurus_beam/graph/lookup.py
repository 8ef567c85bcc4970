"""Finding terms in a vocabulary of any size by three flat arrays, which may be mapped from a file.

The terms are spread over buckets by their hash, about one a bucket. A search reads one bucket,
compares 32 further bits of the hash and then the terms themselves, so that terms of equal hash
are told apart. Processes that map the arrays and the terms from one file share the memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from taurus_beam.graph import compute as pc
from taurus_beam.graph.number_ranges import by_range, range_bits
from taurus_beam.graph.term_hash import Hashes, hash_term, hash_terms
from taurus_beam.graph.threads import in_threads, thread_count

__all__ = [
    "LookupTable",
    "Places",
    "TermFinder",
    "Words",
    "bucket_bits",
    "buckets_of",
    "range_entries",
]

Places: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
Words: TypeAlias = np.ndarray[Any, np.dtype[np.uint32]]

_TAG_BITS = 0xFFFFFFFF
_MANY = 1 << 17
"""From so many terms on, several threads make a table."""
_BLOCK = 1 << 17


@dataclass(frozen=True, eq=False)
class LookupTable:
    """Where in a vocabulary the terms of each bucket of hashes stand.

    Attributes:
        starts: For each bucket, and once more for the end, its first entry; a power of two of
            buckets. The bucket of a hash is its highest bits.
        tags: The lower 32 bits of each entry's hash.
        places: Each entry's place in the vocabulary. Entries are ordered by hash, then place.
    """

    starts: Words
    tags: Words
    places: Words

    @staticmethod
    def of(terms: Any) -> LookupTable:
        """The table of some distinct terms, an array or chunked array."""
        threads = thread_count() if len(terms) >= _MANY else 1
        hashes = _hashed(terms, threads)
        size, bits = len(hashes), bucket_bits(len(hashes))
        starts = np.zeros((1 << bits) + 1, np.uint32)
        tags, places = np.empty(size, np.uint32), np.empty(size, np.uint32)
        # Sorted range by range of hashes: a sort of all at once would need five times the memory.
        parts = min(range_bits(size), bits)
        shift, width = np.uint64(64 - parts), 1 << (bits - parts)

        def ranges_of(part: slice) -> Any:
            if not parts:
                return np.zeros(len(hashes[part]), np.uint16)
            return (hashes[part] >> shift).astype(np.uint16)

        positions, ranges = by_range(size, ranges_of, 1 << parts, threads)

        def fill(number: int) -> None:
            first, own = number * width, ranges[number]
            here = positions[own]
            found = range_entries(hashes[here], here, bits, first, width, own.start)
            starts[first + 1 : first + width + 1], tags[own], places[own] = found

        in_threads(fill, range(1 << parts), threads)
        return LookupTable(starts, tags, places)

    @property
    def bits(self) -> int:
        """How many bits of a hash choose the bucket."""
        return (len(self.starts) - 1).bit_length() - 1

    def check(self, size: int) -> LookupTable:
        """Itself; ValueError unless it can be the table of ``size`` terms.

        That each place is the right one is not checked: it would mean building it anew.
        """
        starts, buckets = self.starts, len(self.starts) - 1
        if (
            buckets < 1
            or buckets & (buckets - 1)
            or len(self.tags) != size
            or len(self.places) != size
            or starts[0] != 0
            or starts[-1] != size
            or (starts[1:] < starts[:-1]).any()
            or (size and self.places.max() >= size)
        ):
            raise ValueError(f"a lookup table does not fit its {size} terms")
        return self


class TermFinder:
    """Searches a vocabulary by its lookup table. Safe to use from several threads.

    Args:
        terms: Distinct terms, an array or chunked array.
        table: Their lookup table.
    """

    def __init__(self, terms: Any, table: LookupTable) -> None:
        self._chunks = terms.chunks if isinstance(terms, pa.ChunkedArray) else [terms]
        self._first = np.cumsum([0, *map(len, self._chunks)])
        self._table = table
        # A memoryview gives Python integers, several times as fast as NumPy gives its own.
        self._words = [a.data for a in (table.starts, table.tags, table.places)]
        self._shift = 64 - table.bits

    def find(self, values: Any) -> Places:
        """The place of each element of an Arrow array without nulls; -1 where it is unknown."""
        hashes, table = hash_terms(values), self._table
        found = np.full(len(values), -1, np.int64)
        buckets = buckets_of(hashes, table.bits)
        entry = table.starts[buckets].astype(np.int64)
        end = table.starts[buckets + 1].astype(np.int64)
        tags = hashes.astype(np.uint32)
        pending = np.flatnonzero(entry < end)
        while pending.size:
            alike = self._alike(entry, end, tags, pending)
            places = table.places[entry[alike]].astype(np.int64)
            same = self._are_equal(values, alike, places)
            found[alike[same]] = places[same]
            pending = alike[~same]
            entry[pending] += 1
            pending = pending[entry[pending] < end[pending]]
        return found

    def _alike(self, entry: Places, end: Places, tags: Words, pending: Places) -> Places:
        """Which of some positions have an entry of their tag; `entry` is moved on to it."""
        alike = []
        while pending.size:
            hit = self._table.tags[entry[pending]] == tags[pending]
            alike.append(pending[hit])
            pending = pending[~hit]
            entry[pending] += 1
            pending = pending[entry[pending] < end[pending]]
        return np.concatenate(alike)

    def place(self, value: Any) -> int:
        """The place of one str, bytes, int or bool; -1 where it is unknown."""
        starts, tags, places = self._words
        hashed = hash_term(value)
        bucket, tag = hashed >> self._shift, hashed & _TAG_BITS
        for entry in range(starts[bucket], starts[bucket + 1]):
            if tags[entry] == tag and self._term(places[entry]) == value:
                return places[entry]
        return -1

    def _term(self, place: int) -> Any:
        if len(self._chunks) == 1:
            return self._chunks[0][place].as_py()
        chunk = int(np.searchsorted(self._first, place, side="right")) - 1
        return self._chunks[chunk][place - int(self._first[chunk])].as_py()

    def _are_equal(self, values: Any, positions: Places, places: Places) -> Any:
        """Whether the values at some positions are the terms at some places."""
        if len(self._chunks) == 1:
            return _equal(self._chunks[0], places, values, positions)
        same = np.zeros(len(places), np.bool_)
        chunks = np.searchsorted(self._first, places, side="right") - 1
        for number in np.unique(chunks):
            here = np.flatnonzero(chunks == number)
            within = places[here] - self._first[number]
            same[here] = _equal(self._chunks[number], within, values, positions[here])
        return same


def _equal(terms: Any, places: Places, values: Any, positions: Places) -> Any:
    """Whether the terms at some places are the values at some positions."""
    one, other = terms.take(pa.array(places)), values.take(pa.array(positions))
    other = other if other.type == one.type else other.cast(one.type)
    return pc.equal(one, other).to_numpy(zero_copy_only=False)


def _hashed(terms: Any, threads: int) -> Hashes:
    """The hash of each term."""
    hashes = np.empty(len(terms), np.uint64)

    def fill(start: int) -> None:
        hashes[start : start + _BLOCK] = hash_terms(terms.slice(start, _BLOCK))

    in_threads(fill, range(0, len(terms), _BLOCK), threads)
    return hashes


def range_entries(
    hashes: Hashes, places: Any, bits: int, first: int, width: int, start: int
) -> tuple[Words, Words, Words]:
    """What a table has for the terms of a range of buckets.

    Args:
        hashes: Their hashes.
        places: Their places in the vocabulary, ascending where hashes are equal.
        bits: How many bits of a hash choose the bucket.
        first: The range's first bucket.
        width: How many buckets it has.
        start: How many terms have a bucket before it.

    Returns:
        The first entry after each bucket; the tags and the places of the entries.
    """
    order = np.argsort(hashes)
    in_order = hashes[order]
    if (in_order[1:] == in_order[:-1]).any():  # hardly ever, and a stable sort takes longer
        order = np.argsort(hashes, kind="stable")
    hashes = in_order
    sizes = np.bincount(buckets_of(hashes, bits) - first, minlength=width)
    ends = (np.cumsum(sizes) + start).astype(np.uint32)
    return ends, hashes.astype(np.uint32), places[order].astype(np.uint32)


def bucket_bits(size: int) -> int:
    """How many bits of a hash choose the bucket in a table of so many terms."""
    return max(size - 1, 0).bit_length()


def buckets_of(hashes: Hashes, bits: int) -> Places:
    """The highest bits of each hash."""
    if not bits:
        return np.zeros(len(hashes), np.int64)
    return (hashes >> np.uint64(64 - bits)).astype(np.int64)
