"""Weighted features: examples that lack a value or a weight, or have unequal numbers of them.

A weighted feature has no statistics but custom ones, made with the schema that declares it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from taurus_beam.validation.changes import deprecate
from taurus_beam.validation.findings import Finding
from taurus_beam.validation.lifecycle import AnyFeature
from taurus_beam.validation.numbers_in_text import six_digits

__all__ = ["name_collision", "weighted_feature"]

Kind = anomalies_pb2.AnomalyInfo


def name_collision(weighted: schema_pb2.WeightedFeature, *others: AnyFeature | None) -> Finding:
    """A weighted feature and a feature of the same name."""
    return Finding(
        Kind.WEIGHTED_FEATURE_NAME_COLLISION,
        "Weighted feature name collision",
        "Weighted feature name collision.",
        deprecate(weighted, *others),
    )


def weighted_feature(
    weighted: schema_pb2.WeightedFeature, stats: statistics_pb2.FeatureNameStatistics
) -> Iterator[Finding]:
    """Values or weights are missing, or their numbers differ, in some examples."""
    fix = deprecate(weighted)
    for stat in stats.custom_stats:
        if stat.name == "missing_value" and stat.num != 0:
            yield Finding(
                Kind.WEIGHTED_FEATURE_MISSING_VALUE,
                "Missing value feature",
                f"Found {six_digits(stat.num)} examples missing value feature.",
                fix,
            )
        elif stat.name == "missing_weight" and stat.num != 0:
            yield Finding(
                Kind.WEIGHTED_FEATURE_MISSING_WEIGHT,
                "Missing weight feature",
                f"Found {six_digits(stat.num)} examples missing weight feature.",
                fix,
            )
    numbers = {stat.name: int(stat.num) for stat in stats.custom_stats}
    least = numbers.get("min_weight_length_diff", 0)
    most = numbers.get("max_weight_length_diff", 0)
    if least != 0 or most != 0:
        yield Finding(
            Kind.WEIGHTED_FEATURE_LENGTH_MISMATCH,
            "Length mismatch between value and weight feature",
            "Mismatch between weight and value feature with "
            f"min_weight_length_diff = {least} and max_weight_length_diff = {most}.",
            fix,
        )
