"""Where the sequences of neighbouring elements of lists stand, and the strings they join to.

This room knows no operation: it joins, either every sequence where it stands or each distinct one
once.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.graph import compute as pc
from taurus_beam.graph.budget import check_column, check_elements
from taurus_beam.graph.made_text import MadeText
from taurus_beam.transforms.lists import Integers, Lists, encoded

__all__ = ["Sequences"]

_OFFSET_BYTES = 4
_JOINED_BYTES = 1 << 30
"""As much may be joined in vain."""


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
        self._between = len(separator.encode())
        size = len(tokens.text)
        self._left = np.repeat(tokens.offsets[1:], tokens.lengths) - np.arange(size)
        sequences = np.maximum(np.minimum(self._left, greatest) - least + 1, 0)
        self._before = np.zeros(size + 1, np.int64)
        np.cumsum(sequences, out=self._before[1:])
        check_elements(int(self._before[-1]), tokens.rows)

    @property
    def offsets(self) -> Integers:
        """Where each row's sequences begin."""
        return self._before[self._tokens.offsets]

    @property
    def joined(self) -> MadeText:
        """The string of each sequence."""
        size = int(self._before[-1])
        return MadeText(size, self._characters + _OFFSET_BYTES * size, self._plain, self._encoded)

    @cached_property
    def _starts(self) -> list[Integers]:
        """The first elements of the sequences of one element, of those of two, and so on."""
        starts = [np.arange(len(self._left))]
        while starts[-1].size and len(starts) < self._greatest:
            last = starts[-1]
            starts.append(last[self._left[last] > len(starts)])
        return starts

    @cached_property
    def _characters(self) -> int:
        """The bytes of all sequences."""
        before = self._bytes_before
        return sum(
            int(before[at + size].sum() - before[at].sum()) + self._between * (size - 1) * len(at)
            for size, at in enumerate(self._starts, 1)
            if size >= self._least
        )

    @cached_property
    def _bytes_before(self) -> Integers:
        """The bytes of all elements before each, and of all."""
        lengths = pc.binary_length(self._tokens.text.plain).to_numpy(zero_copy_only=False)
        before = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths, out=before[1:])
        return before

    def _plain(self) -> Any:
        """Each sequence joined where it stands.

        As long as most elements begin a sequence, all neighbours are joined, the last of a row
        with the first of the next too: to leave these out first would copy the others.
        """
        check_column(self._characters)
        tokens = self._tokens.text.plain
        # A token is in no more sequences than they have elements.
        once = int(self._bytes_before[-1]) + self._between * len(tokens)
        order = np.empty(self._before[-1], np.int32)
        strings, parts, known, joined = tokens, [tokens[:0]], 0, 0
        places = self._starts[0]
        for size, at in enumerate(self._starts, 1):
            joined += size * once
            if size > 1 and 2 * len(at) > len(tokens) and joined <= _JOINED_BYTES:
                following = tokens.slice(size - 1)
                strings = self._joined(strings.slice(0, len(following)), following)
                places = at
            elif size > 1:
                goes_on = places[self._left[self._starts[size - 2]] >= size]
                strings = self._with(strings, goes_on, tokens, at + size - 1)
                places = np.arange(len(at))
            if size >= self._least:
                order[self._before[at] + size - self._least] = known + places
                parts.append(strings)
                known += len(strings)
        whole = pa.concat_arrays(parts)
        # Of one length they stand in order; those across two rows are not wanted.
        in_order = len(parts) <= 2 and len(whole) == len(order)
        return whole if in_order else whole.take(pa.array(order))

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
        return self._joined(strings.take(pa.array(some)), others.take(pa.array(following)))

    def _joined(self, strings: Any, others: Any) -> Any:
        return pc.binary_join_element_wise(strings, others, self._separator)
