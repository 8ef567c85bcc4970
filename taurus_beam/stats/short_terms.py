"""How often each of some strings occurs, without hashing their bytes one by one.

Strings of one length, as codes and times have it, differ in few of their bits. These, packed into
one word, stand for the string; they are counted by a hash of 16 bits, and what shares its hash with
another string is counted by Arrow. Strings of several lengths are not counted here.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

__all__ = ["counted"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

# Below, and with longer strings, Arrow is as fast.
_FEWEST_ROWS = 1 << 13
_MOST_WORDS = 4
_WORD = np.dtype("<u8")
_SLOT_BITS = 16
# The fraction of the golden ratio in 64 bits, which spreads what differs little (Knuth, "The Art
# of Computer Programming" 3, 6.4).
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


def counted(strings: Any) -> tuple[Any, Array] | None:
    """The distinct ones of some strings, in no order, and how often each occurs.

    Args:
        strings: Arrow array of strings or binary, none null.

    Returns:
        Arrow array of the type of the strings, and int64; None where Arrow is to count them.

    Example:
        >>> terms, counts = counted(pa.array(["JFK", "LGA", "JFK"] * 3_000))
        >>> sorted(zip(terms.to_pylist(), counts.tolist()))
        [('JFK', 6000), ('LGA', 3000)]
        >>> counted(pa.array(["JFK", "LGA"])) is None
        True
    """
    rows = len(strings)
    words = _words(strings) if rows >= _FEWEST_ROWS else None
    keys = None if words is None else _packed(words)
    if keys is None:
        return None
    slots = ((keys * _SPREAD) >> np.uint64(64 - _SLOT_BITS)).view(np.int64)
    owners = np.zeros(1 << _SLOT_BITS, np.int64)
    owners[slots] = np.arange(rows)  # any row of a slot will do
    others = keys.take(owners.take(slots)) != keys
    crowded = int(np.count_nonzero(others))
    if crowded > rows // 4:
        return None
    counts = np.bincount(slots[~others] if crowded else slots, minlength=len(owners))
    used = np.flatnonzero(counts > 0)
    terms, counts = strings.take(pa.array(owners[used])), counts[used]
    if crowded:
        rest = strings.filter(pa.array(others)).value_counts()
        terms = pa.concat_arrays([terms, rest.field("values")])
        counts = np.append(counts, rest.field("counts").to_numpy())
    return terms, counts


def _words(strings: Any) -> list[Array] | None:
    """What tells strings apart, as few words of 64 bits for each; None where it is too much."""
    large = pa.types.is_large_string(strings.type) or pa.types.is_large_binary(strings.type)
    kind = np.dtype(np.int64 if large else np.int32)
    _, places, content = strings.buffers()
    offsets = np.frombuffer(places, kind, len(strings) + 1, strings.offset * kind.itemsize)
    first, last = int(offsets[0]), int(offsets[-1])
    if last - first > 8 * _MOST_WORDS * len(strings):
        return None
    length = int(offsets[1]) - first
    if not length or not bool((np.diff(offsets) == length).all()):
        return None
    text = np.frombuffer(content, np.uint8, last - first, first)
    if length < 8:
        # The last string is followed by less than a word.
        text = np.append(text, np.zeros(8, np.uint8))
        return [_every(text, 0, length, len(strings)) & np.uint64((1 << 8 * length) - 1)]
    words = [_every(text, at, length, len(strings)) for at in range(0, length - 7, 8)]
    if length % 8:
        tail = _every(text, length - 8, length, len(strings))
        words.append(tail >> np.uint64(64 - 8 * (length % 8)))
    return words


def _every(text: Array, start: int, step: int, count: int) -> Array:
    """The words at places a step apart."""
    found: Array = np.ndarray((count,), _WORD, text, start, (step,)).copy()
    return found


def _packed(words: list[Array]) -> Array | None:
    """The bits in which some strings differ, in one word each; None where they are too many."""
    keys, used = np.zeros(len(words[0]), np.uint64), 0
    for word in words:
        bits = word ^ word[0]
        differing = int(np.bitwise_or.reduce(bits))
        if not differing:
            continue
        low = (differing & -differing).bit_length() - 1
        width = differing.bit_length() - low
        if used + width > 64:
            return None
        bits >>= np.uint64(low)
        keys = bits if not used else keys | (bits << np.uint64(used))
        used += width
    return keys
