"""Derived features: made by validation itself, and marked so in the schema."""

from __future__ import annotations

from collections.abc import Iterator

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from taurus_beam.validation.case import Case
from taurus_beam.validation.changes import assign
from taurus_beam.validation.findings import Finding

__all__ = ["derived_lifecycle", "derived_source"]

Kind = anomalies_pb2.AnomalyInfo


def derived_source(case: Case) -> Iterator[Finding]:
    """The statistics say the feature is derived, the schema does not."""
    stats = case.stats.proto
    if stats.HasField("validation_derived_source") and not _is_derived(case):
        text = "Derived source not set in schema."
        yield Finding(
            Kind.DERIVED_FEATURE_INVALID_SOURCE,
            text,
            text,
            assign(
                case.feature,
                validation_derived_source=stats.validation_derived_source,
                lifecycle_stage=schema_pb2.VALIDATION_DERIVED,
            ),
        )


def derived_lifecycle(case: Case) -> Iterator[Finding]:
    """The schema says the feature is derived, but not by its lifecycle stage."""
    if _is_derived(case) and case.feature.lifecycle_stage != schema_pb2.VALIDATION_DERIVED:
        text = "Derived feature has wrong lifecycle."
        yield Finding(
            Kind.DERIVED_FEATURE_BAD_LIFECYCLE,
            text,
            text,
            assign(case.feature, lifecycle_stage=schema_pb2.VALIDATION_DERIVED),
        )


def _is_derived(case: Case) -> bool:
    return bool(case.feature.HasField("validation_derived_source"))
