"""How far the inputs of a version are from its training data: distances, anomalies, a report.

Measures and thresholds are those of `taurus_beam.validation`; here the two sides are put together
and told as JSON or as HTML.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from taurus_beam.report.anomalies import findings
from taurus_beam.report.distances import distances as thresholds
from taurus_beam.report.write import report_html
from taurus_beam.rest.live_rows import feature_paths
from taurus_beam.rest.live_statistics import LiveData
from taurus_beam.rest.model import Model
from taurus_beam.specs import document
from taurus_beam.validation.dataset_view import DatasetView, default_dataset
from taurus_beam.validation.distance_table import MEASURES, distances
from taurus_beam.validation.feature_view import FeatureView
from taurus_beam.validation.paths import Path, parse, serialize, to_proto
from taurus_beam.validation.validate import validate_statistics

__all__ = ["GAUGED", "Drift", "drift_html", "drift_json", "drift_of"]

GAUGED = ("l_infinity", "jensen_shannon_divergence", "kolmogorov_smirnov")
"""The measures that there are gauges of; the last is of numbers, and no outlier throws it off."""

_Measurement: TypeAlias = anomalies_pb2.DriftSkewInfo.Measurement
_MEASUREMENTS = {
    "l_infinity": _Measurement.L_INFTY,
    "jensen_shannon_divergence": _Measurement.JENSEN_SHANNON_DIVERGENCE,
}
"""Those that the proto of distances knows and a report shows."""
_TOP = 5


@dataclass(frozen=True)
class Drift:
    """A version's inputs beside its training data.

    Attributes:
        model: The version.
        live: The inputs.
        training: Statistics of the training data.
        schema: What data should be like, if that is known.
        measured: By feature and measure, the distance and the value that is the greatest part.
        anomalies: What does not fit the schema; None without one, or without rows.
    """

    model: Model
    live: LiveData
    training: statistics_pb2.DatasetFeatureStatisticsList
    schema: schema_pb2.Schema | None
    measured: Mapping[Path, Mapping[str, tuple[float, str]]]
    anomalies: anomalies_pb2.Anomalies | None

    @property
    def paths(self) -> dict[str, Path]:
        """The paths of the features that the version reads, by name."""
        return feature_paths(self.model.inputs)


def drift_of(
    model: Model,
    live: LiveData,
    training: statistics_pb2.DatasetFeatureStatisticsList,
    schema: schema_pb2.Schema | None,
) -> Drift:
    """Compare a version's inputs with its training data.

    The thresholds of the schema's ``drift_comparator`` and ``skew_comparator`` both count: the
    training data are what came before, and what serving should be like.
    """
    if not live.rows:
        return Drift(model, live, training, schema, {}, None)
    measured = {}
    for row in distances(live.statistics, training).to_pylist():
        path = parse(row.pop("feature"))
        found = {
            name: (value, row[f"{name}_at"]) for name, value in row.items() if name in MEASURES
        }
        measured[path] = {name: pair for name, pair in found.items() if pair[0] is not None}
    anomalies = None
    if schema is not None:
        anomalies = validate_statistics(
            live.statistics,
            schema,
            previous_statistics=training,
            # All three distances of a schema are the same in both directions.
            serving_statistics=training,
        )
    return Drift(model, live, training, schema, measured, anomalies)


def drift_json(drift: Drift, window_seconds: float) -> dict[str, Any]:
    """All that was found, as plain values.

    Args:
        drift: What was found.
        window_seconds: How long a window is.
    """
    live, training = (
        DatasetView(default_dataset(s)) for s in (drift.live.statistics, drift.training)
    )
    told = {
        "model": drift.model.name,
        "version": drift.model.version,
        "rows": drift.live.rows,
        "training_rows": int(training.num_examples),
        "windows": [
            {
                "from": _moment(window.number * window_seconds),
                "to": _moment((window.number + 1) * window_seconds),
                "rows": window.rows,
            }
            for window in drift.live.windows
        ],
        "features": [
            {
                "feature": name,
                "distances": {
                    measure: {"value": value, **({"at": at} if at else {})}
                    for measure, (value, at) in drift.measured.get(path, {}).items()
                },
                "training": _facts(training.features.get(path)),
                "live": _facts(live.features.get(path)),
            }
            for name, path in drift.paths.items()
        ],
    }
    if not drift.live.rows:
        told["note"] = "No rows came in these windows, so nothing is compared."
    if drift.anomalies is not None:
        told |= _validation(drift.anomalies)
    return document("drift", told)


def drift_html(drift: Drift) -> str:
    """The report of training and live data, with all distances."""
    name = f"{drift.model.name} {drift.model.version}"
    return report_html(
        drift.training,
        serving_statistics=drift.live.statistics,
        schema=drift.schema,
        anomalies=_with_all_distances(drift),
        title=f"{name}: training data and the last {drift.live.rows:,} rows served",
    )


def _validation(anomalies: anomalies_pb2.Anomalies) -> dict[str, Any]:
    return {
        "anomalies": [
            {
                "feature": found.where if found.path is not None else None,
                "type": found.type,
                "severity": found.severity,
                "short_description": found.short,
                "description": found.text,
            }
            for found in findings(anomalies)
        ],
        "thresholds": [
            {
                "feature": serialize(each.path),
                "comparator": f"{each.kind}_comparator",
                "measure": each.measure,
                "value": each.value,
                "threshold": each.threshold,
                "above": each.high,
            }
            for each in thresholds(anomalies)
        ],
    }


def _facts(view: FeatureView | None) -> dict[str, Any] | None:
    """What a person wants to know first of a feature; None if it is not there."""
    if view is None:
        return None
    rows = view.num_present + view.num_missing
    told: dict[str, Any] = {
        "type": statistics_pb2.FeatureNameStatistics.Type.Name(view.proto.type),
        "missing": view.num_missing / rows if rows else 0.0,
    }
    kind = view.proto.WhichOneof("stats")
    if kind == "num_stats":
        numbers = view.proto.num_stats
        for name in ("mean", "std_dev", "min", "median", "max"):
            told[name] = getattr(numbers, name)
    elif kind == "string_stats":
        strings = view.proto.string_stats
        told["unique"] = int(strings.unique)
        told["top_values"] = {top.value: top.frequency for top in strings.top_values[:_TOP]}
    return told


def _with_all_distances(drift: Drift) -> anomalies_pb2.Anomalies:
    """The anomalies with the distances, too, for which there is no threshold."""
    told = anomalies_pb2.Anomalies()
    if drift.anomalies is not None:
        told.CopyFrom(drift.anomalies)
    known = {tuple(info.path.step) for info in told.drift_skew_info}
    for path, measures in drift.measured.items():
        if path not in known:
            measurements = list(_measurements(measures))
            told.drift_skew_info.add(path=to_proto(path), skew_measurements=measurements)
    return told


def _measurements(measures: Mapping[str, tuple[float, str]]) -> Iterator[_Measurement]:
    for name, kind in _MEASUREMENTS.items():
        if name in measures:
            yield _Measurement(type=kind, value=measures[name][0])


def _moment(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.isoformat().replace("+00:00", "Z")
