"""The order of very many strings by their bytes, mostly decided by eight bytes of each.

What all of them begin with is left out, the next eight bytes are compared as one number, and
only strings alike in these are compared by Arrow. The order is that of Arrow's own sorting,
which compares strings byte by byte each time.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.graph.term_hash import KEPT_BITS, word_reader

__all__ = ["descending"]

Positions: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
Words: TypeAlias = np.ndarray[Any, np.dtype[np.uint64]]

_BLOCK = 1 << 14


def descending(texts: Any) -> Positions:
    """The positions of some strings, the greatest first; of equal ones in any order.

    Args:
        texts: Arrow array of ``large_binary``, none missing.

    Example:
        >>> descending(pa.array([b"a", b"", b"ab", b"b"], pa.large_binary())).tolist()
        [3, 2, 0, 1]
    """
    words = _words(texts)
    order = np.argsort(~words)
    in_order = words[order]
    alike = in_order[1:] == in_order[:-1]
    if alike.any():
        _settle(order, alike, texts)
    return order


def _settle(order: Positions, alike: np.ndarray[Any, np.dtype[np.bool_]], texts: Any) -> None:
    """Put strings that are like the next one so far in order."""
    first = np.append(True, ~alike)
    (open_places,) = np.nonzero(~first | np.append(alike, False))
    found = order[open_places]
    table = pa.table({"word": np.cumsum(first)[open_places], "text": texts.take(pa.array(found))})
    settled = pc.sort_indices(table, [("word", "ascending"), ("text", "descending")])
    order[open_places] = found[settled.to_numpy()]


def _words(texts: Any) -> Words:
    """The eight bytes of each string after what all begin with, zeros after its end."""
    _, offset_buffer, body = texts.buffers()
    if not len(texts):
        return np.zeros(0, np.uint64)
    raw = np.frombuffer(offset_buffer, np.int64)
    offsets = raw[texts.offset : texts.offset + len(texts) + 1]
    read = word_reader(np.frombuffer(body or b"", np.uint8))
    shared, words = _shared(texts), np.empty(len(texts), np.uint64)
    for first in range(0, len(texts), _BLOCK):  # what is between stays in the cache
        own = offsets[first : first + _BLOCK + 1]
        starts = own[:-1] + shared
        kept = KEPT_BITS[np.minimum(own[1:] - starts, len(KEPT_BITS) - 1)]
        words[first : first + _BLOCK] = (read(starts) & kept).byteswap()
    return words


def _shared(texts: Any) -> int:
    """With how many bytes all of some strings begin."""
    ends = pc.min_max(texts)
    least, most = ends["min"].as_py(), ends["max"].as_py()
    pairs = enumerate(zip(least, most, strict=False))
    return next((n for n, (one, other) in pairs if one != other), min(len(least), len(most)))
