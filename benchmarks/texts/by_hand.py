"""The limit for text: words, n-grams and weights of terms in NumPy and Arrow.

It knows what a library cannot: that no string is missing or empty, that one space stands between
two words, that all of it fits in memory, and that 32 bits suffice for what is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
SPACE = ord(" ")
BLOCK = 8_192
ROWS = 16_384


def native(table: pa.Table) -> pa.ChunkedArray:
    return table["text"]


def as_table(outputs: pa.Table) -> pa.Table:
    return outputs


def split(texts: pa.ChunkedArray) -> tuple[npt.NDArray[np.int32], pa.StringArray]:
    """Where each row's words begin, and all words."""
    lists = pc.split_pattern(pa.concat_arrays(texts.chunks), " ")
    return lists.offsets.to_numpy(), lists.values


def lists(offsets: npt.NDArray[Any], values: Any) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)


def term_ids(words: pa.StringArray) -> tuple[Ints, int]:
    """Ids by frequency, larger term first among equals, and how many terms there are."""
    encoded = words.dictionary_encode()
    codes = encoded.indices.to_numpy()
    counts = np.bincount(codes)
    terms = pa.table({"count": counts, "term": encoded.dictionary})
    order = pc.sort_indices(terms, [("count", "descending"), ("term", "descending")])
    ranks = np.empty(len(terms), np.int64)
    ranks[order.to_numpy()] = np.arange(len(terms))
    return ranks[codes], len(terms)


def vocabulary(texts: pa.ChunkedArray) -> pa.Table:
    offsets, words = split(texts)
    return pa.table({"ids": lists(offsets, term_ids(words)[0])})


def tfidf(texts: pa.ChunkedArray) -> pa.Table:
    """The distinct ids of each row and their weights: share of its words × idf, as TFT has it."""
    offsets, words = split(texts)
    ids, terms = term_ids(words)
    lengths = np.diff(offsets)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    pairs, counts = np.unique(rows * terms + ids, return_counts=True)
    row, term = np.divmod(pairs, terms)
    idf = np.log((1 + len(lengths)) / (1 + np.bincount(term, minlength=terms))) + 1
    weights = counts / lengths[row] * idf[term]
    starts = np.searchsorted(row, np.arange(len(lengths) + 1))
    return pa.table(
        {"ids": lists(starts, term), "weights": lists(starts, weights.astype(np.float32))}
    )


def ngrams(texts: pa.ChunkedArray) -> pa.Table:
    """Words and pairs of neighbours, by the position of the first word."""
    parts = [lists(*one_and_two(part)) for part in parts_of(texts)]
    return pa.table({"ngrams": pa.chunked_array(parts)})


def bag_of_words(texts: pa.ChunkedArray) -> pa.Table:
    """The distinct ones of these of each row, in the order they first come."""
    return pa.table({"ngrams": pa.chunked_array([bags(part) for part in parts_of(texts)])})


def parts_of(texts: pa.ChunkedArray) -> Iterator[pa.ChunkedArray]:
    """So many rows at once that a table of their n-grams stays in the cache."""
    for first in range(0, len(texts), ROWS):
        yield texts.slice(first, ROWS)


def bags(texts: pa.ChunkedArray) -> pa.ListArray:
    offsets, grams = one_and_two(texts)
    codes = grams.dictionary_encode().indices.to_numpy().astype(np.int64)
    lengths = np.diff(offsets)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    # Row, code and place in the row in one number: to sort these is faster than their places.
    bits = int(lengths.max(initial=0)).bit_length()
    terms = codes.max(initial=0) + 1
    packed = (rows * terms + codes << bits) + np.arange(len(codes)) - offsets[rows]
    packed.sort()
    pairs = packed >> bits
    first = packed[np.append(True, pairs[1:] != pairs[:-1])]
    first = offsets[(first >> bits) // terms] + (first & (1 << bits) - 1)
    first.sort()
    starts = np.searchsorted(rows[first], np.arange(len(lengths) + 1))
    return lists(starts, grams.take(pa.array(first)))


def one_and_two(texts: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], pa.StringArray]:
    """Where each row's n-grams of one and two words begin, and all of them.

    Each is a part of the text as it stands: a word, or two with the space between them.
    """
    text = pa.concat_arrays(texts.chunks)
    _, offsets_buffer, octets_buffer = text.buffers()
    rows = np.frombuffer(offsets_buffer, np.int32)[text.offset : text.offset + len(text) + 1]
    octets = np.frombuffer(octets_buffer, np.uint8)
    spaces = np.flatnonzero(octets[rows[0] : rows[-1]] == SPACE) + rows[0]
    # A word ends at a space or with its row, and the next one begins behind it.
    starts = np.concatenate([rows[:-1], spaces + 1])
    starts.sort()
    ends = np.concatenate([rows[1:], spaces])
    ends.sort()
    words = np.searchsorted(starts, rows)
    follows = np.ones(len(starts), bool)
    follows[words[1:] - 1] = False

    # A word stands at its own place and at that of each pair before it; a pair comes next.
    places = np.arange(len(starts)) + np.concatenate([[0], np.cumsum(follows[:-1])])
    begins = np.repeat(starts, 1 + follows)
    stops = np.empty(len(begins), np.int64)
    stops[places] = ends
    stops[places[follows] + 1] = ends[1:][follows[:-1]]
    grams = cut(octets, begins, stops)
    return np.append(places, len(begins))[words], grams


def cut(octets: npt.NDArray[np.uint8], begins: Ints, stops: Ints) -> pa.StringArray:
    """Parts of a text as strings; so many at once that what is between stays in the cache."""
    offsets = np.zeros(len(begins) + 1, np.int32)
    np.cumsum(stops - begins, out=offsets[1:])
    shift = (begins - offsets[:-1]).astype(np.int32)
    lengths = np.diff(offsets)
    output = np.empty(offsets[-1], np.uint8)
    for first in range(0, len(begins), BLOCK):
        part = slice(first, first + BLOCK)
        low, high = offsets[first], offsets[min(first + BLOCK, len(begins))]
        places = np.repeat(shift[part], lengths[part])
        places += np.arange(low, high, dtype=np.int32)
        np.take(octets, places, out=output[low:high], mode="wrap")
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(output)]
    return pa.Array.from_buffers(pa.string(), len(begins), buffers)
