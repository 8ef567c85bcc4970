"""Worker processes of Beam's local runner that always end, and whose end is always noticed.

Beam tells its workers that all is done when it closes them, but not one that has yet to connect
(a pipeline that fails at once): that one would wait for work for ever, and Beam for it. And where
a worker is killed, Beam waits for ever for what that one was to answer.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions
from apache_beam.portability import python_urns
from apache_beam.portability.api import beam_fn_api_pb2
from apache_beam.runners.portability.fn_api_runner.worker_handlers import (
    BeamFnControlServicer,
    ControlConnection,
    ControlFuture,
    SubprocessSdkWorkerHandler,
    WorkerHandler,
)
from apache_beam.runners.portability.local_job_service import SubprocessSdkWorker

from taurus_beam.errors import EngineError
from taurus_beam.runners.forked_workers import ForkedWorker, ForkServer, can_fork
from taurus_beam.runners.machine.capacity import cores
from taurus_beam.runners.profiles.direct import PROCESSES

__all__ = ["EndingWorkerHandler", "death", "ending_with_the_pipeline"]

_deaths: list[str] = []
_fork_server: ContextVar[ForkServer | None] = ContextVar("fork_server", default=None)

_SHELL_KILLED = 128
"""A shell exits with so much more than the number of the signal that killed its command."""


class EndingWorkerHandler(SubprocessSdkWorkerHandler):
    """Beam's own, but that "done" waits for a worker that connects late, and death is an answer.

    Within `ending_with_the_pipeline` the worker is a fork of a server that has imported already.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._server = _fork_server.get()
        self._closing = threading.Event()
        self._replies = _Replies(self.control_conn)

    def start_worker(self) -> None:
        """Start the worker, and watch it."""
        job = (self.control_address, self.provision_info, self.worker_id)
        worker = (
            ForkedWorker(self._server, *job)
            if self._server
            else SubprocessSdkWorker(self._worker_command_line, *job)
        )
        self.worker_thread = threading.Thread(
            name="run_worker", target=self._watch, args=(worker.run,)
        )
        self.worker_thread.start()

    def close(self) -> None:
        """Stop the worker, whether it has connected or not."""
        self._closing.set()
        self.control_conn.push(BeamFnControlServicer._DONE_MARKER)
        super().close()

    def _watch(self, run: Callable[[], None]) -> None:
        end = "it exited before its work was done."
        try:
            run()
        except RuntimeError as failure:
            # Beam tells the exit code in words alone.
            end = _told(str(failure))
            # Even while closing: a broken channel can be noticed before the death behind it.
            _deaths.append(end)
        if not self._closing.is_set():
            self._replies.give_up(_as_told_by_a_worker(_died(end)))


class _Replies:
    """What a worker is to answer; once it has died, each question is answered with that."""

    def __init__(self, connection: ControlConnection) -> None:
        self._connection = connection
        self._push = connection.push
        self._lock = threading.Lock()
        self._error: str | None = None
        connection.push = self._pushed  # type: ignore[assignment]  # Beam has no hook for it

    def give_up(self, error: str) -> None:
        """Answer what was asked, and from now on what will be, with an error."""
        with self._lock:
            self._error = error
            waiting = dict(self._connection._futures_by_id)
        for future in waiting.values():
            _fail(future, error)

    def _pushed(self, request: Any) -> ControlFuture | None:
        with self._lock:
            future: ControlFuture | None = self._push(request)
            if self._error is not None and future is not None:
                _fail(future, self._error)
            return future


@contextmanager
def ending_with_the_pipeline(options: PipelineOptions) -> Iterator[None]:
    """Let Beam's local runner, from now on, wait for no worker that waits for it or has died.

    Where it is to have worker processes, what they import is being imported from the beginning of
    the block on, once for all.

    Args:
        options: Of the pipeline, which is to be built and run within the block.
    """
    _deaths.clear()
    WorkerHandler.register_environment(python_urns.SUBPROCESS_SDK, bytes)(EndingWorkerHandler)
    direct = options.view_as(DirectOptions)
    if direct.direct_running_mode != PROCESSES or not can_fork():
        yield
        return
    with ForkServer(direct.direct_num_workers or cores()) as server:
        token = _fork_server.set(server)
        try:
            yield
        finally:
            _fork_server.reset(token)


def death() -> EngineError | None:
    """What ended a worker process since `ending_with_the_pipeline`, if anything did."""
    return _died(_deaths[0]) if _deaths else None


def _fail(future: ControlFuture, error: str) -> None:
    future.set(
        beam_fn_api_pb2.InstructionResponse(instruction_id=future.instruction_id, error=error)
    )


def _died(end: str) -> EngineError:
    return EngineError(
        f"A worker process died: {end}",
        expected="worker processes that run until the pipeline ends",
        fix="If the system killed it, it was most likely for want of memory: give it more, or run "
        "fewer workers (--direct_num_workers). Then run it again; no output is incomplete.",
    )


def _as_told_by_a_worker(error: EngineError) -> str:
    return f"{EngineError.__module__}.{EngineError.__name__}: {error}"


def _told(failure: str) -> str:
    """How a worker ended, out of what Beam says of it.

    Example:
        >>> _told("Worker subprocess exited with return code 137")
        'it was killed by SIGKILL.'
        >>> _told("Worker subprocess exited with return code 3")
        'it exited with code 3.'
    """
    code = failure.rpartition(" ")[2]
    with suppress(ValueError):
        number = -int(code) if code.startswith("-") else int(code) - _SHELL_KILLED
        return f"it was killed by {signal.Signals(number).name}."
    return f"it exited with code {code}."
