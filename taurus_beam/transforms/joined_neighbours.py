"""Sequences of neighbouring elements joined to strings, each where it stands, for some rows.

The elements of a row are joined once, and sequences are parts of that. So few rows are taken at a
time that what is between stays in a core's cache, and no memory need be asked for it anew. This
room knows nothing of codes; `Sequences` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.graph import compute as pc
from taurus_beam.transforms.lists import Integers

__all__ = ["JoinedNeighbours", "joined_pairs"]

_CACHED = 1 << 14
"""Of so many elements, what is computed stays in a core's cache."""
_FEW = 1 << 10
"""To join so few elements with their neighbours takes less than to set about cutting them."""
_MOST_CUTS = 16
"""Of longer sequences few are cut at once."""
_JOINED_BYTES = 1 << 26
"""As much may be joined in vain for some rows."""


class JoinedNeighbours:
    """The sequences of ``least`` to ``greatest`` neighbours, by their first element, then length.

    Args:
        tokens: The strings of all rows, none missing.
        offsets: Where each row begins, from 0, one more than there are rows.
        least: The least number of elements in a sequence, at least 1.
        greatest: The greatest.
        separator: What stands between elements that are joined.

    Example:
        >>> rows = JoinedNeighbours(pa.array(["a", "b", "c"]), np.array([0, 2, 3]), 1, 2, " ")
        >>> rows.strings().to_pylist(), rows.characters
        (['a', 'a b', 'b', 'c'], 6)
    """

    def __init__(
        self, tokens: Any, offsets: Integers, least: int, greatest: int, separator: str
    ) -> None:
        self._tokens, self._offsets = tokens, offsets
        self._least, self._greatest, self._separator = least, greatest, separator
        self._between = len(separator.encode())

    def parts(self) -> Iterator[JoinedNeighbours]:
        """Some rows after the other, few enough for a cache."""
        offsets = self._offsets
        if offsets[-1] <= _CACHED:
            yield self
            return
        cuts = np.searchsorted(offsets, np.arange(_CACHED, offsets[-1], _CACHED))
        rows = np.unique([0, *cuts, len(offsets) - 1])
        for first, end in pairwise(rows):
            start, size = offsets[first], offsets[end] - offsets[first]
            yield JoinedNeighbours(
                self._tokens.slice(start, size),
                offsets[first : end + 1] - start,
                self._least,
                self._greatest,
                self._separator,
            )

    @property
    def characters(self) -> int:
        """The bytes of all sequences."""
        characters = self._token_bytes if self._least == 1 else 0
        if self._greatest == 1:
            return characters
        first, end = self._offsets[:-1], self._offsets[1:]
        # The bytes of sequences of some size: those before their ends less those before they begin.
        before = _sums(self._token_offsets)
        for size in range(2, self._greatest + 1):
            long_enough = np.flatnonzero(end - first >= size)
            if not long_enough.size:
                break
            first, end = first[long_enough], end[long_enough]
            if size >= self._least:
                ends = before[end + 1] - before[first + size]
                begins = before[end - size + 1] - before[first]
                characters += int((ends - begins).sum())
                characters += int((end - first - size + 1).sum()) * (size - 1) * self._between
        return characters

    def strings(self) -> Any:
        """The sequences as one Arrow array."""
        tokens, before = self._tokens, self._before
        order = np.empty(before[-1], np.int32)
        strings, parts, known, joined = tokens, [tokens[:0]], 0, 0
        most = self._token_bytes + self._between * len(tokens)
        at = places = np.arange(len(tokens))
        for size in range(1, self._greatest + 1):
            if size > 1:
                goes_on = self._left[at] >= size
                at = at[goes_on]
                if not at.size:
                    break
                joined += size * most
                is_most = 2 * len(at) > len(tokens) and joined <= _JOINED_BYTES
                if is_most and len(tokens) <= _FEW:
                    # The last of a row with the first of the next too.
                    following = tokens.slice(size - 1)
                    strings = joined_pairs(
                        strings.slice(0, len(following)), following, self._separator
                    )
                    places = at
                elif is_most and size <= _MOST_CUTS:
                    strings, of_all = self._cut(size)
                    places = of_all[at]
                else:
                    following = tokens.take(pa.array(at + size - 1))
                    strings = strings.take(pa.array(places[goes_on]))
                    strings = joined_pairs(strings, following, self._separator)
                    places = np.arange(len(at))
            if size >= self._least:
                order[before[at] + size - self._least] = known + places
                parts.append(strings)
                known += len(strings)
        whole = pa.concat_arrays(parts)
        # Of one length they stand in order, unless others are between them.
        in_order = len(parts) == 2 and len(whole) == len(order)
        return whole if in_order else whole.take(pa.array(order))

    @cached_property
    def _left(self) -> Integers:
        """How many elements of the row are left from each on."""
        size = len(self._tokens)
        return np.repeat(self._offsets[1:], np.diff(self._offsets)) - np.arange(size)

    @cached_property
    def _before(self) -> Integers:
        """How many sequences begin before each element, and how many there are."""
        return _sums(np.maximum(np.minimum(self._left, self._greatest) - self._least + 1, 0))

    @property
    def _token_bytes(self) -> int:
        """The bytes of all elements."""
        return int(self._token_offsets[-1]) - int(self._token_offsets[0])

    @cached_property
    def _token_offsets(self) -> np.ndarray[Any, np.dtype[np.int32]]:
        """Where each element begins among the bytes of all, and where the last one ends."""
        tokens = self._tokens
        if not len(tokens):
            return np.zeros(1, np.int32)
        return np.frombuffer(tokens.buffers()[1], np.int32, len(tokens) + 1, 4 * tokens.offset)

    @cached_property
    def _ends(self) -> Integers:
        """Where each element ends if the elements of each row are joined, row after row."""
        separators = self._between * (self._left > 1)
        ends = self._lengths + separators
        np.cumsum(ends, out=ends)
        ends -= separators
        return ends

    @property
    def _lengths(self) -> Integers:
        """The bytes of each element."""
        return np.diff(self._token_offsets).astype(np.int64)

    @cached_property
    def _begins(self) -> Integers:
        """Where each element begins there."""
        return self._ends - self._lengths

    @cached_property
    def _rows_joined(self) -> Any:
        """The bytes of the elements of each row joined, row after row."""
        lists = pa.ListArray.from_arrays(pa.array(self._offsets, pa.int32()), self._tokens)
        return pc.binary_join(lists, self._separator).buffers()[2]

    def _cut(self, size: int) -> tuple[Any, Integers]:
        """Strings among which are all sequences of a size, and where that of each element is.

        The first sequence and those that follow it without overlap are cut at once, with what is
        between them; and likewise those from the second element on, and so on. Those across two
        rows are cut as well.
        """
        places = np.zeros(len(self._ends), np.int64)
        cuts, known = [], 0
        for first in range(size):
            ends = self._ends[first + size - 1 :: size]
            offsets = np.empty(2 * len(ends), np.int32)
            offsets[::2], offsets[1::2] = self._begins[first::size][: len(ends)], ends
            buffers = [None, pa.py_buffer(offsets), self._rows_joined]
            cuts.append(pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers))
            places[first::size][: len(ends)] = known + 2 * np.arange(len(ends))
            known += len(offsets) - 1
        return pa.concat_arrays(cuts), places


def joined_pairs(strings: Any, others: Any, separator: str) -> Any:
    """Each string with another one behind it."""
    return pc.binary_join_element_wise(strings, others, separator)


def _sums(numbers: np.ndarray[Any, Any]) -> Integers:
    """The sum of the numbers before each, and of all."""
    sums = np.zeros(len(numbers) + 1, np.int64)
    np.cumsum(numbers, out=sums[1:])
    return sums
