"""The process of one contender: prepares, then does what each line it is sent asks for.

``run`` runs once, ``answer FILE`` writes what the work gives as an Arrow file. It answers one JSON
object a line: the figures of a run, processor seconds among them, and the peak resident memory up
to then. It may take what memory is free when it begins, and no more, so that it fails instead of
what else runs on the machine.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

SHARE = 0.9


def main(work: str, contender: str, size: str, folder: str, cores: str = "") -> None:
    if cores:
        limit_cores(int(cores))
    # Only now: libraries start threads when they are imported, which stay on the cores they have.
    from benchmarks.works import WORKS

    # What a contender prints must not come between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    chosen = WORKS[work].contenders[contender]
    limit_memory()
    task = chosen.prepare(int(size), Path(folder))
    for line in sys.stdin:
        word, _, file = line.strip().partition(" ")
        if word == "answer":
            if task.answer is not None:
                write(task.answer(), Path(file))
            answers.write("{}\n")
        else:
            before = cpu_seconds()
            figures = task.run()
            figures["cpu"] = cpu_seconds() - before
            answers.write(json.dumps({"figures": figures, "peak": peak_bytes()}) + "\n")


def limit_memory() -> None:
    """Where Linux tells what is free."""
    known = Path("/proc/meminfo")
    if known.exists():
        lines = known.read_text().splitlines()
        free = next(int(one.split()[1]) for one in lines if one.startswith("MemAvailable")) * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (int(free * SHARE), resource.RLIM_INFINITY))
        Path("/proc/self/oom_score_adj").write_text("1000")


def limit_cores(cores: int) -> None:
    """To the first ones that this process may use; only where a system can (Linux)."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
        import pyarrow as pa

        pa.set_cpu_count(cores)
        pa.set_io_thread_count(cores)


def cpu_seconds() -> float:
    """Of this process and of those that it has ended."""
    return sum(os.times()[:4])


def write(table: Any, file: Path) -> None:
    """A pyarrow Table."""
    import pyarrow as pa

    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def peak_bytes() -> int:
    """Peak resident memory of this process or, where larger, of a worker process it has ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return max(own_peak_bytes(), children)


def own_peak_bytes() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        # getrusage would also count what the parent held before this program was loaded.
        lines = status.read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024
    # Without /proc this is macOS, which counts in bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(*sys.argv[1:])
