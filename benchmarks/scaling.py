"""``python -m benchmarks.scaling``: how time, shuffled bytes and memory grow with the work.

Four sweeps on Beam's FnApiRunner with worker processes: rows and workers (the reference work,
Parquet to Parquet), columns, and analyzers per column (analysis of floats). Each run is a process
of its own; the repeats of a sweep are interleaved, so that a slow minute falls on all alike.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import data, report
from benchmarks.worker import own_peak_bytes
from benchmarks.worker_memory import watched

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
FLOAT_ROWS = 100_000
REFERENCE_COLUMNS = len(data.NUMERIC) + len(data.STRINGS)


@dataclass(frozen=True)
class Point:
    """One size of the work.

    Attributes:
        flights: How many times over the flights are read; 0 for columns of random floats.
        rows: Of random floats.
        columns: Of random floats.
        analyzers: For each of these columns.
        workers: Worker processes.
        cores: Which the run may use, the runner's process included; 0 for all there are.
    """

    flights: int = 0
    rows: int = FLOAT_ROWS
    columns: int = 10
    analyzers: int = 2
    workers: int = 1
    cores: int = 0

    @property
    def cells(self) -> int:
        """How many values are read."""
        if self.flights:
            return self.flights * data.ROWS * REFERENCE_COLUMNS
        return self.rows * self.columns

    def source(self) -> Path:
        """The Parquet file; made when it is not there yet."""
        return data.path(self.flights) if self.flights else data.floats(self.rows, self.columns)


@dataclass(frozen=True)
class Figures:
    """What one run took.

    Attributes:
        seconds: From before the pipeline is built until the artifact is there.
        processor: Seconds of processor time, of the runner and its workers, meanwhile.
        shuffled: Bytes that were grouped by key.
        worker: Peak bytes of memory of a worker.
        runner: Peak bytes of memory of the runner.
    """

    seconds: float
    processor: float
    shuffled: int
    worker: int
    runner: int


def sweeps(smallest: int, largest: int) -> dict[str, list[Point]]:
    """The points of each sweep, between so many times the flights."""
    sizes = [size for size in (1, 10, 100) if smallest <= size <= largest]
    ways = [Point(workers=1, cores=1), *(Point(workers=w) for w in (1, 2, 4))]
    return {
        "rows and workers": [replace(way, flights=size) for size in sizes for way in ways],
        "columns": [Point(columns=c) for c in (10, 100, 1_000)],
        "analyzers per column": [Point(rows=1_000_000, analyzers=a) for a in (2, 10, 50)],
        "rows, analysis only": [Point(rows=r) for r in (100_000, 1_000_000, 10_000_000)],
    }


def analysis(analyzers: int) -> Callable[[Any], dict[str, Any]]:
    """A function with so many analyzers of each column, none of which can share another's state."""

    def preprocess(inputs: Any) -> dict[str, Any]:
        import taurus_beam as tb

        measures = (tb.mean, tb.min)
        found = {}
        for name in inputs:
            for number in range(analyzers // len(measures)):
                shifted = inputs[name] + float(number)
                for measure in measures:
                    found[f"{name}_{number}_{measure.__name__}"] = measure(shifted)
        return {"all": tb.count(next(iter(inputs.values()))), **found}

    return preprocess


def run(point: Point, folder: Path) -> dict[str, Any]:
    """Does the work once in this process and its workers, as the command line does."""
    if point.cores:
        # Workers inherit it.
        os.sched_setaffinity(0, range(point.cores))
    from apache_beam.runners.portability.fn_api_runner import execution

    import taurus_beam as tb
    from benchmarks.functions import preprocessing_fn
    from taurus_beam.io import Source, WriteRecordBatches
    from taurus_beam.runners.options import pipeline_options
    from taurus_beam.runners.profiles import profile
    from taurus_beam.runners.run import run as run_pipeline

    shuffled = 0
    append = execution.GroupingBuffer.append

    def counted(self: Any, elements: bytes) -> None:
        nonlocal shuffled
        shuffled += len(elements)
        append(self, elements)

    def build(pipeline: Any) -> None:
        if point.flights:
            made = tb.AnalyzeAndTransformDataset(preprocessing_fn, source=source)
            batches, transform_fn = pipeline | made
            _ = batches | WriteRecordBatches(str(folder / "out"))
        else:
            made = tb.AnalyzeDataset(analysis(point.analyzers), source=source)
            transform_fn = pipeline | made
        _ = transform_fn | tb.WriteTransformFn(str(folder / "fn"))

    execution.GroupingBuffer.append = counted
    source = Source(str(point.source()))
    options = pipeline_options(
        profile(),
        ["--direct_running_mode=multi_processing", f"--direct_num_workers={point.workers}"],
    )
    began, started = processor_seconds(), time.monotonic()
    run_pipeline(build, options)
    return {
        "seconds": time.monotonic() - started,
        "processor": processor_seconds() - began,
        "shuffled": shuffled,
        "runner": own_peak_bytes(),
    }


def processor_seconds() -> float:
    """Of this process, and of those that it started and that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def measured(point: Point) -> Figures:
    """The figures of one run in a process of its own."""
    with tempfile.TemporaryDirectory(dir=data.FOLDER) as folder:
        words = ["--run", json.dumps(asdict(point)), folder]
        found = watched("benchmarks.scaling", words)
    return Figures(worker=found.resident, **found.answer)


def swept(points: Iterable[Point], repeats: int) -> dict[Point, Figures]:
    """The median run of each point."""
    points = list(points)
    found: dict[Point, list[Figures]] = {point: [] for point in points}
    for number in range(repeats):
        for point in points:
            point.source()
            found[point].append(measured(point))
            print(number + 1, point, found[point][-1], file=sys.stderr, flush=True)
    return {point: median(runs) for point, runs in found.items()}


def median(runs: list[Figures]) -> Figures:
    """Of each figure by itself; peaks are the largest."""
    return Figures(
        statistics.median(r.seconds for r in runs),
        statistics.median(r.processor for r in runs),
        max(r.shuffled for r in runs),
        max(r.worker for r in runs),
        max(r.runner for r in runs),
    )


def table(title: str, found: dict[Point, Figures]) -> list[str]:
    """A sweep as Markdown; ratios are to one worker of the same size, on one core and on all."""
    lines = [
        f"## {title.capitalize()}",
        "",
        "| rows | columns | analyzers a column | workers | seconds | × one worker on one core "
        "| × one worker on all cores | processor s | s per million cells | shuffled kB "
        "| worker MiB | runner MiB |",
        "| ---: " * 12 + "|",
    ]
    for point, figures in found.items():
        rows = point.flights * data.ROWS or point.rows
        columns = REFERENCE_COLUMNS if point.flights else point.columns
        analyzers = "reference" if point.flights else f"{point.analyzers}"
        workers = f"{point.workers}" + (f" on {point.cores} core" if point.cores else "")
        on_one, on_all = (found.get(replace(point, workers=1, cores=c)) for c in (1, 0))
        lines.append(
            f"| {rows:,} | {columns:,} | {analyzers} | {workers} | {figures.seconds:.2f} | "
            f"{faster(on_one, figures)} | {faster(on_all, figures)} | {figures.processor:.1f} | "
            f"{figures.seconds / point.cells * 1e6:.3f} | "
            f"{figures.shuffled / 1e3:,.0f} | {figures.worker >> 20:,} | {figures.runner >> 20:,} |"
        )
    return [*lines, ""]


def faster(than: Figures | None, figures: Figures) -> str:
    """How many times as fast; nothing where it is the same run, or there is none to compare."""
    return "" if than in (None, figures) else f"{than.seconds / figures.seconds:.2f}"


def main() -> int:
    """Runs all sweeps and writes the page, or one of them and prints it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--smallest", type=int, default=1, help="times the flights; default 1")
    parser.add_argument("--largest", type=int, default=100, help="times the flights; default 100")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--sweep", choices=list(sweeps(0, 0)), help="only this one")
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        point, folder = options.run
        print(json.dumps(run(Point(**json.loads(point)), Path(folder))))
        return 0
    # As an installer does; the runner and its workers would compile what they import in each run.
    compileall.compile_dir(ROOT / "taurus_beam", quiet=1)
    found = {
        title: swept(points, options.repeats)
        for title, points in sweeps(options.smallest, options.largest).items()
        if options.sweep in (None, title)
    }
    text = "\n".join(
        [
            "# How the work grows",
            "",
            f"{report.cpu()}, {os.cpu_count()} cores; FnApiRunner with worker processes, from "
            "before the pipeline is built until all is written: with the start of the workers, "
            "without that of the runner's own process, and with the package's byte code on disk "
            "as where it is installed. The reference work is 22 outputs of ten columns, Parquet to "
            "Parquet; the rest are analyses of float64. Median of "
            f"{options.repeats} interleaved runs. On one core are the runner's process and its "
            "worker; elsewhere one worker may use all cores, as Arrow does to decode Parquet. "
            "Processor seconds are those of the runner and its workers; shuffled is what is "
            "grouped by key, encoded; memory is the peak resident set (VmHWM) of the largest "
            "worker, which shares what was imported with the other workers, and of the runner, "
            "which plays the part of a cluster's shuffle and holds what is between stages.",
            "",
            *(line for title, points in found.items() for line in table(title, points)),
        ]
    )
    print(text)
    if options.sweep is None and (options.smallest, options.largest) == (1, 100):
        (RESULTS / "scaling.md").write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
