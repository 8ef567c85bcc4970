"""Validation slice by slice: each slice of the data against the same slice of the control data."""

from __future__ import annotations

from typing import TypeAlias

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from taurus_beam.validation.dataset_view import DatasetView, default_dataset
from taurus_beam.validation.environments import check_environment
from taurus_beam.validation.options import ValidationOptions
from taurus_beam.validation.validate import Validation, check_schema_argument

__all__ = ["validate_corresponding_slices"]

_List: TypeAlias = statistics_pb2.DatasetFeatureStatisticsList
_Dataset: TypeAlias = statistics_pb2.DatasetFeatureStatistics


def validate_corresponding_slices(
    statistics: statistics_pb2.DatasetFeatureStatisticsList,
    schema: schema_pb2.Schema,
    environment: str | None = None,
    previous_statistics: statistics_pb2.DatasetFeatureStatisticsList | None = None,
    serving_statistics: statistics_pb2.DatasetFeatureStatisticsList | None = None,
    *,
    validation_options: ValidationOptions | None = None,
) -> anomalies_pb2.Anomalies:
    """Finds where slices of data do not fit a schema, or are far from the same slice elsewhere.

    Every slice must fit the schema. A slice that only the control data have lacks all features.
    Constraints on the data set hold for the slice of all examples.

    Args:
        statistics: Of the data, sliced; one data set for each slice and one of all examples.
        schema: What every slice should be like.
        environment: The environment the data are from.
        previous_statistics: Of earlier data, sliced alike, for drift.
        serving_statistics: Of the data at serving, sliced alike, for skew.
        validation_options: As for `validate_statistics`.

    Returns:
        The anomalies. The first step of each path is ``slice(KEY)::NAME``, so the keys are quoted:
        ``'slice(country_us)::fare'``.

    Raises:
        DataError: As `validate_statistics`.

    Source: TensorFlow Data Validation 1.16, with its loss of environments and of constraints on
    the data set mended, and with fractions of each slice's own examples.
    """
    check_schema_argument(schema)
    check_environment(schema, environment)
    options = validation_options or ValidationOptions()
    overall = default_dataset(statistics)
    result = anomalies_pb2.Anomalies(
        baseline=schema, anomaly_name_format=anomalies_pb2.Anomalies.SERIALIZED_PATH
    )
    if overall.num_examples == 0:
        return anomalies_pb2.Anomalies(baseline=schema, data_missing=True)
    current, previous, serving = (
        _by_key(given) for given in (statistics, previous_statistics, serving_statistics)
    )
    for key in sorted({*current, *previous, *serving}):
        validation = Validation(
            schema,
            environment,
            DatasetView.of(current.get(key, _Dataset(name=key))),
            previous=_control(previous_statistics, previous, key),
            serving=_control(serving_statistics, serving, key),
            previous_version=None,
            options=options,
        )
        validation.check_features()
        validation.write_features(result, prefix=f"slice({key})::")
        if current.get(key) is overall:
            validation.write_dataset(result)
    return result


def _by_key(statistics: _List | None) -> dict[str, _Dataset]:
    if statistics is None:
        return {}
    default_dataset(statistics)
    return {dataset.name: dataset for dataset in statistics.datasets}


def _control(given: _List | None, slices: dict[str, _Dataset], key: str) -> _Dataset | None:
    return None if given is None else slices.get(key, _Dataset(name=key))
