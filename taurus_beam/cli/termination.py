"""SIGTERM as a request to stop: what a command has begun is removed before the process ends.

A container's end, a batch system's limit and ``kill`` send it. Without a handler the process would
end at once, and leave what it had not finished.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

__all__ = ["Termination", "terminable"]


@dataclass
class Termination:
    """Whether the process was asked to end while a block ran."""

    asked: bool = False


@contextmanager
def terminable() -> Iterator[Termination]:
    """Within the block SIGTERM raises KeyboardInterrupt, as Ctrl-C does; once, then it is ignored.

    Does nothing outside the main thread, where Python handles no signals.

    Example:
        >>> with terminable() as termination:
        ...     try:
        ...         signal.raise_signal(signal.SIGTERM)
        ...     except KeyboardInterrupt:
        ...         print("cleaned up")
        cleaned up
        >>> termination.asked
        True
    """
    termination = Termination()

    def end(number: int, frame: Any) -> None:
        # A second one must not cut short what the first one began to remove.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        termination.asked = True
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield termination
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield termination
    finally:
        signal.signal(signal.SIGTERM, before)
