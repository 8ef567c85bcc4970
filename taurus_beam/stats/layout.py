"""How many rows a data set has, and in what order its features stand.

Every data set has these two whatever else is asked for; what the features hold is not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.stats.examples import Examples
from taurus_beam.stats.feature_column import FeaturePath
from taurus_beam.stats.generator import StatsGenerator

__all__ = ["Layout", "LayoutState"]


@dataclass
class LayoutState:
    """Rows, and the first place at which each feature stands in any batch."""

    rows: int = 0
    places: dict[FeaturePath, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout(StatsGenerator[LayoutState]):
    """``num_examples``, and the features by their place in the columns, structs first.

    Where batches have different columns, the first place at which a feature stands in any of them
    counts, and then its path.
    """

    def zero(self) -> LayoutState:
        """No rows."""
        return LayoutState()

    def add(self, state: LayoutState, examples: Examples) -> LayoutState:
        """The rows and places with those of one more batch."""
        state.rows += examples.num_rows
        for place, path in enumerate(examples.features):
            state.places[path] = min(place, state.places.get(path, place))
        return state

    def merge(self, states: Sequence[LayoutState]) -> LayoutState:
        """The sum, and the first of the places."""
        merged = LayoutState()
        for state in states:
            merged.rows += state.rows
            for path, place in state.places.items():
                merged.places[path] = min(place, merged.places.get(path, place))
        return merged

    def to_wire(self, state: LayoutState) -> Any:
        """A row for each feature in order; before them one without a path, of all rows."""
        paths = _ordered(state)
        places = [state.places[path] for path in paths]
        return pa.record_batch(
            {
                "path": pa.array([None, *map(list, paths)], pa.list_(pa.string())),
                "number": pa.array([state.rows, *places], pa.int64()),
            }
        )

    def from_wire(self, batch: Any) -> LayoutState:
        """The state that `to_wire` wrote."""
        (_, rows), *places = zip(*batch.to_pydict().values(), strict=True)
        return LayoutState(rows, {tuple(path): place for path, place in places})

    def result(self, state: LayoutState) -> statistics_pb2.DatasetFeatureStatistics:
        """The number of rows, and every feature with nothing but its path."""
        dataset = statistics_pb2.DatasetFeatureStatistics(num_examples=state.rows)
        for path in _ordered(state):
            dataset.features.add().path.step.extend(path)
        return dataset


def _ordered(state: LayoutState) -> list[FeaturePath]:
    return sorted(state.places, key=lambda path: (state.places[path], path))
