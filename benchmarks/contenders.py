"""Who does which work: for each work the contenders, the first of which is the measure of the rest.

A contender is a function that prepares (imports, loads its input; none of it timed) and returns
what a worker process then runs again and again. A run returns named figures.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import data
from benchmarks.peers import tfdv_works, tft_works

Figures = dict[str, float]
Run = Callable[[], Figures]
# Takes the size (times the flights) and a folder for output.
Contender = Callable[[int, Path], Run]

ROWS = 2_000


@dataclass(frozen=True)
class Work:
    """One comparison: its contenders by name, the sizes it runs at, what its figures mean."""

    title: str
    contenders: dict[str, Contender]
    sizes: tuple[int, ...] = data.SIZES
    figures: tuple[str, ...] = ("seconds",)
    memory: bool = True


def timed(function: Callable[[], object]) -> Run:
    def run() -> Figures:
        start = time.perf_counter()
        function()
        return {"seconds": time.perf_counter() - start}

    return run


# -- a table in memory to a table (or matrix) in memory ------------------------------------------


def by_hand_in_memory(size: int, _: Path) -> Run:
    from benchmarks import by_hand

    table = data.table(size)
    return timed(lambda: by_hand.in_memory(table))


def all_cores_in_memory(size: int, _: Path) -> Run:
    from benchmarks import by_hand

    table = data.table(size)
    return timed(lambda: by_hand.in_memory(table, by_hand.all_cores()))


def taurus_in_memory(size: int, _: Path) -> Run:
    from benchmarks import taurus_peer

    table = data.table(size)
    return timed(lambda: taurus_peer.in_memory(table))


def sklearn_in_memory(size: int, _: Path) -> Run:
    from benchmarks import sklearn_peer

    frame = sklearn_peer.native(data.table(size))
    return timed(lambda: sklearn_peer.in_memory(frame))


# -- the frozen graph on many rows -----------------------------------------------------------------


def taurus_frozen(threads: int | None) -> Contender:
    """All rows in one chunk of a table, cut for the threads without a copy."""

    def contender(size: int, _: Path) -> Run:
        from benchmarks import taurus_peer

        table = data.table(size).combine_chunks()
        frozen = taurus_peer.fit(table)
        return timed(lambda: frozen.transform(table, threads=threads))

    return contender


def taurus_frozen_batch(size: int, _: Path) -> Run:
    from benchmarks import taurus_peer

    table = data.table(size).combine_chunks()
    frozen, (batch,) = taurus_peer.fit(table), table.to_batches()
    return timed(lambda: frozen.transform(batch))


def taurus_frozen_polars(size: int, _: Path) -> Run:
    import polars

    from benchmarks import taurus_peer

    table = data.table(size)
    frozen, frame = taurus_peer.fit(table), polars.from_arrow(table)
    return timed(lambda: frozen.transform(frame))


def taurus_frozen_pandas(size: int, _: Path) -> Run:
    import pandas

    from benchmarks import taurus_peer

    table = data.table(size)
    frozen, frame = taurus_peer.fit(table), table.to_pandas(types_mapper=pandas.ArrowDtype)
    return timed(lambda: frozen.transform(frame))


def taurus_in_sklearn(size: int, _: Path) -> Run:
    import taurus_beam as tb
    from benchmarks import taurus_peer

    table = data.table(size)
    transformer = tb.sklearn.TransformFnTransformer(transform_fn=taurus_peer.fit(table))
    return timed(lambda: transformer.transform(table))


def sklearn_frozen(size: int, _: Path) -> Run:
    from benchmarks import sklearn_peer

    frame = sklearn_peer.native(data.table(size))
    fitted = sklearn_peer.transformer().fit(frame)
    return timed(lambda: fitted.transform(frame))


# -- a Parquet file to Parquet ---------------------------------------------------------------------


def by_hand_parquet(size: int, folder: Path) -> Run:
    from benchmarks import by_hand

    source = data.path(size)
    return timed(lambda: by_hand.parquet(source, folder))


def all_cores_parquet(size: int, folder: Path) -> Run:
    from benchmarks import by_hand

    source = data.path(size)
    return timed(lambda: by_hand.parquet(source, folder, by_hand.all_cores()))


def taurus_parquet(size: int, folder: Path) -> Run:
    from benchmarks import taurus_peer

    source = data.path(size)
    return timed(lambda: taurus_peer.beam(source, folder))


def sklearn_parquet(size: int, folder: Path) -> Run:
    from benchmarks import sklearn_peer

    source = data.path(size)
    return timed(lambda: sklearn_peer.parquet(source, folder))


# -- analysis of data that have grown by a twelfth -----------------------------------------------


def all_spans_anew(size: int, folder: Path) -> Run:
    from benchmarks import taurus_peer

    data.spans(size, folder / "data")
    return timed(lambda: taurus_peer.beam_analyze(folder / "data", folder))


def spans_known(known: int) -> Contender:
    """Twelve spans, the first ``known`` of which are in the cache."""

    def contender(size: int, folder: Path) -> Run:
        from benchmarks import taurus_peer

        spans, cache = data.spans(size, folder / "data"), folder / "cache"
        taurus_peer.beam_analyze_spans(spans, cache, folder)

        def run() -> Figures:
            for name in list(spans)[known:]:
                shutil.rmtree(cache / name)
            return timed(lambda: taurus_peer.beam_analyze_spans(spans, cache, folder))()

        return run

    return contender


# -- one row at a time -----------------------------------------------------------------------------


def latencies(row: Callable[[dict[str, Any]], object], size: int) -> Run:
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

    return run


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


def by_hand_row(size: int, _: Path) -> Run:
    from benchmarks import by_hand

    return latencies(by_hand.row_function(data.table(size)), size)


def taurus_row(size: int, _: Path) -> Run:
    from benchmarks import taurus_peer

    return latencies(taurus_peer.fit(data.table(size)).row, size)


def sklearn_row(size: int, _: Path) -> Run:
    from benchmarks import sklearn_peer

    return latencies(sklearn_peer.row_function(data.table(size)), size)


# -- import ----------------------------------------------------------------------------------------


def imports(names: str) -> Contender:
    """Seconds of an import statement in a fresh interpreter, files already in the page cache."""
    return lambda _, __: in_fresh_interpreter(f"import {names}")


def first_row(size: int, folder: Path) -> Run:
    """Import, load an artifact of the reference work and transform one row."""
    from benchmarks import taurus_peer

    flights = data.table(size)
    taurus_peer.fit(flights).save(str(folder / "transform_fn"))
    row = flights.slice(0, 1).to_pylist()[0]
    code = f"import taurus_beam.serving as s; s.load({str(folder / 'transform_fn')!r}).row({row!r})"
    return in_fresh_interpreter(code)


def in_fresh_interpreter(code: str) -> Run:
    program = f"import time; t = time.perf_counter(); {code}; print(time.perf_counter() - t)"

    def run() -> Figures:
        done = subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True, text=True
        )
        return {"seconds": float(done.stdout)}

    return run


WORKS = {
    "memory": Work(
        "analyze + transform, table to table",
        {
            "by hand": by_hand_in_memory,
            "by hand, all cores": all_cores_in_memory,
            "taurus": taurus_in_memory,
            "scikit-learn": sklearn_in_memory,
        },
    ),
    "batch": Work(
        "the frozen graph on all rows (by hand: analyze + transform)",
        {
            "by hand": by_hand_in_memory,
            "taurus, one thread": taurus_frozen(1),
            "taurus, all cores": taurus_frozen(None),
            "taurus, one RecordBatch": taurus_frozen_batch,
            "taurus, Polars in and out": taurus_frozen_polars,
            "taurus, pandas of pyarrow types": taurus_frozen_pandas,
            "taurus, matrix for scikit-learn": taurus_in_sklearn,
            "scikit-learn": sklearn_frozen,
        },
        sizes=(1,),
    ),
    "parquet": Work(
        "analyze + transform, Parquet to Parquet (taurus: through Beam)",
        {
            "by hand": by_hand_parquet,
            "by hand, all cores": all_cores_parquet,
            "taurus": taurus_parquet,
            "scikit-learn": sklearn_parquet,
        },
    ),
    "incremental": Work(
        "analyze twelve spans, Parquet to the artifact (through Beam)",
        {
            "all anew, no cache": all_spans_anew,
            "none in the cache": spans_known(0),
            "eleven in the cache": spans_known(data.SPANS - 1),
            "all in the cache": spans_known(data.SPANS),
        },
        sizes=(10, 100),
    ),
    "row": Work(
        "one row at a time",
        {"by hand": by_hand_row, "taurus": taurus_row, "scikit-learn": sklearn_row},
        sizes=(1,),
        figures=("p50 µs", "p99 µs", "peak bytes"),
        memory=False,
    ),
    "import": Work(
        "import in a fresh interpreter",
        {
            "numpy, pyarrow": imports("numpy, pyarrow"),
            "taurus (serving)": imports("taurus_beam.serving"),
            "taurus (serving), artifact and first row": first_row,
            "taurus (top)": imports("taurus_beam"),
            "apache_beam": imports("apache_beam"),
            "scikit-learn": imports("sklearn.compose, sklearn.preprocessing, pandas"),
        },
        sizes=(1,),
        memory=False,
    ),
}

# One work for each function, named "tft/FUNCTION"; ``--only tft`` runs them all.
WORKS |= {
    f"tft/{name}": Work(f"{name}: analyze + transform", contenders, sizes=(1,))
    for name, contenders in tft_works.CONTENDERS.items()
}

# What TFDV does too; ``--only statistics`` runs all of it.
WORKS |= {
    f"statistics/{name}": Work(work.title, dict(work.contenders), sizes=work.sizes)
    for name, work in tfdv_works.WORKS.items()
}
