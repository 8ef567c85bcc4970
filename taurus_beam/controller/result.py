"""What a stage gave, as its caller and the callbacks see it: a plain value."""

from __future__ import annotations

from dataclasses import dataclass

from taurus_beam.controller.findings import Finding

__all__ = ["Result"]


@dataclass(frozen=True)
class Result:
    """What a stage gave.

    Attributes:
        stage: Which one.
        path: The folder of what it made; of a `train` that was stopped a hidden one.
        version: The version that it made or used; None of a `train` that was stopped.
        passed: Whether no finding stopped it.
        findings: All findings, in order.
        reused: The components that an earlier, unfinished run had done, as "NAME on DATA".
    """

    stage: str
    path: str
    version: str | None
    passed: bool
    findings: tuple[Finding, ...]
    reused: tuple[str, ...]
