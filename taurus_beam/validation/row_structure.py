"""Checks of rows that need no values: presence, type, how many values there are, and shape."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from taurus_beam.stats.feature_column import FeatureColumn, Level, Mask
from taurus_beam.validation.paths import Path, serialize
from taurus_beam.validation.row_feature import RowFeature
from taurus_beam.validation.row_findings import RowFinding, Rows

__all__ = [
    "missing_column",
    "new_column",
    "outside_environment",
    "presence",
    "shape",
    "type_of_data",
    "value_counts",
]

Kind = anomalies_pb2.AnomalyInfo
_Stats = statistics_pb2.FeatureNameStatistics
_DATA_NAMES = {_Stats.INT: "INT", _Stats.FLOAT: "FLOAT", _Stats.STRING: "STRING"}
_SCHEMA_TYPES = {
    _Stats.INT: schema_pb2.INT,
    _Stats.FLOAT: schema_pb2.FLOAT,
    _Stats.STRING: schema_pb2.BYTES,
    _Stats.STRUCT: schema_pb2.STRUCT,
}
_DROPPED = "Column dropped"
_SHAPE_DROPPED = "Feature shape dropped"


def new_column(path: Path, rows: Rows) -> RowFinding:
    """Rows with a value in a column that the schema does not know."""
    text = "New column (column in data but not in schema)"
    return RowFinding(path, Kind.SCHEMA_NEW_COLUMN, "New column", rows, text)


def missing_column(path: Path, rows: Rows) -> RowFinding:
    """Rows without a column that each must have."""
    text = "Column is completely missing"
    return RowFinding(path, Kind.SCHEMA_MISSING_COLUMN, _DROPPED, rows, text)


def outside_environment(asked: RowFeature, rows: Rows, environment: str) -> RowFinding:
    """Rows with a value in a column that the schema keeps out of their environment."""
    text = (
        f"New column {serialize(asked.path)} found in data but not in the environment "
        f"{environment} in the schema."
    )
    short = "Column missing in environment"
    return RowFinding(asked.path, Kind.SCHEMA_NEW_COLUMN, short, rows, text)


def presence(asked: RowFeature, data: FeatureColumn) -> Iterator[RowFinding]:
    """Rows without a value that each must have."""
    missing = data.levels[0].missing
    if asked.everywhere and missing is not None:
        yield RowFinding(
            asked.path,
            Kind.FEATURE_TYPE_LOW_FRACTION_PRESENT,
            _DROPPED,
            _rows(data, missing),
            "The feature was expected everywhere, but is missing.",
        )


def type_of_data(asked: RowFeature, data: FeatureColumn) -> Iterator[RowFinding]:
    """All rows with values, where the column has another type than the schema says."""
    expected = asked.feature.type
    if data.type is None or expected in (schema_pb2.TYPE_UNKNOWN, _SCHEMA_TYPES[data.type]):
        return
    yield RowFinding(
        asked.path,
        Kind.UNEXPECTED_DATA_TYPE,
        "Unexpected data type",
        present_rows(data),
        f"Expected data of type: {schema_pb2.FeatureType.Name(expected)} "
        f"but got {_DATA_NAMES.get(data.type, 'STRUCT')}",
    )


def value_counts(asked: RowFeature, data: FeatureColumn) -> Iterator[RowFinding]:
    """Rows with fewer or more values than the schema allows, or nested to another depth."""
    feature, levels = asked.feature, data.levels
    if feature.HasField("value_counts"):
        allowed = list(feature.value_counts.value_count)
        text = "The values have a different nest level than expected."
    elif feature.HasField("value_count"):
        allowed = [feature.value_count]
        text = (
            "This feature has a value_count, but the nestedness level of the feature > 1. For "
            "features with nestedness levels greater than 1, value_counts, not value_count, "
            "should be specified."
        )
    else:
        return
    # Of lists that are all empty or null it is not known how deep they are.
    if len(allowed) != len(levels) and data.type is not None:
        short = "Mismatched value nest level"
        rows = present_rows(data)
        yield RowFinding(asked.path, Kind.VALUE_NESTEDNESS_MISMATCH, short, rows, text)
        return
    for depth, (bounds, level, rows) in enumerate(
        zip(allowed, levels, _slot_rows(data), strict=False)
    ):
        where = f" at nestedness level {depth}" if len(allowed) > 1 else ""
        yield from _within(asked.path, bounds, level, rows, where)


def shape(asked: RowFeature, data: FeatureColumn) -> Iterator[RowFinding]:
    """Rows that lack a feature of fixed shape, at some level, or hold another number of values.

    As in TFDV the product of the dimensions counts, and that lists are equally long in a row.
    """
    feature = asked.feature
    if not feature.HasField("shape"):
        return
    size = math.prod(dim.size for dim in feature.shape.dim)
    if _always(data, size):
        return
    counts = data.value_counts
    missing = data.levels[0].missing
    uneven = _uneven(data) if len(data.levels) > 1 else np.zeros(data.slots, np.bool_)
    if missing is not None:
        uneven = uneven | missing
    wrong = (counts != size) & ~uneven
    for bad, text in (
        (
            uneven,
            "The feature has a shape, but it's not always present (if the feature is nested, then "
            "it should always be present at each nested level) or its value lengths vary.",
        ),
        (wrong, f"The feature does not have the {size} values of its shape."),
    ):
        rows = _rows(data, bad)
        yield RowFinding(asked.path, Kind.INVALID_FEATURE_SHAPE, _SHAPE_DROPPED, rows, text)


def present_rows(data: FeatureColumn) -> Rows:
    """The rows that have the feature."""
    missing = data.levels[0].missing
    return _rows(data, np.ones(data.slots, np.bool_) if missing is None else ~missing)


def _within(
    path: Path, bounds: schema_pb2.ValueCount, level: Level, rows: Rows, where: str
) -> Iterator[RowFinding]:
    low = bounds.min if bounds.HasField("min") else 0
    high = bounds.max if bounds.HasField("max") else math.inf
    if level.ragged is None and low <= 1 <= high:
        return
    lengths = level.lengths
    present = True if level.missing is None else ~level.missing
    for bad, kind, short, text in (
        ((lengths < low) & present, Kind.FEATURE_TYPE_LOW_NUMBER_VALUES, "Missing values", "fewer"),
        (lengths > high, Kind.FEATURE_TYPE_HIGH_NUMBER_VALUES, "Superfluous values", "more"),
    ):
        if bad.any():
            description = f"The example has {text} values than expected{where}."
            yield RowFinding(path, kind, short, np.unique(rows[bad]), description)


def _always(data: FeatureColumn, size: int) -> bool:
    """Whether a glance tells that every row has that many values."""
    level = data.levels[0]
    if len(data.levels) > 1 or level.missing is not None:
        return False
    return size == 1 if level.ragged is None else bool((level.ragged == size).all())


def _uneven(data: FeatureColumn) -> Mask:
    """Which outermost slots miss an inner list, or have inner lists of different lengths."""
    uneven = np.zeros(data.slots, np.bool_)
    slots = np.arange(data.slots)
    for outer, inner in zip(data.levels[:-1], data.levels[1:], strict=True):
        slots = np.repeat(slots, outer.lengths)
        shortest = np.full(data.slots, np.iinfo(np.int64).max)
        longest = np.zeros(data.slots, np.int64)
        np.minimum.at(shortest, slots, inner.lengths)
        np.maximum.at(longest, slots, inner.lengths)
        held = np.bincount(slots, minlength=data.slots) > 0
        uneven |= ~held | (shortest != longest)
        if inner.missing is not None:
            uneven[slots[inner.missing]] = True
    return uneven


def _slot_rows(data: FeatureColumn) -> Iterator[Rows]:
    """The row of the batch of each slot, level by level."""
    rows = np.arange(data.slots) if data.slot_rows is None else data.slot_rows
    for level in data.levels:
        yield rows
        rows = np.repeat(rows, level.lengths)


def _rows(data: FeatureColumn, slots: Mask) -> Rows:
    return np.flatnonzero(slots) if data.slot_rows is None else np.unique(data.slot_rows[slots])
