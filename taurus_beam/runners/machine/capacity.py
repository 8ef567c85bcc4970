"""How many processors and how much memory there is to use."""

from __future__ import annotations

import os

__all__ = ["THREAD_BYTES", "cores", "memory"]

THREAD_BYTES = 512 << 20
"""What a thread may hold of the data, for which there has to be memory."""


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory() -> int | None:
    """The memory of the machine, or less where a container is held to it, in bytes."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
    try:
        with open("/sys/fs/cgroup/memory.max", encoding="ascii") as file:
            return min(whole, int(file.read()))
    except (OSError, ValueError):
        return whole
