"""Mutual information of every feature and a label, adjusted for chance, on parts of the data.

Here features become numbers: codes of categories, points of numbers. The estimates are
`information`'s, the parts `partitioned`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import InitVar, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.errors import DataError, TraceError
from taurus_beam.graph.term_hash import hash_term
from taurus_beam.stats.custom import custom_stat
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.feature_column import Array, FeatureColumn, FeaturePath
from taurus_beam.stats.information import (
    NEIGHBOURS,
    Points,
    Variable,
    adjusted_information,
)
from taurus_beam.stats.lift import categorical_features
from taurus_beam.stats.options import as_path
from taurus_beam.stats.partitioned import PartitionedStatsFn
from taurus_beam.stats.schema_facts import leaves

__all__ = ["MutualInformation", "multivalent_features"]

_Type = statistics_pb2.FeatureNameStatistics
_MISSING = -1


@dataclass(frozen=True)
class MutualInformation(PartitionedStatsFn):
    """How many bits each top-level feature tells about a label, beyond chance.

    Give it to `NonStreamingCustomStatsGenerator`, and that to ``StatsOptions(generators=[...])``.

    How features are taken: categories of one value a row as such, missing as a category of its own;
    numbers of one value a row (of several, the last) as points, NaN and infinities as missing;
    several categories a row as counts of each, the rarest together; several numbers a row as counts
    in buckets of equal width. Strings are categories. What is always missing, and categories of
    which no two rows are alike, tell nothing: 0. A part of 3 rows or fewer is left out.

    Two columns of categories are compared exactly, with the exact expectation of chance; where
    numbers take part the information is estimated from the 3 nearest neighbours (`information`),
    and chance by one shuffle of the label, as TFDV does in all cases.

    Args:
        label_feature: The label: the name of a column.
        schema: Says which features are categories and which have several values, unless the next
            two do.
        max_encoding_length: How many counts a feature of several values a row becomes at most.
        seed: Decides the shuffle, and noise of 1e-10 that tells equal numbers apart.
        multivalent_features: Names of the features with several values a row.
        categorical_features: Names of the numeric features that are categories.
        features_to_ignore: Names of features to leave out.
        normalize_by_max: Whether to divide by what the label tells about itself.
        custom_stats_key: The name of the custom statistic.

    Raises:
        TraceError: Neither a schema nor the sets of features are given; or the label is not in
            the schema.
        DataError: From `compute`: the label is no column of numbers or strings.

    Example:
        >>> rows = pa.record_batch({"x": ["a", "a", "b", "b"] * 8, "y": [1, 1, 2, 2] * 8})
        >>> told = MutualInformation("y", multivalent_features=(), categorical_features=["y"])
        >>> [round(f.custom_stats[0].num, 2) for f in told.compute(rows).features]
        [0.98]
    """

    label_feature: str
    schema: InitVar[schema_pb2.Schema | None] = None
    max_encoding_length: int = 512
    seed: int = 12345
    multivalent_features: Iterable[Any] | None = None
    categorical_features: Iterable[Any] | None = None
    features_to_ignore: Iterable[Any] = ()
    normalize_by_max: bool = False
    custom_stats_key: str = "adjusted_mutual_information"

    def __post_init__(self, schema: schema_pb2.Schema | None) -> None:
        label = as_path(self.label_feature)
        if schema is not None and label not in dict(leaves((), schema.feature)):
            raise TraceError(f"Label {self.label_feature!r} is not in the schema.")
        for name, of_schema in (
            ("multivalent_features", multivalent_features),
            ("categorical_features", categorical_features),
        ):
            given: Iterable[Any] | None = getattr(self, name)
            if given is None:
                if schema is None:
                    raise TraceError(f"Either {name} or a schema must be provided.")
                given = of_schema(schema)
            object.__setattr__(self, name, tuple(sorted(map(as_path, given))))
        ignored = tuple(sorted(map(as_path, self.features_to_ignore)))
        object.__setattr__(self, "features_to_ignore", ignored)
        if self.max_encoding_length < 2:
            raise TraceError(
                f"max_encoding_length is {self.max_encoding_length!r}.", expected="at least 2"
            )

    def compute(self, examples: Any) -> statistics_pb2.DatasetFeatureStatistics:
        """The statistic of each feature, sorted by name."""
        dataset = statistics_pb2.DatasetFeatureStatistics()
        features = Examples(examples).features
        if examples.num_rows <= NEIGHBOURS:
            return dataset
        label_path = as_path(self.label_feature)
        label_column = features.get(label_path)
        if label_column is None or label_column.type == _Type.STRUCT:
            raise DataError(
                f"The label {self.label_feature!r} is no column of numbers or strings.",
                expected=f"one of {', '.join(repr(p[0]) for p in features if len(p) == 1)}",
            )
        label = self._variable(label_column)
        scale = 1.0
        if self.normalize_by_max:
            most = 0.0 if label is None else adjusted_information(label, label, self.seed)
            scale = 1 / most if most > 0 else 0.0
        for path in sorted(features):
            feature = features[path]
            if (
                len(path) > 1
                or path in (label_path, *self.features_to_ignore)
                or feature.type == _Type.STRUCT
            ):
                continue
            variable = None if label is None else self._variable(feature)
            bits = 0.0
            if label is not None and variable is not None:
                bits = adjusted_information(label, variable, self.seed) * scale
            told = dataset.features.add(custom_stats=[custom_stat(self.custom_stats_key, bits)])
            told.path.step.extend(path)
        return dataset

    def _variable(self, feature: FeatureColumn) -> Variable | None:
        """A feature as codes or points; None where it tells nothing."""
        numbers = feature.type in (_Type.INT, _Type.FLOAT)
        categorical = not numbers or feature.path in (self.categorical_features or ())
        values, rows = _values(feature)
        if not len(rows):
            return None
        if feature.path in (self.multivalent_features or ()):
            if categorical:
                columns = _bag_of_words(values, rows, feature.slots, self.max_encoding_length)
            else:
                columns = _bucket_counts(values, rows, feature.slots, self.max_encoding_length)
            return self._points(columns, feature)
        if categorical:
            codes = np.full(feature.slots, _MISSING, np.int64)
            codes[rows] = np.unique(values, return_inverse=True)[1]
            return None if len(np.unique(codes)) == len(codes) else codes
        column = np.full((feature.slots, 1), np.nan)
        column[rows, 0] = values
        return self._points(column, feature)

    def _points(self, columns: Array, feature: FeatureColumn) -> Points:
        # Noise of two features must not be alike, even if they are.
        return Points.of(columns, self.seed + hash_term(feature.name))


def multivalent_features(schema: schema_pb2.Schema) -> set[FeaturePath]:
    """The features of a schema that may have several values a row.

    All but those with a ``shape`` of one dimension of size 1, or a ``value_count.max`` of 1.

    Example:
        >>> from google.protobuf import text_format
        >>> text = 'feature { name: "x" value_count { max: 1 } } feature { name: "y" }'
        >>> multivalent_features(text_format.Parse(text, schema_pb2.Schema()))
        {('y',)}
    """
    return {
        path
        for path, one in leaves((), schema.feature)
        if [dim.size for dim in one.shape.dim] != [1] and one.value_count.max != 1
    }


def _values(feature: FeatureColumn) -> tuple[Array, Array]:
    """The values that are known, as numbers or as codes of categories in their order, and rows."""
    if feature.type is None:
        return np.zeros(0), np.zeros(0, np.int64)
    if feature.type == _Type.STRING:
        ranks = pc.rank(feature.text.distinct.cast(pa.large_binary()), tiebreaker="first")
        return ranks.to_numpy()[feature.text.codes].astype(np.int64), feature.row_of_value
    numbers, rows = feature.numbers, feature.row_of_value
    if numbers.dtype.kind == "f":
        known = np.isfinite(numbers)
        return numbers[known].astype(np.float64), rows[known]
    return numbers, rows


def _bag_of_words(values: Array, rows: Array, size: int, most: int) -> Array:
    """How often each category occurs in each row: the most frequent first, the rarest together.

    NaN in rows without values.
    """
    _, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    rank = np.empty(len(counts), np.int64)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    width = min(most, len(counts))
    return _counts(np.minimum(rank[codes], width - 1), rows, size, width)


def _bucket_counts(values: Array, rows: Array, size: int, most: int) -> Array:
    """How many numbers of each row fall into each of some buckets of equal width.

    The largest number has a bucket of its own. NaN in rows without values.
    """
    numbers = values.astype(np.float64)
    low, high = numbers.min(), numbers.max()
    if low == high:
        return _counts(np.zeros(len(numbers), np.int64), rows, size, 1)
    # Shares of the halves stay finite where the difference of the numbers is not.
    share = (numbers / 2 - low / 2) / (high / 2 - low / 2)
    return _counts((share * (most - 1)).astype(np.int64), rows, size, most)


def _counts(codes: Array, rows: Array, size: int, width: int) -> Array:
    counts = np.bincount(rows * width + codes, minlength=size * width).reshape(size, width)
    missing = np.bincount(rows, minlength=size) == 0
    return np.where(missing[:, None], np.nan, counts.astype(np.float64))
