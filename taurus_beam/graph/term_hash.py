"""A 64-bit hash of strings, binary and integers, the same for arrays and for single values.

It spreads terms over shards, sketches and lookup tables. It is written with NumPy over Arrow's
own buffers, eight bytes of every string at a time; only what a few long strings have more than
the others is gone through in Python. It is part of the artifact's format (lookup tables are
stored) and never changes; it is no defence against somebody who picks terms to collide, so
whoever uses it compares the terms as well.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

__all__ = ["KEPT_BITS", "Hashes", "hash_again", "hash_term", "hash_terms", "word_reader"]

Hashes: TypeAlias = np.ndarray[Any, np.dtype[np.uint64]]

_SEED = 0x9E3779B97F4A7C15
_STEP = 0xD6E8FEB86659FD93
# The finaliser of splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
# generators", 2014).
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_ALL = (1 << 64) - 1
_WORD = 8
_BLOCK = 1 << 14
"""What is worked out on the way for so many terms stays in a core's own cache."""
_FEW, _STEPS = 32, 16
"""After so many steps of NumPy the rest of so few strings is hashed one by one: for a single long
string, a step of NumPy for every eight bytes takes a hundred times as long as one in Python."""
_PIECE = struct.Struct("<16Q")
KEPT_BITS = np.array([(1 << 8 * n) - 1 for n in range(_WORD + 1)], np.uint64)


def hash_terms(terms: Any) -> Hashes:
    """The hash of each element of an Arrow array; equal terms have equal hashes.

    Args:
        terms: Strings or binary (large ones too), integers or booleans, none missing; an array,
            a slice of one, or a chunked array.

    Example:
        >>> int(hash_terms(pa.array(["a", "b"]))[0]) == hash_term("a")
        True
    """
    if isinstance(terms, pa.ChunkedArray):
        return np.concatenate([np.zeros(0, np.uint64), *map(hash_terms, terms.chunks)])
    if pa.types.is_boolean(terms.type):
        terms = terms.cast(pa.uint8())
    stir = _numbers_stirred if pa.types.is_integer(terms.type) else _strings_stirred
    hashes = np.empty(len(terms), np.uint64)
    for start in range(0, len(terms), _BLOCK):
        block = hashes[start : start + _BLOCK]
        stir(terms.slice(start, _BLOCK), block)
        _finish_all(block)
    return hashes


def hash_again(hashes: Hashes) -> None:
    """Puts in the place of each hash its own hash, that of the integer which it is.

    Example:
        >>> hashes = np.array([5], np.uint64)
        >>> hash_again(hashes)
        >>> int(hashes[0]) == hash_term(5)
        True
    """
    for start in range(0, len(hashes), _BLOCK):
        block = hashes[start : start + _BLOCK]
        block ^= np.uint64(_SEED)
        _finish_all(block)


def hash_term(term: Any) -> int:
    """The hash of one str, bytes, int or bool.

    Example:
        >>> hash_term("a") == hash_term(b"a"), hash_term(1) == hash_term("1")
        (True, False)
    """
    if isinstance(term, int):
        return _finish((term & _ALL) ^ _SEED)
    # A lone surrogate is in no array; it hashes to something, and is found nowhere.
    data = term.encode("utf-8", "surrogatepass") if isinstance(term, str) else term
    return _finish(_stirred((_SEED ^ len(data)) & _ALL, data))


def _stirred(mixed: int, data: Any) -> int:
    """What a string's hash comes to after some more of its bytes, before it is finished."""
    start = 0
    while len(data) - start >= _PIECE.size:
        for word in _PIECE.unpack_from(data, start):
            mixed = ((mixed ^ word) * _STEP) & _ALL
            mixed ^= mixed >> 32
        start += _PIECE.size
    while start < len(data):
        word = int.from_bytes(data[start : start + _WORD], "little")
        mixed = ((mixed ^ word) * _STEP) & _ALL
        mixed ^= mixed >> 32
        start += _WORD
    return mixed


def _numbers_stirred(numbers: Any, mixed: Hashes) -> None:
    """What the hash of each number is before it is finished, into ``mixed``."""
    signed = pa.types.is_signed_integer(numbers.type)
    own = numbers.to_numpy(zero_copy_only=False)
    words = own.astype(np.int64 if signed else np.uint64, copy=False).view(np.uint64)
    np.bitwise_xor(words, np.uint64(_SEED), out=mixed)


def _strings_stirred(strings: Any, mixed: Hashes) -> None:
    """What the hash of each string is before it is finished, into ``mixed``."""
    is_large = pa.types.is_large_string(strings.type) or pa.types.is_large_binary(strings.type)
    _, offset_buffer, body_buffer = strings.buffers()
    kind = np.dtype(np.int64 if is_large else np.int32)
    # A buffer may be longer than its elements, and not by a whole number of them.
    own = np.frombuffer(offset_buffer, kind, len(strings) + 1, strings.offset * kind.itemsize)
    offsets: np.ndarray[Any, np.dtype[np.int64]] = own.astype(np.int64)
    lengths = np.diff(offsets)
    body = np.frombuffer(body_buffer or b"", np.uint8)
    read = word_reader(body)
    np.bitwise_xor(lengths.view(np.uint64), np.uint64(_SEED), out=mixed)
    if len(lengths) > _FEW and lengths[0] == lengths[-1] and (lengths == lengths[0]).all():
        _of_one_length_stirred(body, offsets, int(lengths[0]), mixed)
        return
    empty = np.flatnonzero(lengths == 0)
    unstirred = mixed[empty]
    mixed ^= read(offsets[:-1]) & KEPT_BITS.take(lengths, mode="clip")
    mixed *= np.uint64(_STEP)
    mixed ^= mixed >> np.uint64(32)
    mixed[empty] = unstirred
    longer = np.flatnonzero(lengths > _WORD)
    step = 1
    while longer.size > _FEW or (longer.size and step < _STEPS):
        left = lengths[longer] - step * _WORD
        words = read(offsets[longer] + step * _WORD) & KEPT_BITS.take(left, mode="clip")
        turned = (mixed[longer] ^ words) * np.uint64(_STEP)
        mixed[longer] = turned ^ (turned >> np.uint64(32))
        longer = longer[left > _WORD]
        step += 1
    for place in longer.tolist():
        rest = body[offsets[place] + step * _WORD : offsets[place + 1]]
        mixed[place] = _stirred(int(mixed[place]), rest.data)


def _of_one_length_stirred(
    body: np.ndarray[Any, np.dtype[np.uint8]],
    offsets: np.ndarray[Any, np.dtype[np.int64]],
    length: int,
    mixed: Hashes,
) -> None:
    """`_strings_stirred` from the first word on, of strings of which none is longer than others.

    Whole words lie at one distance from each other and need not be gathered.
    """
    whole, rest = divmod(length, _WORD)
    for step in range(whole):
        first = int(offsets[0]) + step * _WORD
        _stir_in(mixed, np.ndarray(len(mixed), np.dtype("<u8"), body.data, first, (length,)))
    if rest:
        words = word_reader(body)(offsets[:-1] + whole * _WORD)
        words &= KEPT_BITS[rest]
        _stir_in(mixed, words)


def _stir_in(mixed: Hashes, words: Hashes) -> None:
    mixed ^= words
    mixed *= np.uint64(_STEP)
    mixed ^= mixed >> np.uint64(32)


def word_reader(
    body: np.ndarray[Any, np.dtype[np.uint8]],
) -> Callable[[np.ndarray[Any, np.dtype[np.int64]]], Hashes]:
    """A function from positions to the eight bytes there, zeros after the body's end."""
    if len(body) < _WORD:
        body = np.concatenate([body, np.zeros(_WORD - len(body), np.uint8)])
    last = len(body) - _WORD
    words: Hashes = np.ndarray((last + 1,), np.dtype("<u8"), body.data, strides=(1,))

    def read(positions: np.ndarray[Any, np.dtype[np.int64]]) -> Hashes:
        found: Hashes
        if positions.size and positions.max() <= last:
            found = words[positions]
        else:
            beyond = np.maximum(positions - last, 0)
            found = words[positions - beyond] >> (8 * beyond).astype(np.uint64)
        return found

    return read


def _finish_all(mixed: Hashes) -> None:
    """`_finish` of each."""
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(_FIRST)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(_SECOND)
    mixed ^= mixed >> np.uint64(31)


def _finish(mixed: int) -> int:
    mixed = ((mixed ^ (mixed >> 30)) * _FIRST) & _ALL
    mixed = ((mixed ^ (mixed >> 27)) * _SECOND) & _ALL
    return mixed ^ (mixed >> 31)
