"""Anomalies protos from findings: one entry for each feature, its reasons merged as TFDV does.

Several reasons become one "Multiple errors" with their texts one after the other; every reason
stays there by itself, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tensorflow_metadata.proto.v0 import anomalies_pb2

from taurus_beam.validation.findings import Finding
from taurus_beam.validation.paths import Path, to_proto

__all__ = ["MULTIPLE_ERRORS", "anomaly_info", "is_problem", "merge_anomalies"]

Info = anomalies_pb2.AnomalyInfo
MULTIPLE_ERRORS = "Multiple errors"


def is_problem(findings: Sequence[Finding], severities: Mapping[int, int]) -> bool:
    """Whether some finding has a severity that is not ``UNKNOWN``."""
    return any(severities.get(f.type, f.severity) != Info.UNKNOWN for f in findings)


def anomaly_info(
    findings: Sequence[Finding],
    severities: Mapping[int, int] | None = None,
    path: Path | None = None,
) -> anomalies_pb2.AnomalyInfo:
    """The anomaly of one feature, or of the data set.

    Args:
        findings: Its reasons, at least one, in order.
        severities: Severities by type that replace the findings' own.
        path: The feature; None for the data set.

    Returns:
        The proto; its severity is the greatest of its reasons'.
    """
    overrides = severities or {}
    info = Info(severity=max(overrides.get(f.type, f.severity) for f in findings))
    if path is not None:
        info.path.CopyFrom(to_proto(path))
    # Fields of a new struct are new, too; the struct says it for them.
    only_new = all(finding.type == Info.SCHEMA_NEW_COLUMN for finding in findings)
    for finding in findings[:1] if only_new else findings:
        info.reason.add(
            type=finding.type, short_description=finding.short, description=finding.long
        )
    _describe(info, [(r.short_description, r.description) for r in info.reason])
    return info


def merge_anomalies(
    anomalies: anomalies_pb2.Anomalies, others: Iterable[anomalies_pb2.Anomalies]
) -> anomalies_pb2.Anomalies:
    """Anomalies with those of other checks of the same data added, feature by feature.

    Args:
        anomalies: The result of a validation.
        others: Results of other validations of the same statistics.

    Returns:
        A new proto: reasons are joined, texts merged, and severities are the greatest.
    """
    merged = anomalies_pb2.Anomalies()
    merged.CopyFrom(anomalies)
    for other in others:
        for key, info in other.anomaly_info.items():
            _merge_into(merged.anomaly_info[key], info)
        if other.HasField("dataset_anomaly_info"):
            _merge_into(merged.dataset_anomaly_info, other.dataset_anomaly_info)
        merged.drift_skew_info.extend(other.drift_skew_info)
        if other.data_missing:
            merged.data_missing = True
    return merged


def _merge_into(info: anomalies_pb2.AnomalyInfo, other: anomalies_pb2.AnomalyInfo) -> None:
    texts = [(i.short_description, i.description) for i in (info, other) if i.reason]
    info.reason.extend(other.reason)
    info.severity = max(info.severity, other.severity)
    if other.HasField("path"):
        info.path.CopyFrom(other.path)
    _describe(info, texts)


def _describe(info: anomalies_pb2.AnomalyInfo, texts: Sequence[tuple[str, str]]) -> None:
    """One title and one text for all; a reason without a long text shows only if none has one."""
    told = [(short, long) for short, long in texts if long]
    if len(told) > 1:
        info.short_description = MULTIPLE_ERRORS
        info.description = " ".join(long for _, long in told)
    else:
        info.short_description, info.description = (told or texts)[-1]
