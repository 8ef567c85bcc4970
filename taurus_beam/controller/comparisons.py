"""Comparisons there are: drift from other data, and rows or keys that two data sets share."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tensorflow_metadata.proto.v0 import anomalies_pb2

from taurus_beam.controller.components import Comparison
from taurus_beam.controller.data_set import DataSet
from taurus_beam.controller.findings import Distance, Finding
from taurus_beam.controller.monitors import anomalies_as_findings
from taurus_beam.io.files import remove
from taurus_beam.runners.leakage import find_leaks
from taurus_beam.validation.options import DistanceThresholds, ValidationOptions
from taurus_beam.validation.validate import validate_statistics

__all__ = ["Drift", "Leakage"]


@dataclass(frozen=True)
class Drift(Comparison):
    """How far the data have drifted from the reference, in the features that have a threshold.

    Thresholds are the schema's ``drift_comparator``, and those given here.

    Attributes:
        thresholds: Of measures that no schema knows, by the path of the feature.
    """

    thresholds: Mapping[str, DistanceThresholds] = field(default_factory=dict)

    def compare(self, data: DataSet, reference: DataSet) -> Iterator[Finding | Distance]:
        """All measured distances, and a finding for each that is too large."""
        options = ValidationOptions(drift_thresholds=self.thresholds)

        def validated(previous: Any) -> Any:
            return validate_statistics(
                data.statistics,
                data.schema,
                data.environment,
                previous_statistics=previous,
                validation_options=options,
            )

        with_reference = validated(reference.statistics)
        # What is wrong with the data by themselves is a monitor's matter.
        alone = set(anomalies_as_findings(validated(None)))
        yield from (f for f in anomalies_as_findings(with_reference) if f not in alone)
        for info in with_reference.drift_skew_info:
            for each in info.drift_measurements:
                measure = anomalies_pb2.DriftSkewInfo.Measurement.Type.Name(each.type)
                yield Distance(tuple(info.path.step), measure, each.value, each.threshold)


@dataclass(frozen=True)
class Leakage(Comparison):
    """Whether two data sets share rows, or keys.

    Attributes:
        key: The columns whose values none should be in both; none compares whole rows.
    """

    key: str | tuple[str, ...] = ()

    def compare(self, data: DataSet, reference: DataSet) -> Iterator[Finding]:
        """A finding where something is in both, with some of it."""
        key = (self.key,) if isinstance(self.key, str) else self.key
        sources = {reference.name: reference.read(), data.name: data.read()}
        target = os.path.join(data.engine.folder, f"leakage-{uuid.uuid4().hex}.json")
        try:
            report = find_leaks(sources, [key], target, options=data.engine.options)
        finally:
            remove([target])
        what = f"values of {', '.join(key)}" if key else "rows"
        for check in report["checks"]:
            for leak in check["leaks"]:
                shown = "; ".join(str(example) for example in leak["examples"][:3])
                yield Finding(
                    f"{leak['keys']:,} {what} of {data.name!r} are in {reference.name!r} too: "
                    f"{shown}",
                    column=", ".join(key) or None,
                )
