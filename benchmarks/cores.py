"""How many cores this process may use: by hand and in peers that would otherwise use all."""

from __future__ import annotations

import os


def available() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
