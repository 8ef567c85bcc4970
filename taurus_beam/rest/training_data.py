"""What a version was trained on: its statistics and schema, given to the server or found in files.

The files lie beside the artifact, under its name: ``1.statistics.pb`` and ``1.schema.pbtxt`` beside
the folder ``1``. They are read when they are asked for, and again when they change.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeAlias, TypeVar

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.rest.live_rows import feature_paths
from taurus_beam.rest.model import Model
from taurus_beam.rest.repository import Repository
from taurus_beam.rest.settings import LiveSettings
from taurus_beam.stats.approximate_terms import LARGE_BYTES, LONGEST_BYTES
from taurus_beam.stats.files import load_statistics
from taurus_beam.validation.dataset_view import default_dataset
from taurus_beam.validation.paths import Path, from_proto
from taurus_beam.validation.schema_text import load_schema_text

__all__ = ["TrainingData"]

_Statistics: TypeAlias = statistics_pb2.DatasetFeatureStatisticsList
_STATISTICS, _SCHEMA = ".statistics.pb", ".schema.pbtxt"
_Proto = TypeVar("_Proto")


class TrainingData:
    """The training data of all versions. Safe to use from several threads.

    Args:
        repository: Where the versions are.
        settings: What was given for a model goes before files.
    """

    def __init__(self, repository: Repository, settings: LiveSettings) -> None:
        self._repository, self._settings = repository, settings
        self._read: dict[str, tuple[Any, Any]] = {}

    def statistics(self, model: Model) -> statistics_pb2.DatasetFeatureStatisticsList | None:
        """Statistics of the features that a version reads; None if there are none.

        Raises:
            DataError: The file holds no statistics.
        """
        found = self._settings.training.get(model.name)
        if found is None:
            found = self._beside(model, _STATISTICS, load_statistics)
        return None if found is None else _read_by(model, found)

    def schema(self, model: Model) -> schema_pb2.Schema | None:
        """The schema of the features that a version reads; None if there is none.

        Raises:
            DataError: The file holds no schema.
        """
        found = self._settings.schemas.get(model.name)
        if found is None:
            found = self._beside(model, _SCHEMA, load_schema_text)
        return None if found is None else _described(model, found)

    def _beside(self, model: Model, end: str, read: Callable[[str], _Proto]) -> _Proto | None:
        path = self._repository.path(model.name, model.version)
        if path is None or "://" in path:
            return None
        file = os.path.normpath(path) + end
        try:
            known = os.stat(file)
        except OSError:
            self._read.pop(file, None)
            return None
        stamp = (known.st_ino, known.st_mtime_ns, known.st_size)
        kept = self._read.get(file)
        if kept is None or kept[0] != stamp:
            kept = self._read[file] = (stamp, read(file))
        content: _Proto = kept[1]
        return content


def _read_by(model: Model, whole: _Statistics) -> _Statistics:
    """The statistics of the features that the model reads, and of the structs they lie in."""
    paths = _with_structs(model)
    dataset = default_dataset(whole, "The training statistics")
    kept = statistics_pb2.DatasetFeatureStatistics()
    kept.CopyFrom(dataset)
    del kept.features[:], kept.cross_features[:]
    for feature in dataset.features:
        path = from_proto(feature.path) or tuple(feature.name.split("."))
        if path in paths:
            kept.features.add().CopyFrom(feature)
            _label_long_values(kept.features[-1].string_stats, feature)
    return _Statistics(datasets=[kept])


def _label_long_values(strings: Any, feature: statistics_pb2.FeatureNameStatistics) -> None:
    """Tell values as live statistics do, where all that are very long are one."""
    if not feature.HasField("string_stats"):
        return
    ranks = feature.string_stats.rank_histogram.buckets
    if not any(len(bucket.label.encode()) > LONGEST_BYTES for bucket in ranks):
        return
    counts: Counter[str] = Counter()
    for bucket in ranks:
        is_long = len(bucket.label.encode()) > LONGEST_BYTES
        counts[LARGE_BYTES if is_long else bucket.label] += bucket.sample_count
    del strings.rank_histogram.buckets[:]
    for rank, (label, count) in enumerate(counts.most_common()):
        strings.rank_histogram.buckets.add(
            low_rank=rank, high_rank=rank, label=label, sample_count=count
        )


def _described(model: Model, schema: schema_pb2.Schema) -> schema_pb2.Schema:
    """The part of the schema about features that the model reads: only these are sent to it."""
    kept = schema_pb2.Schema()
    kept.CopyFrom(schema)
    for other in ("sparse_feature", "weighted_feature", "dataset_constraints"):
        kept.ClearField(other)
    _keep(kept, (), _with_structs(model))
    return kept


def _keep(container: Any, above: Path, paths: Collection[Path]) -> None:
    features: Iterable[Any] = list(container.feature)
    del container.feature[:]
    for feature in features:
        path = (*above, feature.name)
        if path in paths:
            if feature.HasField("struct_domain"):
                _keep(feature.struct_domain, path, paths)
            container.feature.add().CopyFrom(feature)


def _with_structs(model: Model) -> set[Path]:
    leaves = feature_paths(model.inputs).values()
    return {path[:depth] for path in leaves for depth in range(1, len(path) + 1)}
