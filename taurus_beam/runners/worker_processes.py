"""Worker processes of Beam's local runner that always end, and whose end is always noticed.

Beam tells its workers that all is done when it closes them, but not one that has yet to connect
(a pipeline that fails at once): that one would wait for work for ever, and Beam for it. And where
a worker is killed, Beam waits for ever for what that one was to answer.
"""

from __future__ import annotations

import signal
import threading
from contextlib import suppress
from typing import Any

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

__all__ = ["EndingWorkerHandler", "death", "end_with_the_pipeline"]

_deaths: list[str] = []

_SHELL_KILLED = 128
"""A shell exits with so much more than the number of the signal that killed its command."""


class EndingWorkerHandler(SubprocessSdkWorkerHandler):
    """Beam's own, but that "done" waits for a worker that connects late, and death is an answer."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._closing = threading.Event()
        self._replies = _Replies(self.control_conn)

    def start_worker(self) -> None:
        """Start the worker, and watch it."""
        self.worker = SubprocessSdkWorker(
            self._worker_command_line, self.control_address, self.provision_info, self.worker_id
        )
        self.worker_thread = threading.Thread(name="run_worker", target=self._watch)
        self.worker_thread.start()

    def close(self) -> None:
        """Stop the worker, whether it has connected or not."""
        self._closing.set()
        self.control_conn.push(BeamFnControlServicer._DONE_MARKER)
        super().close()

    def _watch(self) -> None:
        end = "it exited before its work was done."
        try:
            self.worker.run()
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


def end_with_the_pipeline() -> None:
    """Let Beam's local runner, from now on, wait for no worker that waits for it or has died."""
    _deaths.clear()
    WorkerHandler.register_environment(python_urns.SUBPROCESS_SDK, bytes)(EndingWorkerHandler)


def death() -> EngineError | None:
    """What ended a worker process since `end_with_the_pipeline`, if anything did."""
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
