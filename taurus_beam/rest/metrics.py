"""What a server counts, for Prometheus.

Labels come from what is loaded, never from what clients send, so that their number is bounded.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

import prometheus_client as prometheus

from taurus_beam.rest.model import Model, Seen

__all__ = ["MEDIA_TYPE", "Metrics"]

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_WHICH = ("model", "version")


class Metrics:
    """The counters of one application. Safe to use from several threads."""

    def __init__(self) -> None:
        self._registry = registry = prometheus.CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> prometheus.Counter:
            return prometheus.Counter(f"taurus_{name}", text, labels, registry=registry)

        self._requests = counter("requests", "Requests by status.", *_WHICH, "protocol", "status")
        self._seconds = prometheus.Histogram(
            "taurus_request_seconds",
            "From the headers of a request to its answer.",
            (*_WHICH, "protocol"),
            registry=registry,
            buckets=_SECONDS,
        )
        self._head_seconds = prometheus.Histogram(
            "taurus_head_seconds",
            "What follows the transform, such as a model, for the rows of a request.",
            _WHICH,
            registry=registry,
            buckets=_SECONDS,
        )
        self._rows = counter("rows", "Rows that were transformed.", *_WHICH)
        self._nulls = counter("input_nulls", "Missing values by feature.", *_WHICH, "feature")
        self._unknown = counter(
            "out_of_vocabulary", "Values outside the vocabulary by output.", *_WHICH, "output"
        )
        self._violations = counter(
            "monitor_violations", "Rows that violate a monitor.", *_WHICH, "monitor"
        )
        self.reload_failures = counter("reload_failures", "Versions that could not be loaded.")
        self.log_rows = counter("log_rows", "Rows written to the request log.")
        self.log_dropped = counter("log_dropped", "Requests that the request log had no room for.")
        self.shadow_rows = counter("shadow_rows", "Rows a shadow computed too.", *_WHICH)
        self.shadow_different = counter(
            "shadow_different_rows",
            "Rows with another value by a shadow.",
            *_WHICH,
            "output",
        )
        self.shadow_failures = counter("shadow_failures", "Requests a shadow refused.", *_WHICH)
        self.shadow_dropped = counter("shadow_dropped", "Shadow requests there was no time for.")
        self._live_rows = counter("live_rows", "Rows in the live statistics.", *_WHICH)
        self.live_dropped = counter(
            "live_dropped", "Requests that the live statistics had no room for."
        )
        self._drift = prometheus.Gauge(
            "taurus_drift_distance",
            "Distance of the inputs in the closed windows from the training data.",
            (*_WHICH, "feature", "measure"),
            registry=registry,
        )
        self._drifted: dict[tuple[str, str], set[tuple[str, str]]] = {}
        self._drifting = threading.Lock()
        self.in_flight = prometheus.Gauge(
            "taurus_requests_in_flight", "Requests that are worked on.", registry=registry
        )
        self._loaded = prometheus.Gauge(
            "taurus_model_loaded", "Versions that are loaded.", _WHICH, registry=registry
        )

    def answered(self, model: Model, protocol: str, status: int, seconds: float) -> None:
        """Count a request to a model."""
        self._requests.labels(model.name, model.version, protocol, str(status)).inc()
        self._seconds.labels(model.name, model.version, protocol).observe(seconds)

    def refused(self, status: int) -> None:
        """Count a request that came to no model."""
        self._requests.labels("", "", "", str(status)).inc()

    def seen(self, model: Model, seen: Seen) -> None:
        """Count what a request's data were like."""
        which = (model.name, model.version)
        self._rows.labels(*which).inc(seen.rows)
        if seen.head_seconds is not None:
            self._head_seconds.labels(*which).observe(seen.head_seconds)
        for feature, count in seen.nulls.items():
            self._nulls.labels(*which, feature).inc(count)
        for output, count in seen.unknown.items():
            self._unknown.labels(*which, output).inc(count)
        for monitor, count in seen.violations.items():
            self._violations.labels(*which, monitor).inc(count)

    def live_rows(self, model: Model, rows: int) -> None:
        """Count rows that went into the live statistics."""
        self._live_rows.labels(model.name, model.version).inc(rows)

    def drifted(self, model: Model, distances: Mapping[tuple[str, str], float]) -> None:
        """Tell the distances of a version's features, by feature and measure, and no others."""
        which = (model.name, model.version)
        with self._drifting:
            for gone in self._drifted.pop(which, set()) - distances.keys():
                self._drift.remove(*which, *gone)
            for (feature, measure), value in distances.items():
                self._drift.labels(*which, feature, measure).set(value)
            self._drifted[which] = set(distances)

    def loaded(self, models: list[Model]) -> None:
        """Tell which versions are loaded; series of those that are not end."""
        self._loaded.clear()
        served = {(model.name, model.version) for model in models}
        with self._drifting:
            for gone in self._drifted.keys() - served:
                for labels in self._drifted.pop(gone):
                    self._drift.remove(*gone, *labels)
        for model in models:
            which = (model.name, model.version)
            self._loaded.labels(*which).set(1)
            self._rows.labels(*which)
            for feature in model.inputs:
                self._nulls.labels(*which, feature)
            for output in model.vocabularies:
                self._unknown.labels(*which, output.name)
            for monitor in model.fn.monitors:
                self._violations.labels(*which, monitor)

    def text(self) -> bytes:
        """All counters in Prometheus's text format."""
        return prometheus.generate_latest(self._registry)
