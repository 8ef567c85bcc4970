"""The reference work one row at a time."""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import data
from benchmarks.environments import SKLEARN
from benchmarks.works.work import Contender, Figures, Task, Work

ROWS = 2_000


def latencies(row: Callable[[dict[str, Any]], object], size: int) -> Task:
    """Figures of single calls over rows spread through the data."""
    flights = data.table(size)
    rows = flights.take(list(range(0, len(flights), len(flights) // ROWS))[:ROWS]).to_pylist()

    def run() -> Figures:
        took = []
        for values in rows:
            start = time.perf_counter_ns()
            row(values)
            took.append(time.perf_counter_ns() - start)
        took.sort()
        return {
            "p50 µs": took[len(took) // 2] / 1e3,
            "p99 µs": took[len(took) * 99 // 100] / 1e3,
            "peak bytes": peak_bytes(row, rows),
        }

    return Task(run)


def peak_bytes(row: Callable[[dict[str, Any]], object], rows: list[dict[str, Any]]) -> float:
    """The median of what a single call allocates at most at once, its result included."""
    found = []
    tracemalloc.start()
    for values in rows[:100]:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        row(values)
        found.append(tracemalloc.get_traced_memory()[1] - before)
    tracemalloc.stop()
    return float(statistics.median(found))


def by_hand(size: int, _: Path) -> Task:
    from benchmarks import by_hand

    return latencies(by_hand.row_function(data.table(size)), size)


def taurus(size: int, _: Path) -> Task:
    from benchmarks import taurus_peer

    return latencies(taurus_peer.fit(data.table(size)).row, size)


def sklearn(size: int, _: Path) -> Task:
    from benchmarks import sklearn_peer

    return latencies(sklearn_peer.row_function(data.table(size)), size)


WORK = Work(
    "one row at a time",
    {
        "by hand": Contender(by_hand),
        "taurus": Contender(taurus),
        "scikit-learn": Contender(sklearn, SKLEARN),
    },
    sizes=(1,),
    figures=("p50 µs", "p99 µs", "peak bytes"),
    memory=False,
)
