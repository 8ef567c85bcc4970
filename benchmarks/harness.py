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
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import pyarrow as pa

from benchmarks.environments import ROOT, NoEnvironmentError
from benchmarks.works import WORKS
from benchmarks.works.work import Figures, Work

RUN_SECONDS = 300


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
    seconds: float = 3.0
    long: float = 4.0
    endless: float = 10.0

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
        chosen = WORKS[work].contenders[contender]
        python = chosen.environment.make()
        self._folder = tempfile.TemporaryDirectory()
        self._log = Path(self._folder.name) / "log"
        output = Path(self._folder.name) / "output"
        output.mkdir()
        cores = "" if chosen.cores is None else str(chosen.cores)
        arguments = [work, contender, str(size), str(output), cores]
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
    """Some contenders of a work at one size, whose processes live until all of them are done."""

    def __init__(self, work: str, size: int, progress: Callable[[str], None]) -> None:
        self._name, self._work, self._size, self._progress = work, WORKS[work], size, progress
        self._workers: dict[str, Worker] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Contest:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def answer(self, contender: str) -> pa.Table | None:
        """Its output, where that is to be compared."""
        compared = self._work.compare_at or self._work.sizes[0]
        if self._work.compare is None or self._size != compared:
            return None
        return self._worker(contender, "output").answer()

    def run(self, contender: str, which: str) -> tuple[Figures, int]:
        """Figures of one run, and the peak memory so far."""
        return self._worker(contender, which).run()

    def _worker(self, contender: str, which: str) -> Worker:
        self._progress(f"{self._name} ×{self._size}: {contender}, {which}")
        if contender not in self._workers:
            worker = Worker(self._name, contender, self._size)
            self._workers[contender] = self._stack.enter_context(worker)
        return self._workers[contender]


def compare(
    work: str,
    contenders: Sequence[str],
    size: int,
    pace: Pace,
    progress: Callable[[str], None],
) -> list[Result]:
    """The results of the contenders, whose outputs must be those of the first."""
    found: list[Result] = []
    expected: list[pa.Table] = []
    alone = size >= WORKS[work].alone_from
    for together in [[one] for one in contenders] if alone else [contenders]:
        with Contest(work, size, progress) as contest:
            found += held(contest, work, together, pace, expected)
    return found


def held(
    contest: Contest, work: str, contenders: Sequence[str], pace: Pace, expected: list[pa.Table]
) -> list[Result]:
    """A first run of each contender, then rounds of one run each, as many as its pace is.

    Args:
        expected: The output that others are compared with, once it is known.
    """
    known = WORKS[work]
    results = {name: Result(name, cores=known.contenders[name].cores) for name in contenders}
    more: dict[str, int] = {}
    for name, result in results.items():
        try:
            check(known, contest.answer(name), name, expected)
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


def check(work: Work, found: pa.Table | None, contender: str, expected: list[pa.Table]) -> None:
    """Raises ContenderError if an output is not the expected one, which the first of all is."""
    if found is None or work.compare is None:
        return
    if not expected:
        expected.append(found)
        return
    try:
        work.compare(expected[0], found, contender)
    except (AssertionError, KeyError) as difference:
        raise ContenderError(f"its output differs: {difference}") from difference
