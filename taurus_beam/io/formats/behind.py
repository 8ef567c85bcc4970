"""Work done behind the caller's back, one piece at a time: encoding while the next rows are made.

What fails there is raised by the next call that waits, so nothing fails unseen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from taurus_beam.graph.threads import thread_count

__all__ = ["Behind"]


class Behind:
    """One piece of work at a time, in another thread where this process may use several.

    Example:
        >>> done = []
        >>> behind = Behind()
        >>> behind.start(lambda: done.append(1))
        >>> behind.start(lambda: done.append(2))
        >>> behind.wait()
        >>> done
        [1, 2]
    """

    def __init__(self) -> None:
        self._working: Future[object] | None = None

    def start(self, work: Callable[[], object]) -> None:
        """Begins a piece once the one before is done; raises what that one raised."""
        self.wait()
        if thread_count() == 1:
            work()
            return
        self._working = Future()
        threading.Thread(target=_run, args=(work, self._working), daemon=True).start()

    def wait(self) -> None:
        """Returns when nothing is being worked on; raises what the last piece raised, once."""
        working, self._working = self._working, None
        if working is not None:
            working.result()


def _run(work: Callable[[], object], told: Future[object]) -> None:
    try:
        told.set_result(work())
    except BaseException as failure:  # raised by `wait`, in the thread that waits
        told.set_exception(failure)
