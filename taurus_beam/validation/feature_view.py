"""The statistics of one feature as validation reads them: counts, lengths, values, custom ones.

Counts are weighted where the data set is read by weight; lengths, extrema and the number of
distinct values never are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.validation.paths import Path

__all__ = ["FeatureView"]

_Stats = statistics_pb2.FeatureNameStatistics
_SCHEMA_TYPES = {
    _Stats.INT: schema_pb2.INT,
    _Stats.FLOAT: schema_pb2.FLOAT,
    _Stats.STRING: schema_pb2.BYTES,
    _Stats.BYTES: schema_pb2.BYTES,
    _Stats.STRUCT: schema_pb2.STRUCT,
}


@dataclass(frozen=True)
class FeatureView:
    """Statistics of a feature in a data set.

    Attributes:
        path: Where the feature is.
        proto: Its statistics.
        weighted: Whether weighted counts stand for counts.
        num_examples: The number of examples of the data set, or the sum of their weights.
    """

    path: Path
    proto: statistics_pb2.FeatureNameStatistics
    weighted: bool
    num_examples: float

    @cached_property
    def common(self) -> statistics_pb2.CommonStatistics:
        """The counts that every type of feature has."""
        kind = self.proto.WhichOneof("stats")
        if kind is None:
            return statistics_pb2.CommonStatistics()
        return getattr(self.proto, kind).common_stats

    @property
    def has_weights(self) -> bool:
        """Whether all its counts are there by weight, too."""
        common = self.common
        levels = len(common.presence_and_valency_stats)
        return common.HasField("weighted_common_stats") and levels == len(
            common.weighted_presence_and_valency_stats
        )

    @property
    def schema_type(self) -> int:
        """The type that a schema has for such data."""
        return int(_SCHEMA_TYPES.get(self.proto.type, schema_pb2.TYPE_UNKNOWN))

    @property
    def num_present(self) -> float:
        """How many examples have the feature."""
        common = self.common
        counts = common.weighted_common_stats if self.weighted else common
        return float(counts.num_non_missing)

    @property
    def num_missing(self) -> float:
        """How many examples lack the feature."""
        common = self.common
        return float((common.weighted_common_stats if self.weighted else common).num_missing)

    @property
    def fraction_present(self) -> float | None:
        """The share of examples that have the feature; None without examples."""
        if self.num_missing == 0:
            return 1.0
        return self.num_present / self.num_examples if self.num_examples > 0 else None

    @property
    def lengths(self) -> list[tuple[int, int]]:
        """The shortest and the longest list of values, for each level of nesting."""
        levels = self.common.presence_and_valency_stats or [self.common]
        return [(max(level.min_num_values, 0), level.max_num_values) for level in levels]

    @property
    def missing_by_level(self) -> list[float]:
        """How many lists are missing, for each level of nesting."""
        common = self.common
        if self.weighted:
            levels = common.weighted_presence_and_valency_stats or [common.weighted_common_stats]
        else:
            levels = common.presence_and_valency_stats or [common]
        return [float(level.num_missing) for level in levels]

    @property
    def num_values(self) -> float:
        """How many values there are in all examples."""
        common = self.common
        if self.weighted:
            return float(common.weighted_common_stats.tot_num_values)
        # Statistics of older writers have no total.
        return float(common.tot_num_values or common.num_non_missing * common.avg_num_values)

    @cached_property
    def string_counts(self) -> Mapping[str, float]:
        """The values of a categorical feature with their counts, in order of value."""
        strings = self.proto.string_stats
        ranks = (strings.weighted_string_stats if self.weighted else strings).rank_histogram
        counts: dict[str, float] = {}
        for bucket in ranks.buckets:
            counts.setdefault(bucket.label, bucket.sample_count)
        return dict(sorted(counts.items()))

    @property
    def has_invalid_utf8(self) -> bool:
        """Whether some values are not text."""
        return bool(self.proto.string_stats.invalid_utf8_count > 0)

    @property
    def num_unique(self) -> int | None:
        """How many distinct values there are; None if they were not counted."""
        counted = self.proto.HasField("string_stats")
        return int(self.proto.string_stats.unique) if counted else None

    @property
    def histograms(self) -> list[statistics_pb2.Histogram]:
        """The histograms of a numeric feature, never weighted."""
        return list(self.proto.num_stats.histograms)

    def custom(self, name: str) -> statistics_pb2.CustomStatistic | None:
        """The first custom statistic of that name."""
        return next((stat for stat in self.proto.custom_stats if stat.name == name), None)
