"""Runs as OpenLineage events, by its own client, to wherever its configuration says.

Needs the extra `openlineage`. Names of data sets follow OpenLineage's naming conventions.
"""

from __future__ import annotations

import datetime
import os
import uuid
from typing import Any
from urllib.parse import urlsplit

import attr
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import (
    InputDataset,
    Job,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
)
from openlineage.client.facet_v2 import (
    RunFacet,
    dataset_version_dataset,
    error_message_run,
    job_type_job,
)

from taurus_beam import __version__
from taurus_beam.lineage.exports import Export, Told
from taurus_beam.lineage.model import ExecutionState, Use

__all__ = ["OpenLineage", "dataset_name", "export"]

_PRODUCER = f"https://pypi.org/project/taurus-beam/{__version__}"
_STATES = {
    ExecutionState.RUNNING: RunState.START,
    ExecutionState.COMPLETE: RunState.COMPLETE,
    ExecutionState.CANCELED: RunState.ABORT,
}


@attr.define
class _Configuration(RunFacet):
    """The configuration, versions and commit of a run."""

    configuration: dict[str, Any] = attr.field(factory=dict)
    versions: dict[str, str] = attr.field(factory=dict)
    git: dict[str, Any] = attr.field(factory=dict)


class OpenLineage:
    """OpenLineage's client; the namespace of jobs is ``OPENLINEAGE_NAMESPACE`` or "taurus_beam"."""

    def __init__(self) -> None:
        self._client = OpenLineageClient()
        self._namespace = os.environ.get("OPENLINEAGE_NAMESPACE", "taurus_beam")

    def begins(self, run: Told) -> None:
        """Emit START."""
        self._client.emit(self._event(run))

    def ends(self, run: Told) -> None:
        """Emit COMPLETE, FAIL or ABORT, with what was read and written."""
        self._client.emit(self._event(run))
        self._client.close()

    def _event(self, run: Told) -> RunEvent:
        execution = run.execution
        known = execution.properties
        facets: dict[str, Any] = {
            "taurus_beam": _Configuration(
                configuration=dict(known.get("configuration", {})),
                versions=dict(known.get("versions", {})),
                git=dict(known.get("git", {})),
            )
        }
        if "error" in known:
            facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(
                message=known["error"]["text"], programmingLanguage="Python"
            )
        job_type = job_type_job.JobTypeJobFacet("BATCH", "TAURUS_BEAM", "COMMAND")
        return RunEvent(
            eventType=_STATES.get(execution.state, RunState.FAIL),
            eventTime=datetime.datetime.now(datetime.timezone.utc).isoformat(),
            run=Run(runId=str(uuid.UUID(execution.name)), facets=facets),
            job=Job(self._namespace, execution.type, facets={"jobType": job_type}),
            producer=_PRODUCER,
            inputs=[InputDataset(**_dataset(use)) for use in run.reads if use.artifact.uri],
            outputs=[OutputDataset(**_dataset(use)) for use in run.writes if use.artifact.uri],
        )


def _dataset(use: Use) -> dict[str, Any]:
    namespace, name = dataset_name(use.artifact.uri)
    version = dataset_version_dataset.DatasetVersionDatasetFacet(use.artifact.digest)
    return {"namespace": namespace, "name": name, "facets": {"version": version}}


def dataset_name(uri: str) -> tuple[str, str]:
    """Namespace and name of a file, as OpenLineage wants them.

    Example:
        >>> dataset_name("/data/trips.csv"), dataset_name("gs://bucket/trips/a.csv")
        (('file', '/data/trips.csv'), ('gs://bucket', 'trips/a.csv'))
    """
    parts = urlsplit(uri)
    if not parts.netloc:
        return "file", uri
    return f"{parts.scheme}://{parts.netloc}", parts.path.lstrip("/")


def export() -> Export:
    """Where events go is what OpenLineage's own variables and files say."""
    return OpenLineage()
