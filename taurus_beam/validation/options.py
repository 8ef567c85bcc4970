"""What a caller may ask of validation beyond the schema: severities, needed features, thresholds.

These are settings of a run, not facts about data; facts about data belong in the schema.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tensorflow_metadata.proto.v0 import anomalies_pb2, path_pb2

from taurus_beam.errors import DataError
from taurus_beam.validation.paths import Path, from_proto

__all__ = ["DistanceThresholds", "SeverityOverride", "ValidationOptions"]

PathLike = str | Path | path_pb2.Path
_Info = anomalies_pb2.AnomalyInfo


class SeverityOverride(Protocol):
    """A severity for a type of anomaly, as TFDV's proto of this name has it."""

    type: Any
    severity: Any


@dataclass(frozen=True)
class DistanceThresholds:
    """Largest distances between two data sets that are no anomaly, of measures no schema knows.

    Attributes:
        population_stability_index: 0 and more; 0.1 and 0.25 are customary.
        kolmogorov_smirnov: 0 to 1; numeric features only.
        wasserstein: 0 and more, in the unit of the feature; numeric features only.
        chi_squared: Cramér's V, 0 to 1.
    """

    population_stability_index: float | None = None
    kolmogorov_smirnov: float | None = None
    wasserstein: float | None = None
    chi_squared: float | None = None


@dataclass(frozen=True)
class ValidationOptions:
    """Options of `validate_statistics`.

    Attributes:
        features_needed: The only new features to report, by path; None for all. A mapping may
            give reasons, which are not looked at.
        new_features_are_warnings: Whether a new feature is a warning instead of an error.
        severity_overrides: Severities by type of anomaly: names, numbers, or TFDV's protos.
            They win over everything else. Anomalies of severity ``UNKNOWN`` are not reported, but
            for features that the schema lacks.
        drift_thresholds: Distances from the previous data, by path of the feature.
        skew_thresholds: Distances from the serving data, by path of the feature.

    A path is a name, a tuple of steps, a Path proto, or an object whose ``steps()`` are one.

    Example:
        >>> options = ValidationOptions(
        ...     severity_overrides={"SCHEMA_NEW_COLUMN": "WARNING"},
        ...     drift_thresholds={"fare": DistanceThresholds(kolmogorov_smirnov=0.1)},
        ... )
    """

    features_needed: Collection[Any] | Mapping[Any, Any] | None = None
    new_features_are_warnings: bool = False
    severity_overrides: Mapping[Any, Any] | Iterable[SeverityOverride] = ()
    drift_thresholds: Mapping[Any, DistanceThresholds] = field(default_factory=dict)
    skew_thresholds: Mapping[Any, DistanceThresholds] = field(default_factory=dict)

    def severities(self) -> dict[int, int]:
        """The severity of each type of anomaly that has another than its own."""
        found: dict[int, int] = {}
        if self.new_features_are_warnings:
            found[_Info.SCHEMA_NEW_COLUMN] = _Info.WARNING
        overrides = self.severity_overrides
        pairs = (
            overrides.items()
            if isinstance(overrides, Mapping)
            else ((override.type, override.severity) for override in overrides)
        )
        for kind, severity in pairs:
            found[_number(_Info.Type, kind, "type")] = _number(_Info.Severity, severity, "severity")
        return found

    def needed(self) -> set[Path] | None:
        """The paths of `features_needed`; None for all."""
        # TFDV takes an empty mapping for none given, too.
        return {as_path(path) for path in self.features_needed} if self.features_needed else None


def by_path(thresholds: Mapping[Any, DistanceThresholds]) -> dict[Path, DistanceThresholds]:
    """Thresholds with their keys as paths."""
    return {as_path(path): value for path, value in thresholds.items()}


def as_path(path: Any) -> Path:
    """The steps of a path in any of the forms that options take."""
    if isinstance(path, str):
        return (path,)
    if isinstance(path, path_pb2.Path):
        return from_proto(path)
    return tuple(path.steps()) if hasattr(path, "steps") else tuple(path)


def _number(enum: Any, value: Any, what: str) -> int:
    known = enum.DESCRIPTOR.values_by_name if isinstance(value, str) else enum.values()
    if value not in known:
        raise DataError(
            f"{value!r} is not a {what} of anomalies.",
            where="severity_overrides",
            expected="a name or number of tensorflow_metadata's AnomalyInfo, as SCHEMA_NEW_COLUMN "
            "for a type and WARNING for a severity",
        )
    return int(enum.Value(value) if isinstance(value, str) else value)
