"""What feature skew is reported as: counts by feature, statistics of the join, samples of pairs,
and confusion counts, under TFDV's names.

Parts of a result (of a share of the keys) add up to the whole in any order.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import pyarrow as pa

__all__ = [
    "MISSING_VALUE",
    "ConfusionCount",
    "FeatureSkew",
    "FeatureSkewResult",
    "MatchStats",
    "PartialSkew",
    "Rank",
    "SkewPair",
    "merge_partial",
    "merge_results",
]

MISSING_VALUE = b"__MISSING_VALUE__"


@dataclass(frozen=True)
class FeatureSkew:
    """How a feature compares over the pairs of a base and a test row with one identifier.

    A null and an empty list are no value; pairs without a value on both sides count nowhere.

    Attributes:
        feature_name: The feature.
        base_count: Pairs whose base row has a value.
        test_count: Pairs whose test row has one.
        match_count: Pairs with the same value.
        base_only: Pairs of which only the base row has a value.
        test_only: Pairs of which only the test row has one.
        mismatch_count: Pairs with different values.
    """

    feature_name: str
    base_count: int = 0
    test_count: int = 0
    match_count: int = 0
    base_only: int = 0
    test_only: int = 0
    mismatch_count: int = 0

    @property
    def diff_count(self) -> int:
        """Pairs that differ in any way."""
        return self.base_only + self.test_only + self.mismatch_count

    @property
    def diff_fraction(self) -> float:
        """The share of differing pairs among those with a value on some side; 0 without any."""
        compared = self.match_count + self.diff_count
        return self.diff_count / compared if compared else 0.0


@dataclass(frozen=True)
class MatchStats:
    """How the join went.

    Attributes:
        base_with_id_count: Base rows that have all identifiers.
        test_with_id_count: Test rows that have them.
        identifiers_count: Different identifiers in either.
        ids_missing_in_base_count: Identifiers that only the test has.
        ids_missing_in_test_count: Identifiers that only the base has.
        matching_pairs_count: Pairs of rows with one identifier, repeated ones included.
        compared_pairs_count: Those that were compared (not in TFDV): without repeated identifiers
            unless they are allowed.
        duplicate_id_count: Identifiers that are more than once in the base or in the test.
        base_missing_id_count: Base rows that lack an identifier.
        test_missing_id_count: Test rows that lack one.
    """

    base_with_id_count: int = 0
    test_with_id_count: int = 0
    identifiers_count: int = 0
    ids_missing_in_base_count: int = 0
    ids_missing_in_test_count: int = 0
    matching_pairs_count: int = 0
    compared_pairs_count: int = 0
    duplicate_id_count: int = 0
    base_missing_id_count: int = 0
    test_missing_id_count: int = 0


@dataclass(frozen=True)
class SkewPair:
    """Two rows with one identifier that differ.

    Attributes:
        base: The base row.
        test: The test row.
        base_only_features: Features with a value in the base row only.
        test_only_features: Features with a value in the test row only.
        matched_features: Features with the same value.
        mismatched_features: Features with different values.
    """

    base: Mapping[str, Any]
    test: Mapping[str, Any]
    base_only_features: tuple[str, ...] = ()
    test_only_features: tuple[str, ...] = ()
    matched_features: tuple[str, ...] = ()
    mismatched_features: tuple[str, ...] = ()


@dataclass(frozen=True)
class ConfusionCount:
    """How often one value in the base met one value in the test; bytes, or `MISSING_VALUE`."""

    feature_name: str
    base: bytes
    test: bytes
    count: int


@dataclass(frozen=True)
class FeatureSkewResult:
    """Feature skew between a base (training) and a test (serving) data set.

    Attributes:
        features: The counts of each feature, by name in alphabetical order.
        match_stats: How the join went.
        samples: Some of the pairs that differ: those whose identifiers have the least hashes, so
            the same ones in whatever order and split the rows come.
        confusion: Confusion counts of the features asked for, by feature and values.
    """

    features: Mapping[str, FeatureSkew] = field(default_factory=dict)
    match_stats: MatchStats = field(default_factory=MatchStats)
    samples: tuple[SkewPair, ...] = ()
    confusion: tuple[ConfusionCount, ...] = ()

    @property
    def skewed(self) -> tuple[str, ...]:
        """The features that differ in some pair."""
        return tuple(name for name, skew in self.features.items() if skew.diff_count)

    def to_table(self) -> Any:
        """The counts as an Arrow table: a row a feature, a column an attribute."""
        names = [one.name for one in fields(FeatureSkew)] + ["diff_count", "diff_fraction"]
        skews = self.features.values()
        columns = {name: [getattr(skew, name) for skew in skews] for name in names}
        types = {"feature_name": pa.string(), "diff_fraction": pa.float64()}
        return pa.table(
            {name: pa.array(v, types.get(name, pa.int64())) for name, v in columns.items()}
        )


Rank = tuple[int, str]
"""Where a sampled pair stands: the hash of its identifiers, then its rows as text."""


@dataclass(frozen=True)
class PartialSkew:
    """The result of a share of the identifiers, with what merging needs."""

    features: Mapping[str, FeatureSkew]
    match_stats: MatchStats
    samples: tuple[tuple[Rank, SkewPair], ...]
    confusion: Mapping[tuple[str, bytes, bytes], int]


def merge_results(parts: Iterable[PartialSkew], sample_size: int) -> FeatureSkewResult:
    """The result of all parts, the same in any order of them."""
    whole = merge_partial(parts, sample_size)
    return FeatureSkewResult(
        features={name: whole.features[name] for name in sorted(whole.features)},
        match_stats=whole.match_stats,
        samples=tuple(pair for _, pair in whole.samples),
        confusion=tuple(
            ConfusionCount(*key, count) for key, count in sorted(whole.confusion.items())
        ),
    )


def merge_partial(parts: Iterable[PartialSkew], sample_size: int) -> PartialSkew:
    """Several parts as one."""
    features: dict[str, FeatureSkew] = {}
    confusion: dict[tuple[str, bytes, bytes], int] = {}
    samples: list[tuple[Rank, SkewPair]] = []
    stats = MatchStats()
    for part in parts:
        for name, skew in part.features.items():
            features[name] = _sum(features.get(name, FeatureSkew(name)), skew)
        for key, count in part.confusion.items():
            confusion[key] = confusion.get(key, 0) + count
        stats = _sum(stats, part.match_stats)
        samples.extend(part.samples)
        if len(samples) > 4 * sample_size:
            samples = _least(samples, sample_size)
    return PartialSkew(features, stats, tuple(_least(samples, sample_size)), confusion)


def _least(samples: list[tuple[Rank, SkewPair]], count: int) -> list[tuple[Rank, SkewPair]]:
    return heapq.nsmallest(count, samples, key=lambda sample: sample[0])


def _sum(a: Any, b: Any) -> Any:
    added = {
        one.name: getattr(a, one.name) + getattr(b, one.name)
        for one in fields(a)
        if one.name != "feature_name"
    }
    return (
        type(a)(feature_name=a.feature_name, **added)
        if isinstance(a, FeatureSkew)
        else type(a)(**added)
    )
