"""Drift and skew: distances of a feature's values from those of other data, against thresholds.

The thresholds of the schema are TFDV's three distances and are all measured and reported; those
of the options are further distances (see `distances_binned` and `distances_numeric`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from taurus_beam.validation.case import Case
from taurus_beam.validation.changes import assign
from taurus_beam.validation.dataset_view import DatasetView
from taurus_beam.validation.distances import (
    Distance,
    jensen_shannon_divergence,
    l_infinity,
    normalized_absolute_difference,
)
from taurus_beam.validation.distances_binned import chi_squared, population_stability_index
from taurus_beam.validation.distances_numeric import kolmogorov_smirnov, wasserstein
from taurus_beam.validation.distributions import QUANTILES, STANDARD
from taurus_beam.validation.findings import Finding
from taurus_beam.validation.numbers_in_text import six_digits
from taurus_beam.validation.options import DistanceThresholds
from taurus_beam.validation.paths import Path

__all__ = ["DRIFT", "SKEW", "Comparator", "Comparison"]

Kind = anomalies_pb2.AnomalyInfo
Measurement: TypeAlias = anomalies_pb2.DriftSkewInfo.Measurement
_Stats: TypeAlias = statistics_pb2.FeatureNameStatistics


@dataclass(frozen=True)
class Comparison:
    """A way to compare: with which data, by which of a feature's comparators.

    Attributes:
        field: The comparator's field in the schema's feature.
        current: What the data at hand are called.
        control: What the data compared with are called.
    """

    field: str
    current: str
    control: str


DRIFT = Comparison("drift_comparator", "current", "previous")
SKEW = Comparison("skew_comparator", "training", "serving")


@dataclass(frozen=True)
class Comparator:
    """A check of one feature against control data, which keeps what it measures.

    A distance that the statistics do not give (a divergence without histograms) is neither
    measured nor found too great.

    Attributes:
        how: Drift or skew.
        control: The data compared with; without them, nothing is compared.
        thresholds: Thresholds of further distances, by path.
        measurements: The schema's distances of the features looked at, in order.
    """

    how: Comparison
    control: DatasetView | None
    thresholds: Mapping[Path, DistanceThresholds]
    measurements: list[Measurement] = field(default_factory=list)

    def __call__(self, case: Case) -> Iterator[Finding]:
        """The distances that are above their thresholds."""
        comparator = getattr(case.feature, self.how.field)
        norms = [norm for norm in _NORMS if getattr(comparator, norm.field).HasField("threshold")]
        further = _limits(self.thresholds.get(case.stats.path))
        if self.control is None or not (norms or further):
            return
        control = self.control.features.get(case.stats.path)
        if control is None:
            yield _control_missing(self.how, comparator)
            return
        pair = (case.stats.proto, control.proto, case.stats.weighted)
        for norm in norms:
            settings = getattr(comparator, norm.field)
            distance = norm.measure(*pair, settings)
            if distance is not None:
                self._keep(norm, distance, settings.threshold)
                if distance.value > settings.threshold:
                    yield _too_far(norm, self.how, distance, settings)
        for measure, limit in further:
            distance = measure.measure(*pair)
            if distance is not None and distance.value > limit:
                yield _further_too_far(measure, self.how, distance, limit)

    def _keep(self, norm: _Norm, distance: Distance, threshold: float) -> None:
        self.measurements.append(
            Measurement(type=norm.measurement, value=distance.value, threshold=threshold)
        )


@dataclass(frozen=True)
class _Norm:
    """A distance with a threshold in the schema."""

    field: str
    type: int
    measurement: int
    name: str
    # The greatest part is named for a distance that is one value's difference.
    names_value: bool
    measure: Callable[[_Stats, _Stats, bool, schema_pb2.FeatureComparator], Distance | None]


@dataclass(frozen=True)
class _Measure:
    """A distance with a threshold in the options."""

    field: str
    name: str
    measure: Callable[[_Stats, _Stats, bool], Distance | None]


def _cramers_v(current: _Stats, control: _Stats, weighted: bool) -> Distance | None:
    # The test is of counts; weights have no meaning in it.
    found = chi_squared(current, control)
    return None if found is None else Distance(found.cramers_v, found.at)


def _divergence(
    current: _Stats, control: _Stats, weighted: bool, settings: schema_pb2.JensenShannonDivergence
) -> Distance | None:
    by_quantiles = settings.source.type == schema_pb2.HistogramSelection.QUANTILES
    source = QUANTILES if by_quantiles else STANDARD
    return jensen_shannon_divergence(current, control, weighted, source)


_NORMS = (
    _Norm(
        "infinity_norm",
        Kind.COMPARATOR_L_INFTY_HIGH,
        Measurement.L_INFTY,
        "Linfty distance",
        True,
        lambda current, control, weighted, _: l_infinity(current, control, weighted),
    ),
    _Norm(
        "normalized_abs_difference",
        Kind.COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH,
        Measurement.NORMALIZED_ABSOLUTE_DIFFERENCE,
        "normalized absolute difference",
        True,
        lambda current, control, weighted, _: normalized_absolute_difference(
            current, control, weighted
        ),
    ),
    _Norm(
        "jensen_shannon_divergence",
        Kind.COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH,
        Measurement.JENSEN_SHANNON_DIVERGENCE,
        "approximate Jensen-Shannon divergence",
        False,
        _divergence,
    ),
)
_FURTHER = (
    _Measure(
        "population_stability_index", "population stability index", population_stability_index
    ),
    _Measure("kolmogorov_smirnov", "Kolmogorov-Smirnov distance", kolmogorov_smirnov),
    _Measure("wasserstein", "Wasserstein distance", wasserstein),
    _Measure("chi_squared", "chi-squared distance (Cramér's V)", _cramers_v),
)


def _limits(thresholds: DistanceThresholds | None) -> list[tuple[_Measure, float]]:
    limits = ((measure, getattr(thresholds, measure.field, None)) for measure in _FURTHER)
    return [(measure, limit) for measure, limit in limits if limit is not None]


def _control_missing(how: Comparison, comparator: schema_pb2.FeatureComparator) -> Finding:
    def clear_thresholds() -> None:
        for norm in _NORMS:
            if comparator.HasField(norm.field):
                getattr(comparator, norm.field).ClearField("threshold")

    return Finding(
        Kind.COMPARATOR_CONTROL_DATA_MISSING,
        f"{how.control} data missing",
        f"{how.control} data is missing.",
        clear_thresholds,
    )


def _too_far(
    norm: _Norm, how: Comparison, distance: Distance, settings: schema_pb2.InfinityNorm
) -> Finding:
    return Finding(
        norm.type,
        f"High {norm.name} between {how.current} and {how.control}",
        _says(norm.name, how, distance, settings.threshold, norm.names_value),
        assign(settings, threshold=distance.value),
    )


def _further_too_far(
    measure: _Measure, how: Comparison, distance: Distance, threshold: float
) -> Finding:
    return Finding(
        Kind.CUSTOM_VALIDATION,
        f"High {measure.name} between {how.current} and {how.control}",
        _says(measure.name, how, distance, threshold, names_value=True),
    )


def _says(
    name: str, how: Comparison, distance: Distance, threshold: float, names_value: bool
) -> str:
    largest = f" The feature value with maximum difference is: {distance.at}" if names_value else ""
    return (
        f"The {name} between {how.current} and {how.control} is {six_digits(distance.value)} (up "
        f"to six significant digits), above the threshold {six_digits(threshold)}.{largest}"
    )
