"""Statistics of the schema's weighted features: whether values and their weights fit together.

Validation reads what is told here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.stats.component_lengths import (
    LONGEST,
    MISSING,
    SHORTEST,
    component_facts,
    merging_of,
)
from taurus_beam.stats.custom import custom_stat
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.feature_column import FeaturePath
from taurus_beam.stats.tally import Tally, TallyGenerator, by_path

__all__ = ["WeightedFeature", "WeightedFeatureStatsGenerator"]

_WEIGHT = "weight"


@dataclass(frozen=True)
class WeightedFeature:
    """A weighted feature of a schema: its name, and the paths of values and weights."""

    name: str
    value: FeaturePath
    weight: FeaturePath

    @staticmethod
    def all_of(schema: schema_pb2.Schema) -> tuple[WeightedFeature, ...]:
        """The weighted features of a schema."""
        return tuple(
            WeightedFeature(one.name, tuple(one.feature.step), tuple(one.weight_feature.step))
            for one in schema.weighted_feature
        )


@dataclass(frozen=True)
class WeightedFeatureStatsGenerator(TallyGenerator):
    """Counts the rows of weighted features in which something is missing or differs in length.

    Tells ``missing_weight``, ``missing_value`` (rows that have only the other), and
    ``min_weight_length_diff`` and ``max_weight_length_diff`` (the extremes of the weights' length
    less the values'; 0 where no row has either). Null counts as length 0.

    Args:
        features: What to look at.
    """

    features: Sequence[WeightedFeature]

    def merging(self, name: str) -> Callable[[int, int], int]:
        """Extremes merge as such, counts are added up."""
        return merging_of(name)

    def facts(self, examples: Examples) -> Iterator[tuple[FeaturePath, str, int]]:
        """Facts of each weighted feature."""
        for one in self.features:
            yield from component_facts(examples, (one.name,), one.value, {_WEIGHT: one.weight})

    def result(self, state: Tally) -> statistics_pb2.DatasetFeatureStatistics:
        """Custom statistics of every weighted feature, in the order of the schema."""
        facts = by_path(self.told(state))
        dataset = statistics_pb2.DatasetFeatureStatistics()
        for one in self.features:
            own = facts.get((one.name,), Counter())
            feature = dataset.features.add()
            feature.path.step.append(one.name)
            for name, fact in (
                ("missing_weight", f"{MISSING}:{_WEIGHT}"),
                ("missing_value", f"{MISSING}:"),
                ("min_weight_length_diff", f"{SHORTEST}:{_WEIGHT}"),
                ("max_weight_length_diff", f"{LONGEST}:{_WEIGHT}"),
            ):
                feature.custom_stats.append(custom_stat(name, own[fact]))
        return dataset
