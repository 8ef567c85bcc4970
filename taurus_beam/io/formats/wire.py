"""The wire format of protocol buffers, many messages at once.

Messages are byte ranges of one buffer. A step looks at one field of each message, so a loop here
runs over the fields of the longest message and never over messages. What fields mean is not this
room's matter. Format: https://protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = [
    "Fields",
    "Ranges",
    "fields_of",
    "gathered",
    "prefixed",
    "varint_bytes",
    "varints_in",
]

Bytes: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]
Integers: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
_MOST_VARINT = 10


@dataclass(frozen=True, eq=False)
class Ranges:
    """Byte ranges of a buffer: where each starts and where it ends."""

    starts: Integers
    ends: Integers

    def __len__(self) -> int:
        return len(self.starts)

    def where(self, chosen: Any) -> Ranges:
        """Some of the ranges."""
        return Ranges(self.starts[chosen], self.ends[chosen])


@dataclass(frozen=True, eq=False)
class Fields:
    """The fields of some messages, those of a message together and in their order.

    Attributes:
        owner: Position of the message that each is of.
        number: The field's number.
        kind: Its wire type.
        content: Where its content lies.
    """

    owner: Integers
    number: Integers
    kind: Integers
    content: Ranges

    def where(self, chosen: Any) -> Fields:
        """Some of the fields."""
        return Fields(
            self.owner[chosen], self.number[chosen], self.kind[chosen], self.content.where(chosen)
        )


def fields_of(buffer: Bytes, messages: Ranges) -> Fields:
    """All fields of some messages.

    Raises:
        ValueError: The bytes are no messages.

    Example:
        >>> buffer = np.frombuffer(b"\\x08\\x05\\x12\\x02hi", np.uint8)
        >>> found = fields_of(buffer, Ranges(np.array([0, 2]), np.array([2, 6])))
        >>> found.owner, found.number, found.content.starts, found.content.ends
        (array([0, 1]), array([1, 2]), array([1, 4]), array([2, 6]))
    """
    owner = np.flatnonzero(messages.starts < messages.ends)
    position, end = messages.starts[owner], messages.ends[owner]
    found: list[tuple[Integers, ...]] = []
    while len(owner):
        tag, position = _varints_at(buffer, position, end)
        number, kind = tag >> 3, tag & 7
        if (number < 1).any():
            raise ValueError("a field has the number 0")
        start, stop = _contents(buffer, position, end, kind)
        found.append((owner, number, kind, start, stop))
        more = stop < end
        owner, position, end = owner[more], stop[more], end[more]
    if not found:
        nothing = np.zeros(0, np.int64)
        return Fields(nothing, nothing, nothing, Ranges(nothing, nothing))
    columns = [np.concatenate(parts) for parts in zip(*found, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    owners, numbers, kinds, starts, stops = (column[order] for column in columns)
    return Fields(owners, numbers, kinds, Ranges(starts, stops))


def gathered(buffer: Bytes, ranges: Ranges) -> tuple[Bytes, Integers]:
    """The bytes of some ranges in one piece, and where each begins in it (one more than ranges)."""
    lengths = ranges.ends - ranges.starts
    offsets = np.zeros(len(ranges) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    positions = np.arange(offsets[-1]) + np.repeat(ranges.starts - offsets[:-1], lengths)
    return buffer[positions], offsets


def varints_in(content: Bytes, offsets: Integers) -> tuple[Integers, Integers]:
    """All varints in some consecutive pieces, as int64, and how many there are in each piece.

    Raises:
        ValueError: A piece ends within a varint, or one is too long.

    Example:
        >>> content = np.frombuffer(b"\\x01\\x96\\x01\\x07", np.uint8)
        >>> varints_in(content, np.array([0, 3, 4]))
        (array([  1, 150,   7]), array([2, 1]))
    """
    last = content < 0x80
    before = np.concatenate([[0], np.cumsum(last)])
    ends_well = last[offsets[1:][np.diff(offsets) > 0] - 1]
    if not ends_well.all():
        raise ValueError("an integer is cut off")
    ends = np.flatnonzero(last)
    starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
    if len(ends) and int((ends - starts).max()) >= _MOST_VARINT:
        raise ValueError("an integer has more than 64 bits")
    place = np.arange(len(content)) - np.repeat(starts, ends - starts + 1)
    parts = (content & np.uint8(0x7F)).astype(np.uint64) << (7 * place).astype(np.uint64)
    numbers = np.add.reduceat(parts, starts) if len(ends) else parts
    return numbers.view(np.int64), np.diff(before[offsets])


def varint_bytes(numbers: Integers) -> tuple[Bytes, Integers]:
    """Integers as varints in one piece, and where each begins in it (one more than integers).

    Example:
        >>> content, offsets = varint_bytes(np.array([1, 150, -1]))
        >>> content[:3], offsets
        (array([  1, 150,   1], dtype=uint8), array([ 0,  1,  3, 13]))
    """
    rest = numbers.astype(np.int64).view(np.uint64)
    lengths = np.ones(len(rest), np.int64)
    for shorter in range(1, _MOST_VARINT):
        lengths += (rest >> np.uint64(7 * shorter)) > 0
    offsets = np.zeros(len(rest) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    place = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
    content = (np.repeat(rest, lengths) >> (7 * place).astype(np.uint64)) & np.uint64(0x7F)
    content[place < np.repeat(lengths, lengths) - 1] |= np.uint64(0x80)
    return content.astype(np.uint8), offsets


def prefixed(tag: int, contents: Any) -> Any:
    """Each content of a binary array as a field: its tag, its length, itself; null stays null.

    Example:
        >>> prefixed(0x0A, pa.array([b"hi", None], pa.large_binary())).to_pylist()
        [b'\\n\\x02hi', None]
    """
    lengths = pc.binary_length(contents).fill_null(0).to_numpy(zero_copy_only=False)
    unique, codes = np.unique(lengths, return_inverse=True)
    encoded, offsets = varint_bytes(unique)
    heads = [bytes([tag]) + encoded[a:b].tobytes() for a, b in itertools.pairwise(offsets)]
    head = pa.array(heads, pa.large_binary()).take(pa.array(codes))
    return pc.binary_join_element_wise(head, contents, pa.scalar(b"", pa.large_binary()))


def _varints_at(buffer: Bytes, position: Integers, end: Integers) -> tuple[Integers, Integers]:
    """The varint at each position, and what follows it."""
    value = np.zeros(len(position), np.uint64)
    position = position.copy()
    going = np.arange(len(position))
    for place in range(_MOST_VARINT):
        at = position[going]
        if (at >= end[going]).any():
            raise ValueError("a message is cut off")
        byte = buffer[at]
        value[going] |= (byte & np.uint8(0x7F)).astype(np.uint64) << np.uint64(7 * place)
        position[going] += 1
        going = going[byte >= 0x80]
        if not len(going):
            return value.view(np.int64), position
    raise ValueError("an integer has more than 64 bits")


def _contents(
    buffer: Bytes, position: Integers, end: Integers, kind: Integers
) -> tuple[Integers, Integers]:
    """Where the content of the field at each position lies, after its tag."""
    start, stop = position, position.copy()
    for size, number in ((8, FIXED64), (4, FIXED32)):
        stop[kind == number] += size
    varying = np.flatnonzero(kind == VARINT)
    if len(varying):
        stop[varying] = _varints_at(buffer, position[varying], end[varying])[1]
    sized = np.flatnonzero(kind == LENGTH)
    if len(sized):
        length, begin = _varints_at(buffer, position[sized], end[sized])
        if (length < 0).any():
            raise ValueError("a field has no end")
        start = start.copy()
        start[sized], stop[sized] = begin, begin + np.minimum(length, len(buffer) + 1)
    if not np.isin(kind, (VARINT, FIXED64, LENGTH, FIXED32)).all() or (stop > end).any():
        raise ValueError("a message is cut off or damaged")
    return start, stop
