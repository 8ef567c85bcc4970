"""A vocabulary: distinct values in the order of their ids, and how they are found.

Few values are found by a dict or Arrow's hash table; many by a `LookupTable`, which is made when
first needed or comes, with the terms, mapped from an artifact. Which way is taken never shows in
a result.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import EngineError
from taurus_beam.graph import compute as pc
from taurus_beam.graph.bitmaps import missing_mask
from taurus_beam.graph.memory import converted
from taurus_beam.graph.shared_numbers import numbers_of

if TYPE_CHECKING:  # imported below where they are used, which is not for single rows
    from taurus_beam.graph.lookup import LookupTable, Places, TermFinder
    from taurus_beam.graph.word_table import WordTable

__all__ = ["INDEXED_FROM", "Stored", "Vocabulary", "one_array"]

INDEXED_FROM = 1 << 17
"""From so many terms on, single values are looked up without a dict of all terms."""

_FEW_VALUES = 256  # so many cost less to find in a dict one by one than to ask Arrow once
_TERMS_PER_VALUE = 4  # a value costs as much to find in a dict as four terms to put into a table
_ROWS_PER_TERM = 2  # a term costs as much to put into a hash table as two rows save
_ROWS_PER_WORD = 8  # and where its words stand in a table that was made before, as eight
_ASKED_PER_TERM = 4  # a table of words is worth making once so many values were looked up
_SLICE = 1 << 16


@dataclass(frozen=True, eq=False)
class Stored:
    """The files that a vocabulary was read from, as bytes or mapped: written again as they are.

    Attributes:
        terms: The file of its terms and counts.
        lookup: The file of its lookup table, if it has one.
    """

    terms: Any
    lookup: Any = None


class Vocabulary:
    """Distinct values in the order of their ids, and what they were ordered by.

    Attributes:
        name: What its asset is called.
        terms: Arrow array (or chunked array) of the values, none missing; strings and binary may
            be of the large kind. It may be mapped from a file.
        counts: What each value was ordered by: how often it occurred (int64), the sum of its
            weights or its mutual information with a label (float64). Reserved tokens have -1.
        stored: The files it was read from, or None.
    """

    def __init__(
        self,
        name: str,
        terms: Any,
        counts: Any,
        lookup_table: LookupTable | None = None,
        stored: Stored | None = None,
    ) -> None:
        self.name = name
        self.terms = terms
        self.counts = counts
        self.stored = stored
        self._lookup_table = lookup_table
        self._asked = 0

    def __len__(self) -> int:
        return len(self.terms)

    @property
    def is_indexed(self) -> bool:
        """Whether it is so large that its lookup table belongs into an artifact."""
        return len(self) >= INDEXED_FROM

    @cached_property
    def lookup_table(self) -> LookupTable:
        """Its lookup table, made now unless it came with the terms."""
        from taurus_beam.graph.lookup import LookupTable

        return self._lookup_table or LookupTable.of(self.terms)

    @cached_property
    def ids(self) -> dict[Any, int]:
        """Id by value, as a dict of all terms; `place` does without one where there are many."""
        return {term: i for i, term in enumerate(self.terms.to_pylist())}

    @cached_property
    def place(self) -> Callable[[Any], int]:
        """A function from one Python value to its id, -1 where it is unknown.

        Example:
            >>> terms = Vocabulary("v", pa.array(["b", "a"]), pa.array([2, 1]))
            >>> terms.place("a"), terms.place("c")
            (1, -1)
        """
        if self.is_indexed:
            return self._finder.place
        known = self.ids.get
        return lambda value: known(value, -1)

    def places(self, values: Any) -> Places:
        """The id of each element of an Arrow array without nulls, -1 where it is unknown.

        Example:
            >>> terms = Vocabulary("v", pa.array(["b", "a"]), pa.array([2, 1]))
            >>> terms.places(pa.array(["a", "c", "b"])).tolist()
            [1, -1, 0]
        """
        if len(values) > _FEW_VALUES:
            if len(self) * _ROWS_PER_WORD > len(values):
                table = self._words_worth_making(values)
                if table is not None:
                    return table.find(values)
            if len(self) <= _TERMS_PER_VALUE * len(values):
                return self._searched(values)
            if self.is_indexed:
                return self._finder.find(values)
        asked = values.to_pylist()
        if self.is_indexed:
            return np.fromiter(map(self.place, asked), np.int64, len(asked))
        return np.fromiter(map(self.ids.get, asked, repeat(-1)), np.int64, len(asked))

    def places_of_rows(self, values: Any) -> Places | None:
        """As `places`, for values that repeat and may be null, without finding each once.

        What it gives for a null is arbitrary. None where the vocabulary is too large, beside the
        rows, for that to be the faster way.

        Example:
            >>> terms = Vocabulary("v", pa.array(["b"]), pa.array([2]))
            >>> terms.places_of_rows(pa.array(["b", "a"] * 100))[:4].tolist()
            [0, -1, 0, -1]
        """
        if len(values) <= _FEW_VALUES and not self.is_indexed:
            return self.places(values)
        if len(self) * _ROWS_PER_WORD > len(values):
            table = self._words_worth_making(values)
            if table is not None:
                return table.find(values)
        return None if len(self) * _ROWS_PER_TERM > len(values) else self._searched(values)

    def to_text(self, path: str, with_counts: bool = False) -> None:
        r"""Write the terms to a local text file, one a line in the order of their ids.

        Where no term has a line break or a backslash, these are the bytes of a TFT vocabulary
        file. Those characters are written as ``\n``, ``\r`` and ``\\``, so that every term
        stays one line and can be read back.

        Args:
            path: A file; one that exists is replaced, and only once the new one is whole.
            with_counts: Put what the terms were ordered by before each, and a space, as TFT does
                with ``store_frequency``.

        Raises:
            EngineError: If the file cannot be written.

        Example:
            >>> import tempfile
            >>> path = tempfile.mkdtemp() + "/vocabulary.txt"
            >>> Vocabulary("v", pa.array(["b", "a"]), pa.array([2, 1])).to_text(path, True)
            >>> open(path).read()
            '2 b\n1 a\n'
        """
        from taurus_beam.whole_file import replacing  # what it needs takes as long as some rooms

        try:
            with replacing(path) as file:
                file.writelines(self._lines(with_counts))
        except OSError as problem:
            raise EngineError(
                f"The vocabulary {self.name!r} could not be written to {path}: "
                f"{problem.strerror or problem}",
                where=path,
                expected="a file in a local folder that exists and can be written",
                fix="Choose another path.",
            ) from problem

    @cached_property
    def digest(self) -> str:
        """sha256 of the values in order."""
        digest = hashlib.sha256(f"{self.terms.type} {self.counts.type}".encode())
        for start in range(0, len(self), _SLICE):
            terms = one_array(self.terms.slice(start, _SLICE))
            counts = one_array(self.counts.slice(start, _SLICE))
            digest.update(pa.record_batch([terms, counts], ["term", "count"]).serialize())
        return digest.hexdigest()

    @cached_property
    def _finder(self) -> TermFinder:
        from taurus_beam.graph.lookup import TermFinder

        return TermFinder(self.terms, self.lookup_table)

    def _words_worth_making(self, values: Any) -> WordTable | None:
        """The terms as words, once so many values were asked for that making them pays.

        None before that, where there are too many or too long terms, and for values of other types.
        """
        if self.is_indexed or values.type not in (pa.string(), pa.binary()):
            return None
        self._asked += len(values)  # not exact when several threads ask, and need not be
        return self._word_table if self._asked > _ASKED_PER_TERM * len(self) else None

    @cached_property
    def _word_table(self) -> WordTable | None:
        from taurus_beam.graph.word_table import WordTable

        return WordTable.of(one_array(self.terms))

    def _searched(self, values: Any) -> Places:
        """By a hash table of the terms, made for the call."""
        found = pc.index_in(values, value_set=self._value_set(values.type))
        places: Places = converted(numbers_of(found, np.dtype(np.int32)), np.int64)
        missing = missing_mask(found)
        if missing is not None:
            places[missing] = -1
        return places

    def _value_set(self, dtype: Any) -> Any:
        return self.terms if self.terms.type == dtype else self.terms.cast(dtype)

    def _lines(self, with_counts: bool) -> Iterator[bytes]:
        for start in range(0, len(self), _SLICE):
            terms = self.terms.slice(start, _SLICE).to_pylist()
            lines: Iterable[bytes] = map(_escaped, terms)
            if with_counts:
                counts = self.counts.slice(start, _SLICE).to_pylist()
                lines = (f"{c} ".encode() + t for c, t in zip(counts, lines, strict=True))
            yield b"".join(line + b"\n" for line in lines)


def _escaped(term: Any) -> bytes:
    text = term if isinstance(term, bytes) else str(term).encode()
    return text.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r")


def one_array(array: Any) -> Any:
    """An array as it is, a chunked one in one piece."""
    if not isinstance(array, pa.ChunkedArray):
        return array
    return pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
