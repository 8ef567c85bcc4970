"""Finding and replacing the characters of one class in all strings of a batch at once.

The commonest patterns (``\\w+``, ``[^a-z0-9]``, ``\\s+``) are one class of characters, or runs
of it; for these no regular expression need run. What belongs to a class is still decided by
Python's ``re``, which is asked once for each character.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from taurus_beam.graph.budget import check_column
from taurus_beam.graph.text import Text
from taurus_beam.graph.values import Mask
from taurus_beam.transforms.lists import Integers, Lists

__all__ = ["CharacterClass", "character_class"]

Bytes: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]

_ONE_CLASS = re.compile(r"(\\[wWdDsS]|\.|\[(?:[^\[\]\\]|\\.)+\])(\+?)", re.DOTALL)
_CODE_POINTS = 0x110000
_UNKNOWN = 2


def character_class(pattern: str) -> CharacterClass | None:
    """What finds the matches of a valid pattern, if that is one class of characters or runs of it.

    Example:
        >>> words = character_class(r"\\w+")
        >>> words.found(pa.array(["to be", "été!"])).text.plain.to_pylist()
        ['to', 'be', 'été']
        >>> character_class("ab+") is None
        True
    """
    match = _ONE_CLASS.fullmatch(pattern)
    return CharacterClass(match[1], runs=bool(match[2])) if match else None


class CharacterClass:
    """Matches single characters of a class, or their longest runs.

    Args:
        one: A regular expression that matches one character.
        runs: Whether neighbouring characters make one match.
    """

    def __init__(self, one: str, runs: bool) -> None:
        self._matches = re.compile(one).match
        self._runs = runs
        self._members = np.full(128, _UNKNOWN, np.uint8)
        self._ask(self._members, np.arange(128))

    def found(self, strings: Any) -> Lists:
        """The matches in each string of an Arrow array; a missing string gives a missing list."""
        text, offsets = _bytes(strings)
        inside = self._inside(text)
        starts, ends = self._edges(text, inside, offsets[:-1])
        matches = _strings(text if inside.all() else text[inside], _offsets(ends - starts))
        missing = np.asarray(strings.is_null()) if strings.null_count else None
        return Lists(Text(matches), np.searchsorted(starts, offsets), missing, constant=False)

    def replaced(self, strings: Any, replacement: str) -> Text:
        """Each string of an Arrow array with every match replaced; missing stays missing."""
        text, offsets = _bytes(strings)
        inside = self._inside(text)
        starts, _ = self._edges(text, inside, offsets[:-1])
        put = np.frombuffer(replacement.encode(), np.uint8)
        sizes = (~inside).astype(np.int64)
        sizes[starts] = len(put)
        place = _offsets(sizes)
        check_column(int(place[-1]))
        result = np.empty(place[-1], np.uint8)
        result[place[:-1][~inside]] = text[~inside]
        for i, byte in enumerate(put):
            result[place[starts] + i] = byte
        present = pa.array(~np.asarray(strings.is_null())) if strings.null_count else None
        return Text(_strings(result, place[offsets], present))

    def _edges(self, text: Bytes, inside: Mask, rows: Integers) -> tuple[Integers, Integers]:
        """Where each match starts and ends (exclusive); none goes beyond the row it starts in."""
        if not self._runs:
            starts = np.flatnonzero(inside & ((text & 0xC0) != 0x80))
            return starts, starts + _bytes_of_lead(text[starts])
        rows = rows[rows < len(inside)]
        before, after = np.empty_like(inside), np.empty_like(inside)
        before[:1], before[1:] = False, inside[:-1]
        after[-1:], after[:-1] = False, inside[1:]
        before[rows] = False
        after[rows[rows > 0] - 1] = False
        return np.flatnonzero(inside & ~before), np.flatnonzero(inside & ~after) + 1

    def _inside(self, text: Bytes) -> Mask:
        """Whether each byte belongs to a character of the class."""
        if not text.size or text.max() < 128:
            return _flags(self._members[text])
        characters = np.frombuffer(text.tobytes().decode().encode("utf-32-le"), np.uint32)
        return _flags(np.repeat(self._of(characters), _bytes_of(characters)))

    def _of(self, characters: np.ndarray[Any, Any]) -> Bytes:
        table = self._members  # another thread may put a wider one in its place meanwhile
        if len(table) < _CODE_POINTS:
            table = np.full(_CODE_POINTS, _UNKNOWN, np.uint8)
            table[:128] = self._members[:128]
            self._members = table
        members: Bytes = table[characters]
        unknown = members == _UNKNOWN
        if unknown.any():
            self._ask(table, np.unique(characters[unknown]))
            members = table[characters]
        return members

    def _ask(self, table: Bytes, characters: np.ndarray[Any, Any]) -> None:
        table[characters] = [self._matches(chr(c)) is not None for c in characters]


def _bytes(strings: Any) -> tuple[Bytes, Integers]:
    """The bytes of all strings, missing ones taken for empty, and where each begins."""
    if strings.null_count:
        strings = strings.fill_null("")
    _, begins, body = strings.buffers()
    offsets = np.frombuffer(begins or bytes(4), np.int32, len(strings) + 1, 4 * strings.offset)
    text = np.frombuffer(body or b"", np.uint8)[offsets[0] : offsets[-1]]
    return text, offsets.astype(np.int64) - offsets[0]


def _strings(text: Bytes, offsets: Integers, present: Any = None) -> Any:
    buffers = [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(text)]
    if present is not None:
        buffers[0] = present.buffers()[1]
    return pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers)


def _offsets(lengths: Integers) -> Integers:
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def _bytes_of(characters: np.ndarray[Any, Any]) -> Integers:
    """How many bytes of UTF-8 each code point takes."""
    return 1 + np.searchsorted([0x80, 0x800, 0x10000], characters, side="right")


def _bytes_of_lead(first: Bytes) -> Integers:
    """How many bytes of UTF-8 a character of each first byte takes."""
    return 1 + np.searchsorted([0xC0, 0xE0, 0xF0], first, side="right")


def _flags(members: Bytes) -> Mask:
    flags: Mask = members.view(np.bool_)
    return flags
