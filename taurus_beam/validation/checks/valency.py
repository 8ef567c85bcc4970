"""Valency: how many values an example has, at each level of nesting, and fixed shapes."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from taurus_beam.validation.case import Case
from taurus_beam.validation.changes import Change, assign, clear
from taurus_beam.validation.feature_view import FeatureView
from taurus_beam.validation.findings import Finding
from taurus_beam.validation.infer import add_valency

__all__ = ["embedding_dim", "shape", "value_count", "value_counts"]

Kind = anomalies_pb2.AnomalyInfo
_NESTEDNESS = "Mismatched value nest level"
_SHAPE_DROPPED = "Feature shape dropped"


def value_count(case: Case) -> Iterator[Finding]:
    """Some examples have fewer or more values than the schema allows."""
    feature, lengths = case.feature, case.stats.lengths
    if not feature.HasField("value_count"):
        return
    if len(lengths) > 1:
        yield Finding(
            Kind.VALUE_NESTEDNESS_MISMATCH,
            _NESTEDNESS,
            "This feature has a value_count, but the nestedness level of the feature > 1. For "
            "features with nestedness levels greater than 1, value_counts, not value_count, "
            "should be specified.",
            _count_anew(feature, "value_count", case.stats),
        )
        return
    yield from _within(feature.value_count, lengths[0], "")


def value_counts(case: Case) -> Iterator[Finding]:
    """The same for each level of nested lists, and data nested to another depth."""
    feature, lengths = case.feature, case.stats.lengths
    if not feature.HasField("value_counts"):
        return
    levels = feature.value_counts.value_count
    if len(levels) != len(lengths):
        yield Finding(
            Kind.VALUE_NESTEDNESS_MISMATCH,
            _NESTEDNESS,
            "The values have a different nest level than expected. Value counts will not be "
            "checked.",
            _count_anew(feature, "value_counts", case.stats),
        )
        return
    for level, (allowed, actual) in enumerate(zip(levels, lengths, strict=True)):
        yield from _within(allowed, actual, f" at nestedness level {level}")


def shape(case: Case) -> Iterator[Finding]:
    """A feature of a fixed shape is missing somewhere, varies, or has another number of values.

    Only the product of the dimensions is compared: statistics know lengths, not shapes.
    """
    feature, stats = case.feature, case.stats
    if not feature.HasField("shape"):
        return
    varies = any(shortest != longest or shortest == 0 for shortest, longest in stats.lengths)
    length = math.prod(longest for _, longest in stats.lengths)
    if varies or any(stats.missing_by_level):
        yield Finding(
            Kind.INVALID_FEATURE_SHAPE,
            _SHAPE_DROPPED,
            "The feature has a shape, but it's not always present (if the feature is nested, then "
            "it should always be present at each nested level) or its value lengths vary.",
            clear(feature, "shape"),
        )
    elif length != math.prod(dim.size for dim in feature.shape.dim):
        yield Finding(
            Kind.INVALID_FEATURE_SHAPE,
            _SHAPE_DROPPED,
            f"The feature has fixed value length {length} but it's not compatible with the "
            "specified shape.",
            clear(feature, "shape"),
        )


def embedding_dim(case: Case) -> Iterator[Finding]:
    """An embedding has lists of another length than its dimension (not in TFDV)."""
    domain = case.draft.float_domain
    if domain is None or not domain.is_embedding or domain.embedding_dim <= 0:
        return
    shortest, longest = case.stats.lengths[-1]
    if (shortest, longest) != (domain.embedding_dim, domain.embedding_dim):
        found = str(shortest) if shortest == longest else f"{shortest} to {longest}"
        yield Finding(
            Kind.EMBEDDING_SHAPE_INVALID,
            "Embedding of another dimension",
            f"The embedding should have {domain.embedding_dim} values, but has {found}.",
            clear(domain, "embedding_dim"),
        )


def _within(
    allowed: schema_pb2.ValueCount, actual: tuple[int, int], where: str
) -> Iterator[Finding]:
    shortest, longest = actual
    if allowed.HasField("min") and shortest < allowed.min:
        yield Finding(
            Kind.FEATURE_TYPE_LOW_NUMBER_VALUES,
            "Missing values",
            f"Some examples have fewer values than expected{where}.",
            assign(allowed, min=shortest) if shortest else clear(allowed, "min"),
        )
    if allowed.HasField("max") and longest > allowed.max:
        yield Finding(
            Kind.FEATURE_TYPE_HIGH_NUMBER_VALUES,
            "Superfluous values",
            f"Some examples have more values than expected{where}.",
            assign(allowed, max=longest),
        )


def _count_anew(feature: schema_pb2.Feature, field: str, stats: FeatureView) -> Change:
    def change() -> None:
        feature.ClearField(field)
        add_valency(feature, stats, infer_feature_shape=False)

    return change
