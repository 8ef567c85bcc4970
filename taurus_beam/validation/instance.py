"""Anomalies of single examples, as an Anomalies proto: ``validate_instance``.

The statistics of the examples are validated like those of a data set, and what only a data set
can break is left out. For many rows, `RowValidator` judges the same a batch at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from taurus_beam.errors import DataError
from taurus_beam.serving.frames import as_table
from taurus_beam.stats.dataset import DatasetStatistics
from taurus_beam.stats.options import StatsOptions
from taurus_beam.validation.anomalies import anomaly_info
from taurus_beam.validation.findings import Finding
from taurus_beam.validation.paths import Path, from_proto
from taurus_beam.validation.row_feature import RowFeature, row_features
from taurus_beam.validation.validate import validate_statistics

__all__ = ["validate_instance"]

Kind = anomalies_pb2.AnomalyInfo
_OF_DATA_SETS = {
    Kind.COMPARATOR_CONTROL_DATA_MISSING,
    Kind.COMPARATOR_TREATMENT_DATA_MISSING,
    Kind.COMPARATOR_L_INFTY_HIGH,
    Kind.COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH,
    Kind.COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH,
    Kind.COMPARATOR_LOW_NUM_EXAMPLES,
    Kind.COMPARATOR_HIGH_NUM_EXAMPLES,
    Kind.DATASET_LOW_NUM_EXAMPLES,
    Kind.DATASET_HIGH_NUM_EXAMPLES,
    Kind.FEATURE_TYPE_LOW_NUMBER_PRESENT,
    Kind.FEATURE_TYPE_LOW_UNIQUE,
    Kind.FEATURE_TYPE_HIGH_UNIQUE,
    Kind.FEATURE_TYPE_NO_UNIQUE,
}
_TYPES = {
    schema_pb2.INT: pa.int64(),
    schema_pb2.FLOAT: pa.float64(),
    schema_pb2.BYTES: pa.string(),
}
_OF_PRESENCE = {
    Kind.SCHEMA_MISSING_COLUMN,
    Kind.FEATURE_TYPE_NOT_PRESENT,
    Kind.FEATURE_TYPE_LOW_FRACTION_PRESENT,
}


def validate_instance(
    instance: Any, options: StatsOptions | schema_pb2.Schema, environment: str | None = None
) -> anomalies_pb2.Anomalies:
    """Finds where single examples do not fit a schema: one row, or a few taken as one.

    As TFDV's function of this name, with these differences:

    * What only a data set can break is left out throughout: also ``dataset_constraints`` and
      numbers of unique values, which TFDV holds against one example.
    * That a feature is missing is an anomaly exactly if each example must have it
      (``min_fraction`` 1, or ``group_presence``), be it null or no column at all. TFDV never
      reports the null, and always the column, however few examples need it.

    Args:
        instance: A row as dict of values (lists for several), or a ``pa.RecordBatch``,
            ``pa.Table``, DataFrame or dict of arrays.
        options: The schema, or `StatsOptions` with a schema, as in TFDV.
        environment: One of the schema's environments.

    Returns:
        The anomalies by path of the feature; none for an instance that fits.

    Raises:
        DataError: There is no schema, the environment is not its own, or the instance has a type
            that is no feature.

    Example:
        >>> from google.protobuf import text_format
        >>> schema = text_format.Parse(
        ...     'feature { name: "x" type: INT int_domain { max: 9 } }', schema_pb2.Schema())
        >>> anomalies = validate_instance({"x": 50}, schema)
        >>> anomalies.anomaly_info["x"].description
        'Unexpectedly large value: 50.'
    """
    if isinstance(options, schema_pb2.Schema):
        options = StatsOptions(schema=options)
    if options.schema is None:
        raise DataError(
            "The options have no schema.", fix="Pass the schema, or StatsOptions(schema=...)."
        )
    surveyor = DatasetStatistics(options)
    state = surveyor.zero()
    for batch in _table(instance, options.schema).to_batches():
        state = surveyor.add(state, batch)
    found = validate_statistics(surveyor.result(state), options.schema, environment)
    found.ClearField("dataset_anomaly_info")
    asked = row_features(options.schema, environment)
    for key, info in list(found.anomaly_info.items()):
        kept = [
            Finding(reason.type, reason.short_description, reason.description)
            for reason in info.reason
            if _is_of_rows(reason.type, from_proto(info.path), asked)
        ]
        severity, path = info.severity, from_proto(info.path)
        del found.anomaly_info[key]
        if kept:
            found.anomaly_info[key].CopyFrom(anomaly_info(kept, path=path))
            found.anomaly_info[key].severity = severity
    return found


def _table(instance: Any, schema: schema_pb2.Schema) -> Any:
    is_row = isinstance(instance, Mapping) and not any(map(_is_array, instance.values()))
    if not is_row:
        return as_table(instance)
    try:
        table = pa.Table.from_pylist([dict(instance)])
    except (pa.ArrowException, TypeError) as problem:
        raise DataError(
            f"The row cannot be read: {problem}",
            expected="a dict of numbers, strings, bytes, lists or dicts of them, and None",
        ) from problem
    # A value that is empty or None does not tell its type; then it is the one it should have.
    asked = {feature.name: _TYPES.get(feature.type) for feature in schema.feature}
    fields = [
        field.with_type(_filled(field.type, asked[field.name])) if asked.get(field.name) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def _filled(dtype: Any, unknown: Any) -> Any:
    if pa.types.is_list(dtype):
        return pa.list_(_filled(dtype.value_type, unknown))
    return unknown if pa.types.is_null(dtype) else dtype


def _is_array(value: Any) -> bool:
    return hasattr(value, "dtype") or isinstance(value, (pa.Array, pa.ChunkedArray))


def _is_of_rows(kind: int, path: Path, asked: Mapping[str, RowFeature]) -> bool:
    if kind in _OF_DATA_SETS:
        return False
    if kind not in _OF_PRESENCE:
        return True
    feature = None
    for step in path:
        feature = asked.get(step)
        if feature is None:
            return False
        asked = feature.fields
    return feature is not None and feature.everywhere
