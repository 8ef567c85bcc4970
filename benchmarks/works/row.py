"""The reference work one row at a time."""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import data
from benchmarks.environments import FEATURE_ENGINE, ONNX_RUNTIME, SKLEARN, TFT
from benchmarks.works import exported
from benchmarks.works.work import Contender, Figures, Task, Work

ROWS = 2_000
# Of the slow ones fewer rows are timed: as many as so many seconds have room for.
SECONDS = 3.0


def latencies(row: Callable[[dict[str, Any]], object], size: int) -> Task:
    """Figures of single calls over rows spread through the data."""
    flights = data.table(size)
    rows = flights.take(list(range(0, len(flights), len(flights) // ROWS))[:ROWS]).to_pylist()

    def run() -> Figures:
        took: list[int] = []
        end = time.perf_counter_ns() + int(SECONDS * 1e9)
        for values in rows:
            start = time.perf_counter_ns()
            row(values)
            stop = time.perf_counter_ns()
            took.append(stop - start)
            if stop > end:
                break
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


def onnx(size: int, _: Path) -> Task:
    """On one thread, which a row takes least time on."""
    from benchmarks.peers import onnx_peer

    return latencies(onnx_peer.row_function(onnx_peer.session(exported.path(), 1)), size)


def sklearn(size: int, _: Path) -> Task:
    from benchmarks import sklearn_peer

    return latencies(sklearn_peer.row_function(data.table(size)), size)


def feature_engine(size: int, _: Path) -> Task:
    from benchmarks import feature_engine_peer

    return latencies(feature_engine_peer.row_function(data.table(size)), size)


def tft(size: int, _: Path) -> Task:
    from benchmarks.peers import tft_frozen

    return latencies(tft_frozen.row_function(), size)


WORK = Work(
    "One row at a time",
    {
        "by hand": Contender(by_hand),
        "taurus": Contender(taurus),
        "ONNX Runtime": Contender(onnx, ONNX_RUNTIME),
        "scikit-learn": Contender(sklearn, SKLEARN),
        "feature-engine": Contender(feature_engine, FEATURE_ENGINE),
        "TFT": Contender(tft, TFT),
    },
    sizes=(1,),
    figures=("p50 µs", "p99 µs", "peak bytes"),
    memory=False,
    prepare=exported.made,
    note="A row comes as a dict of Python values. By hand is plain Python. ONNX Runtime runs the "
    "model that taurus_beam exports, on one thread, and of each value a tensor is made for it, and "
    "one that says whether it is missing. TFT's row is encoded as a tf.Example, which its "
    "SavedModel parses. scikit-learn's and feature-engine's are data frames of one row. Peak bytes "
    "are what Python allocates; what C++ does besides is not in them.",
)
