"""Presence: columns that are missing, new, out of their environment, or there too seldom."""

from __future__ import annotations

from collections.abc import Iterator

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from taurus_beam.validation.case import Case
from taurus_beam.validation.changes import assign, clear, deprecate
from taurus_beam.validation.environments import is_in_environment
from taurus_beam.validation.findings import Finding
from taurus_beam.validation.numbers_in_text import float32, six_digits
from taurus_beam.validation.paths import serialize

__all__ = [
    "environment",
    "group_presence",
    "min_count",
    "min_fraction",
    "missing_column",
    "new_column",
    "not_present",
]

Kind = anomalies_pb2.AnomalyInfo
_DROPPED = "Column dropped"
# What a demand for every example is lowered to where the fraction rounds to one.
_NEARLY_ALL = 0.9999


def new_column() -> Finding:
    """A column of the data that the schema does not know; `update_schema` adds it."""
    return Finding(
        Kind.SCHEMA_NEW_COLUMN,
        "New column",
        "New column (column in data but not in schema)",
    )


def missing_column(feature: schema_pb2.Feature) -> Finding:
    """A required column without statistics."""
    return Finding(
        Kind.SCHEMA_MISSING_COLUMN,
        _DROPPED,
        "Column is completely missing",
        deprecate(feature),
    )


def not_present(case: Case) -> Iterator[Finding]:
    """A required column with statistics, but without a value in any example."""
    if case.stats.num_present == 0 and case.required:
        yield Finding(
            Kind.FEATURE_TYPE_NOT_PRESENT,
            _DROPPED,
            "The feature was not present in any examples.",
            deprecate(case.feature),
        )


def environment(case: Case) -> Iterator[Finding]:
    """A column that the schema keeps out of the environment of the data."""
    if case.environment is None or case.in_environment:
        return
    name, feature = case.environment, case.feature

    def join() -> None:
        others = [other for other in feature.not_in_environment if other != name]
        del feature.not_in_environment[:]
        feature.not_in_environment.extend(others)
        if not is_in_environment(feature, case.draft.schema.default_environment, name):
            feature.in_environment.append(name)

    yield Finding(
        Kind.SCHEMA_NEW_COLUMN,
        "Column missing in environment",
        f"New column {serialize(case.stats.path)} found in data but not in the environment "
        f"{name} in the schema.",
        join,
    )


def min_count(case: Case) -> Iterator[Finding]:
    """Fewer examples have the feature than the schema asks for."""
    presence, present = case.feature.presence, case.stats.num_present
    if presence.HasField("min_count") and present < presence.min_count:
        yield Finding(
            Kind.FEATURE_TYPE_LOW_NUMBER_PRESENT,
            _DROPPED,
            "The feature was present in fewer examples than expected: "
            f"minimum count = {presence.min_count}, actual = {int(present)}",
            assign(presence, min_count=int(present)),
        )


def min_fraction(case: Case) -> Iterator[Finding]:
    """A smaller share of the examples has the feature than the schema asks for."""
    presence, fraction = case.feature.presence, case.stats.fraction_present
    if not presence.HasField("min_fraction") or fraction is None:
        return
    if fraction < presence.min_fraction:
        yield Finding(
            Kind.FEATURE_TYPE_LOW_FRACTION_PRESENT,
            _DROPPED,
            "The feature was present in fewer examples than expected: "
            f"minimum fraction = {float32(presence.min_fraction):f}, actual = {fraction:f}",
            assign(presence, min_fraction=fraction),
        )
    # So few of so many may be missing that the fraction rounds to one.
    if presence.min_fraction == 1.0 and case.stats.num_missing != 0:
        yield Finding(
            Kind.FEATURE_TYPE_LOW_FRACTION_PRESENT,
            _DROPPED,
            "The feature was expected everywhere, but was missing in "
            f"{six_digits(case.stats.num_missing)} examples.",
            assign(presence, min_fraction=_NEARLY_ALL),
        )


def group_presence(case: Case) -> Iterator[Finding]:
    """A field that its struct must always have is missing in some of the structs (not in TFDV)."""
    missing = case.stats.num_missing
    if case.feature.group_presence.required and missing != 0:
        yield Finding(
            Kind.FEATURE_TYPE_LOW_FRACTION_PRESENT,
            _DROPPED,
            "The feature was expected in all of its group, but was missing in "
            f"{six_digits(missing)} of it.",
            clear(case.feature, "group_presence"),
        )
