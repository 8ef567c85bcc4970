"""All that belongs to the pipeline of flights, in one class, with components of its own.

The features are those of `examples.flights`; `taurus-beam pipeline` takes this file as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

import taurus_beam as tb
from examples.flights.preprocessing import preprocessing_fn
from taurus_beam.controller import (
    Comparison,
    DataSet,
    Drift,
    Filter,
    Finding,
    Leakage,
    Monitor,
    Rows,
    SchemaFit,
    Severity,
)


def left_the_gate(inputs: Mapping[str, Any]) -> Any:
    """Cancelled flights are no matter of a model of delays."""
    return ~tb.is_null(inputs["dep_delay"])


@dataclass(frozen=True)
class EveryAirport(Monitor):
    """Each airport sends its flights: a feed that is down is no anomaly of any single row."""

    airports: tuple[str, ...]

    def check(self, data: DataSet) -> Iterator[Finding]:
        """A finding for each airport without flights."""
        flights = data.counted(flights_by_airport, columns=["origin"])
        for airport in self.airports:
            if not flights[airport]:
                yield Finding(f"There are no flights from {airport}.", column="origin")


def flights_by_airport(batch: pa.RecordBatch) -> dict[str, int]:
    """How many flights of a batch leave from where; workers call it."""
    return Counter(batch["origin"].to_pylist())


@dataclass(frozen=True)
class LaterThanUsual(Comparison):
    """Whether flights leave later than those that the model has seen, by the statistics alone."""

    minutes: float

    def compare(self, data: DataSet, reference: DataSet) -> Iterator[Finding]:
        """A warning where the mean delay has risen by more than so many minutes."""
        now, then = (
            tb.get_feature_stats(each.statistics.datasets[0], "dep_delay").num_stats.mean
            for each in (data, reference)
        )
        if now > then + self.minutes:
            yield Finding(
                f"Flights leave {now:.0f} minutes late on average; {then:.0f} in training.",
                Severity.WARNING,
                "dep_delay",
            )


class Flights(tb.PipelineModule):
    """Flights as a model of their delays sees them."""

    split = tb.SplitByHash({"train": 0.7, "eval": 0.15, "test": 0.15}, key=())
    transforms = (Filter(left_the_gate),)
    monitors: Mapping[str, Any] = {
        "train": SchemaFit(),
        "eval": SchemaFit(),
        "test": SchemaFit(),
        "production": (SchemaFit(), Rows(most=0.01), EveryAirport(("EWR", "JFK", "LGA"))),
    }
    comparisons: Mapping[str, Any] = {
        "eval": Leakage(),
        "test": (Drift(), Leakage()),
        "production": (Drift(), LaterThanUsual(minutes=10)),
    }
    preprocessing_fn = preprocessing_fn

    def configure_schema(self, schema: Any) -> Any:
        """What half a year of flights cannot tell: what may come, and how far data may drift."""
        for name in ("dest", "carrier"):
            tb.get_feature(schema, name).distribution_constraints.min_domain_mass = 0.95
        tb.get_feature(
            schema, "distance"
        ).drift_comparator.jensen_shannon_divergence.threshold = 0.1
        return schema
