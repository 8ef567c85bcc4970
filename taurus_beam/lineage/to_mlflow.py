"""Runs as runs of MLflow: parameters, digests as tags, and what was written as artifacts.

Needs the extra `mlflow`. The tracking server and the experiment are those of MLflow's variables.
"""

from __future__ import annotations

import json
import os
from typing import Any

from taurus_beam.lineage.exports import Export, Told
from taurus_beam.lineage.model import ExecutionState, Use

__all__ = ["Mlflow", "export"]

_EXPERIMENT = "taurus_beam"
_MOST_BYTES = 64 << 20
_MOST_CHARACTERS = 5000
_STATES = {ExecutionState.COMPLETE: "FINISHED", ExecutionState.CANCELED: "KILLED"}
# Data are large, and lie where they are.
_NOT_LOGGED = ("Data",)


class Mlflow:
    """A run of MLflow for each run, in the experiment ``MLFLOW_EXPERIMENT_NAME``."""

    def __init__(self) -> None:
        from mlflow import MlflowClient

        self._client = MlflowClient()
        self._run = ""

    def begins(self, run: Told) -> None:
        """Begin a run, with the configuration as its parameters."""
        execution = run.execution
        git = execution.properties.get("git", {})
        tags = {
            "mlflow.source.name": "taurus-beam",
            "taurus_beam.run": execution.name,
            "taurus_beam.command": execution.type,
            **({"mlflow.source.git.commit": git["commit"]} if git else {}),
        }
        name = f"{execution.type} {execution.name[:8]}"
        self._run = self._client.create_run(
            self._experiment(), run_name=name, tags=tags
        ).info.run_id
        for key, value in execution.properties.get("configuration", {}).items():
            if value is not None:
                self._client.log_param(self._run, key, _text(value))

    def ends(self, run: Told) -> None:
        """Log digests, the record as ``lineage.json`` and what was written; end the run."""
        reads, writes = (list(map(_record, uses)) for uses in (run.reads, run.writes))
        for way, records in (("read", reads), ("written", writes)):
            for each in records:
                key = f"taurus_beam.{way}.{each['option']}.{each['index']}"
                self._client.set_tag(self._run, key, each["digest"])
        record = {**run.execution.properties, "read": reads, "written": writes}
        self._client.log_text(self._run, json.dumps(record, indent=2), "lineage.json")
        for use in run.writes:
            self._log(use)
        self._client.set_terminated(self._run, _STATES.get(run.execution.state, "FAILED"))

    def _experiment(self) -> str:
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME", _EXPERIMENT)
        found = self._client.get_experiment_by_name(name)
        return str(found.experiment_id if found else self._client.create_experiment(name))

    def _log(self, use: Use) -> None:
        path = use.artifact.uri
        if (
            use.artifact.type in _NOT_LOGGED
            or not os.path.exists(path)
            or _size(path) > _MOST_BYTES
        ):
            return
        if os.path.isdir(path):
            self._client.log_artifacts(self._run, path, f"{use.key}/{os.path.basename(path)}")
        else:
            self._client.log_artifact(self._run, path, use.key)


def _record(use: Use) -> dict[str, Any]:
    artifact = use.artifact
    return {
        "option": use.key,
        "index": use.index,
        "type": artifact.type,
        "digest": artifact.digest,
        "uri": artifact.uri,
    }


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text[:_MOST_CHARACTERS]


def _size(path: str) -> int:
    if os.path.isfile(path):
        return os.path.getsize(path)
    found = ((folder, name) for folder, _, names in os.walk(path) for name in names)
    return sum(os.path.getsize(os.path.join(*each)) for each in found)


def export() -> Export:
    """Where runs go is what ``MLFLOW_TRACKING_URI`` says."""
    return Mlflow()
