"""The tokens of one batch of a natural-language feature, looked at by dictionary and by row.

What is asked of a token is asked once of each distinct one; the rest is arithmetic on codes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.graph.term_hash import hash_terms
from taurus_beam.stats.feature_column import Array, FeatureColumn, Mask
from taurus_beam.stats.language_feature import LanguageFeature, Token

__all__ = ["REPORTED", "Tokens"]

REPORTED = 5
"""How many sequences are reported for a reason."""

_Type = statistics_pb2.FeatureNameStatistics

_STEP = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, eq=False)
class Tokens:
    """The tokens of a batch.

    Attributes:
        declared: What the schema says of the feature.
        kind: INT or STRING.
        words: Arrow strings, the word of each distinct token; null where it has none.
        numbers: Arrow int64, the number of each distinct token; null where it has none.
        hashes: A hash of each distinct token.
        codes: Which distinct token each token is.
        rows: The sequence of each token, ascending.
        sizes: How many tokens each sequence has; missing sequences are left out.
    """

    declared: LanguageFeature
    kind: int
    words: Any
    numbers: Any
    hashes: Array
    codes: Array
    rows: Array
    sizes: Array

    @staticmethod
    def of(declared: LanguageFeature, feature: FeatureColumn) -> Tokens:
        """The tokens of an INT or STRING feature; null tokens are none.

        Bytes that are no UTF-8 are taken for words with replacement characters.
        """
        assert feature.type is not None
        if feature.type == _Type.STRING:
            words = _as_text(feature.text.distinct)
            codes: Array = feature.text.codes
            numbers, hashes = declared.numbers_of(words), hash_terms(words)
        else:
            distinct, codes = np.unique(feature.numbers, return_inverse=True)
            distinct = distinct.astype(np.int64)
            words, numbers = declared.words_of(distinct), pa.array(distinct)
            hashes = hash_terms(numbers)
        present = np.ones(feature.slots, np.bool_)
        if feature.levels[0].missing is not None:
            present = ~feature.levels[0].missing
        number = np.cumsum(present) - 1
        rows = number[feature.slot_of_value]
        sizes = np.bincount(rows, minlength=int(present.sum()))
        return Tokens(declared, feature.type, words, numbers, hashes, codes, rows, sizes)

    @cached_property
    def counted(self) -> Mask:
        """Of each distinct token, whether coverage looks at it."""
        return ~self._among(self.declared.excluded)

    @cached_property
    def in_vocabulary(self) -> Mask:
        """Of each distinct token, whether coverage looks at it and it is a known word."""
        return self.counted & self._known_word

    def occurrences(self, distinct: Mask) -> Array:
        """The codes of all tokens that are among some distinct ones."""
        return self.codes[distinct[self.codes]]

    def sequence_lengths(self) -> Array:
        """The length of each sequence that is not empty, without tokens that do not count."""
        counting = ~self._among(self.declared.not_in_length)
        lengths = np.bincount(self.rows[counting[self.codes]], minlength=len(self.sizes))
        return lengths[self.sizes > 0]

    def applies(self, token: Token) -> bool:
        """Whether tokens of this feature can be told from a token: words from a word."""
        own = self.kind == (_Type.STRING if isinstance(token, str) else _Type.INT)
        return bool(self.sizes.any()) and (own or self.declared.vocabulary_file is not None)

    def per_sequence(self, token: Token) -> Array:
        """How often a token occurs in each sequence that is not empty."""
        mine = self._is(token)[self.codes]
        counts = np.bincount(self.rows[mine], minlength=len(self.sizes))
        return counts[self.sizes > 0]

    def positions(self, token: Token, buckets: int) -> Array:
        """In which part of its sequence each occurrence of a token is, from 0."""
        mine = np.flatnonzero(self._is(token)[self.codes])
        rows = self.rows[mine]
        return (self._places[mine] / self.sizes[rows] * buckets).astype(np.int64)

    def reported(self) -> tuple[list[bytes], list[bytes]]:
        """Of the sequences of least coverage and of shortest known words, what to remember.

        Each is the number that was least, a hash of the sequence, and the sequence as text, in
        bytes that sort as these do. Of equal numbers the lower hash comes first, so that the choice
        depends on no order of the rows.
        """
        filled = np.flatnonzero(self.sizes)
        if not filled.size:
            return [], []
        known = self._known_word[self.codes]
        lengths = pc.fill_null(pc.utf8_length(self.words), 0).to_numpy(zero_copy_only=False)
        size = len(self.sizes)
        number = np.bincount(self.rows[known], minlength=size)[filled]
        letters = np.bincount(self.rows[known], lengths[self.codes[known]], size)[filled]
        mean = np.divide(letters, number, out=np.zeros(len(filled)), where=number > 0)
        hashes = np.add.reduceat(
            hash_terms(pa.array(self.hashes[self.codes] + self._places.astype(np.uint64) * _STEP)),
            self._starts[filled],
        )
        coverage = number / self.sizes[filled]
        least = [list(self._least(filled, hashes, metric)) for metric in (coverage, mean)]
        return least[0], least[1]

    @cached_property
    def _known_word(self) -> Mask:
        words = pc.is_valid(self.words).to_numpy(zero_copy_only=False)
        known: Mask = words & ~self._among(self.declared.unknown)
        return known

    @cached_property
    def _starts(self) -> Array:
        """Where the tokens of each sequence begin."""
        return np.cumsum(self.sizes) - self.sizes

    @cached_property
    def _places(self) -> Array:
        """The place of each token in its sequence."""
        return np.arange(len(self.codes)) - self._starts[self.rows]

    def _least(self, filled: Array, hashes: Array, metric: Array) -> Iterator[bytes]:
        order = np.lexsort((hashes, metric))
        first = np.ones(len(order), np.bool_)
        first[1:] = (np.diff(metric[order]) != 0) | (np.diff(hashes[order]) != 0)
        for i in order[first][:REPORTED].tolist():
            text = str(self._sequence(int(filled[i]))).encode()
            yield struct.pack(">dQ", float(metric[i]), int(hashes[i])) + text

    def _sequence(self, row: int) -> list[Token]:
        """The tokens of a sequence: words, and numbers where they have none."""
        start = int(self._starts[row])
        codes = pa.array(self.codes[start : start + int(self.sizes[row])])
        words, numbers = self.words.take(codes).to_pylist(), self.numbers.take(codes).to_pylist()
        return [n if word is None else word for word, n in zip(words, numbers, strict=True)]

    def _is(self, token: Token) -> Mask:
        return self._among(frozenset([token]))

    def _among(self, tokens: frozenset[Any]) -> Mask:
        """Of each distinct token, whether its word or its number is one of some tokens."""
        result = np.zeros(len(self.words), np.bool_)
        for kind, values in ((str, self.words), (int, self.numbers)):
            wanted = [token for token in tokens if isinstance(token, kind)]
            if wanted:
                found = pc.is_in(values, value_set=pa.array(wanted, values.type))
                result |= found.to_numpy(zero_copy_only=False)
        return result


def _as_text(words: Any) -> Any:
    try:
        return words.cast(pa.string())
    except pa.ArrowInvalid:
        decoded = (word.decode(errors="replace") for word in words.to_pylist())
        return pa.array(decoded, pa.string())
