"""The program that starts workers is called as runners call it, by Beam's own worker pool."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import apache_beam as beam
import grpc
import pytest
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability import common_urns
from apache_beam.portability.api import (
    beam_artifact_api_pb2_grpc,
    beam_provision_api_pb2,
    beam_provision_api_pb2_grpc,
    beam_runner_api_pb2,
)
from apache_beam.runners.portability.artifact_service import ArtifactRetrievalService
from apache_beam.runners.worker.worker_pool_main import BeamFnExternalWorkerPoolServicer
from google.protobuf import json_format, struct_pb2

import taurus_beam
from taurus_beam.runners.boot import Services, prepared


@pytest.fixture
def worker_pool(tmp_path: Path) -> Iterator[str]:
    """The address of a pool that starts workers with the program, in a temporary folder."""
    program = tmp_path / "taurus-beam-worker"
    program.write_text(
        "#!/bin/sh\n"
        f"export PYTHONPATH='{Path(taurus_beam.__file__).parents[1]}' TMPDIR='{tmp_path}'\n"
        f"exec '{sys.executable}' -m taurus_beam.runners.boot \"$@\"\n"
    )
    program.chmod(0o755)
    address, server = BeamFnExternalWorkerPoolServicer.start(
        use_process=True, container_executable=str(program)
    )
    yield address
    server.stop(0)


def test_a_worker_does_its_work_and_leaves_nothing(worker_pool: str, tmp_path: Path) -> None:
    def process(_: int) -> str:
        return str(os.getpid())

    options = [
        "--runner=PortableRunner",
        "--job_endpoint=embed",
        "--environment_type=EXTERNAL",
        f"--environment_config={worker_pool}",
    ]
    with beam.Pipeline(options=PipelineOptions(options)) as pipeline:
        found = pipeline | beam.Create([1]) | beam.Map(process)
        _ = found | beam.io.WriteToText(f"{tmp_path}/process", shard_name_template="")

    (worker,) = (tmp_path / "process").read_text().split()
    assert int(worker) != os.getpid()
    # The pipeline does not wait for its workers to end.
    deadline = time.monotonic() + 30
    while list(tmp_path.glob("taurus_beam-worker-*")):
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Provision(beam_provision_api_pb2_grpc.ProvisionServiceServicer):
    """Answers one worker only."""

    def __init__(self, info: Any) -> None:
        self._info = info

    def GetProvisionInfo(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's
        assert ("worker_id", "worker-7") in context.invocation_metadata()
        return beam_provision_api_pb2.GetProvisionInfoResponse(info=self._info)


@pytest.mark.parametrize("told", ["by the runner", "by provisioning"])
def test_what_is_provisioned_reaches_the_worker(told: str, tmp_path: Path) -> None:
    module = tmp_path / "elsewhere.py"
    module.write_text("ANSWER = 42\n")
    staged = beam_runner_api_pb2.ArtifactInformation(
        type_urn=common_urns.artifact_types.FILE.urn,
        type_payload=beam_runner_api_pb2.ArtifactFilePayload(path=str(module)).SerializeToString(),
        role_urn=common_urns.artifact_roles.STAGING_TO.urn,
        role_payload=beam_runner_api_pb2.ArtifactStagingToRolePayload(
            staged_name="operations.py"
        ).SerializeToString(),
    )
    options = json_format.ParseDict({"beam:option:job_name:v1": "fit"}, struct_pb2.Struct())
    info = beam_provision_api_pb2.ProvisionInfo(
        pipeline_options=options, dependencies=[staged], runner_capabilities=["a", "b"]
    )
    server = grpc.server(ThreadPoolExecutor(2))
    address = f"localhost:{server.add_insecure_port('localhost:0')}"
    info.logging_endpoint.url = info.control_endpoint.url = "localhost:1"
    info.artifact_endpoint.url = address
    beam_provision_api_pb2_grpc.add_ProvisionServiceServicer_to_server(Provision(info), server)
    beam_artifact_api_pb2_grpc.add_ArtifactRetrievalServiceServicer_to_server(
        ArtifactRetrievalService(FileSystems.open), server
    )
    services = {
        "by the runner": Services(address, "localhost:2", address, "localhost:3"),
        "by provisioning": Services(address),
    }
    server.start()
    try:
        variables = prepared("worker-7", services[told], str(tmp_path))
    finally:
        server.stop(0)

    ports = {"by the runner": (2, 3), "by provisioning": (1, 1)}[told]
    assert variables == {
        "WORKER_ID": "worker-7",
        "PIPELINE_OPTIONS": variables["PIPELINE_OPTIONS"],
        "SEMI_PERSISTENT_DIRECTORY": str(tmp_path),
        "RUNNER_CAPABILITIES": "a b",
        "LOGGING_API_SERVICE_DESCRIPTOR": f'url: "localhost:{ports[0]}"\n',
        "CONTROL_API_SERVICE_DESCRIPTOR": f'url: "localhost:{ports[1]}"\n',
    }
    assert json_format.Parse(variables["PIPELINE_OPTIONS"], struct_pb2.Struct()) == options
    assert (tmp_path / "staged" / "operations.py").read_text() == "ANSWER = 42\n"
