"""How often a feature is present and how many values it has: the common statistics.

Counted at each level of lists apart and, for a whole example, at the innermost one. Counts are
integers and sums of weights exact (`exact_sum`), so order and split of the data leave no trace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.analyzers import exact_sum
from taurus_beam.analyzers.rank_histogram import RankHistogram
from taurus_beam.stats.feature_column import FeatureColumn, Level
from taurus_beam.stats.histograms import quantiles_histogram, standard_histogram
from taurus_beam.stats.list_lengths import LENGTHS_TYPE, ListLengths, repeated
from taurus_beam.stats.options import StatsOptions
from taurus_beam.stats.ranked import Ranked

__all__ = ["VALENCY_SCHEMA", "LevelCounts", "Valency"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


@dataclass
class LevelCounts:
    """Lists of one level: how many there could be, how many there are, how many values they hold.

    Weights are exact sums (`exact_sum`) of the rows' weights, once for each list or value.
    """

    slots: int = 0
    present: int = 0
    total: int = 0
    slots_weight: int = 0
    present_weight: int = 0
    total_weight: int = 0
    lengths: ListLengths = field(default_factory=ListLengths)

    def add(self, level: Level, weights: Array | None) -> None:
        """Add the lists of a batch, ``weights`` one for each slot."""
        self.slots += level.slots
        self.present += level.present
        self.total += level.total
        if level.ragged is None:
            self.lengths.add_ones(level.present)
        else:
            present = level.ragged if level.missing is None else level.ragged[~level.missing]
            self.lengths.add(present)
        if weights is not None:
            self._add_weights(level, weights)

    def plus(self, other: LevelCounts) -> None:
        """Add what another one counted."""
        for name in _COUNTS + _WEIGHTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.lengths.plus(other.lengths)

    def _add_weights(self, level: Level, weights: Array) -> None:
        everywhere = exact_sum.sum_exactly(weights)
        self.slots_weight += everywhere
        present = everywhere
        if level.missing is not None:
            present = exact_sum.sum_exactly(weights[~level.missing])
        self.present_weight += present
        if level.ragged is None:
            self.total_weight += present
        else:
            product = exact_sum.cross_products([level.ragged, weights])[0, 1]
            self.total_weight += int(product) >> exact_sum.UNIT_BITS


_COUNTS = ("slots", "present", "total")
_WEIGHTS = ("slots_weight", "present_weight", "total_weight")

VALENCY_SCHEMA = pa.schema(
    {
        "levels": pa.list_(
            pa.struct(
                {name: pa.int64() for name in _COUNTS}
                | {name: pa.binary() for name in _WEIGHTS}
                | {"lengths": LENGTHS_TYPE}
            )
        ),
        "per_example": LENGTHS_TYPE,
    }
)


@dataclass
class Valency:
    """Presence and number of values of one feature.

    Attributes:
        levels: What was counted at each level of lists.
        per_example: How many innermost values an example has, where lists are nested; else that is
            what the one level tells.
    """

    levels: list[LevelCounts] = field(default_factory=list)
    per_example: ListLengths = field(default_factory=ListLengths)

    @property
    def values(self) -> int:
        """How many values there are at the innermost level, null ones counted."""
        return self.levels[-1].total if self.levels else 0

    def add(self, feature: FeatureColumn) -> None:
        """Add a batch."""
        weights = feature.slot_weights
        levels = self._levels(len(feature.levels))
        # A batch of nulls may have fewer levels than there are.
        for counts, level in zip(levels, feature.levels, strict=False):
            counts.add(level, weights)
            if weights is not None and len(feature.levels) > 1:
                weights = np.repeat(weights, level.lengths)
        if len(feature.levels) > 1:
            missing = feature.levels[0].missing
            counts_of_all = feature.value_counts
            self.per_example.add(counts_of_all if missing is None else counts_of_all[~missing])

    def plus(self, other: Valency) -> None:
        """Add what another one counted."""
        for counts, more in zip(self._levels(len(other.levels)), other.levels, strict=False):
            counts.plus(more)
        self.per_example.plus(other.per_example)

    def to_row(self) -> dict[str, Any]:
        """The state as a row of `VALENCY_SCHEMA`."""
        return {
            "levels": [
                {name: getattr(level, name) for name in _COUNTS}
                | {name: exact_sum.to_bytes(getattr(level, name)) for name in _WEIGHTS}
                | {"lengths": level.lengths.to_row()}
                for level in self.levels
            ],
            "per_example": self.per_example.to_row(),
        }

    @staticmethod
    def from_row(row: Mapping[str, Any]) -> Valency:
        """The state that `to_row` wrote."""
        levels = [
            LevelCounts(
                **{name: level[name] for name in _COUNTS},
                **{name: exact_sum.from_bytes(level[name]) for name in _WEIGHTS},
                lengths=ListLengths.from_row(level["lengths"]),
            )
            for level in row["levels"]
        ]
        return Valency(levels, ListLengths.from_row(row["per_example"]))

    def common_statistics(
        self, parents: int, parents_weight: int | None, options: StatsOptions
    ) -> statistics_pb2.CommonStatistics:
        """The statistics of all batches.

        Args:
            parents: How many examples there are or, of a field, structs that could have it.
            parents_weight: The exact sum of their weights; None without weights.
            options: Says how many buckets histograms have.
        """
        if not self.levels:
            return statistics_pb2.CommonStatistics(num_missing=parents)
        first, last, nested = self.levels[0], self.levels[-1], len(self.levels) > 1
        result = statistics_pb2.CommonStatistics(
            num_non_missing=first.present,
            num_missing=parents - first.present,
            tot_num_values=last.total,
        )
        if parents_weight is not None:
            result.weighted_common_stats.CopyFrom(
                _weighted(parents_weight, first.present_weight, last.total_weight)
            )
        if first.present:
            lengths = Ranked.of_counts(self._per_example() if nested else first.lengths.build())
            result.min_num_values = int(lengths.low)
            result.max_num_values = int(lengths.high)
            result.avg_num_values = last.total / first.present
            buckets = options.num_values_histogram_buckets
            result.num_values_histogram.CopyFrom(quantiles_histogram(lengths, buckets))
        if nested:
            self._add_levels(result, parents, parents_weight)
        return result

    def custom_statistics(self, options: StatsOptions) -> Sequence[statistics_pb2.CustomStatistic]:
        """Histograms of the lengths of inner lists, by TFDV's names."""
        buckets = options.num_values_histogram_buckets
        result = []
        for number, level in enumerate(self.levels[1:], start=2):
            lengths = Ranked.of_counts(level.lengths.build())
            if lengths:
                name = f"level_{number}_value_list_length"
                quantiles = quantiles_histogram(lengths, buckets)
                standard = standard_histogram(lengths, buckets)
                result += [
                    statistics_pb2.CustomStatistic(name=f"{name}_quantiles", histogram=quantiles),
                    statistics_pb2.CustomStatistic(name=f"{name}_standard", histogram=standard),
                ]
        return result

    def _per_example(self) -> RankHistogram:
        """How many innermost values the examples have."""
        counted = self.per_example.build()
        # Lists of nulls alone do not show what is nested in them: they hold no innermost values.
        untold = self.levels[0].present - counted.count
        return RankHistogram.merge_all([repeated(0, untold), counted])

    def _levels(self, count: int) -> list[LevelCounts]:
        self.levels += [LevelCounts() for _ in range(count - len(self.levels))]
        return self.levels

    def _add_levels(
        self, result: statistics_pb2.CommonStatistics, parents: int, parents_weight: int | None
    ) -> None:
        for level in self.levels:
            lengths = Ranked.of_counts(level.lengths.build())
            result.presence_and_valency_stats.add(
                num_non_missing=level.present,
                num_missing=parents - level.present,
                min_num_values=int(lengths.low) if lengths else 0,
                max_num_values=int(lengths.high) if lengths else 0,
                tot_num_values=level.total,
            )
            if parents_weight is not None:
                result.weighted_presence_and_valency_stats.append(
                    _weighted(parents_weight, level.present_weight, level.total_weight)
                )
                parents_weight = level.total_weight
            parents = level.total


def _weighted(parents: int, present: int, total: int) -> statistics_pb2.WeightedCommonStatistics:
    return statistics_pb2.WeightedCommonStatistics(
        num_non_missing=exact_sum.to_float(present),
        num_missing=exact_sum.to_float(parents - present),
        tot_num_values=exact_sum.to_float(total),
        avg_num_values=exact_sum.ratio(total, present) if present else 0.0,
    )
