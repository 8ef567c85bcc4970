"""The engines, run for real.

``engine`` gives a test the options of each of them in turn: Beam's FnApiRunner in this process and
with worker threads and processes; the portable path (job API, artifact staging, environments) both
inside this process and against a job service in a process of its own; Prism, which is built with
Go; and clusters of Flink and of Spark on this machine, whose workers start Python processes (these
need Java and Maven).
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from jvm.class_paths import runner_jar
from jvm.flink import Flink
from jvm.spark import Spark
from prism_program import built_prism

import taurus_beam

START_SECONDS = 60
STOP_SECONDS = 10

# The environment that starts a Python worker process per worker, without a container.
WORKER_PROCESS = (
    "--environment_type=beam:env:harness_subprocess_python:v1",
    f"--environment_config={sys.executable} -m apache_beam.runners.worker.sdk_worker_main",
)

# On the Java machine; there a worker serves all stages of a job.
BOOTED = (
    "--runner=PortableRunner",
    "--parallelism=2",
    "--environment_type=PROCESS",
    "--environment_option=process_command={worker_program}",
    "--environment_cache_millis=30000",
)

# What stands in braces is what the fixture of that name gives.
ENGINES: dict[str, tuple[str, ...]] = {
    "fn_api": ("--runner=FnApiRunner",),
    "fn_api_threads": (
        "--runner=FnApiRunner",
        "--direct_running_mode=multi_threading",
        "--direct_num_workers=2",
    ),
    "fn_api_processes": (
        "--runner=FnApiRunner",
        "--direct_running_mode=multi_processing",
        "--direct_num_workers=2",
    ),
    "embed_loopback": (
        "--runner=PortableRunner",
        "--job_endpoint=embed",
        "--environment_type=LOOPBACK",
    ),
    "embed_process": ("--runner=PortableRunner", "--job_endpoint=embed", *WORKER_PROCESS),
    "job_service": ("--runner=PortableRunner", "--job_endpoint={job_service}", *WORKER_PROCESS),
    "prism": ("--runner=PrismRunner", "--prism_location={prism}"),
    "flink": ("--job_endpoint={flink_endpoint}", *BOOTED),
    "spark": ("--job_endpoint={spark_endpoint}", "--files_to_stage={spark_runner}", *BOOTED),
}


@pytest.fixture(scope="session")
def job_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Endpoint of Beam's Python job service, running in a process group of its own."""
    folder = tmp_path_factory.mktemp("job_service")
    port_file, log = folder / "port", folder / "log"
    command = [sys.executable, "-m", "apache_beam.runners.portability.local_job_service_main"]
    options = ["--port=0", f"--port_file={port_file}", f"--staging_dir={folder / 'staging'}"]
    with log.open("wb") as output:
        service = subprocess.Popen(
            [*command, *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield f"localhost:{wait_for_port(service, port_file, log)}"
    finally:
        stop_group(service)


@pytest.fixture(scope="session")
def prism() -> str:
    """The path of Prism."""
    return str(built_prism())


@pytest.fixture(scope="session")
def worker_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``taurus-beam-worker`` is where the package is installed: a program of one word."""
    program = tmp_path_factory.mktemp("worker") / "taurus-beam-worker"
    root = shlex.quote(str(Path(taurus_beam.__file__).parents[1]))
    python = shlex.quote(sys.executable)
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH={root} exec {python} -m taurus_beam.runners.boot "$@"\n'
    )
    program.chmod(0o755)
    return program


@pytest.fixture(scope="session")
def flink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flink]:
    """A Flink cluster with two task managers."""
    cluster = Flink(tmp_path_factory.mktemp("flink"))
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def flink_endpoint(flink: Flink) -> str:
    return flink.job_endpoint


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spark]:
    """A Spark cluster with two workers."""
    cluster = Spark(tmp_path_factory.mktemp("spark"))
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def spark_endpoint(spark: Spark) -> str:
    return spark.job_endpoint


@pytest.fixture(scope="session")
def spark_runner() -> Path:
    """All that need be sent with a job: the executors have the other jars, and this one too."""
    return runner_jar("spark")


@pytest.fixture
def options_of(request: pytest.FixtureRequest) -> Callable[..., PipelineOptions]:
    """Makes pipeline options of an engine's name, and of further words."""

    def made(name: str, *further: str) -> PipelineOptions:
        return PipelineOptions([*(filled(flag, request) for flag in ENGINES[name]), *further])

    return made


@pytest.fixture(params=ENGINES)
def engine(
    request: pytest.FixtureRequest, options_of: Callable[..., PipelineOptions]
) -> PipelineOptions:
    """Pipeline options of one engine after the other."""
    return options_of(request.param)


def filled(flag: str, request: pytest.FixtureRequest) -> str:
    """A flag with the fixtures that it names in braces."""
    return re.sub(r"{(\w+)}", lambda name: str(request.getfixturevalue(name[1])), flag)


def wait_for_port(service: subprocess.Popen[bytes], port_file: Path, log: Path) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if port_file.exists():
            return int(port_file.read_text())
        if service.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(
        f"the job service gave no port (exit status {service.poll()}); it said:\n"
        + log.read_text(errors="replace")
    )


def stop_group(service: subprocess.Popen[bytes]) -> None:
    """Ends the service and the workers that it started."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(service.pid, sent)
        except ProcessLookupError:
            break
        try:
            service.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue
