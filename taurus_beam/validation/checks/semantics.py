"""Semantic domains that the statistics suggest for a feature without a domain."""

from __future__ import annotations

from collections.abc import Iterator

from tensorflow_metadata.proto.v0 import anomalies_pb2

from taurus_beam.validation.case import Case
from taurus_beam.validation.findings import Finding
from taurus_beam.validation.semantic_domain import suggested_domain

__all__ = ["semantic_domain"]

Kind = anomalies_pb2.AnomalyInfo


def semantic_domain(case: Case) -> Iterator[Finding]:
    """The custom statistic ``domain_info`` names a domain, and the schema has none."""
    suggestion = suggested_domain(case.stats)
    if suggestion is not None:
        yield Finding(
            Kind.SEMANTIC_DOMAIN_UPDATE,
            "Updated semantic domain",
            f"Updated semantic domain for feature: {case.feature.name}",
            lambda: case.feature.MergeFrom(suggestion),
        )
