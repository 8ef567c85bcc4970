"""One feature of a schema under validation, with the domains it shares: what findings may change.

Validation makes a draft of each feature, so that one finding's change is seen by the checks after
it and by nobody else; `update_schema` gives the live schema the same face.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2

__all__ = ["Draft", "SharedDomains", "shared_domains"]

# Domains of a schema by kind (the schema's field) and name.
SharedDomains = Mapping[str, Mapping[str, Any]]

# The kinds of domains that a feature's ``domain`` may name, in the order they are looked for.
_FIELDS = {"domain": "string_domain", "int_domain": "int_domain", "float_domain": "float_domain"}


def shared_domains(schema: schema_pb2.Schema) -> SharedDomains:
    """The domains that features of a schema may name; of equal names, the first counts."""
    return {
        field: {domain.name: domain for domain in reversed(getattr(schema, field))}
        for field in _FIELDS.values()
    }


@dataclass(frozen=True)
class Draft:
    """A feature, inside a schema that has at least the shared domains it names.

    Attributes:
        schema: The schema that changes go to.
        feature: The feature in it.
        shared: The schema's domains.
    """

    schema: schema_pb2.Schema
    feature: schema_pb2.Feature
    shared: SharedDomains

    @classmethod
    def of(
        cls, schema: schema_pb2.Schema, feature: schema_pb2.Feature, shared: SharedDomains
    ) -> Draft:
        """A copy of a feature and of what it refers to."""
        own = schema_pb2.Schema(feature=[feature], default_environment=schema.default_environment)
        for field in _FIELDS.values() if feature.domain else ():
            if feature.domain in shared[field]:
                getattr(own, field).append(shared[field][feature.domain])
        return cls(own, own.feature[0], shared_domains(own))

    @property
    def domain_kind(self) -> str | None:
        """Which domain the feature has: a field of its ``domain_info``, or None.

        A feature whose ``domain`` names an int or float domain of the schema has that one.
        """
        kind: str | None = self.feature.WhichOneof("domain_info")
        if kind != "domain":
            return kind
        return next((kind for kind in _FIELDS if self._named(kind) is not None), kind)

    @property
    def string_domain(self) -> schema_pb2.StringDomain | None:
        """The strings the feature may have."""
        return self._own_or_named("domain")

    @property
    def int_domain(self) -> schema_pb2.IntDomain | None:
        """The integers the feature may have."""
        return self._own_or_named("int_domain")

    @property
    def float_domain(self) -> schema_pb2.FloatDomain | None:
        """The floats the feature may have."""
        return self._own_or_named("float_domain")

    def _own_or_named(self, kind: str) -> Any:
        field = _FIELDS[kind]
        own = self.feature.WhichOneof("domain_info") == field
        return getattr(self.feature, field) if own else self._named(kind)

    def _named(self, kind: str) -> Any:
        by_name = self.feature.WhichOneof("domain_info") == "domain"
        return self.shared[_FIELDS[kind]].get(self.feature.domain) if by_name else None
