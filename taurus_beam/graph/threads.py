"""Working on the parts of something in several threads, which all of a process share.

The thread that asks works too, and takes helpers only where some are free: many requests at once
use each core once, and nobody waits for a thread. Results do not depend on how many there are.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Generic, TypeVar

from taurus_beam.errors import EngineError

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

__all__ = ["THREADS_VARIABLE", "available_cores", "in_threads", "rows_each", "thread_count"]

THREADS_VARIABLE = "TAURUS_BEAM_THREADS"

_FEW_TURNS = 4
"""Batches of the greatest size for each thread."""
_MOST_CUTS = 4
"""A batch of the greatest size becomes at most so many: many small ones take longer."""

P = TypeVar("P")
R = TypeVar("R")


def available_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def thread_count(threads: int | None = None) -> int:
    """How many threads a batch may use: as asked for, else as the environment says, else all cores.

    Args:
        threads: At least 1; None for ``TAURUS_BEAM_THREADS``, or every core where that is not set.

    Raises:
        EngineError: If either is no whole number of at least 1.
    """
    if threads is None:
        said = os.environ.get(THREADS_VARIABLE, "").strip()
        if not said:
            return available_cores()
        if not said.isdecimal() or int(said) < 1:
            raise _wrong_count(f"{THREADS_VARIABLE} is {said!r}.")
        return int(said)
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise _wrong_count(f"threads is {threads!r}.")
    return threads


def rows_each(rows: int, most: int, threads: int | None = None) -> int:
    """How many rows a batch had better have, for each thread to have as many of few batches.

    Of many batches it matters little who has one more, and their data lie in pieces of their own.

    Args:
        rows: How many there are.
        most: How many a batch may have.
        threads: As for `thread_count`.

    Example:
        >>> rows_each(100_000, 65_536, threads=2), rows_each(60_000, 65_536, threads=2)
        (50000, 65536)
    """
    batches, workers = -(-rows // most), thread_count(threads)
    if batches < 2 or batches > workers * _FEW_TURNS:
        return most
    at_once = min(workers, batches * _MOST_CUTS)
    return -(-rows // (-(-batches // at_once) * at_once))


def in_threads(function: Callable[[P], R], parts: Sequence[P], threads: int) -> list[R]:
    """The function's results for all parts, in order.

    Args:
        function: Safe to call from several threads.
        parts: What to call it with.
        threads: How many threads may work, this one among them.

    Raises:
        Exception: What the function raised for the first part that failed.

    Example:
        >>> in_threads(abs, [3, -1, -4], threads=2)
        [3, 1, 4]
    """
    helpers = min(threads, len(parts)) - 1
    if helpers < 1:
        return [function(part) for part in parts]
    work = _Work(function, parts)
    futures: list[Future[None]] = []
    # Where no thread can be started, as at the interpreter's end, those that there are do it all.
    with suppress(RuntimeError):
        futures.extend(_helpers().submit(work.run) for _ in range(helpers))
    work.run()
    for future in futures:
        future.cancel()  # one that never began has nothing left to do
    return work.outcome()


class _Work(Generic[P, R]):
    """Parts that whichever thread is free takes in order."""

    def __init__(self, function: Callable[[P], R], parts: Sequence[P]) -> None:
        self._function = function
        self._left: Iterator[tuple[int, P]] = iter(enumerate(parts))
        self._changing = threading.Condition()
        self._under_way = 0
        self._results: dict[int, R] = {}
        self._failures: dict[int, BaseException] = {}

    def run(self) -> None:
        """Take parts until there are none, or one has failed."""
        while True:
            with self._changing:
                taken = None if self._failures else next(self._left, None)
                if taken is None:
                    return
                self._under_way += 1
            number, part = taken
            try:
                self._results[number] = self._function(part)
            except BaseException as failure:  # raised by `outcome`, in the thread that asked
                self._failures[number] = failure
            with self._changing:
                self._under_way -= 1
                self._changing.notify_all()

    def outcome(self) -> list[R]:
        """All results; or the failure of the first part that failed, as without threads.

        Waits for all that is under way: a pool keeps even work that it could start no thread for,
        and one of its other threads may have come to it.
        """
        with self._changing:
            self._changing.wait_for(lambda: not self._under_way)
        if self._failures:
            raise self._failures[min(self._failures)]
        return [self._results[number] for number in range(len(self._results))]


@lru_cache(maxsize=1)
def _helpers() -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor  # of no use to single rows

    return ThreadPoolExecutor(available_cores(), thread_name_prefix="taurus_beam")


if hasattr(os, "register_at_fork"):
    # A forked process has none of the threads that its copy of the pool believes in.
    os.register_at_fork(after_in_child=_helpers.cache_clear)


def _wrong_count(what: str) -> EngineError:
    return EngineError(
        what,
        expected="a whole number of threads, 1 or more",
        fix="1 works in the calling thread alone; leave it out to use every core.",
    )
