"""Worker processes that a fork server starts, seen from the runner that asks for them.

The server is another process (`fork_server`), started before the pipeline is built, so that it
imports while this process plans. It ends when the connection to it is closed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import Future
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

import grpc
from apache_beam.portability.api import beam_fn_api_pb2_grpc, endpoints_pb2
from apache_beam.runners.portability.local_job_service import BeamFnLoggingServicer
from apache_beam.utils import thread_pool_executor
from google.protobuf import json_format, text_format

from taurus_beam.graph.threads import THREADS_VARIABLE
from taurus_beam.runners.machine.capacity import cores

__all__ = ["ForkServer", "ForkedWorker", "can_fork"]

_ENDS_WITHIN_SECONDS = 5


def can_fork() -> bool:
    """Whether processes can be forked safely: on macOS system libraries may fail in forks."""
    return sys.platform == "linux"


class ForkServer:
    """A running fork server, for a ``with`` block.

    Args:
        workers: How many will be asked for; these share the cores between them.

    Example:
        >>> with ForkServer(2) as server:
        ...     server.run("worker_1", {"WORKER_ID": "worker_1"})  # of no runner
        1
    """

    def __init__(self, workers: int) -> None:
        self._lock = threading.Lock()
        self._ends: dict[str, Future[int]] = {}
        self._code: int | None = None
        self._connection: Connection[Any, Any]
        self._connection, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "taurus_beam.runners.fork_server", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={**_threads(workers), **os.environ},
            )
        self._listener = threading.Thread(target=self._listen, name="fork_server", daemon=True)
        self._listener.start()

    def __enter__(self) -> ForkServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the server, whatever it is at; its workers are the runner's to end."""
        self._process.terminate()
        # The listener waits for the process.
        self._listener.join(_ENDS_WITHIN_SECONDS)
        self._process.kill()
        self._listener.join()
        self._connection.close()

    def run(self, name: str, environment: dict[str, str]) -> int:
        """Start a worker and wait until it has ended.

        Args:
            name: Of the worker; another one than all others.
            environment: Variables that it has besides those of this process.

        Returns:
            Its exit code, negative for a signal; that of the server where the server died.
        """
        end: Future[int] = Future()
        with self._lock:
            if self._code is not None:
                return self._code
            self._ends[name] = end
            # Where the server has died, the listener tells.
            with suppress(OSError):
                self._connection.send((name, environment))
        return end.result()

    def _listen(self) -> None:
        with suppress(EOFError, OSError):
            while True:
                name, code = self._connection.recv()
                self._ends.pop(name).set_result(code)
        code = self._process.wait()
        with self._lock:
            self._code = code
            for end in self._ends.values():
                end.set_result(code)


class ForkedWorker:
    """Stands for `SubprocessSdkWorker`: the same, but that the process is the server's fork.

    Args:
        server: The fork server.
        control_address: Where the runner gives out work.
        provision_info: The runner's description of the job.
        worker_id: The runner's name for the worker.
    """

    def __init__(
        self, server: ForkServer, control_address: str, provision_info: Any, worker_id: str
    ) -> None:
        self._server = server
        self._control_address = control_address
        self._options = provision_info.provision_info.pipeline_options
        self._worker_id = worker_id

    def run(self) -> None:
        """Start the worker and wait for its end.

        Raises:
            RuntimeError: It ended otherwise than it should; worded as Beam does.
        """
        options = [("grpc.http2.max_pings_without_data", 0), ("grpc.http2.max_ping_strikes", 0)]
        log = grpc.server(thread_pool_executor.shared_unbounded_instance(), options=options)
        port = log.add_insecure_port("[::]:0")
        beam_fn_api_pb2_grpc.add_BeamFnLoggingServicer_to_server(BeamFnLoggingServicer(), log)
        log.start()
        try:
            code = self._server.run(
                self._worker_id,
                {
                    "WORKER_ID": self._worker_id,
                    "CONTROL_API_SERVICE_DESCRIPTOR": _descriptor(self._control_address),
                    "LOGGING_API_SERVICE_DESCRIPTOR": _descriptor(f"localhost:{port}"),
                    "PIPELINE_OPTIONS": json_format.MessageToJson(self._options),
                },
            )
        finally:
            log.stop(0)
        if code:
            raise RuntimeError(f"Worker subprocess exited with return code {code}")


def _threads(workers: int) -> dict[str, str]:
    """Variables that give each worker its share of the cores, for what works in threads.

    This package goes by its own, Arrow by ``OMP_NUM_THREADS``. OpenBLAS would start its threads
    when it is loaded, and with them running the server should not fork; so would the allocator
    that comes with Arrow.
    """
    share = str(max(1, cores() // max(1, workers)))
    return {
        THREADS_VARIABLE: share,
        "OMP_NUM_THREADS": share,
        "OPENBLAS_NUM_THREADS": "1",
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
    }


def _descriptor(url: str) -> str:
    return str(text_format.MessageToString(endpoints_pb2.ApiServiceDescriptor(url=url)))
