"""The process of one contender: prepares, then runs once for each line it is sent.

Answers one JSON object a line: the figures of a run, and the peak resident memory up to then.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

from benchmarks.contenders import WORKS


def main(work: str, contender: str, size: str, folder: str) -> None:
    # What a contender prints must not come between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    run = WORKS[work].contenders[contender](int(size), Path(folder))
    for _ in sys.stdin:
        figures = run()
        answers.write(json.dumps({"figures": figures, "peak": peak_bytes()}) + "\n")


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
