"""The memory of Beam's worker processes below a process, read from Linux's /proc."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["peaks"]

WORKER = b"sdk_worker_main"


POLL_SECONDS = 0.02


def peaks(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    """The most that one worker process below a process held until that ended, in bytes.

    The first number is the peak of its resident set, in which pages of mapped files count
    (VmHWM), the other the largest that was seen of what is its own (RssAnon).
    """
    resident, private = 0, 0
    while process.poll() is None:
        for pid in _worker_processes(process.pid):
            resident = max(resident, _memory_of(pid, "VmHWM"))
            private = max(private, _memory_of(pid, "RssAnon"))
        time.sleep(POLL_SECONDS)
    return resident, private


def _worker_processes(ancestor: int) -> Iterator[int]:
    """The worker processes below a process."""
    waiting = [ancestor]
    while waiting:
        pid = waiting.pop()
        try:
            tasks = list(Path(f"/proc/{pid}/task").iterdir())
            waiting += [int(c) for t in tasks for c in (t / "children").read_text().split()]
            if WORKER in Path(f"/proc/{pid}/cmdline").read_bytes():
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
