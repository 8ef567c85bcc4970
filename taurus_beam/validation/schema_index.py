"""A schema by path: its features, sparse features and weighted features, found at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.errors import DataError
from taurus_beam.validation.environments import is_required
from taurus_beam.validation.lifecycle import AnyFeature, is_retired
from taurus_beam.validation.paths import Path, serialize

__all__ = ["SchemaIndex"]


@dataclass(frozen=True)
class SchemaIndex:
    """The parts of a schema that statistics have entries for.

    Of several features with one path, the first counts. The index holds the schema's own
    protos, so it stays right when they change, but not when some are added or removed.
    """

    schema: schema_pb2.Schema
    features: dict[Path, schema_pb2.Feature] = field(default_factory=dict)
    sparse: dict[Path, schema_pb2.SparseFeature] = field(default_factory=dict)
    weighted: dict[Path, schema_pb2.WeightedFeature] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._add((), self.schema.feature, self.schema.sparse_feature)
        for feature in self.schema.weighted_feature:
            self.weighted.setdefault((feature.name,), feature)

    def _add(
        self,
        parent: Path,
        features: Iterable[schema_pb2.Feature],
        sparse: Iterable[schema_pb2.SparseFeature],
    ) -> None:
        for each in sparse:
            self.sparse.setdefault((*parent, each.name), each)
        for feature in features:
            path = (*parent, feature.name)
            if path not in self.features:
                self.features[path] = feature
                self._add(path, feature.struct_domain.feature, feature.struct_domain.sparse_feature)

    def __contains__(self, path: Path) -> bool:
        return any(path in found for found in (self.features, self.sparse, self.weighted))

    def is_retired(self, path: Path) -> bool:
        """Whether nothing that the schema has at a path is held to it."""
        tables: tuple[dict[Path, AnyFeature], ...] = (self.features, self.sparse, self.weighted)
        return all(is_retired(table[path]) for table in tables if path in table)

    def container(self, path: Path) -> Any:
        """The schema's list of features that one of that path belongs to.

        Raises:
            DataError: The schema has no feature that it is a field of.
        """
        if len(path) == 1:
            return self.schema.feature
        parent = self.features.get(path[:-1])
        if parent is None:
            raise DataError(
                f"The schema has no feature {serialize(path[:-1])} for its field {path[-1]!r}.",
                where="statistics",
                expected=f"statistics of {serialize(path[:-1])}, too",
                fix="Add the struct to the schema, or its statistics to the statistics.",
            )
        return parent.struct_domain.feature

    def required(self, environment: str | None) -> Iterator[Path]:
        """Paths of the features that data must have in an environment, in the schema's order.

        A struct that is not required may have fields that are; they are asked for all the same.
        """
        defaults = self.schema.default_environment
        retired: set[Path] = set()
        for path, feature in self.features.items():
            if path[:-1] in retired or is_retired(feature):
                retired.add(path)
            elif is_required(feature, defaults, environment):
                yield path
