"""How many rows a loaded artifact has seen, and how many of them violated each monitor."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

__all__ = ["MonitorCount", "MonitorCounter"]


@dataclass(frozen=True)
class MonitorCount:
    """What a monitor has seen so far.

    Attributes:
        rows: Rows that went through.
        violations: How many of them violated it.

    Example:
        >>> MonitorCount(200, 3).share
        0.015
    """

    rows: int
    violations: int

    @property
    def share(self) -> float:
        """The share of rows that violated it; 0 before any row."""
        return self.violations / self.rows if self.rows else 0.0


class MonitorCounter:
    """Counts of several monitors that only grow. Safe to use from several threads.

    Example:
        >>> counter = MonitorCounter(["fare_range"])
        >>> counter.add(10, [2])
        >>> counter.add_row((True,))
        >>> counter.counts()
        {'fare_range': MonitorCount(rows=11, violations=3)}
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = list(names)
        self._positions = range(len(self._names))
        self._lock = threading.Lock()
        self._rows = 0
        self._violations = [0] * len(self._names)

    def add(self, rows: int, violations: Iterable[int]) -> None:
        """Count the rows of a batch, and how many of them violated each monitor."""
        with self._lock:
            self._rows += rows
            self._violations = [a + b for a, b in zip(self._violations, violations, strict=True)]

    def add_row(self, violated: Sequence[Any]) -> None:
        """Count one row that violated those monitors whose entry is true."""
        with self._lock:
            self._rows += 1
            for position in compress(self._positions, violated):
                self._violations[position] += 1

    def counts(self) -> dict[str, MonitorCount]:
        """What there is so far, by the monitors' names."""
        with self._lock:
            return {
                name: MonitorCount(self._rows, violations)
                for name, violations in zip(self._names, self._violations, strict=True)
            }
