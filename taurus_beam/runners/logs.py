"""What Beam and its workers print, cut down to what a user can act on."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["quiet"]

# These tell of failures that are raised as well, or of options that were checked before.
_SILENT = (
    "apache_beam.options.pipeline_options",
    "apache_beam.runners.common",
    "apache_beam.runners.portability.fn_api_runner",
    "apache_beam.runners.portability.local_job_service",
    "apache_beam.runners.worker",
)
# Tells of the programs that runners start, and once more when this process ends.
_OF_PROGRAMS = "apache_beam.utils.subprocess_server"
# Prism tells all that workers tell; what fails is raised as well.
_RETOLD = ("PrismRunner", "SdkWorker@")
_NOISE = ("apitools not found", "Couldn't find python-snappy")
_TRACEBACK = "Traceback (most recent call last)"


@contextmanager
def quiet() -> Iterator[None]:
    """Within the block, show warnings only, and no failures that are raised anyway.

    Worker processes that are started in it print nothing. Enter it before Beam is imported: Beam
    sets logging up where nobody has, and tells of extras that are not installed.
    """
    root = logging.getLogger()
    handler = _Handler()
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    root.addHandler(handler)
    hook, threading.excepthook = threading.excepthook, _tell_of_thread
    logging.getLogger(_OF_PROGRAMS).setLevel(logging.ERROR)
    levels = {name: logging.getLogger(name).level for name in _SILENT}
    for name in levels:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        with _quiet_stderr():
            yield
    finally:
        threading.excepthook = hook
        root.removeHandler(handler)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _tell_of_thread(failed: threading.ExceptHookArgs) -> None:
    if _is_hang_up(failed.exc_value):
        return
    logging.getLogger(__name__).warning("A part of the runner stopped: %s", failed.exc_value)


def _is_hang_up(failure: BaseException | None) -> bool:
    """Whether a thread only lost whom it listened to; why that ended is told elsewhere.

    A runner that has ended cancels. Of a worker that is no more, such as one that was killed, a
    listening server's gRPC raises an error that says nothing.
    """
    from grpc import RpcError

    code = getattr(failure, "code", None)
    cancelled = callable(code) and getattr(code(), "name", "") == "CANCELLED"
    return cancelled or type(failure) is RpcError


class _Handler(logging.Handler):
    """Prints what is worth it to the standard error of the moment."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        text = self.format(record)
        retold = record.name.startswith(_RETOLD) or record.module == "portable_runner"
        if not retold and record.exc_info is None and not record.getMessage().startswith(_NOISE):
            print(text, file=sys.stderr)


class _WithoutTracebacks:
    """A stream that swallows tracebacks, which Beam's workers print in one piece."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._swallowed = False

    def write(self, text: str) -> int:
        ends_swallowed = self._swallowed and text == "\n"
        self._swallowed = _TRACEBACK in text
        if self._swallowed or ends_swallowed:
            return len(text)
        written: int = self._stream.write(text)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Takes standard error away from child processes, and tracebacks out of our own."""
    shown = sys.stderr
    shown.flush()
    own = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    stream: Any = os.fdopen(own, "w", buffering=1, closefd=False) if _is_ours(shown) else shown
    sys.stderr = _WithoutTracebacks(stream)
    try:
        yield
    finally:
        stream.flush()
        sys.stderr = shown
        os.dup2(own, 2)
        os.close(own)


def _is_ours(stream: Any) -> bool:
    """Whether a stream writes to the standard error of the process."""
    try:
        return bool(stream.fileno() == 2)
    except (OSError, ValueError, AttributeError):
        return False
