"""A run in a process of its own, and the memory of Beam's workers below it, from Linux's /proc."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Watched", "watched"]

WORKERS = (b"sdk_worker_main", b"taurus_beam.runners.fork_server")
"""Of Beam's own, and of `taurus_beam.runners`, where they are forks."""


POLL_SECONDS = 0.02


class Watched(NamedTuple):
    """What a run told, and the most that one of its worker processes held, in bytes.

    Attributes:
        answer: The JSON of the last line that it printed.
        resident: The peak of a worker's resident set, in which pages of mapped files count (VmHWM).
        private: The largest that was seen of what is a worker's own (RssAnon).
    """

    answer: Any
    resident: int
    private: int


def watched(module: str, words: Sequence[str]) -> Watched:
    """Run a module of the benchmarks with words, and watch its workers until it ends.

    Raises:
        SystemExit: If it failed.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", module, *words],
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.PIPE,
    )
    resident, private = 0, 0
    while process.poll() is None:
        for pid in _worker_processes(process.pid):
            resident = max(resident, _memory_of(pid, "VmHWM"))
            private = max(private, _memory_of(pid, "RssAnon"))
        time.sleep(POLL_SECONDS)
    assert process.stdout is not None
    printed = process.stdout.read()
    if process.returncode:
        raise SystemExit(f"{module} {' '.join(words)} failed")
    return Watched(json.loads(printed.splitlines()[-1]), resident, private)


def _worker_processes(ancestor: int) -> Iterator[int]:
    """The worker processes below a process."""
    waiting = [ancestor]
    while waiting:
        pid = waiting.pop()
        try:
            tasks = list(Path(f"/proc/{pid}/task").iterdir())
            waiting += [int(c) for t in tasks for c in (t / "children").read_text().split()]
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            if any(worker in command for worker in WORKERS):
                yield pid
        except OSError:
            continue  # it has ended


def _memory_of(pid: int, fact: str) -> int:
    """A fact of a process's status, in bytes."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(fact)), 0)
