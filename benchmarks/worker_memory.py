"""The memory of Beam's worker processes below a process, read from Linux's /proc."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

__all__ = ["memory_of", "worker_processes"]

WORKER = b"sdk_worker_main"


def worker_processes(ancestor: int) -> Iterator[int]:
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


def memory_of(pid: int, fact: str) -> int:
    """A fact of a process's status, in bytes: VmHWM is its peak, RssAnon what is its own now."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(fact)), 0)
