"""Drift and skew as HTML: every distance that validation measured, with its threshold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tensorflow_metadata.proto.v0 import anomalies_pb2

from taurus_beam.report.histograms import number
from taurus_beam.report.markup import Html, bdi, element, table
from taurus_beam.report.names import steps_of
from taurus_beam.validation.paths import Path, serialize

__all__ = ["Distance", "distance_marks", "distances", "distances_html"]

_MEASURES = {
    "L_INFTY": "L-infinity",
    "JENSEN_SHANNON_DIVERGENCE": "Jensen–Shannon divergence",
}
_BETWEEN = {"drift": "drift (with previous)", "skew": "skew (with serving)"}


@dataclass(frozen=True)
class Distance:
    """One measured distance; ``threshold`` is None where the schema sets none."""

    path: Path
    kind: str
    measure: str
    value: float
    threshold: float | None

    @property
    def high(self) -> bool:
        """Whether it is above its threshold; equal is not."""
        return self.threshold is not None and self.value > self.threshold

    @property
    def ratio(self) -> float:
        """The distance in thresholds, by which the table is ordered; 0 without a threshold."""
        if self.threshold is None:
            return 0.0
        if self.threshold == 0:
            return float("inf") if self.value > 0 else 0.0
        return self.value / self.threshold


def distances(anomalies: anomalies_pb2.Anomalies) -> list[Distance]:
    """All that were measured, the most exceeding first."""
    found = [
        Distance(
            steps_of(info),
            kind,
            _measure_name(measurement.type),
            measurement.value,
            measurement.threshold if measurement.HasField("threshold") else None,
        )
        for info in anomalies.drift_skew_info
        for kind, measured in (("drift", info.drift_measurements), ("skew", info.skew_measurements))
        for measurement in measured
    ]
    return sorted(found, key=lambda each: (-each.ratio, -each.value, each.path, each.kind))


def distance_marks(found: Iterable[Distance]) -> dict[Path, list[dict[str, Any]]]:
    """For each feature, what the page tells of it in its details."""
    marks: dict[Path, list[dict[str, Any]]] = {}
    for each in found:
        told = {
            "between": each.kind.capitalize(),
            "measure": each.measure,
            "value": number(each.value),
            "threshold": None if each.threshold is None else number(each.threshold),
            "high": each.high,
        }
        marks.setdefault(each.path, []).append(told)
    return marks


def distances_html(found: list[Distance], links: Mapping[Path, str]) -> Html:
    """A table of distances."""
    rows, keys = [], []
    for each in found:
        address = links.get(each.path)
        name = bdi(serialize(each.path))
        limit = "–" if each.threshold is None else f"{each.threshold:.6g}"
        verdict = ("error", "above") if each.high else ("fine", "within")
        if each.threshold is None:
            verdict = ("fine", "no threshold")
        rows.append(
            [
                element("a", name, href=address) if address else name,
                _BETWEEN[each.kind],
                each.measure,
                f"{each.value:.6g}",
                limit,
                element("span", verdict[1], class_=f"badge {verdict[0]}"),
            ]
        )
        # JavaScript has no number for Python's inf; no threshold sorts first.
        ratio = min(each.ratio, 1e300)
        keys.append([None, None, None, each.value, each.threshold or 0.0, ratio])
    columns = ["Feature", "Compared", "Measure", "Distance", "Threshold", "Verdict"]
    return table(columns, rows, caption="Drift and skew", sort_values=keys)


def _measure_name(value: int) -> str:
    name = str(anomalies_pb2.DriftSkewInfo.Measurement.Type.Name(value))
    return _MEASURES.get(name, name.replace("_", " ").capitalize())
