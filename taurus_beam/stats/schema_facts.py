"""What a schema declares that changes how a feature is counted: categories and images.

Statistics read a schema for nothing else here; its constraints are validation's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.stats.feature_column import FeaturePath

__all__ = ["SchemaFacts", "leaves"]

_Type = statistics_pb2.FeatureNameStatistics
_SCHEMA_TYPES = {_Type.INT: schema_pb2.INT, _Type.FLOAT: schema_pb2.FLOAT}
_CATEGORICAL_DOMAINS = {"bool_domain", "natural_language_domain"}


@dataclass(frozen=True)
class SchemaFacts:
    """Features that the schema declares to be something else than their values look like.

    Attributes:
        categorical: INT and FLOAT features whose numbers are names: their ``schema_pb2`` type.
        images: Features whose strings are images.
        string_categories: Of features with a string domain or with none, ``is_categorical`` of it:
            a value of ``schema_pb2.StringDomain.Categorical``.
    """

    categorical: Mapping[FeaturePath, int]
    images: frozenset[FeaturePath]
    string_categories: Mapping[FeaturePath, int]

    @staticmethod
    def of(schema: schema_pb2.Schema | None) -> SchemaFacts:
        """The facts of a schema, or of none.

        Example:
            >>> from google.protobuf import text_format
            >>> text = 'feature { name: "x" type: INT int_domain { is_categorical: true } }'
            >>> dict(SchemaFacts.of(text_format.Parse(text, schema_pb2.Schema())).categorical)
            {('x',): 2}
        """
        if schema is None:
            return SchemaFacts({}, frozenset(), {})
        declared = list(leaves((), schema.feature))
        domains = {domain.name: domain.is_categorical for domain in schema.string_domain}
        return SchemaFacts(
            {path: leaf.type for path, leaf in declared if _is_categorical_number(leaf)},
            frozenset(
                p for p, leaf in declared if leaf.WhichOneof("domain_info") == "image_domain"
            ),
            {
                path: kind
                for path, leaf in declared
                if (kind := _string_category(leaf, domains)) is not None
            },
        )

    def is_categorical(self, path: FeaturePath, kind: int | None) -> bool:
        """Whether data of a `FeatureNameStatistics.Type` are categories, the schema's type too."""
        return path in self.categorical and self.categorical[path] == _SCHEMA_TYPES.get(kind)


def leaves(above: FeaturePath, features: Any) -> Iterator[tuple[FeaturePath, Any]]:
    """The features of a schema that are no structs, with their paths."""
    for feature in features:
        path = (*above, feature.name)
        if feature.type == schema_pb2.STRUCT:
            yield from leaves(path, feature.struct_domain.feature)
        else:
            yield path, feature


def _is_categorical_number(feature: schema_pb2.Feature) -> bool:
    if feature.type not in (schema_pb2.INT, schema_pb2.FLOAT):
        return False
    domain = feature.WhichOneof("domain_info")
    if domain in ("int_domain", "float_domain"):
        return bool(getattr(feature, domain).is_categorical)
    return domain in _CATEGORICAL_DOMAINS


def _string_category(feature: schema_pb2.Feature, domains: Mapping[str, int]) -> int | None:
    domain = feature.WhichOneof("domain_info")
    if domain == "string_domain":
        return int(feature.string_domain.is_categorical)
    if domain == "domain":
        return domains.get(feature.domain)
    if domain is None and feature.type == schema_pb2.BYTES:
        return int(schema_pb2.StringDomain.CATEGORICAL_UNSPECIFIED)
    return None
