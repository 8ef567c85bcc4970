"""Checks of columns that belong together in each row: sparse features, and weighted ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from taurus_beam.stats.feature_column import FeatureColumn
from taurus_beam.validation.lifecycle import is_retired
from taurus_beam.validation.paths import Path
from taurus_beam.validation.row_findings import RowFinding

__all__ = ["sparse", "weighted"]

Kind = anomalies_pb2.AnomalyInfo
Features = Mapping[Path, FeatureColumn]


def sparse(
    feature: schema_pb2.SparseFeature, data: Features, num_rows: int
) -> Iterator[RowFinding]:
    """Rows where values or indices of a sparse feature are missing, or not equally many.

    A row that has none of them is in order.
    """
    if is_retired(feature):
        return
    path = (feature.name,)
    value = _lengths(data, (feature.value_feature.name,), num_rows)
    indices = [(one.name, _lengths(data, (one.name,), num_rows)) for one in feature.index_feature]
    some = _some([value, *(lengths for _, lengths in indices)])
    yield _finding(
        path,
        Kind.SPARSE_FEATURE_MISSING_VALUE,
        "Missing value feature",
        some & (value < 0),
        "Found 1 examples missing value feature",
    )
    for name, lengths in indices:
        yield _finding(
            path,
            Kind.SPARSE_FEATURE_MISSING_INDEX,
            "Missing index feature",
            some & (lengths < 0),
            f"Found 1 examples missing index feature: {name}",
        )
        yield _finding(
            path,
            Kind.SPARSE_FEATURE_LENGTH_MISMATCH,
            "Length mismatch between value and index feature",
            np.maximum(lengths, 0) != np.maximum(value, 0),
            f"Mismatch between index feature: {name} and value column",
        )


def weighted(
    feature: schema_pb2.WeightedFeature, data: Features, num_rows: int
) -> Iterator[RowFinding]:
    """Rows where the values or the weights of a weighted feature are missing, or not equally many.

    A row that has neither is in order.
    """
    if is_retired(feature):
        return
    path = (feature.name,)
    value = _lengths(data, tuple(feature.feature.step), num_rows)
    weight = _lengths(data, tuple(feature.weight_feature.step), num_rows)
    some = _some([value, weight])
    for bad, kind, short, text in (
        (
            some & (value < 0),
            Kind.WEIGHTED_FEATURE_MISSING_VALUE,
            "Missing value feature",
            "Found 1 examples missing value feature.",
        ),
        (
            some & (weight < 0),
            Kind.WEIGHTED_FEATURE_MISSING_WEIGHT,
            "Missing weight feature",
            "Found 1 examples missing weight feature.",
        ),
        (
            np.maximum(value, 0) != np.maximum(weight, 0),
            Kind.WEIGHTED_FEATURE_LENGTH_MISMATCH,
            "Length mismatch between value and weight feature",
            "Mismatch between weight and value feature",
        ),
    ):
        yield _finding(path, kind, short, bad, text)


def _lengths(data: Features, path: Path, num_rows: int) -> Any:
    """How many values each row has, -1 where it has no list of them."""
    column = data.get(path)
    if column is None:
        return np.full(num_rows, -1, np.int64)
    lengths, missing = column.value_counts, column.levels[0].missing
    if column.slot_rows is not None:
        present = np.ones(column.slots, np.bool_) if missing is None else ~missing
        of_row = np.full(num_rows, -1, np.int64)
        of_row[column.slot_rows[present]] = 0
        np.add.at(of_row, column.slot_rows, lengths)
        return of_row
    return lengths if missing is None else np.where(missing, -1, lengths)


def _some(columns: Sequence[Any]) -> Any:
    return np.maximum.reduce(columns) >= 0


def _finding(path: Path, kind: int, short: str, bad: Any, text: str) -> RowFinding:
    return RowFinding(path, kind, short, np.flatnonzero(bad), text)
