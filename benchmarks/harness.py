"""Runs the contenders of a work side by side: each in a fresh process, repeats interleaved.

Interleaving (A B C, A B C, …) lets a slow minute of the machine fall on all alike, so that the
ratios hold where the seconds do not. A contender that fails is reported, and the others go on.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from benchmarks.contenders import WORKS, Figures
from benchmarks.peers.tft_environment import python_of

ROOT = Path(__file__).parent.parent
RUN_SECONDS = 600


@dataclass
class Result:
    """The runs of one contender at one size, or why there are none."""

    contender: str
    runs: list[Figures] = field(default_factory=list)
    peak: int = 0
    failure: str = ""


class ContenderError(Exception):
    """A contender's process ended without an answer."""


class Worker:
    """A contender's process."""

    def __init__(self, work: str, contender: str, size: int) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._log = Path(self._folder.name) / "log"
        output = Path(self._folder.name) / "output"
        output.mkdir()
        arguments = [work, contender, str(size), str(output)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [python_of(contender), "-m", "benchmarks.worker", *arguments],
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
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        limit = threading.Timer(RUN_SECONDS, self._process.kill)
        limit.start()
        try:
            self._process.stdin.write("run\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        finally:
            limit.cancel()
        if not answer:
            said = self._log.read_text(errors="replace").strip().splitlines()
            raise ContenderError(said[-1] if said else f"no answer within {RUN_SECONDS} s")
        decoded = json.loads(answer)
        return decoded["figures"], decoded["peak"]


def compare(
    work: str,
    contenders: Sequence[str],
    size: int,
    repeats: int,
    progress: Callable[[str], None],
) -> list[Result]:
    """One warm-up of each contender, then ``repeats`` rounds of one run each."""
    assert set(contenders) <= set(WORKS[work].contenders)
    with ExitStack() as stack:
        results = {name: Result(name) for name in contenders}
        workers: dict[str, Worker] = {}
        for name in contenders:
            progress(f"{work} ×{size}: {name}, warm-up")
            worker = stack.enter_context(Worker(work, name, size))
            try:
                worker.run()
                workers[name] = worker
            except ContenderError as failure:
                results[name].failure = str(failure)
        for round_ in range(1, repeats + 1):
            for name, worker in workers.items():
                if results[name].failure:
                    continue
                progress(f"{work} ×{size}: {name}, {round_} of {repeats}")
                try:
                    figures, results[name].peak = worker.run()
                    results[name].runs.append(figures)
                except ContenderError as failure:
                    results[name].failure = str(failure)
    return list(results.values())
