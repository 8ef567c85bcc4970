"""A feature of the schema prepared for looking at rows: what is asked of each row, looked up once.

Questions that only a data set can answer (the share of rows that have a feature, the number of
distinct values, a distribution) are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.validation.draft import Draft, shared_domains
from taurus_beam.validation.environments import is_in_environment
from taurus_beam.validation.lifecycle import is_retired
from taurus_beam.validation.paths import Path

__all__ = ["RowFeature", "row_features"]


@dataclass(frozen=True)
class RowFeature:
    """What the schema says of a feature.

    Attributes:
        path: Where it is.
        feature: Its entry in the schema.
        domain: Its domain, also where the schema keeps it for several features.
        retired: Whether nothing is asked of it.
        in_environment: Whether the data may have it.
        fields: Of a struct, its fields by name.
    """

    path: Path
    feature: schema_pb2.Feature
    domain: Draft
    retired: bool
    in_environment: bool
    fields: Mapping[str, RowFeature]

    @cached_property
    def domain_kind(self) -> str | None:
        """Which domain it has."""
        return self.domain.domain_kind

    @property
    def everywhere(self) -> bool:
        """Whether each row (of a field: each struct) must have it.

        A lower ``min_fraction``, or a ``min_count``, does not say which rows may do without.
        """
        asked = self.feature.presence.min_fraction >= 1 or self.feature.group_presence.required
        return asked and self.in_environment and not self.retired

    @cached_property
    def allowed_strings(self) -> Any:
        """The values of its string domain as Arrow binary; None if any value may occur.

        A ``min_domain_mass`` below 1 lets some values be others, and does not say in which rows.
        """
        domain = self.domain.string_domain
        constraints = self.feature.distribution_constraints
        if constraints.HasField("min_domain_mass") and constraints.min_domain_mass < 1:
            return None
        if domain is None or self.domain_kind not in ("domain", "string_domain"):
            return None
        return pa.array([value.encode() for value in domain.value], pa.binary())


def row_features(schema: schema_pb2.Schema, environment: str | None) -> dict[str, RowFeature]:
    """The features of a schema by name, in its order; of two of one name, the first live one."""
    shared = shared_domains(schema)

    def prepared(path: Path, feature: schema_pb2.Feature) -> RowFeature:
        return RowFeature(
            path,
            feature,
            Draft(schema, feature, shared),
            is_retired(feature),
            is_in_environment(feature, schema.default_environment, environment),
            named(path, feature.struct_domain.feature),
        )

    def named(parent: Path, features: Iterable[schema_pb2.Feature]) -> dict[str, RowFeature]:
        found: dict[str, RowFeature] = {}
        for feature in features:
            if feature.name not in found or found[feature.name].retired:
                found[feature.name] = prepared((*parent, feature.name), feature)
        return found

    return named((), schema.feature)
