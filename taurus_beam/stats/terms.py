"""The most frequent values of strings and of numbers that are categories, and how many there are.

Counted exactly; the state grows with distinct values and is merged in shards. Ties are broken by
value, the larger first, as in TFDV.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.stats.distinct_terms import Distinct
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.feature_column import Array, FeatureColumn, FeaturePath
from taurus_beam.stats.options import StatsOptions
from taurus_beam.stats.table_of_terms import TermTableGenerator
from taurus_beam.stats.term_table import TermState

__all__ = [
    "BYTES_VALUE",
    "TermLists",
    "Terms",
    "category_values",
    "has_terms",
    "string_statistics",
    "weighs",
]

BYTES_VALUE = "__BYTES_VALUE__"
"""What stands for a value that is not valid UTF-8, as in TFDV."""

_Type = statistics_pb2.FeatureNameStatistics
_DECLARED = {_Type.INT: schema_pb2.INT, _Type.FLOAT: schema_pb2.FLOAT}


@dataclass(frozen=True)
class TermLists:
    """Which values of a feature are told.

    Attributes:
        top: How many in ``top_values``.
        ranks: How many in ``rank_histogram``.
        threshold: The least count of any.
        weight_threshold: The least weight of any in the weighted lists.
    """

    top: int
    ranks: int
    threshold: float
    weight_threshold: float

    @staticmethod
    def of(options: StatsOptions) -> TermLists:
        """What the options say."""
        return TermLists(
            options.num_top_values,
            options.num_rank_histogram_buckets,
            options.frequency_threshold,
            options.weighted_frequency_threshold,
        )

    @property
    def most(self) -> int:
        """How many values are told at most, in any list."""
        return max(self.top, self.ranks)

    def chosen(self, distinct: Distinct, positions: Array) -> tuple[Array, Array]:
        """The positions of the values to tell, by count and by weight, in their order."""
        by_count = distinct.greatest(positions, distinct.counts, self.most, self.threshold)
        if distinct.weights is None:
            return by_count, positions[:0]
        by_weight = distinct.greatest(positions, distinct.weights, self.most, self.weight_threshold)
        return by_count, by_weight

    def write(self, target: Any, terms: Any, amounts: Array) -> None:
        """Fills ``top_values`` and ``rank_histogram`` of (weighted) string statistics.

        Args:
            target: ``StringStatistics`` or ``WeightedStringStatistics``.
            terms: The values to tell, in their order.
            amounts: Count or weight of each.
        """
        labels = [_label(term) for term in terms.to_pylist()]
        told = list(zip(labels, amounts.tolist(), strict=True))
        for label, amount in told[: self.top]:
            target.top_values.add(value=label, frequency=amount)
        for rank, (label, amount) in enumerate(told[: self.ranks]):
            target.rank_histogram.buckets.add(
                low_rank=rank, high_rank=rank, label=label, sample_count=amount
            )


@dataclass(frozen=True)
class Terms(TermTableGenerator):
    """``unique``, ``top_values`` and ``rank_histogram`` of strings and categorical numbers.

    A value that is not valid UTF-8 is told as `BYTES_VALUE`, one entry for each. Null elements of
    lists are no values. A feature without values has none of these fields.

    Args:
        options: Which features, how many values, which weights.
    """

    options: StatsOptions

    def zero(self) -> TermState:
        """No values."""
        return TermState()

    def add(self, state: TermState, examples: Examples) -> TermState:
        """The values with those of one more batch."""
        for path, feature in examples.features.items():
            if not has_terms(self.options, feature):
                continue
            assert feature.type is not None
            weights = feature.value_weights
            if feature.type == _Type.STRING and weights is None:
                state.add_counts(path, feature.type, *feature.term_counts)
            else:
                state.add(path, feature.type, *category_values(feature), weights)
        return state

    def trim(self, state: TermState) -> TermState:
        """Only the values that can be told, and the number of the others."""
        lists = TermLists.of(self.options)
        distinct = Distinct.of(state, weighs(self.options))
        told = np.zeros(len(distinct.terms), np.bool_)
        for facts in state.features.values():
            for positions in lists.chosen(distinct, distinct.positions(facts.code)):
                told[positions] = True
        kept = np.add.reduceat(
            np.append(told[distinct.by_feature], False), distinct.bounds[:-1], dtype=np.int64
        )
        sizes = np.diff(distinct.bounds)
        return state.kept(told[distinct.of_row], sizes - np.where(sizes > 0, kept, 0))

    def result(self, state: TermState) -> statistics_pb2.DatasetFeatureStatistics:
        """String statistics of each feature that has values, by path."""
        return string_statistics(self.options, state)


def string_statistics(
    options: StatsOptions, state: TermState, unique: Mapping[FeaturePath, int] | None = None
) -> statistics_pb2.DatasetFeatureStatistics:
    """What is told of the values of each feature, by path.

    Args:
        options: How many values are told.
        state: The values.
        unique: How many distinct values each feature has, where it is not those of the state.
    """
    lists = TermLists.of(options)
    distinct = Distinct.of(state, weighs(options))
    dataset = statistics_pb2.DatasetFeatureStatistics()
    for path, facts in sorted(state.features.items(), key=lambda item: item[0]):
        feature = dataset.features.add(type=facts.type)
        feature.path.step.extend(path)
        strings = feature.string_stats
        positions = distinct.positions(facts.code)
        strings.unique = facts.dropped + len(positions) if unique is None else unique[path]
        by_count, by_weight = lists.chosen(distinct, positions)
        lists.write(strings, _at(distinct, by_count), distinct.counts[by_count])
        if distinct.weights is not None and options.weight_of(path) is not None:
            target = strings.weighted_string_stats
            lists.write(target, _at(distinct, by_weight), distinct.weights[by_weight])
    return dataset


def weighs(options: StatsOptions) -> bool:
    """Whether any feature has weights."""
    return bool(options.weight_feature or options.per_feature_weight_override)


def has_terms(options: StatsOptions, feature: FeatureColumn) -> bool:
    """Whether a feature's values are told one by one: strings that are no images, categories."""
    if feature.type == _Type.STRING:
        return feature.path not in options.facts.images
    declared = options.facts.categorical.get(feature.path)
    return declared is not None and declared == _DECLARED.get(feature.type)


def category_values(feature: FeatureColumn) -> tuple[Any, Array]:
    """The distinct values of a feature as text or binary, and which of them each value is."""
    if feature.type == _Type.STRING:
        return feature.text.distinct, feature.text.codes.astype(np.int64)
    encoded = pa.array(feature.numbers).dictionary_encode()
    if feature.type == _Type.INT:
        terms = encoded.dictionary.cast(pa.string())
    else:
        texts = encoded.dictionary.to_numpy().astype(str).tolist()
        terms = pa.array([text.removesuffix(".0") for text in texts], pa.string())
    return terms, encoded.indices.to_numpy().astype(np.int64)


def _at(distinct: Distinct, positions: Array) -> Any:
    return distinct.terms.take(pa.array(positions))


def _label(term: bytes) -> str:
    try:
        return term.decode()
    except UnicodeDecodeError:
        return BYTES_VALUE
