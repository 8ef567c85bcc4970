"""Sparse features: examples that lack a value or an index, or have unequal numbers of them.

A sparse feature has no statistics but custom ones, made with the schema that declares it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from taurus_beam.validation.changes import deprecate
from taurus_beam.validation.findings import Finding
from taurus_beam.validation.lifecycle import AnyFeature
from taurus_beam.validation.numbers_in_text import six_digits

__all__ = ["name_collision", "sparse_feature"]

Kind = anomalies_pb2.AnomalyInfo


def name_collision(sparse: schema_pb2.SparseFeature, other: AnyFeature) -> Finding:
    """A sparse feature and a feature of the same name."""
    return Finding(
        Kind.SPARSE_FEATURE_NAME_COLLISION,
        "Sparse feature name collision",
        "Sparse feature name collision.",
        deprecate(sparse, other),
    )


def sparse_feature(
    sparse: schema_pb2.SparseFeature, stats: statistics_pb2.FeatureNameStatistics
) -> Iterator[Finding]:
    """Values or indices are missing, or their numbers differ, in some examples."""
    fix = deprecate(sparse)
    for stat in stats.custom_stats:
        if stat.name == "missing_value" and stat.num != 0:
            yield Finding(
                Kind.SPARSE_FEATURE_MISSING_VALUE,
                "Missing value feature",
                f"Found {six_digits(stat.num)} examples missing value feature",
                fix,
            )
        elif stat.name == "missing_index":
            for index, missing in _counts(stat):
                yield Finding(
                    Kind.SPARSE_FEATURE_MISSING_INDEX,
                    "Missing index feature",
                    f"Found {missing} examples missing index feature: {index}",
                    fix,
                )
        elif stat.name in ("max_length_diff", "min_length_diff"):
            for index, difference in _counts(stat):
                yield Finding(
                    Kind.SPARSE_FEATURE_LENGTH_MISMATCH,
                    "Length mismatch between value and index feature",
                    f"Mismatch between index feature: {index} and value column, with "
                    f"{stat.name} = {difference}",
                    fix,
                )


def _counts(stat: statistics_pb2.CustomStatistic) -> Iterator[tuple[str, int]]:
    """The names of the index features with their counts, zeros left out."""
    for bucket in stat.rank_histogram.buckets:
        if bucket.sample_count != 0:
            yield bucket.label, int(bucket.sample_count)
