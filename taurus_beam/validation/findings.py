"""A finding: one reason why data do not fit the schema, with the change that would make them fit.

Checks are functions that yield findings and change nothing; `run` makes each proposed change
before the next check looks, as TFDV does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from tensorflow_metadata.proto.v0 import anomalies_pb2

from taurus_beam.validation.changes import Change

__all__ = ["ERROR", "WARNING", "Check", "Finding", "fixed", "no_change", "run"]

Subject = TypeVar("Subject", contravariant=True)

ERROR: int = anomalies_pb2.AnomalyInfo.ERROR
WARNING: int = anomalies_pb2.AnomalyInfo.WARNING


def no_change() -> None:
    """The fix of a finding that no schema can make right."""


@dataclass(frozen=True)
class Finding:
    """One reason of an anomaly.

    Attributes:
        type: A value of ``AnomalyInfo.Type``.
        short: The title that findings of the same cause share.
        long: What was found, with numbers; may be empty.
        fix: The change of the schema under which the finding would not be made.
        severity: A value of ``AnomalyInfo.Severity``, unless options say otherwise.
    """

    type: int
    short: str
    long: str = ""
    fix: Change = no_change
    severity: int = ERROR


Check = Callable[[Subject], Iterator[Finding]]


def run(subject: Subject, checks: Iterable[Check[Subject]]) -> Iterator[Finding]:
    """The findings of all checks, each fixed before the search goes on."""
    for check in checks:
        yield from fixed(check(subject))


def fixed(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, each fixed before the next is looked for."""
    for finding in findings:
        finding.fix()
        yield finding
