"""Data sets as the page's script reads them: one index of features, one block per slice.

A block is read when its slice is first looked at, so that many slices cost nothing at the start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.report.features import record
from taurus_beam.report.histograms import number
from taurus_beam.report.markup import Html, data_block
from taurus_beam.report.names import shown, steps_of
from taurus_beam.validation.paths import Path, serialize

__all__ = ["Index", "Series", "blocks", "index_of"]

_ALL = "All Examples"


@dataclass(frozen=True)
class Series:
    """Statistics that are shown together under a name, such as ``Training``."""

    name: str
    statistics: statistics_pb2.DatasetFeatureStatisticsList


@dataclass(frozen=True)
class Index:
    """The features of all series in the order of the first; a feature's place is its number."""

    places: Mapping[Path, int]

    @property
    def links(self) -> dict[Path, str]:
        """Where on the page a feature is."""
        return {path: f"#f{place}" for path, place in self.places.items()}


def index_of(series: Sequence[Series], keep: Callable[[Path], bool] = lambda path: True) -> Index:
    """All features of some series that are to be kept."""
    places: dict[Path, int] = {}
    for each in series:
        for dataset in _whole_first(each.statistics):
            for feature in dataset.features:
                path = steps_of(feature)
                if keep(path):
                    places.setdefault(path, len(places))
    return Index(places)


def blocks(
    series: Sequence[Series],
    index: Index,
    anomalies: Mapping[Path, list[dict[str, Any]]],
    distances: Mapping[Path, list[dict[str, Any]]],
) -> list[Html]:
    """Everything the page's script needs: a summary, then a block per slice of each series."""
    told = []
    written = []
    for position, each in enumerate(series):
        slices = []
        alone = len(each.statistics.datasets) == 1
        for place, dataset in enumerate(_whole_first(each.statistics)):
            name = f"block-{position}-{place}"
            slices.append(
                {
                    # A data set that is alone may be called anything; it is no slice of another.
                    "name": _ALL if alone or not dataset.name else shown(dataset.name),
                    "examples": dataset.num_examples,
                    "weighted": number(dataset.weighted_num_examples),
                    "block": name,
                }
            )
            written.append(data_block(name, _records(dataset, index)))
        told.append({"name": shown(each.name), "slices": slices})
    features = [
        {
            "path": shown(serialize(path)),
            "anomalies": anomalies.get(path, []),
            "distances": distances.get(path, []),
        }
        for path in index.places
    ]
    return [data_block("report-data", {"features": features, "series": told}), *written]


def _whole_first(
    statistics: statistics_pb2.DatasetFeatureStatisticsList,
) -> Iterable[statistics_pb2.DatasetFeatureStatistics]:
    return sorted(statistics.datasets, key=lambda dataset: dataset.name not in ("", _ALL))


def _records(
    dataset: statistics_pb2.DatasetFeatureStatistics, index: Index
) -> list[tuple[int, dict[str, Any]]]:
    numbered = ((index.places.get(steps_of(each)), each) for each in dataset.features)
    return [(place, record(each)) for place, each in numbered if place is not None]
