"""Statistics by name: data sets, features and their parts, found without loops of one's own.

Views hold the proto and change nothing in it. Names and meaning are TFDV's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, TypeAlias

from tensorflow_metadata.proto.v0 import path_pb2, statistics_pb2

from taurus_beam.errors import DataError
from taurus_beam.stats.feature_column import FeaturePath
from taurus_beam.stats.merge import feature_path
from taurus_beam.stats.slicing import ALL_EXAMPLES

__all__ = [
    "CrossFeatureView",
    "DatasetListView",
    "DatasetView",
    "FeatureId",
    "FeatureView",
    "get_custom_stats",
    "get_feature_stats",
    "get_slice_stats",
]

FeatureId: TypeAlias = str | Iterable[str] | path_pb2.Path
"""A column's name, the steps of a path, or a path."""


class DatasetListView:
    """The data sets of some statistics: of sliced ones, one for each slice.

    Args:
        stats_proto: The statistics.

    Example:
        >>> import taurus_beam as tb
        >>> view = DatasetListView(tb.statistics({"x": [1, 2, None]}))
        >>> feature = view.get_default_slice_or_die().get_feature("x")
        >>> feature.numeric_statistics().mean, feature.common_statistics().num_missing
        (1.5, 1)
    """

    def __init__(self, stats_proto: statistics_pb2.DatasetFeatureStatisticsList) -> None:
        self._proto = stats_proto

    def proto(self) -> statistics_pb2.DatasetFeatureStatisticsList:
        """The statistics themselves."""
        return self._proto

    def list_slices(self) -> Iterator[str]:
        """The names of the data sets."""
        return (dataset.name for dataset in self._proto.datasets)

    def get_slice(self, slice_key: str) -> DatasetView | None:
        """The data set of a name, None where there is none.

        Raises:
            DataError: There are several.
        """
        found = [dataset for dataset in self._proto.datasets if dataset.name == slice_key]
        if len(found) > 1:
            raise DataError(f"The statistics have {len(found)} data sets {slice_key!r}.")
        return DatasetView(found[0]) if found else None

    def get_default_slice(self) -> DatasetView | None:
        """The only data set, or that of all examples; None where there is neither."""
        if len(self._proto.datasets) == 1:
            return DatasetView(self._proto.datasets[0])
        return self.get_slice(ALL_EXAMPLES) or self.get_slice("")

    def get_default_slice_or_die(self) -> DatasetView:
        """As `get_default_slice`.

        Raises:
            DataError: There is none.
        """
        found = self.get_default_slice()
        if found is None:
            raise DataError(
                "The statistics have no data set of all examples.",
                expected=f"one data set, or one called {ALL_EXAMPLES!r}",
                fix="Name a slice: get_slice(key).",
            )
        return found


class DatasetView:
    """One data set.

    Args:
        stats_proto: Its statistics.
    """

    def __init__(self, stats_proto: statistics_pb2.DatasetFeatureStatistics) -> None:
        self._proto = stats_proto

    def proto(self) -> statistics_pb2.DatasetFeatureStatistics:
        """The statistics themselves."""
        return self._proto

    def list_features(self) -> Iterator[FeaturePath]:
        """The paths of the features."""
        return iter(self._features)

    def get_feature(self, feature_id: FeatureId) -> FeatureView | None:
        """A feature, None where there is none of that path.

        Args:
            feature_id: A name means a column, also if it has a dot in it.
        """
        found = self._features.get(_steps(feature_id))
        return None if found is None else FeatureView(found)

    def get_derived_feature(
        self, deriver_name: str, source_paths: Iterable[FeatureId]
    ) -> FeatureView | None:
        """A feature that was derived from others, None where there is none.

        Args:
            deriver_name: What derived it.
            source_paths: What it was derived from, in that order.

        Raises:
            DataError: There are several.
        """
        wanted = [_steps(path) for path in source_paths]
        found = [
            feature
            for feature in self._proto.features
            if feature.validation_derived_source.deriver_name == deriver_name
            and [tuple(p.step) for p in feature.validation_derived_source.source_path] == wanted
        ]
        if len(found) > 1:
            raise DataError(f"The data set has {len(found)} features derived by {deriver_name!r}.")
        return FeatureView(found[0]) if found else None

    def list_cross_features(self) -> Iterator[tuple[FeaturePath, FeaturePath]]:
        """The pairs of paths that have statistics together."""
        return iter(self._crosses)

    def get_cross_feature(self, x_path: FeatureId, y_path: FeatureId) -> CrossFeatureView | None:
        """The statistics of two features together, None where there are none."""
        found = self._crosses.get((_steps(x_path), _steps(y_path)))
        return None if found is None else CrossFeatureView(found)

    @cached_property
    def _features(self) -> dict[FeaturePath, Any]:
        return _unique((feature_path(feature), feature) for feature in self._proto.features)

    @cached_property
    def _crosses(self) -> dict[Any, Any]:
        return _unique(
            ((tuple(cross.path_x.step), tuple(cross.path_y.step)), cross)
            for cross in self._proto.cross_features
        )


class FeatureView:
    """One feature.

    Args:
        stats_proto: Its statistics.
    """

    def __init__(self, stats_proto: statistics_pb2.FeatureNameStatistics) -> None:
        self._proto = stats_proto

    def proto(self) -> statistics_pb2.FeatureNameStatistics:
        """The statistics themselves."""
        return self._proto

    def custom_statistic(self, name: str) -> statistics_pb2.CustomStatistic | None:
        """The custom statistic of a name, None where there is none.

        Raises:
            DataError: There are several.
        """
        found = [custom for custom in self._proto.custom_stats if custom.name == name]
        if len(found) > 1:
            raise DataError(f"The feature has {len(found)} custom statistics {name!r}.")
        return found[0] if found else None

    def numeric_statistics(self) -> statistics_pb2.NumericStatistics | None:
        """What is known of numbers, None for another feature."""
        return self._of("num_stats")

    def string_statistics(self) -> statistics_pb2.StringStatistics | None:
        """What is known of strings and categories, None for another feature."""
        return self._of("string_stats")

    def bytes_statistics(self) -> statistics_pb2.BytesStatistics | None:
        """What is known of bytes, None for another feature."""
        return self._of("bytes_stats")

    def struct_statistics(self) -> statistics_pb2.StructStatistics | None:
        """What is known of structs, None for another feature."""
        return self._of("struct_stats")

    def common_statistics(self) -> statistics_pb2.CommonStatistics | None:
        """Presence and valency, None for a feature that has no statistics."""
        kind = self._proto.WhichOneof("stats")
        return None if kind is None else getattr(self._proto, kind).common_stats

    def _of(self, kind: str) -> Any:
        return getattr(self._proto, kind) if self._proto.WhichOneof("stats") == kind else None


class CrossFeatureView:
    """Two features together.

    Args:
        stats_proto: Their statistics.
    """

    def __init__(self, stats_proto: statistics_pb2.CrossFeatureStatistics) -> None:
        self._proto = stats_proto

    def proto(self) -> statistics_pb2.CrossFeatureStatistics:
        """The statistics themselves."""
        return self._proto


def get_feature_stats(
    stats: statistics_pb2.DatasetFeatureStatistics, feature_path: FeatureId
) -> statistics_pb2.FeatureNameStatistics:
    """The statistics of a feature of a data set.

    Raises:
        DataError: There is no such feature.

    Example:
        >>> import taurus_beam as tb
        >>> stats = tb.statistics({"x": [1.0, 3.0]})
        >>> tb.get_feature_stats(stats.datasets[0], "x").num_stats.mean
        2.0
    """
    found = DatasetView(stats).get_feature(feature_path)
    if found is None:
        name = ".".join(_steps(feature_path))
        raise DataError(f"Feature {name} not found in the dataset statistics.")
    return found.proto()


def get_slice_stats(
    stats: statistics_pb2.DatasetFeatureStatisticsList, slice_key: str
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """The statistics of one slice, as a list of one data set.

    Raises:
        DataError: There is no such slice.
    """
    found = DatasetListView(stats).get_slice(slice_key)
    if found is None:
        raise DataError(
            f"Invalid slice key {slice_key!r}.",
            expected="one of " + ", ".join(repr(dataset.name) for dataset in stats.datasets),
        )
    return statistics_pb2.DatasetFeatureStatisticsList(datasets=[found.proto()])


def get_custom_stats(
    feature_stats: statistics_pb2.FeatureNameStatistics, custom_stats_name: str
) -> Any:
    """The value of a feature's custom statistic: a float, a str or a proto.

    Raises:
        DataError: There is none of that name.
    """
    found = FeatureView(feature_stats).custom_statistic(custom_stats_name)
    if found is None:
        raise DataError(
            f"Custom statistics {custom_stats_name} not found in the feature statistics."
        )
    return getattr(found, found.WhichOneof("val"))


def _steps(feature_id: Any) -> FeaturePath:
    if isinstance(feature_id, str):
        return (feature_id,)
    if isinstance(feature_id, path_pb2.Path):
        return tuple(feature_id.step)
    return tuple(feature_id)


def _unique(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key, value in pairs:
        if key in found:
            raise DataError(
                f"The data set has the feature {key!r} twice.",
                fix="Merge its parts first: merge_statistics.",
            )
        found[key] = value
    return found
