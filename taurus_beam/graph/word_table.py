"""Finding short strings in a vocabulary without Python or a hash table made for the call.

A string of up to 31 bytes is one to four words of eight bytes, which NumPy reads of all strings at
once. Terms stand in a table without collisions: a first hash gives each its bucket, and a bucket of
n terms has at least n² slots and a second hash that keeps them apart (Fredman, Komlós and
Szemerédi, "Storing a sparse table with O(1) worst case access time", 1984). So every string is
compared with one term, whatever it is, and exactly: all of its bytes, and how many they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from taurus_beam.graph.term_hash import KEPT_BITS

__all__ = ["WordTable"]

_Words: TypeAlias = np.ndarray[Any, np.dtype[np.uint64]]
_Places: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]

_WORD = 8
_MOST_WORDS = 4
_FIRST = np.uint64(0x9E3779B97F4A7C15)
_MIX, _HALF = np.uint64(0xD6E8FEB86659FD93), np.uint64(32)
_ROUNDS = 64
"""A second hash fits a bucket with a chance of at least a half: after so many, all are found."""
_MOST_SLOTS = 16
"""A term has less than four on average, unless somebody picked terms that collide."""
_CACHED = 1 << 13
"""Of so many strings, what is read and computed stays in a core's cache."""
_COPIED = 1 << 20
"""Strings of more bytes are looked at in parts, since their bytes are copied."""
_TEXT = (pa.string(), pa.binary())


@dataclass(frozen=True, eq=False)
class WordTable:
    """Some distinct strings, or binary, and where each stands. Safe to use from several threads.

    Attributes:
        shift: What leaves the bucket of a first hash.
        factors: Of each bucket, what its second hash multiplies by.
        shifts: Of each bucket, what leaves the slot of a second hash.
        starts: Of each bucket, its first slot.
        words: Of each slot, the words of its term; zeros, which no term has, where it is empty.
        places: Of each slot, the place of its term.
    """

    shift: np.uint64
    factors: _Words
    shifts: _Words
    starts: _Places
    words: tuple[_Words, ...]
    places: _Places

    @staticmethod
    def of(terms: Any) -> WordTable | None:
        """The table of an Arrow array of terms; None where some are too long, or collide.

        Args:
            terms: ``string`` or ``binary``, distinct and none missing.

        Example:
            >>> table = WordTable.of(pa.array(["b", "a"]))
            >>> table.find(pa.array(["a", "c", "b", "ab"])).tolist()
            [1, -1, 0, -1]
        """
        if not len(terms) or terms.type not in _TEXT:
            return None
        longest = int(np.diff(_offsets(terms)).max())
        # The last byte of the last word is for the length.
        count = longest // _WORD + 1
        if count > _MOST_WORDS:
            return None
        words = _words(terms, count)
        keys = _keys(words)
        bits = max((len(keys) - 1).bit_length(), 1)
        shift = np.uint64(64 - bits)
        buckets = (keys * _FIRST >> shift).view(np.int64)
        sizes = np.bincount(buckets, minlength=1 << bits)
        slot_bits = np.maximum(np.ceil(2 * np.log2(np.maximum(sizes, 1))), 1).astype(np.int64)
        ends = np.cumsum(1 << slot_bits)
        if ends[-1] > _MOST_SLOTS * (len(keys) + _MOST_SLOTS):
            return None
        starts = ends - (1 << slot_bits)
        shifts = (64 - slot_bits).astype(np.uint64)
        found = _kept_apart(keys, buckets, starts, shifts, int(ends[-1]))
        if found is None:
            return None
        factors, slots = found
        of_slots = tuple(np.zeros(int(ends[-1]), np.uint64) for _ in words)
        for table, column in zip(of_slots, words, strict=True):
            table[slots] = column
        places = np.full(int(ends[-1]), -1, np.int64)
        places[slots] = np.arange(len(keys))
        return WordTable(shift, factors, shifts, starts, of_slots, places)

    def find(self, values: Any) -> _Places:
        """The place of each element of an Arrow array of the terms' type; -1 where it is unknown.

        What it gives for a null is arbitrary.
        """
        offsets, rows = _offsets(values), len(values)
        if rows > 1 and (rows > _CACHED or offsets[-1] - offsets[0] > _COPIED):
            half = rows // 2
            return np.concatenate([self.find(values[:half]), self.find(values[half:])])
        return self._found(values)

    def _found(self, values: Any) -> _Places:
        words = _words(values, len(self.words))
        keys = _keys(words)
        buckets = (keys * _FIRST >> self.shift).view(np.int64)
        slots = keys * self.factors.take(buckets)
        slots >>= self.shifts.take(buckets)
        at = slots.view(np.int64)
        at += self.starts.take(buckets)
        places = self.places.take(at)
        for table, column in zip(self.words, words, strict=True):
            places[table.take(at) != column] = -1
        return places


def _kept_apart(
    keys: _Words, buckets: _Places, starts: _Places, shifts: _Words, size: int
) -> tuple[_Words, _Places] | None:
    """A factor for each bucket that gives its keys slots of their own, and these slots."""
    factors = np.ones(len(starts), np.uint64)
    slots = np.zeros(len(keys), np.int64)
    left = np.arange(len(keys))
    factor = int(_FIRST)
    for _ in range(_ROUNDS):
        factor = (factor * int(_MIX) + 1) % (1 << 64) | 1
        of_left = buckets[left]
        at = (keys[left] * np.uint64(factor) >> shifts[of_left]).view(np.int64) + starts[of_left]
        collide = np.zeros(len(starts), np.bool_)
        collide[of_left[np.bincount(at, minlength=size)[at] > 1]] = True
        fit = ~collide[of_left]
        factors[of_left[fit]] = factor
        slots[left[fit]] = at[fit]
        left = left[~fit]
        if not left.size:
            return factors, slots
    return None  # two terms of one key


def _offsets(strings: Any) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Where each string of an array begins, and where the last one ends."""
    buffer = strings.buffers()[1]
    if buffer is None or not len(strings):
        return np.zeros(1, np.int32)
    return np.frombuffer(buffer, np.int32, len(strings) + 1, 4 * strings.offset)


def _words(strings: Any, count: int) -> list[_Words]:
    """Words of each string, little-endian and filled up with zeros; in the last byte, its length.

    Of one that is too long the length says so, and it is none of the terms.
    """
    offsets = _offsets(strings)
    first, last = int(offsets[0]), int(offsets[-1])
    if len(strings) == 1:  # which may be of any size, and is too long from there on
        last = min(last, first + count * _WORD)
    # Reading whole words goes beyond the end of the last string, where memory may end.
    body = np.zeros(last - first + count * _WORD, np.uint8)
    if last > first:
        body[: last - first] = np.frombuffer(strings.buffers()[2], np.uint8, last - first, first)
    at_any: _Words = np.ndarray((len(body) - _WORD + 1,), np.dtype("<u8"), body.data, strides=(1,))
    lengths = offsets[1:] - offsets[:-1]
    starts = offsets[:-1].astype(np.int64)
    if first:
        starts -= first
    words = []
    for number in range(count - 1):
        words.append(at_any[starts] & KEPT_BITS.take(lengths - number * _WORD, mode="clip"))
        starts += _WORD
    word = at_any[starts] & _LAST_BITS.take(lengths - (count - 1) * _WORD, mode="clip")
    word |= _LENGTHS[count - 1].take(lengths, mode="clip")
    return [*words, word]


def _keys(words: list[_Words]) -> _Words:
    """One word of the words of each string, hardly ever the same for two strings."""
    keys = words[0]
    for word in words[1:]:
        keys = keys * _MIX
        keys ^= keys >> _HALF
        keys ^= word
    return keys


_LAST_BITS = KEPT_BITS[:_WORD]
_LENGTHS = [
    np.array([*range(1, _WORD * count + 1), 0xFF], np.uint64) << np.uint64(8 * (_WORD - 1))
    for count in range(1, _MOST_WORDS + 1)
]
"""The last byte by length: one more than it, that of the empty string being no empty slot."""
