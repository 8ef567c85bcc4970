"""Statistics of the schema's sparse features: whether values and indices fit together.

A sparse feature is a list of values beside lists of their indices, all in one struct or all
columns. Validation reads what is told here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.stats.component_lengths import (
    LONGEST,
    MISSING,
    SHORTEST,
    component_facts,
    merging_of,
)
from taurus_beam.stats.custom import custom_stat, rank_histogram
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.feature_column import FeaturePath
from taurus_beam.stats.tally import Tally, TallyGenerator, by_path

__all__ = ["SparseFeature", "SparseFeatureStatsGenerator"]


@dataclass(frozen=True)
class SparseFeature:
    """A sparse feature of a schema.

    Attributes:
        path: Where it is.
        value: The path of its values.
        indices: The paths of its indices by name, in the order of the names.
    """

    path: FeaturePath
    value: FeaturePath
    indices: tuple[tuple[str, FeaturePath], ...]

    @staticmethod
    def all_of(schema: schema_pb2.Schema) -> tuple[SparseFeature, ...]:
        """The sparse features of a schema, those in structs too.

        Example:
            >>> from google.protobuf import text_format
            >>> text = 'sparse_feature { name: "s" value_feature { name: "v" } }'
            >>> schema = text_format.Parse(text, schema_pb2.Schema())
            >>> [one.value for one in SparseFeature.all_of(schema)]
            [('v',)]
        """
        return tuple(_sparse_features((), schema))


@dataclass(frozen=True)
class SparseFeatureStatsGenerator(TallyGenerator):
    """Counts the rows of sparse features in which something is missing or differs in length.

    Tells ``missing_value`` (rows with indices but no values), and by index ``missing_index``,
    ``max_length_diff`` and ``min_length_diff`` (the extremes of the index's length less the
    values' length; 0 where no row has the feature). Null counts as length 0; rows where all
    components are null take no part.

    Args:
        features: What to look at.
    """

    features: Sequence[SparseFeature]

    def merging(self, name: str) -> Callable[[int, int], int]:
        """Extremes merge as such, counts are added up."""
        return merging_of(name)

    def facts(self, examples: Examples) -> Iterator[tuple[FeaturePath, str, int]]:
        """Facts of each sparse feature."""
        for one in self.features:
            yield from component_facts(examples, one.path, one.value, dict(one.indices))

    def result(self, state: Tally) -> statistics_pb2.DatasetFeatureStatistics:
        """Custom statistics of every sparse feature, in the order of the schema."""
        facts = by_path(self.told(state))
        dataset = statistics_pb2.DatasetFeatureStatistics()
        for one in self.features:
            own = facts.get(one.path, Counter())
            feature = dataset.features.add()
            feature.path.step.extend(one.path)
            feature.custom_stats.append(custom_stat("missing_value", own[f"{MISSING}:"]))
            for name, kind in (
                ("missing_index", MISSING),
                ("max_length_diff", LONGEST),
                ("min_length_diff", SHORTEST),
            ):
                by_index = [(index, own[f"{kind}:{index}"]) for index, _ in one.indices]
                feature.custom_stats.append(
                    custom_stat(name, rank_histogram(by_index, ranked=False))
                )
        return dataset


def _sparse_features(above: FeaturePath, container: Any) -> Iterator[SparseFeature]:
    for one in container.sparse_feature:
        indices = sorted({index.name for index in one.index_feature})
        yield SparseFeature(
            (*above, one.name),
            (*above, one.value_feature.name),
            tuple((name, (*above, name)) for name in indices),
        )
    for feature in container.feature:
        if feature.type == schema_pb2.STRUCT:
            yield from _sparse_features((*above, feature.name), feature.struct_domain)
