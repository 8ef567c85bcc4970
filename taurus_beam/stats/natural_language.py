"""Statistics of natural-language features: coverage by a vocabulary, lengths, tokens, sequences.

Told as the custom statistic ``nl_statistics``, a packed ``NaturalLanguageStatistics``, which
validation reads. Unlike TFDV's they are computed in memory too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.stats import term_table
from taurus_beam.stats.custom import custom_stat
from taurus_beam.stats.distinct_terms import Distinct
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.feature_column import Array, FeatureColumn
from taurus_beam.stats.generator import KeyedStatsGenerator
from taurus_beam.stats.language_facts import Fact, language_statistics
from taurus_beam.stats.language_feature import LanguageFeature
from taurus_beam.stats.language_tokens import REPORTED, Tokens
from taurus_beam.stats.term_table import TermState

__all__ = ["LanguageState", "NLStatsGenerator"]

_Type = statistics_pb2.FeatureNameStatistics

_Key: TypeAlias = tuple[str, ...]


@dataclass
class LanguageState:
    """What is known of natural-language features.

    Attributes:
        counts: Counts under paths that begin with a `Fact`, those of a feature behind it.
        reported: The least of the sequences to report, sorted, under such paths.
    """

    counts: TermState = field(default_factory=TermState)
    reported: dict[_Key, list[bytes]] = field(default_factory=dict)

    def report(self, key: _Key, sequences: Iterable[bytes]) -> None:
        """Remembers sequences if they are among the least."""
        least = sorted({*self.reported.get(key, ()), *sequences})[:REPORTED]
        if least:
            self.reported[key] = least


@dataclass(frozen=True)
class NLStatsGenerator(KeyedStatsGenerator[LanguageState]):
    """``nl_statistics`` of features that the schema declares natural language.

    A row's list of tokens is a sequence. Words are strings, or what the vocabulary has for the
    numbers of INT features; a word is known if it is not one of ``oov_string_tokens``. Told are:

    * ``feature_coverage``: of the tokens that are not excluded, the share of known words;
    * ``avg_token_length`` and ``token_length_histogram`` (in characters) and ``rank_histogram``
      (of equally frequent words the smaller first) of those known words;
    * ``min_sequence_length``, ``max_sequence_length``, ``sequence_length_histogram`` of sequences
      that are not empty, without the tokens excluded from lengths;
    * ``token_statistics`` of the tokens under ``token_constraints``;
    * ``reported_sequences``: the five of least coverage, then the five of shortest known words.

    Where TFDV differs: a length of 0 is forgotten by its minimum, a token excluded from lengths
    both as word and as number counts twice, and of sequences that are equally bad it reports those
    that came first, here a hash decides. FLOAT features have no natural-language statistics.

    Args:
        features: What the schema declares.
        num_histogram_buckets: Parts of a sequence that positions of tokens are counted in.
        num_quantiles_histogram_buckets: Buckets of the histograms of lengths.
        num_rank_histogram_buckets: How many words to tell.
    """

    features: Sequence[LanguageFeature]
    num_histogram_buckets: int = 10
    num_quantiles_histogram_buckets: int = 10
    num_rank_histogram_buckets: int = 1000

    def zero(self) -> LanguageState:
        """Nothing known."""
        return LanguageState()

    def add(self, state: LanguageState, examples: Examples) -> LanguageState:
        """What is known after one more batch."""
        for declared in self.features:
            feature = examples.features.get(declared.path)
            if feature is not None and feature.type in (_Type.INT, _Type.STRING):
                self._add_feature(state, declared, feature)
        return state

    def merge(self, states: Sequence[LanguageState]) -> LanguageState:
        """What all states know."""
        merged = LanguageState(term_table.merged([state.counts for state in states]))
        for state in states:
            for key, sequences in state.reported.items():
                merged.report(key, sequences)
        return merged

    def to_wire(self, state: LanguageState) -> Any:
        """As `term_table.to_wire`; reported sequences are terms that occur once."""
        reported = TermState()
        for key, sequences in state.reported.items():
            terms = pa.array(sequences, pa.large_binary())
            reported.add_counts(key, _Type.STRING, terms, np.ones(len(terms), np.int64))
        return term_table.to_wire(term_table.merged([state.counts, reported]))

    def from_wire(self, batch: Any) -> LanguageState:
        """The state that `to_wire` wrote."""
        counts = term_table.from_wire(batch)
        distinct = Distinct.of(counts, weighted=False)
        state, kept = LanguageState(), np.ones(len(distinct.terms), np.bool_)
        for key, facts in counts.features.items():
            if key[0] in (Fact.UNCOVERED, Fact.SHORT):
                positions = distinct.positions(facts.code)
                state.report(key, distinct.terms.take(pa.array(positions)).to_pylist())
                kept[positions] = False
        state.counts = counts.kept(kept, np.zeros(len(counts.features), np.int64))
        return state

    def shards(self, state: LanguageState, count: int) -> list[LanguageState]:
        """Parts by word; reported sequences are in the first."""
        parts = [LanguageState(part) for part in term_table.split(state.counts, count)]
        parts[0].reported = state.reported
        return parts

    def keys(self, state: LanguageState) -> int:
        """Rows of the table of counts, and reported sequences."""
        return state.counts.pending + sum(map(len, state.reported.values()))

    def trim(self, state: LanguageState) -> LanguageState:
        """Without the words that are too rare to be told."""
        distinct = Distinct.of(state.counts, weighted=False)
        kept = np.ones(len(distinct.terms), np.bool_)
        for key, facts in state.counts.features.items():
            if key[0] == Fact.WORDS:
                positions = distinct.positions(facts.code)
                kept[positions] = False
                kept[positions[self._most_frequent(distinct, positions)]] = True
        nothing = np.zeros(len(state.counts.features), np.int64)
        return LanguageState(state.counts.kept(kept, nothing), state.reported)

    def result(self, state: LanguageState) -> statistics_pb2.DatasetFeatureStatistics:
        """The features that have rows, in the order of the schema."""
        distinct = Distinct.of(state.counts, weighted=False)
        dataset = statistics_pb2.DatasetFeatureStatistics()
        for declared in self.features:
            counts: dict[Fact, dict[str, int]] = {}
            for fact in Fact:
                facts = state.counts.features.get((fact, *declared.path))
                if facts is None:
                    continue
                positions = distinct.positions(facts.code)
                if fact == Fact.WORDS:
                    positions = positions[self._most_frequent(distinct, positions)]
                terms = distinct.terms.take(pa.array(positions)).to_pylist()
                amounts = distinct.counts[positions].tolist()
                counts[fact] = {t.decode(): n for t, n in zip(terms, amounts, strict=True)}
            if Fact.TOTAL not in counts:
                continue
            sequences = [
                text
                for fact in (Fact.UNCOVERED, Fact.SHORT)
                for text in state.reported.get((fact, *declared.path), ())
            ]
            told = language_statistics(
                declared.tokens,
                counts,
                sequences,
                self.num_histogram_buckets,
                self.num_quantiles_histogram_buckets,
            )
            stat = custom_stat("nl_statistics", told)
            dataset.features.add(custom_stats=[stat]).path.step.extend(declared.path)
        return dataset

    def _add_feature(
        self, state: LanguageState, declared: LanguageFeature, feature: FeatureColumn
    ) -> None:
        tokens = Tokens.of(declared, feature)
        path = declared.path

        def add(fact: Fact, terms: Any, counts: Any) -> None:
            terms, counts = pa.array(terms, pa.string()), np.asarray(counts, np.int64)
            known = counts > 0
            terms = terms.filter(pa.array(known))
            state.counts.add_counts((fact, *path), _Type.STRING, terms, counts[known])

        def add_numbers(fact: Fact, numbers: Array, prefix: str = "") -> None:
            distinct, counts = np.unique(numbers, return_counts=True)
            add(fact, [f"{prefix}{number}" for number in distinct.tolist()], counts)

        words = tokens.occurrences(tokens.in_vocabulary)
        known = tokens.words.take(pa.array(words))
        lengths = pc.utf8_length(known).to_numpy(zero_copy_only=False)
        add(
            Fact.TOTAL,
            ["rows", "sequences", "tokens"],
            [feature.slots, len(tokens.sizes), len(tokens.occurrences(tokens.counted))],
        )
        add(Fact.WORDS, *_value_counts(known))
        add_numbers(Fact.WORD_LENGTH, lengths)
        add_numbers(Fact.SEQUENCE_LENGTH, tokens.sequence_lengths())
        for i, token in enumerate(declared.tokens):
            if tokens.applies(token):
                prefix = f"{i}:"
                add_numbers(Fact.PER_SEQUENCE, tokens.per_sequence(token), prefix)
                parts = tokens.positions(token, self.num_histogram_buckets)
                add_numbers(Fact.POSITION, parts, prefix)
        uncovered, short = tokens.reported()
        state.report((Fact.UNCOVERED, *path), uncovered)
        state.report((Fact.SHORT, *path), short)

    def _most_frequent(self, distinct: Distinct, positions: Array) -> Array:
        """Which of some positions hold the words to tell, the most frequent first."""
        keyed = pa.table(
            {
                "count": distinct.counts[positions],
                "term": distinct.terms.take(pa.array(positions)),
            }
        )
        order = pc.sort_indices(keyed, [("count", "descending"), ("term", "ascending")])
        most: Array = order.to_numpy()[: self.num_rank_histogram_buckets]
        return most


def _value_counts(words: Any) -> tuple[Any, Array]:
    counted = pc.value_counts(words)
    return counted.field(0), counted.field(1).to_numpy()
