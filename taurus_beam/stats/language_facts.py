"""``NaturalLanguageStatistics`` from counts: what `natural_language` gathers, as a proto.

Reads counts only; nothing here sees data.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence

import numpy as np
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.analyzers.rank_histogram import DEFAULT_CAPACITY, RankHistogram
from taurus_beam.stats.feature_column import Array
from taurus_beam.stats.histograms import quantiles_histogram
from taurus_beam.stats.language_feature import Token
from taurus_beam.stats.ranked import Ranked

__all__ = ["Fact", "language_statistics"]

_SEQUENCE_TEXT = 16  # what stands before it: a metric and a hash, eight bytes each


class Fact(str, enum.Enum):
    """What is counted of a feature, and by which term."""

    TOTAL = "total"
    """``rows``, ``sequences`` that are not missing, ``tokens`` that are not excluded."""
    WORDS = "words"
    """Known words."""
    WORD_LENGTH = "word length"
    """Their lengths."""
    SEQUENCE_LENGTH = "sequence length"
    """Lengths of sequences that are not empty."""
    PER_SEQUENCE = "per sequence"
    """Place of a token among those declared, colon, how often it is in a sequence."""
    POSITION = "position"
    """Place of a token among those declared, colon, part of the sequence."""
    UNCOVERED = "uncovered"
    """Sequences of least coverage; not counted."""
    SHORT = "short"
    """Sequences of shortest words; not counted."""


def language_statistics(
    tokens: Sequence[Token],
    counts: Mapping[Fact, Mapping[str, int]],
    sequences: Sequence[bytes],
    position_buckets: int,
    quantiles_buckets: int,
) -> statistics_pb2.NaturalLanguageStatistics:
    """The proto of one feature.

    Args:
        tokens: Those to tell statistics of.
        counts: By `Fact` and term; of words only those to tell, in their order.
        sequences: Those to report, as `Tokens.reported` gives them.
        position_buckets: Parts of a sequence that positions are counted in.
        quantiles_buckets: Buckets of the histograms of lengths.
    """
    told = statistics_pb2.NaturalLanguageStatistics()
    total = counts[Fact.TOTAL]
    words, letters = _lengths(counts.get(Fact.WORD_LENGTH, {}))
    number = int(letters.sum())
    if total.get("tokens"):
        told.feature_coverage = number / total["tokens"]
    if number:
        told.avg_token_length = int((words * letters).sum()) / number
        told.token_length_histogram.CopyFrom(_quantiles(words, letters, quantiles_buckets))
    lengths, amounts = _lengths(counts.get(Fact.SEQUENCE_LENGTH, {}))
    if len(lengths):
        told.min_sequence_length, told.max_sequence_length = int(lengths[0]), int(lengths[-1])
        told.sequence_length_histogram.CopyFrom(_quantiles(lengths, amounts, quantiles_buckets))
    for rank, (word, count) in enumerate(counts.get(Fact.WORDS, {}).items()):
        told.rank_histogram.buckets.add(
            low_rank=rank, high_rank=rank, label=word, sample_count=count
        )
    for i, token in enumerate(tokens):
        per_sequence = _of_token(counts.get(Fact.PER_SEQUENCE, {}), i)
        if per_sequence:
            one = told.token_statistics.add()
            if isinstance(token, int):
                one.int_token = token
            else:
                one.string_token = token
            positions = _of_token(counts.get(Fact.POSITION, {}), i)
            _write_token(one, per_sequence, positions, total["sequences"], position_buckets)
    told.reported_sequences.extend(text[_SEQUENCE_TEXT:].decode() for text in sequences)
    return told


def _write_token(
    one: statistics_pb2.NaturalLanguageStatistics.TokenStatistics,
    per_sequence: Mapping[int, int],
    positions: Mapping[int, int],
    sequences: int,
    buckets: int,
) -> None:
    """Fills in how often a token occurs; nothing, as in TFDV, where it never does."""
    having = sum(number for often, number in per_sequence.items() if often)
    if not having:
        return
    frequency = sum(often * number for often, number in per_sequence.items())
    one.frequency = frequency
    one.fraction_of_sequences = having / sequences
    one.per_sequence_min_frequency = min(per_sequence)
    one.per_sequence_max_frequency = max(per_sequence)
    one.per_sequence_avg_frequency = frequency / having
    for part, number in sorted(positions.items()):
        one.positions.buckets.add(
            low_value=part / buckets, high_value=(part + 1) / buckets, sample_count=number
        )


def _of_token(counts: Mapping[str, int], place: int) -> dict[int, int]:
    """Counts of one token by number."""
    prefix = f"{place}:"
    return {
        int(term.removeprefix(prefix)): number
        for term, number in counts.items()
        if term.startswith(prefix)
    }


def _lengths(counts: Mapping[str, int]) -> tuple[Array, Array]:
    """Lengths, ascending, and how often each occurs."""
    lengths = np.array([int(term) for term in counts], np.int64)
    amounts = np.array(list(counts.values()), np.int64)
    order = np.argsort(lengths)
    return lengths[order], amounts[order]


def _quantiles(values: Array, counts: Array, buckets: int) -> statistics_pb2.Histogram:
    numbers = values.astype(np.float64)
    histogram = RankHistogram(
        capacity=DEFAULT_CAPACITY,
        counts=counts,
        mins=numbers,
        maxs=numbers,
        octaves=np.empty(0, np.uint16),
        levels=np.empty(0, np.uint8),
    )
    return quantiles_histogram(Ranked.of_counts(histogram), buckets)
