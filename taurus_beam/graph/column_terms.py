"""A whole column of strings as one dictionary and codes, found by several threads at once.

Strings are spread over shards by their hash. Each shard has a dictionary of its own, which no
other shares a string with: end to end they are the dictionary of the column, and nothing need be
merged. A shard's hash table stays in the cache, which the whole column's would not.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa

from taurus_beam.graph.bitmaps import missing_mask
from taurus_beam.graph.memory import uninitialized
from taurus_beam.graph.term_hash import hash_terms
from taurus_beam.graph.threads import in_threads
from taurus_beam.graph.vocabulary import one_array

__all__ = ["dictionary_column"]

Codes: TypeAlias = np.ndarray[Any, np.dtype[np.int32]]

_PIECE_ROWS = 1 << 17
_SHARD_ROWS = 1 << 16
_MOST_SHARD_BITS = 8


class _Piece(NamedTuple):
    """Some rows of a column, by shard.

    Attributes:
        start: The first one's number.
        rows: Where in the piece those of the first shard stand, then those of the next.
        sizes: How many rows each shard has.
        missing: Where a string is missing, or None where none is.
    """

    start: int
    rows: Codes
    sizes: np.ndarray[Any, np.dtype[np.int64]]
    missing: np.ndarray[Any, np.dtype[np.bool_]] | None


def dictionary_column(column: pa.ChunkedArray, threads: int) -> pa.ChunkedArray:
    """The column as a dictionary of int32 codes, the same for all of its chunks.

    Args:
        column: Strings or binary, large ones too; fewer bytes than an array of them can have.
        threads: How many threads may work; what is found does not depend on it.

    Returns:
        Chunks as long as they were. Each string that occurs is once in the dictionary, in an
        order that only the column decides; a missing one has no code.

    Example:
        >>> column = dictionary_column(pa.chunked_array([["b", "a"], [None, "b"]]), threads=2)
        >>> column.type, column.cast(pa.string()).to_pylist()
        (DictionaryType(dictionary<values=string, indices=int32, ordered=0>), ['b', 'a', None, 'b'])
    """
    rows = len(column)
    bits = min((rows // _SHARD_ROWS).bit_length(), _MOST_SHARD_BITS)
    if not bits:
        return column.dictionary_encode()
    starts = range(0, rows, _PIECE_ROWS)
    spread = in_threads(lambda start: _spread(column, start, bits), starts, threads)
    pieces, strings = [piece for piece, _ in spread], [strings for _, strings in spread]
    del spread
    encoded = in_threads(lambda n: _encoded([own[n] for own in strings]), range(1 << bits), threads)
    strings.clear()  # as much as the column itself, and what follows needs the room
    terms, shards = [terms for terms, _ in encoded], [codes for _, codes in encoded]
    del encoded
    lengths = np.array(list(map(len, terms)), np.int32)
    firsts = np.cumsum(lengths, dtype=np.int32) - lengths
    dictionary = _end_to_end(terms, threads)
    codes = np.empty(rows, np.int32)
    missing = np.zeros(rows, np.bool_) if column.null_count else None

    def gather(number: int) -> None:
        piece = pieces[number]
        found = np.concatenate([codes_of[number] for codes_of in shards])
        found += np.repeat(firsts, piece.sizes)
        part = slice(piece.start, piece.start + _PIECE_ROWS)
        codes[part][piece.rows] = found
        if missing is not None and piece.missing is not None:
            codes[part][piece.missing] = 0
            missing[part] = piece.missing

    in_threads(gather, range(len(pieces)), threads)
    indices = pa.array(codes, mask=missing)
    ends = np.cumsum([len(chunk) for chunk in column.chunks])
    return pa.chunked_array(
        [
            pa.DictionaryArray.from_arrays(indices.slice(end - len(chunk), len(chunk)), dictionary)
            for chunk, end in zip(column.chunks, ends.tolist(), strict=True)
        ]
    )


def _spread(column: pa.ChunkedArray, start: int, bits: int) -> tuple[_Piece, list[Any]]:
    """A piece of a column, and its strings by the highest bits of their hashes; none missing."""
    strings = one_array(column.slice(start, _PIECE_ROWS))
    missing = missing_mask(strings)
    shards = (hash_terms(strings) >> np.uint64(64 - bits)).astype(np.uint16)
    if missing is not None:
        shards[missing] = 1 << bits  # behind all others
    rows = np.argsort(shards, kind="stable").astype(np.int32)
    sizes = np.bincount(shards, minlength=1 << bits)[: 1 << bits]
    ends = np.cumsum(sizes)
    rows = rows[: ends[-1]]
    ordered = strings.take(pa.array(rows))
    cut = zip((ends - sizes).tolist(), sizes.tolist(), strict=True)
    shard_strings = [ordered.slice(first, size) for first, size in cut]
    return _Piece(start, rows, sizes, missing), shard_strings


def _encoded(strings: list[Any]) -> tuple[Any, list[Codes]]:
    """The distinct ones of some arrays, and the codes of each array."""
    given = [array for array in strings if len(array)]  # Arrow leaves empty ones out
    if not given:
        return strings[0], [np.zeros(0, np.int32)] * len(strings)
    encoded = pa.chunked_array(given).dictionary_encode()
    codes = np.concatenate([chunk.indices.to_numpy() for chunk in encoded.chunks])
    ends = np.cumsum([len(array) for array in strings])
    return encoded.chunk(0).dictionary, np.split(codes, ends[:-1])


def _end_to_end(terms: list[Any], threads: int) -> Any:
    """The strings of several arrays, none missing, as one array; they are dropped on the way."""
    dtype = terms[0].type
    is_large = pa.types.is_large_string(dtype) or pa.types.is_large_binary(dtype)
    lengths, bodies = list(map(len, terms)), [_body(array, is_large) for array in terms]
    ends, places = np.cumsum(lengths).tolist(), np.cumsum([0, *map(len, bodies)])
    body = uninitialized(int(places[-1]), np.uint8)
    offsets = uninitialized(ends[-1] + 1, np.int64 if is_large else np.int32)
    offsets[0] = 0

    def put(number: int) -> None:
        first, end = places[number : number + 2]
        body[first:end] = bodies[number]
        own = _offsets(terms[number], is_large)
        part = offsets[ends[number] - lengths[number] + 1 : ends[number] + 1]
        np.add(own[1:], first - own[0], out=part, casting="unsafe")
        del own
        bodies[number] = terms[number] = None

    in_threads(put, range(len(terms)), threads)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(body)]
    return pa.Array.from_buffers(dtype, ends[-1], buffers)


def _body(strings: Any, is_large: bool) -> Any:
    """The bytes of all strings of an array, none missing."""
    own = _offsets(strings, is_large)
    return np.frombuffer(strings.buffers()[2] or b"", np.uint8)[own[0] : own[-1]]


def _offsets(strings: Any, is_large: bool) -> Any:
    """Where in its buffer each string of an array begins, and the last one ends."""
    raw = np.frombuffer(strings.buffers()[1], np.int64 if is_large else np.int32)
    return raw[strings.offset : strings.offset + len(strings) + 1]
