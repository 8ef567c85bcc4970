"""Threads that do one piece of work together, and end together.

The thread that asks works too. Where one fails, or the user stops it, the others give up at the
next moment they look; none is left behind at work on files that are then removed.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable

__all__ = ["Stop", "together"]


class Stop:
    """Whether work that several threads do is to end early."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._waking: list[Callable[[], None]] = []

    @property
    def asked(self) -> bool:
        """Whether it is."""
        return self._asked.is_set()

    def wakes(self, wake: Callable[[], None]) -> None:
        """Says what wakes threads that wait for each other."""
        self._waking.append(wake)

    def ask(self) -> None:
        """Has all threads give up soon."""
        self._asked.set()
        for wake in self._waking:
            wake()


def together(work: Callable[[int], None], threads: int, stop: Stop) -> None:
    """Has several threads call a function, and waits for all of them.

    Args:
        work: Called with the number of the thread; looks often whether it is to stop.
        threads: How many, this one among them, which is number 0.
        stop: Asked for where one fails.

    Raises:
        BaseException: What the first one to fail raised.

    Example:
        >>> done = []
        >>> together(done.append, 3, Stop())
        >>> sorted(done)
        [0, 1, 2]
    """
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as failure:  # raised below, in the thread that asked
            failures.append(failure)
            stop.ask()

    helpers = [
        threading.Thread(target=contextvars.copy_context().run, args=(run, number), daemon=True)
        for number in range(1, threads)
    ]
    for helper in helpers:
        helper.start()
    run(0)
    try:
        for helper in helpers:
            helper.join()
    except KeyboardInterrupt as interrupt:
        failures.append(interrupt)
        stop.ask()
        for helper in helpers:
            helper.join()
    if failures:
        # Whoever was interrupted said so, whatever else broke because of it.
        interrupted = (each for each in failures if isinstance(each, KeyboardInterrupt))
        raise next(interrupted, failures[0])
