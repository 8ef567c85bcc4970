"""Uniqueness: too few or too many distinct values."""

from __future__ import annotations

from collections.abc import Iterator

from tensorflow_metadata.proto.v0 import anomalies_pb2

from taurus_beam.validation.case import Case
from taurus_beam.validation.changes import assign, clear
from taurus_beam.validation.findings import Finding

__all__ = ["unique_values"]

Kind = anomalies_pb2.AnomalyInfo


def unique_values(case: Case) -> Iterator[Finding]:
    """The number of distinct values is out of bounds, or was not counted (it is of strings)."""
    if not case.feature.HasField("unique_constraints"):
        return
    allowed, unique = case.feature.unique_constraints, case.stats.num_unique
    if unique is None:
        yield Finding(
            Kind.FEATURE_TYPE_NO_UNIQUE,
            "No unique values",
            "UniqueConstraints specified for the feature, but unique values were not counted "
            "(i.e., feature is not string or categorical).",
            clear(case.feature, "unique_constraints"),
        )
        return
    if allowed.HasField("min") and unique < allowed.min:
        yield Finding(
            Kind.FEATURE_TYPE_LOW_UNIQUE,
            "Low number of unique values",
            f"Expected at least {allowed.min} unique values but found only {unique}.",
            assign(allowed, min=unique),
        )
    if allowed.HasField("max") and unique > allowed.max:
        yield Finding(
            Kind.FEATURE_TYPE_HIGH_UNIQUE,
            "High number of unique values",
            f"Expected no more than {allowed.max} unique values but found {unique}.",
            assign(allowed, max=unique),
        )
