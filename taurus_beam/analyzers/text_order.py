"""The order of very many strings by their bytes, mostly decided by eight bytes of each.

What all of them begin with is left out, the next eight bytes are compared as one number, and
only strings alike in these are compared by Arrow. The order is that of Arrow's own sorting,
which compares strings byte by byte each time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.graph.number_ranges import by_range, range_bits
from taurus_beam.graph.term_hash import KEPT_BITS, word_reader
from taurus_beam.graph.threads import in_threads

__all__ = ["descending"]

Positions: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
Words: TypeAlias = np.ndarray[Any, np.dtype[np.uint64]]

_BLOCK = 1 << 14
_MANY = 1 << 17
"""From so many strings on, several threads make their keys."""
_SAMPLE = 1 << 14
_DRAWN_BITS = 16
"""So many bits of a key, those in which keys differ first, say in what range it is."""


def descending(texts: Any, threads: int = 1) -> Positions:
    """The positions of some strings, the greatest first; of equal ones in any order.

    Args:
        texts: Arrow array of ``large_binary``, none missing.
        threads: How many threads may work.

    Example:
        >>> descending(pa.array([b"a", b"", b"ab", b"b"], pa.large_binary())).tolist()
        [3, 2, 0, 1]
    """
    keys = _keys(texts, threads)
    ranges = 1 << range_bits(len(keys))
    order, parts = by_range(len(keys), _evenly(keys, ranges), ranges, threads)

    def sort(own: slice) -> None:
        here = order[own]
        numbers = keys[here]
        within = np.argsort(numbers)
        in_order = numbers[within]
        alike = in_order[1:] == in_order[:-1]
        found = here[within]
        if alike.any():
            _settle(found, alike, texts)
        order[own] = found

    in_threads(sort, parts, threads)
    return order


def _evenly(keys: Words, ranges: int) -> Callable[[slice], Any]:
    """What gives each key of a slice its range: of smaller keys not a greater one."""
    if ranges == 1:
        return lambda part: np.zeros(len(keys[part]), np.uint16)
    least = keys.min()
    shift = np.uint64(max(int(keys.max() - least).bit_length() - _DRAWN_BITS, 0))
    sample = np.sort((keys[:: max(len(keys) // _SAMPLE, 1)] - least) >> shift)
    below = np.searchsorted(sample, np.arange(1 << _DRAWN_BITS))
    drawn = (below * ranges // (len(sample) + 1)).astype(np.uint16)
    return lambda part: drawn[(keys[part] - least) >> shift]


def _settle(order: Positions, alike: np.ndarray[Any, np.dtype[np.bool_]], texts: Any) -> None:
    """Put strings that are like the next one so far in order."""
    first = np.append(True, ~alike)
    (open_places,) = np.nonzero(~first | np.append(alike, False))
    found = order[open_places]
    table = pa.table({"word": np.cumsum(first)[open_places], "text": texts.take(pa.array(found))})
    settled = pc.sort_indices(table, [("word", "ascending"), ("text", "descending")])
    order[open_places] = found[settled.to_numpy()]


def _keys(texts: Any, threads: int) -> Words:
    """A number for each string, the smaller the greater it is; equal ones may have one.

    It is made of the eight bytes after what all begin with, and of zeros after a string's end.
    """
    _, offset_buffer, body = texts.buffers()
    if not len(texts):
        return np.zeros(0, np.uint64)
    raw = np.frombuffer(offset_buffer, np.int64)
    offsets = raw[texts.offset : texts.offset + len(texts) + 1]
    read = word_reader(np.frombuffer(body or b"", np.uint8))
    shared, keys = _shared(texts), np.empty(len(texts), np.uint64)

    def make(first: int) -> None:  # what is between stays in the cache
        own = offsets[first : first + _BLOCK + 1]
        starts = own[:-1] + shared
        kept = KEPT_BITS[np.minimum(own[1:] - starts, len(KEPT_BITS) - 1)]
        words = (read(starts) & kept).byteswap()
        np.invert(words, out=keys[first : first + _BLOCK])

    in_threads(make, range(0, len(texts), _BLOCK), threads if len(texts) >= _MANY else 1)
    return keys


def _shared(texts: Any) -> int:
    """With how many bytes all of some strings begin."""
    ends = pc.min_max(texts)
    least, most = ends["min"].as_py(), ends["max"].as_py()
    pairs = enumerate(zip(least, most, strict=False))
    return next((n for n, (one, other) in pairs if one != other), min(len(least), len(most)))
