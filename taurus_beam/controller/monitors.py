"""Monitors there are: what the schema asks of the data as a whole, and of each row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from tensorflow_metadata.proto.v0 import anomalies_pb2

from taurus_beam.controller.components import Monitor
from taurus_beam.controller.data_set import DataSet
from taurus_beam.controller.findings import Finding, Severity
from taurus_beam.validation.options import ValidationOptions
from taurus_beam.validation.paths import serialize
from taurus_beam.validation.rows import RowValidator
from taurus_beam.validation.validate import validate_statistics

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Rows", "SchemaFit", "anomalies_as_findings"]


@dataclass(frozen=True)
class SchemaFit(Monitor):
    """Validates the statistics of data against the schema: `validate_statistics`.

    Attributes:
        severities: Severities by type of anomaly, as ``{"SCHEMA_NEW_COLUMN": "WARNING"}``.
    """

    severities: Mapping[str, str] = field(default_factory=dict)

    def check(self, data: DataSet) -> Iterable[Finding]:
        """A finding for each reason of each anomaly."""
        options = ValidationOptions(severity_overrides=self.severities)
        found = validate_statistics(
            data.statistics, data.schema, data.environment, validation_options=options
        )
        return list(anomalies_as_findings(found))


@dataclass(frozen=True)
class Rows(Monitor):
    """Counts the rows that do not fit the schema, as `validate_rows` judges them.

    Attributes:
        most: The share of rejected rows, 0 to 1, above which it is an error; else a warning.
        ignore_new_columns: Whether a column that the schema does not know is in order.
    """

    most: float = 0.0
    ignore_new_columns: bool = False

    def check(self, data: DataSet) -> Iterator[Finding]:
        """A finding for each feature and reason, the most frequent first."""
        validator = RowValidator(data.schema, data.environment, self.ignore_new_columns)
        counts = data.counted(partial(_rejected, validator))
        rows, rejected = counts.pop(_ROWS, 0), counts.pop(_REJECTED, 0)
        severity = Severity.ERROR if rejected > self.most * rows else Severity.WARNING
        for reason, number in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
            column, _, short = reason.partition("\n")
            yield Finding(f"{short}: {number:,} of {rows:,} rows.", severity, column)


_ROWS, _REJECTED = "", "\n"


def _rejected(validator: RowValidator, batch: pa.RecordBatch) -> dict[str, int]:
    found = validator.check(batch)
    counts = Counter({_ROWS: batch.num_rows, _REJECTED: int(found.rejected.sum())})
    for each in found.findings:
        counts[f"{serialize(each.path)}\n{each.short}"] += len(each.rows)
    return dict(counts)


def anomalies_as_findings(anomalies: Any) -> Iterator[Finding]:
    """Each reason of each anomaly, in the order of the features' names."""
    if anomalies.data_missing:
        yield Finding("There are no examples.")
    infos = sorted(anomalies.anomaly_info.items())
    if anomalies.HasField("dataset_anomaly_info"):
        infos.append(("", anomalies.dataset_anomaly_info))
    for name, info in infos:
        if info.severity == anomalies_pb2.AnomalyInfo.UNKNOWN:
            continue
        severity = Severity(anomalies_pb2.AnomalyInfo.Severity.Name(info.severity))
        for reason in info.reason:
            kind = anomalies_pb2.AnomalyInfo.Type.Name(reason.type)
            short = reason.short_description
            path = tuple(info.path.step)
            yield Finding(reason.description or short, severity, name or None, kind, short, path)
