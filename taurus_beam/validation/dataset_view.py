"""Statistics as validation reads them: by path, by weight where all have weights, with controls.

A view reads the protos of statistics and never changes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.errors import DataError
from taurus_beam.validation.feature_view import FeatureView
from taurus_beam.validation.paths import Path, from_proto, serialize

__all__ = ["ALL_EXAMPLES", "DatasetView", "default_dataset"]

# The name of the data set of all examples among those of slices.
ALL_EXAMPLES = "All Examples"


@dataclass(frozen=True)
class DatasetView:
    """Statistics of a data set.

    Attributes:
        proto: The statistics.
        weighted: Whether weighted counts stand for counts.
    """

    proto: statistics_pb2.DatasetFeatureStatistics
    weighted: bool = False

    @classmethod
    def of(cls, proto: statistics_pb2.DatasetFeatureStatistics) -> DatasetView:
        """Reads by weight if there is a weighted count of examples and of every feature's."""
        unweighted = cls(proto)
        everywhere = all(view.has_weights for view in unweighted.features.values())
        return cls(proto, weighted=proto.weighted_num_examples != 0 and everywhere)

    @property
    def num_examples(self) -> float:
        """The number of examples, or the sum of their weights."""
        proto = self.proto
        return float(proto.weighted_num_examples if self.weighted else proto.num_examples)

    @cached_property
    def entries(self) -> Mapping[Path, statistics_pb2.FeatureNameStatistics]:
        """All statistics by path, in the proto's order, those of sparse features included."""
        return dict(_by_path(self.proto))

    @cached_property
    def features(self) -> Mapping[Path, FeatureView]:
        """The features that have counts, by path, in the proto's order."""
        return {
            path: FeatureView(path, proto, self.weighted, self.num_examples)
            for path, proto in self.entries.items()
            if proto.WhichOneof("stats")
        }

    @property
    def roots(self) -> list[Path]:
        """Paths of the entries that have no parent among them, in the proto's order."""
        return [path for path in self.entries if path[:-1] not in self.entries]

    @cached_property
    def _children(self) -> Mapping[Path, list[Path]]:
        found: dict[Path, list[Path]] = {}
        for path in sorted(self.entries):
            found.setdefault(path[:-1], []).append(path)
        return found

    def children(self, path: Path) -> list[Path]:
        """Paths of the fields of a struct, sorted."""
        return self._children.get(path, [])


def default_dataset(
    statistics: statistics_pb2.DatasetFeatureStatisticsList, what: str = "statistics"
) -> statistics_pb2.DatasetFeatureStatistics:
    """The only data set of a list, or the one of all examples among slices.

    Raises:
        DataError: The argument is no list of statistics, or none of its data sets is of all
            examples.
    """
    if not isinstance(statistics, statistics_pb2.DatasetFeatureStatisticsList):
        raise DataError(
            f"{what} is a {type(statistics).__name__}.",
            expected="a DatasetFeatureStatisticsList proto",
            fix="Pass what tb.statistics gave, or read a file of statistics.",
        )
    datasets = statistics.datasets
    if len(datasets) == 1:
        return datasets[0]
    for dataset in datasets:
        if dataset.name == ALL_EXAMPLES:
            return dataset
    raise DataError(
        f"{what} has {len(datasets)} data sets, and none of all examples.",
        expected=f"one data set, or one named {ALL_EXAMPLES!r}",
        fix="Pass the statistics of one data set, or use tb.validate_corresponding_slices.",
    )


def _by_path(
    dataset: statistics_pb2.DatasetFeatureStatistics,
) -> Iterator[tuple[Path, statistics_pb2.FeatureNameStatistics]]:
    features = [
        proto for proto in dataset.features if proto.WhichOneof("stats") or proto.custom_stats
    ]
    by_path = [proto for proto in features if proto.WhichOneof("field_id") == "path"]
    if len(by_path) == len(features):
        yield from ((from_proto(proto.path), proto) for proto in features)
    elif by_path:
        raise DataError(
            "Some statistics have a name and some a path.",
            where=f"feature {serialize(from_proto(by_path[0].path))}",
            fix="Give each statistics a path; a name is an older way to say the same.",
        )
    else:
        yield from _by_name(features)


def _by_name(
    features: list[statistics_pb2.FeatureNameStatistics],
) -> Iterator[tuple[Path, statistics_pb2.FeatureNameStatistics]]:
    """Paths from names: a field of a struct is named by the struct's name, a dot and its own."""
    structs: dict[str, Path] = {}
    paths: dict[str, Path] = {}
    for proto in sorted(features, key=lambda proto: proto.name):
        parent = max((s for s in structs if proto.name.startswith(s + ".")), key=len, default=None)
        paths[proto.name] = (
            (proto.name,) if parent is None else (*structs[parent], proto.name[len(parent) + 1 :])
        )
        if proto.type == statistics_pb2.FeatureNameStatistics.STRUCT:
            structs[proto.name] = paths[proto.name]
    yield from ((paths[proto.name], proto) for proto in features)
