"""Starts a Python worker for Flink or Spark on a machine without containers.

These runners start the workers of a job by calling a program with the addresses of their services;
Beam's containers have one written in Go, and this is the same contract in Python. It installs
nothing: what the workers import must be installed where they run, or be a module that was staged.

The contract: https://s.apache.org/beam-fn-api-container-contract
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Services", "main", "prepared"]

# Beam tells workers apart by this variable, and reads it when it is imported: so, here, Beam and
# what comes with it are imported once it is set.
_NAME = "WORKER_ID"
_ANSWER_SECONDS = 60
_UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


@dataclass(frozen=True)
class Services:
    """Where the runner's services listen.

    Attributes:
        provision: Tells what the worker is for.
        logging: Takes its log; None if provisioning tells where, as for the next two.
        artifact: Has the files that were staged with the job.
        control: Gives it work.
    """

    provision: str
    logging: str | None = None
    artifact: str | None = None
    control: str | None = None


def main(words: Sequence[str] | None = None) -> None:
    """Be a worker until the runner has no more work.

    Args:
        words: ``--id`` and the endpoints of the runner's services; the command line by default.
    """
    asked = _arguments(words)
    folder = tempfile.mkdtemp(prefix="taurus_beam-worker-")
    _end_cleanly(folder)
    os.environ[_NAME] = asked.id
    try:
        services = Services(
            asked.provision_endpoint,
            asked.logging_endpoint,
            asked.artifact_endpoint,
            asked.control_endpoint,
        )
        os.environ.update(prepared(asked.id, services, folder))
        from apache_beam.runners.worker import sdk_worker_main

        sdk_worker_main.main([])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def prepared(worker_id: str, services: Services, folder: str) -> dict[str, str]:
    """Fetch what was staged for a worker, and give the variables that tell Beam all else.

    Args:
        worker_id: The runner's name for the worker.
        services: Where the runner's services listen.
        folder: Where the staged files go.
    """
    from google.protobuf import json_format

    info = _provisioned(services.provision, worker_id)
    artifact = services.artifact or info.artifact_endpoint.url
    _fetch(artifact, info.dependencies, Path(folder, "staged"))
    return {
        _NAME: worker_id,
        "PIPELINE_OPTIONS": json_format.MessageToJson(info.pipeline_options),
        "SEMI_PERSISTENT_DIRECTORY": folder,
        "RUNNER_CAPABILITIES": " ".join(info.runner_capabilities),
        "LOGGING_API_SERVICE_DESCRIPTOR": _descriptor(
            services.logging or info.logging_endpoint.url
        ),
        "CONTROL_API_SERVICE_DESCRIPTOR": _descriptor(
            services.control or info.control_endpoint.url
        ),
    }


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="taurus-beam-worker",
        description="Starts a Python worker; called by Beam's runners for Flink and Spark.",
    )
    parser.add_argument("--id", required=True)
    parser.add_argument("--provision_endpoint", required=True)
    for service in ("logging", "artifact", "control"):
        parser.add_argument(f"--{service}_endpoint")
    # Later versions of the contract may add words.
    return parser.parse_known_args(words)[0]


def _end_cleanly(folder: str) -> None:
    """When the runner ends the worker, whatever it is at, leave no files behind."""

    def end(number: int, _: Any) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(128 + number)

    signal.signal(signal.SIGTERM, end)


def _provisioned(endpoint: str, worker_id: str) -> Any:
    import grpc
    from apache_beam.portability.api import beam_provision_api_pb2, beam_provision_api_pb2_grpc

    with grpc.insecure_channel(endpoint, options=_UNLIMITED) as channel:
        service = beam_provision_api_pb2_grpc.ProvisionServiceStub(channel)
        return service.GetProvisionInfo(
            beam_provision_api_pb2.GetProvisionInfoRequest(),
            metadata=[("worker_id", worker_id)],
            timeout=_ANSWER_SECONDS,
        ).info


def _fetch(endpoint: str, artifacts: Iterable[Any], folder: Path) -> None:
    """Copy the staged files into a folder, under the names that they were staged by."""
    import grpc
    from apache_beam.portability import common_urns
    from apache_beam.portability.api import beam_artifact_api_pb2_grpc, beam_runner_api_pb2
    from apache_beam.runners.portability.artifact_service import resolve_artifacts

    folder.mkdir(parents=True)
    with grpc.insecure_channel(endpoint, options=_UNLIMITED) as channel:
        service = beam_artifact_api_pb2_grpc.ArtifactRetrievalServiceStub(channel)
        for artifact in resolve_artifacts(artifacts, service, str(folder)):
            if artifact.role_urn != common_urns.artifact_roles.STAGING_TO.urn:
                continue
            role = beam_runner_api_pb2.ArtifactStagingToRolePayload
            file = beam_runner_api_pb2.ArtifactFilePayload
            fetched = Path(file.FromString(artifact.type_payload).path)
            fetched.replace(folder / Path(role.FromString(artifact.role_payload).staged_name).name)


def _descriptor(url: str) -> str:
    from apache_beam.portability.api import endpoints_pb2
    from google.protobuf import text_format

    return str(text_format.MessageToString(endpoints_pb2.ApiServiceDescriptor(url=url)))


if __name__ == "__main__":
    main()
