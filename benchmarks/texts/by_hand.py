"""The limit for text: words, n-grams and weights of terms in NumPy and Arrow.

It knows what a library cannot: that no string is missing or empty, that one space stands between
two words, that all of it fits in memory, and that 32 bits suffice for what is counted.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]


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
    return pa.table({"ngrams": lists(*one_and_two(texts))})


def bag_of_words(texts: pa.ChunkedArray) -> pa.Table:
    """The distinct ones of these of each row, in the order they first come."""
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
    return pa.table({"ngrams": lists(starts, grams.take(pa.array(first)))})


def one_and_two(texts: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], pa.StringArray]:
    """Where each row's n-grams of one and two words begin, and all of them."""
    offsets, words = split(texts)
    follows = np.ones(len(words), bool)
    follows[offsets[1:] - 1] = False
    pairs = pc.binary_join_element_wise(words.slice(0, len(words) - 1), words.slice(1), " ")
    # A word stands at its own place and at that of each pair before it; a pair comes next.
    places = np.arange(len(words)) + np.concatenate([[0], np.cumsum(follows[:-1])])
    source = np.empty(len(words) + int(follows.sum()), np.int64)
    source[places] = np.arange(len(words))
    source[places[follows] + 1] = len(words) + np.flatnonzero(follows)
    grams = pa.concat_arrays([words, pairs]).take(pa.array(source))
    ends = np.append(places, len(source))
    return ends[offsets], grams
