"""Statistics of rows beside each other: computed on random parts of a sample, then summarised.

For what cannot be merged, such as estimates by nearest neighbours. TFDV assigns whole batches to
partitions at random; here rows are dealt by their content, so any order and split of the data
gives the same statistics.
"""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.errors import TraceError
from taurus_beam.stats.custom import custom_stat
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.feature_column import FeaturePath
from taurus_beam.stats.generator import StatsGenerator
from taurus_beam.stats.row_sample import RowSample

__all__ = ["NonStreamingCustomStatsGenerator", "PartitionedStatsFn"]


class PartitionedStatsFn(abc.ABC):
    """A statistic of a part of the rows. Subclasses are frozen dataclasses of plain options."""

    @abc.abstractmethod
    def compute(self, examples: Any) -> statistics_pb2.DatasetFeatureStatistics:
        """Numeric custom statistics of features.

        A feature for which the part does not do is left out.

        Args:
            examples: A record batch of at least one row, in random order.
        """


@dataclass(frozen=True)
class NonStreamingCustomStatsGenerator(StatsGenerator[RowSample]):
    """Summarises a statistic of parts of the data.

    Of each custom statistic that ``stats_fn`` computes, these are told: ``min_``, ``max_``,
    ``mean_``, ``median_``, ``std_dev_`` (of the population) and ``num_partitions_`` with its name.

    In memory are up to ``num_partitions * max_examples_per_partition`` rows; of data with more
    distinct rows they are a sample. The parts are computed where the result is made, one by one.

    Args:
        stats_fn: The statistic.
        num_partitions: How many parts.
        min_partitions_stat_presence: In how many parts a statistic must be for it to be told.
        max_examples_per_partition: How many rows a part has at most.

    Raises:
        TraceError: A number is below 1.
    """

    stats_fn: PartitionedStatsFn
    num_partitions: int
    min_partitions_stat_presence: int
    max_examples_per_partition: int = 1000

    def __post_init__(self) -> None:
        for name in ("num_partitions", "max_examples_per_partition"):
            if getattr(self, name) < 1:
                raise TraceError(f"{name} is {getattr(self, name)!r}.", expected="at least 1")

    def zero(self) -> RowSample:
        """No rows."""
        return RowSample.empty(self.num_partitions * self.max_examples_per_partition)

    def add(self, state: RowSample, examples: Examples) -> RowSample:
        """The sample with the rows of one more batch."""
        state.add(examples)
        return state

    def merge(self, states: Sequence[RowSample]) -> RowSample:
        """The sample of all rows."""
        return RowSample.merged(self.num_partitions * self.max_examples_per_partition, states)

    def to_wire(self, state: RowSample) -> Any:
        """See `RowSample.to_wire`."""
        return state.to_wire()

    def from_wire(self, batch: Any) -> RowSample:
        """The state that `to_wire` wrote."""
        most = self.num_partitions * self.max_examples_per_partition
        return RowSample.from_wire(most, batch)

    def result(self, state: RowSample) -> statistics_pb2.DatasetFeatureStatistics:
        """Summaries by feature, sorted by path."""
        values: dict[FeaturePath, dict[str, list[float]]] = {}
        for part in state.dealt(self.num_partitions, self.max_examples_per_partition):
            for feature in self.stats_fn.compute(part).features:
                of_feature = values.setdefault(tuple(feature.path.step), {})
                for stat in feature.custom_stats:
                    of_feature.setdefault(stat.name, []).append(stat.num)
        dataset = statistics_pb2.DatasetFeatureStatistics()
        for path, by_name in sorted(values.items()):
            told = [
                custom_stat(f"{prefix}_{name}", number)
                for name, numbers in by_name.items()
                if len(numbers) >= self.min_partitions_stat_presence
                for prefix, number in _summary(numbers).items()
            ]
            if told:
                dataset.features.add(custom_stats=told).path.step.extend(path)
        return dataset


def _summary(numbers: Sequence[float]) -> dict[str, float]:
    return {
        "min": min(numbers),
        "max": max(numbers),
        "mean": float(np.mean(numbers)),
        "median": float(np.median(numbers)),
        "std_dev": float(np.std(numbers)),
        "num_partitions": len(numbers),
    }
