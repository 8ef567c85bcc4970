"""What this machine has, as far as it decides which engines work from here."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from apache_beam.version import __version__ as beam_version

from taurus_beam.runners.machine.capacity import cores, memory
from taurus_beam.runners.machine.google import credentials, has_extra
from taurus_beam.runners.machine.java import Java, find_java
from taurus_beam.runners.machine.prism import find_prism

__all__ = ["EXTRAS", "PORTS", "Machine", "look"]

EXTRAS: Mapping[str, tuple[str, ...]] = {
    "pandas": ("pandas",),
    "polars": ("polars",),
    "sql": ("duckdb",),
    "images": ("PIL",),
    "sklearn": ("sklearn",),
    "onnx": ("onnx", "onnxruntime"),
    "serve": ("starlette", "uvicorn", "prometheus_client"),
}
"""The modules that each extra brings."""
PORTS: Mapping[int, str] = {
    8081: "Flink",
    7077: "Spark",
    8099: "a job server",
    50000: "a pool of workers",
}
"""Where engines usually listen."""
_DOCKER_SECONDS = 10


@dataclass(frozen=True)
class Machine:
    """What was found.

    Attributes:
        python: The version of Python.
        beam: The version of Apache Beam.
        cores: How many processors this process may use.
        memory_bytes: Of the machine; None where it is not known.
        java: The Java that job servers would run on.
        prism: The path of Prism.
        docker: Whether a docker engine answers.
        google_credentials: The file with credentials for Google Cloud.
        extras: Whether each extra of the package is installed.
        ports: What listens on this machine where an engine usually would.
        loopback: Whether addresses of this machine can be listened at, as runners do.
    """

    python: str
    beam: str
    cores: int
    memory_bytes: int | None
    java: Java | None
    prism: str | None
    docker: bool
    google_credentials: str | None
    extras: Mapping[str, bool]
    ports: Mapping[int, str]
    loopback: bool


def look() -> Machine:
    """Look at this machine; a few seconds at most."""
    extras = {name: all(map(_is_there, modules)) for name, modules in EXTRAS.items()}
    return Machine(
        python=f"{platform.python_version()} ({sys.executable})",
        beam=beam_version,
        cores=cores(),
        memory_bytes=memory(),
        java=find_java(),
        prism=find_prism(),
        docker=_docker(),
        google_credentials=credentials(),
        extras={**extras, "dataflow": has_extra()},
        ports={port: name for port, name in PORTS.items() if _in_use(port)},
        loopback=_loopback(),
    )


def _is_there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _docker() -> bool:
    program = shutil.which("docker")
    if program is None:
        return False
    try:
        told = subprocess.run(
            [program, "version"], capture_output=True, timeout=_DOCKER_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return told.returncode == 0


def _in_use(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _loopback() -> bool:
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return True
    except OSError:
        return False
