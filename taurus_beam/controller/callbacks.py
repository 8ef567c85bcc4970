"""Callbacks: what is to happen when stages and components begin and end, and at an alert.

A callback that fails stops nothing: what the stage made is kept, the other callbacks are called,
and when the stage has ended the first failure is raised, unless the stage itself has failed.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from taurus_beam.controller.findings import Finding, Severity
from taurus_beam.controller.timestamp import now
from taurus_beam.errors import DataError, EngineError, TaurusError
from taurus_beam.specs import document

if TYPE_CHECKING:
    from taurus_beam.controller.result import Result

__all__ = ["Callback", "Hooks", "JsonLines", "PrintAlerts", "RaiseOnFindings", "Step"]


@dataclass(frozen=True)
class Step:
    """A component on its data, as callbacks are told of it.

    Attributes:
        stage: The stage that it belongs to.
        name: The component.
        kind: "monitor", "transform", "comparison", or what the controller itself does: "split",
            "statistics", "schema", "fit".
        data: The name of the data; of a comparison both, joined by "/".
        reused: Whether an earlier, unfinished run has done it. Known at its end.
    """

    stage: str
    name: str
    kind: str
    data: str
    reused: bool = False


class Callback:
    """What is to happen; extend it, and give it to a `Controller`. By default nothing happens.

    A finding is told when its component has ended, also by a run that goes on where a killed one
    was: an alert may come twice, but is not lost.
    """

    def on_stage_start(self, stage: str, path: str) -> None:
        """A stage begins to write to a folder, which will get another name."""

    def on_stage_end(self, result: Result) -> None:
        """A stage has ended, and what it made is in its place."""

    def on_stage_error(self, stage: str, error: BaseException) -> None:
        """A stage has failed, or was interrupted."""

    def on_component_start(self, step: Step) -> None:
        """A component begins."""

    def on_component_end(self, step: Step, findings: Sequence[Finding]) -> None:
        """A component has ended."""

    def on_alert(self, finding: Finding) -> None:
        """There is a finding of any severity."""


class PrintAlerts(Callback):
    """Prints each finding, on standard error by default.

    Args:
        file: Where to.
        least: The least severity that is told.

    Example:
        >>> import sys
        >>> PrintAlerts(sys.stdout).on_alert(Finding("Too far.", column="distance", data="july"))
        ERROR: july: distance: Too far.
    """

    def __init__(self, file: TextIO | None = None, least: Severity = Severity.WARNING) -> None:
        self._file, self._least = file, least

    def on_alert(self, finding: Finding) -> None:
        """Prints it."""
        if finding.severity.reaches(self._least):
            parts = (finding.severity.value, finding.data, finding.column, finding.message)
            print(": ".join(filter(None, parts)), file=self._file or sys.stderr, flush=True)


class JsonLines(Callback):
    """Appends a line of JSON to a file for each finding and each stage that has ended.

    The lines are as `docs/spec/alert.v1.json` describes them.

    Args:
        path: The file; made, with its folder, where it is missing.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.fspath(path)

    def on_alert(self, finding: Finding) -> None:
        """Appends ``{"time", "event": "alert", …}`` with what the finding says."""
        self._append({"event": "alert", **finding.record()})

    def on_stage_end(self, result: Result) -> None:
        """Appends ``{"time", "event": "stage", "stage", "folder", "passed"}``."""
        known = {"stage": result.stage, "folder": result.path, "passed": result.passed}
        self._append({"event": "stage", **known})

    def on_stage_error(self, stage: str, error: BaseException) -> None:
        """Appends ``{"time", "event": "error", "stage", "error"}``."""
        self._append({"event": "error", "stage": stage, "error": str(error)})

    def _append(self, event: dict[str, Any]) -> None:
        os.makedirs(os.path.dirname(os.path.abspath(self._path)), exist_ok=True)
        line = json.dumps(document("alert", {"time": now(), **event}), ensure_ascii=False) + "\n"
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(line)


class RaiseOnFindings(Callback):
    """Raises a DataError when a stage has ended that had findings: a script exits with an error.

    Args:
        least: The least severity that counts.
    """

    def __init__(self, least: Severity = Severity.ERROR) -> None:
        self._least = least

    def on_stage_end(self, result: Result) -> None:
        """Raises for the first finding, and says how many there are.

        Raises:
            DataError: There are findings.
        """
        found = [each for each in result.findings if each.severity.reaches(self._least)]
        if found:
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            raise DataError(
                f"{found[0].message}{more}",
                where=": ".join(filter(None, (found[0].data, found[0].column))),
                fix=f"All findings are in {os.path.join(result.path, 'findings.json')}.",
            )


class Hooks:
    """All callbacks of a controller, called so that none keeps the others from being called."""

    def __init__(self, callbacks: Sequence[Callback]) -> None:
        for each in callbacks:
            if not isinstance(each, Callback):
                raise EngineError(
                    f"{each!r} is no callback.",
                    expected="instances of classes that extend taurus_beam.controller.Callback",
                )
        self._callbacks = tuple(callbacks)
        self._failure: TaurusError | None = None

    def call(self, hook: str, *arguments: Any) -> None:
        """Call a hook of each callback, and keep the first failure for later."""
        for callback in self._callbacks:
            failure = _failure_of(callback, hook, arguments)
            self._failure = self._failure or failure

    def forget(self) -> None:
        """Forget what failed while another stage ran."""
        self._failure = None

    def raise_failure(self) -> None:
        """Raise the first failure, once.

        Raises:
            TaurusError: A callback failed; as it was where it is an error of ours.
        """
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure


def _failure_of(callback: Callback, hook: str, arguments: Sequence[Any]) -> TaurusError | None:
    try:
        getattr(callback, hook)(*arguments)
    except Exception as failure:
        return _explained(callback, hook, failure)
    return None


def _explained(callback: Callback, hook: str, failure: Exception) -> TaurusError:
    if isinstance(failure, TaurusError):
        return failure
    error = EngineError(
        f"The callback {type(callback).__name__} failed in {hook}: "
        f"{type(failure).__name__}: {failure}",
        where=type(callback).__name__,
        fix="Correct it. What the stage made is kept, and the other callbacks were called.",
    )
    error.__cause__ = failure
    return error
