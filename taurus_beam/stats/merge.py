"""Joining statistics of parts: fragments of one data set, and lists of data sets.

Parts are joined by name and by path; what is filled in one part only is taken from it. Nothing is
computed: the statistics of two halves of the rows cannot be joined here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.errors import DataError
from taurus_beam.stats.feature_column import FeaturePath

__all__ = ["feature_path", "joined_datasets", "merge_statistics"]

_TOTALS = ("num_examples", "weighted_num_examples")


def merge_statistics(
    parts: Iterable[statistics_pb2.DatasetFeatureStatisticsList],
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """One list of data sets from several that hold different features (or slices) of them.

    Data sets are joined by name and features by path: repeated fields such as ``custom_stats`` are
    appended, and of other fields the last that is filled counts, as in TFDV.

    Args:
        parts: Statistics of the same rows, such as the shards that TFDV writes.

    Raises:
        DataError: Parts of one data set have different numbers of examples, or parts of one
            feature different types.

    Example:
        >>> from google.protobuf import text_format
        >>> def part(text):
        ...     return text_format.Parse(text, statistics_pb2.DatasetFeatureStatisticsList())
        >>> merged = merge_statistics([
        ...     part('datasets { num_examples: 3 features { path { step: "a" } type: INT } }'),
        ...     part('datasets { num_examples: 3 features { path { step: "b" } type: INT } }')])
        >>> [list(feature.path.step) for feature in merged.datasets[0].features]
        [['a'], ['b']]
    """
    by_name: dict[str, list[Any]] = {}
    for part in parts:
        for dataset in part.datasets:
            by_name.setdefault(dataset.name, []).append(dataset)
    result = statistics_pb2.DatasetFeatureStatisticsList(
        datasets=[joined_datasets(same, name) for name, same in by_name.items()]
    )
    if not result.datasets:
        result.datasets.add()
    return result


def joined_datasets(
    fragments: Sequence[statistics_pb2.DatasetFeatureStatistics], name: str = ""
) -> statistics_pb2.DatasetFeatureStatistics:
    """One data set from what different generators tell of it.

    Args:
        fragments: Features by path, in the order that they shall have; cross features.
        name: Of the data set.

    Raises:
        DataError: They tell different numbers of examples, or different types of a feature.
    """
    result = statistics_pb2.DatasetFeatureStatistics(name=name)
    features: dict[FeaturePath, Any] = {}
    for fragment in fragments:
        _take_totals(result, fragment)
        for feature in fragment.features:
            path = feature_path(feature)
            if path in features:
                _take_feature(features[path], feature, name)
            else:
                features[path] = result.features.add()
                features[path].CopyFrom(feature)
        result.cross_features.extend(fragment.cross_features)
    return result


def feature_path(feature: statistics_pb2.FeatureNameStatistics) -> FeaturePath:
    """The steps of a feature's path; of one that has only a name, the name."""
    if feature.WhichOneof("field_id") == "name":
        return (feature.name,)
    return tuple(feature.path.step)


def _take_totals(result: Any, fragment: Any) -> None:
    for field in _TOTALS:
        known, more = getattr(result, field), getattr(fragment, field)
        if known and more and known != more:
            raise DataError(
                f"Statistics of one data set have different {field}: {known} and {more}.",
                where=f"data set {result.name!r}",
                expected="parts that were computed from the same rows",
                fix="Statistics of different rows cannot be merged; compute them of all rows.",
            )
        if more:
            setattr(result, field, more)


def _take_feature(known: Any, more: Any, name: str) -> None:
    kinds = [feature.WhichOneof("stats") for feature in (known, more)]
    if None not in kinds and (kinds[0] != kinds[1] or known.type != more.type):
        raise DataError(
            f"Feature {'.'.join(feature_path(known))!r} is {_type_name(known)} in one part and "
            f"{_type_name(more)} in another.",
            where=f"data set {name!r}",
            expected="parts that were computed from the same columns",
        )
    steps = list(known.path.step)
    known.MergeFrom(more)
    # A path is a repeated field: merging would append the steps.
    if steps:
        known.path.step[:] = steps


def _type_name(feature: Any) -> str:
    name: str = statistics_pb2.FeatureNameStatistics.Type.Name(feature.type)
    return name
