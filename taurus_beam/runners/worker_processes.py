"""Worker processes of Beam's local runner that always end.

Beam tells its workers that all is done when it closes them, but not one that has yet to connect
(a pipeline that fails at once): that one would wait for work for ever, and Beam for it.
"""

from __future__ import annotations

from apache_beam.portability import python_urns
from apache_beam.runners.portability.fn_api_runner.worker_handlers import (
    BeamFnControlServicer,
    SubprocessSdkWorkerHandler,
    WorkerHandler,
)

__all__ = ["EndingWorkerHandler", "end_with_the_pipeline"]


class EndingWorkerHandler(SubprocessSdkWorkerHandler):
    """Beam's own, but that "done" waits for a worker that connects late."""

    def close(self) -> None:
        """Stop the worker, whether it has connected or not."""
        self.control_conn.push(BeamFnControlServicer._DONE_MARKER)
        super().close()


def end_with_the_pipeline() -> None:
    """Let Beam's local runner, from now on, wait for no worker that waits for it."""
    WorkerHandler.register_environment(python_urns.SUBPROCESS_SDK, bytes)(EndingWorkerHandler)
