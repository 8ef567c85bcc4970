"""The record of a batch of production data: what it is, and how it compares with what was frozen.

Its form is `docs/spec/monitoring-record.v1.json`; it changes only with the number in ``$schema``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from taurus_beam.controller.findings import Finding
from taurus_beam.controller.stage_run import StageRun
from taurus_beam.controller.timestamp import now
from taurus_beam.specs import document

__all__ = ["MONITORING_RECORD", "monitoring_record"]

MONITORING_RECORD = "monitoring.json"


def monitoring_record(
    run: StageRun,
    pipeline: Mapping[str, str],
    data: Iterable[Mapping[str, str]],
    reference: str,
    rows: int,
) -> dict[str, Any]:
    """The record as JSON data.

    Args:
        run: The run of the stage, all steps done.
        pipeline: The digest of the artifact, and the version.
        data: Of each file of the data, where it is and its digest.
        reference: The digest of the frozen statistics.
        rows: How many rows the data have.
    """
    done = list(run.done.items())
    findings = [
        finding
        for step, each in done
        for finding in each.findings
        # What monitors in the function found is told as numbers.
        if step.kind in ("monitor", "comparison")
    ]
    known = {
        "created": now(),
        "stage": run.stage,
        "pipeline": dict(pipeline),
        "data": [dict(each) for each in data],
        "reference": {"digest": reference},
        "rows": rows,
        "anomalies": [_anomaly(each) for each in findings if each.kind],
        "distances": [d.record() for _, each in done for d in each.distances],
        "monitors": [
            {"name": name, "violations": number}
            for _, each in done
            for name, number in each.violations.items()
        ],
        "findings": [_finding(each) for each in findings if not each.kind],
    }
    return document("monitoring-record", known)


def _anomaly(finding: Finding) -> dict[str, Any]:
    return {
        "path": list(finding.path),
        "kind": finding.kind,
        "severity": finding.severity.value,
        "short_description": finding.short,
        "description": finding.message,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "component": finding.component,
        "severity": finding.severity.value,
        "column": finding.column,
        "message": finding.message,
    }
