"""How much this process has read and written so far, for whoever wants to show it.

Counters only ever grow; a progress bar takes a snapshot before the work and subtracts it. Inside
a pipeline the same figures are Beam metrics in the namespace `taurus_beam`, which also see the
workers in other processes.
"""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

__all__ = ["Progress", "count_left_out", "count_read", "count_written", "progress"]

NAMESPACE = "taurus_beam"
MONITORS = "taurus_beam.monitors"
"""Namespace of Beam metrics: violations by the monitor's name."""


@dataclass(frozen=True)
class Progress:
    """Rows and bytes read from files and rows written to them, by this process, since it began.

    Attributes:
        rows_read: Rows of the batches handed out.
        bytes_read: Bytes of the files those rows lie in, as stored (so compressed, and unread
            columns included): it reaches the files' total size when everything is read.
        rows_written: Rows given to a writer, whether or not the output was committed.
        left_out: Paths of files that cannot be read, where these are to be skipped.

    Example:
        >>> Progress(5, 100, 0) - Progress(2, 40, 0) == Progress(3, 60, 0)
        True
    """

    rows_read: int = 0
    bytes_read: int = 0
    rows_written: int = 0
    left_out: frozenset[str] = frozenset()

    def __add__(self, other: Progress) -> Progress:
        return Progress(
            self.rows_read + other.rows_read,
            self.bytes_read + other.bytes_read,
            self.rows_written + other.rows_written,
            self.left_out | other.left_out,
        )

    def __sub__(self, other: Progress) -> Progress:
        return Progress(
            self.rows_read - other.rows_read,
            self.bytes_read - other.bytes_read,
            self.rows_written - other.rows_written,
            self.left_out - other.left_out,
        )


class _Counter:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._value = Progress()

    def add(self, more: Progress) -> None:
        with self._lock:
            self._value = self._value + more

    def value(self) -> Progress:
        with self._lock:
            return self._value


_counter = _Counter()


@cache
def _metric(kind: str, name: str) -> Any:
    from apache_beam.metrics.metric import Metrics

    return getattr(Metrics, kind)(NAMESPACE, name)


def _in_beam() -> bool:
    """Whether this may be a worker of a pipeline: Beam is not imported only to find that it is not.

    Outside a worker a Beam counter has no cell to count in and does nothing.
    """
    return "apache_beam.metrics" in sys.modules


def progress() -> Progress:
    """What this process has read and written so far.

    Example:
        >>> before = progress()
        >>> count_read(rows=10, nbytes=80)
        >>> (progress() - before).rows_read
        10
    """
    return _counter.value()


def count_read(rows: int, nbytes: int) -> None:
    """Adds rows read and the bytes of the file they came from."""
    _counter.add(Progress(rows_read=rows, bytes_read=nbytes))
    if _in_beam():
        _metric("counter", "rows_read").inc(rows)
        _metric("counter", "bytes_read").inc(nbytes)


def count_written(rows: int) -> None:
    """Adds rows written."""
    _counter.add(Progress(rows_written=rows))
    if _in_beam():
        _metric("counter", "rows_written").inc(rows)


def count_left_out(path: str) -> None:
    """Adds a file that is skipped because it cannot be read."""
    _counter.add(Progress(left_out=frozenset([path])))
    if _in_beam():
        _metric("string_set", "left_out").add(path)
