"""String domains: values outside the set that the schema allows, and values that are no text."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tensorflow_metadata.proto.v0 import anomalies_pb2

from taurus_beam.validation.case import Case
from taurus_beam.validation.changes import Change, add_values, clear, drop_string_domain
from taurus_beam.validation.findings import Finding
from taurus_beam.validation.numbers_in_text import escaped

__all__ = ["invalid_utf8", "unexpected_values"]

Kind = anomalies_pb2.AnomalyInfo


def invalid_utf8(case: Case) -> Iterator[Finding]:
    """Some values of a feature with a string domain are not valid UTF-8."""
    if case.stats.has_invalid_utf8:
        yield Finding(
            Kind.ENUM_TYPE_INVALID_UTF8,
            "Invalid UTF8 strings",
            "Found strings that were not valid UTF8 strings.",
            _drop_domain(case),
        )


def unexpected_values(case: Case) -> Iterator[Finding]:
    """More of the values are outside the domain than ``min_domain_mass`` allows (by default, any).

    The values are those of the rank histogram, so rare ones may go unseen.
    """
    domain = case.draft.string_domain
    if domain is None:
        return
    allowed = set(domain.value)
    counts = case.stats.string_counts
    outside = {value: count for value, count in counts.items() if value not in allowed}
    constraints = case.feature.distribution_constraints
    tolerated = (
        1.0 - constraints.min_domain_mass if constraints.HasField("min_domain_mass") else 0.0
    )
    total = case.stats.num_values
    share = math.fsum(outside.values()) / total if total else 0.0
    if outside and (share > tolerated or tolerated == 0):
        listed = ", ".join(f"{escaped(v)} ({_percent(int(n), total)})" for v, n in outside.items())
        yield Finding(
            Kind.ENUM_TYPE_UNEXPECTED_STRING_VALUES,
            "Unexpected string values",
            f"Examples contain values missing from the schema: {listed}. ",
            add_values(domain, outside),
        )


def _drop_domain(case: Case) -> Change:
    if case.draft.domain_kind == "domain":
        return drop_string_domain(case.draft.schema, case.feature.domain)
    return clear(case.feature, "domain_info")


def _percent(count: int, total: float) -> str:
    if total == 0:
        return "?"
    percent = 100 * count / total
    return "<1%" if percent < 1 else f"~{math.floor(percent)}%"
