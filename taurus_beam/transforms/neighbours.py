"""Where the sequences of neighbouring elements of lists stand, and the strings they join to.

This room knows no operation: it joins, either every sequence where it stands or each distinct one
once.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.graph.budget import check_column, check_elements
from taurus_beam.graph.made_text import MadeText
from taurus_beam.transforms.joined_neighbours import JoinedNeighbours, joined_pairs
from taurus_beam.transforms.lists import Integers, Lists, encoded

__all__ = ["Sequences"]

_OFFSET_BYTES = 4


class Sequences:
    """All sequences of ``least`` to ``greatest`` neighbours, by their first element, then length.

    Args:
        tokens: Lists of strings.
        least: The least number of elements in a sequence, at least 1.
        greatest: The greatest.
        separator: What stands between elements that are joined.

    Raises:
        DataError: If there are more than a batch may have.
    """

    def __init__(self, tokens: Lists, least: int, greatest: int, separator: str) -> None:
        self._tokens, self._separator = tokens, separator
        self._least, self._greatest = least, greatest
        check_elements(int(self.offsets[-1]), tokens.rows)

    @cached_property
    def offsets(self) -> Integers:
        """Where each row's sequences begin."""
        # A row of n elements has n sequences of one, n - 1 of two, and so on.
        shorter = np.maximum(self._tokens.lengths - self._least + 1, 0)
        kinds = np.minimum(shorter, self._greatest - self._least + 1)
        offsets = np.zeros(self._tokens.rows + 1, np.int64)
        np.cumsum(kinds * shorter - kinds * (kinds - 1) // 2, out=offsets[1:])
        return offsets

    @property
    def joined(self) -> MadeText:
        """The string of each sequence."""
        size = int(self.offsets[-1])
        return MadeText(size, self._characters + _OFFSET_BYTES * size, self._plain, self._encoded)

    @cached_property
    def _left(self) -> Integers:
        """How many elements of the row are left from each on."""
        tokens = self._tokens
        return np.repeat(tokens.offsets[1:], tokens.lengths) - np.arange(tokens.offsets[-1])

    @cached_property
    def _before(self) -> Integers:
        """How many sequences begin before each element, and how many there are."""
        before = np.zeros(len(self._left) + 1, np.int64)
        sequences = np.minimum(self._left, self._greatest) - self._least + 1
        np.cumsum(np.maximum(sequences, 0), out=before[1:])
        return before

    @cached_property
    def _starts(self) -> list[Integers]:
        """The first elements of the sequences of one element, of those of two, and so on."""
        starts = [np.arange(len(self._left))]
        while starts[-1].size and len(starts) < self._greatest:
            last = starts[-1]
            starts.append(last[self._left[last] > len(starts)])
        return starts

    @cached_property
    def _in_rows(self) -> JoinedNeighbours:
        tokens = self._tokens
        return JoinedNeighbours(
            tokens.text.plain, tokens.offsets, self._least, self._greatest, self._separator
        )

    @cached_property
    def _characters(self) -> int:
        """The bytes of all sequences."""
        return sum(part.characters for part in self._in_rows.parts())

    def _plain(self) -> Any:
        """Each sequence joined where it stands."""
        check_column(self._characters)
        parts = [part.strings() for part in self._in_rows.parts()]
        return parts[0] if len(parts) == 1 else pa.concat_arrays(parts)

    def _encoded(self) -> tuple[Any, Integers]:
        """Each distinct sequence is joined once; till then they are told apart by number."""
        codes, distinct = self._tokens.text.codes.astype(np.int64), self._tokens.text.distinct
        width = max(len(distinct), 1)
        numbers = np.zeros(self._before[-1], np.int64)
        strings, parts, known = distinct, [distinct[:0]], 0
        ending_here = codes
        for size, at in enumerate(self._starts, 1):
            if size > 1:
                goes_on = self._left[self._starts[size - 2]] >= size
                ending_here, kinds = encoded(ending_here[goes_on] * width + codes[at + size - 1])
                strings = self._with(strings, kinds // width, distinct, kinds % width)
            if size >= self._least:
                numbers[self._before[at] + size - self._least] = known + ending_here
                parts.append(strings)
                known += len(strings)
                check_column(sum(part.nbytes for part in parts))
        whole = pa.concat_arrays(parts).dictionary_encode()
        places = whole.indices.to_numpy()
        return whole.dictionary, places[numbers] if known else numbers

    def _with(self, strings: Any, some: Integers, others: Any, following: Integers) -> Any:
        """Some strings, each with the one that follows it."""
        followers = others.take(pa.array(following))
        return joined_pairs(strings.take(pa.array(some)), followers, self._separator)
