"""Runs the contenders of a work side by side: each in a fresh process, repeats interleaved.

Interleaving (A B C, A B C, …) lets a slow minute of the machine fall on all alike, so that the
ratios hold where the seconds do not. A contender that fails is reported, and the others go on; so
is one whose output is not what the first contender's is, and it is not timed.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import pyarrow as pa

from benchmarks.environments import ROOT, NoEnvironmentError
from benchmarks.works import WORKS
from benchmarks.works.work import Figures

RUN_SECONDS = 600


@dataclass(frozen=True)
class Pace:
    """How often a contender runs: the faster it is, the more often.

    Attributes:
        least: Times, unless one run is endless.
        most: Times.
        seconds: What all runs of a contender at a size may take together, beyond the least.
        long: From so many seconds on the first run is no mere warm-up, but counts.
        endless: From so many seconds on the first run is the only one.
    """

    least: int = 3
    most: int = 7
    seconds: float = 4.0
    long: float = 8.0
    endless: float = 40.0

    def more(self, first: float) -> int:
        """How often it runs after the first run, which took so many seconds."""
        if first >= self.endless:
            return 0
        if first >= self.long:
            return self.least - 1
        return max(self.least, min(self.most, int(self.seconds / first)))


@dataclass
class Result:
    """The runs of one contender at one size, or why there are none."""

    contender: str
    runs: list[Figures] = field(default_factory=list)
    peak: int = 0
    failure: str = ""
    cores: int | None = None


class ContenderError(Exception):
    """A contender's process ended without an answer."""


class Worker:
    """A contender's process."""

    def __init__(self, work: str, contender: str, size: int) -> None:
        python = WORKS[work].contenders[contender].environment.make()
        self._folder = tempfile.TemporaryDirectory()
        self._log = Path(self._folder.name) / "log"
        output = Path(self._folder.name) / "output"
        output.mkdir()
        arguments = [work, contender, str(size), str(output)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [python, "-m", "benchmarks.worker", *arguments],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()
        self._folder.cleanup()

    def run(self) -> tuple[Figures, int]:
        """Figures of one run, and the peak memory so far."""
        decoded = json.loads(self._ask("run"))
        return decoded["figures"], decoded["peak"]

    def answer(self) -> pa.Table | None:
        """What the work gives; None if that cannot be compared."""
        file = Path(self._folder.name) / "answer.arrow"
        self._ask(f"answer {file}")
        return pa.ipc.open_file(file.read_bytes()).read_all() if file.exists() else None

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        limit = threading.Timer(RUN_SECONDS, self._process.kill)
        limit.start()
        try:
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        finally:
            limit.cancel()
        if not answer:
            said = self._log.read_text(errors="replace").strip().splitlines()
            ended = f"ended with {self._process.wait()}"
            raise ContenderError(said[-1] if said else ended)
        return answer


class Contest:
    """The contenders of a work at one size."""

    def __init__(self, work: str, size: int, progress: Callable[[str], None]) -> None:
        self._name, self._work, self._size, self._progress = work, WORKS[work], size, progress
        self._fresh = size >= self._work.fresh_from
        self._workers: dict[str, Worker] = {}
        self._stack = ExitStack()
        self._expected: pa.Table | None = None

    def __enter__(self) -> Contest:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def compare(self, contender: str) -> None:
        """Raises ContenderError if its output is not that of the first contender."""
        compare = self._work.compare
        if compare is None or self._size != self._work.sizes[0]:
            return
        self._progress(f"{self._name} ×{self._size}: {contender}, output")
        with self._worker(contender) as worker:
            found = worker.answer()
        if self._expected is None:
            self._expected = found
        elif found is not None:
            try:
                compare(self._expected, found, contender)
            except AssertionError as difference:
                raise ContenderError(f"its output differs: {difference}") from difference

    def run(self, contender: str, which: str) -> tuple[Figures, int]:
        """Figures of one run, and the peak memory so far."""
        self._progress(f"{self._name} ×{self._size}: {contender}, {which}")
        with self._worker(contender) as worker:
            return worker.run()

    @contextmanager
    def _worker(self, contender: str) -> Iterator[Worker]:
        """The contender's process, which lives on; where memory is scarce one for this use only."""
        if self._fresh:
            with Worker(self._name, contender, self._size) as worker:
                yield worker
            return
        if contender not in self._workers:
            worker = Worker(self._name, contender, self._size)
            self._workers[contender] = self._stack.enter_context(worker)
        yield self._workers[contender]


def compare(
    work: str,
    contenders: Sequence[str],
    size: int,
    pace: Pace,
    progress: Callable[[str], None],
) -> list[Result]:
    """A first run of each contender, then rounds of one run each, as many as its pace is."""
    known = WORKS[work].contenders
    results = {name: Result(name, cores=known[name].cores) for name in contenders}
    more: dict[str, int] = {}
    with Contest(work, size, progress) as contest:
        for name in contenders:
            result = results[name]
            try:
                contest.compare(name)
                started = time.monotonic()
                figures, result.peak = contest.run(name, "first run")
            except (ContenderError, NoEnvironmentError) as failure:
                result.failure = str(failure)
                continue
            first = figures.get("seconds", time.monotonic() - started)
            more[name] = pace.more(first)
            if first >= pace.long:
                result.runs.append(figures)
        for round_ in range(1, max(more.values(), default=0) + 1):
            for name, wanted in more.items():
                result = results[name]
                if result.failure or round_ > wanted:
                    continue
                try:
                    figures, peak = contest.run(name, f"{round_} of {wanted}")
                    result.runs.append(figures)
                    result.peak = max(peak, result.peak)
                except ContenderError as failure:
                    result.failure = str(failure)
    return list(results.values())
