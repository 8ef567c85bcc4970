"""What a process holds in memory, and whether work done over and over leaves some."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

__all__ = ["Held", "growth"]

_PAGE = 4096


@dataclass(frozen=True)
class Held:
    """What is held at one moment, or by how much that grew.

    Attributes:
        objects: Blocks of Python's allocator. Every object has one, every NumPy array too, so one
            that is kept for each of some calls shows, and nothing slows down while it is watched.
        arrow: Bytes of Arrow's pool.
        resident: Bytes of memory that the system gave (Linux), which has what C code keeps.
    """

    objects: int
    arrow: int
    resident: int

    @staticmethod
    def now() -> Held:
        """What this process holds once all that can be given back is."""
        gc.collect()
        objects = sys.getallocatedblocks()
        pa.default_memory_pool().release_unused()
        if sys.platform != "linux":
            return Held(objects, pa.total_allocated_bytes(), 0)
        ctypes.CDLL(None).malloc_trim(0)
        resident = int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE
        return Held(objects, pa.total_allocated_bytes(), resident)


def growth(run: Callable[[], object], warm_up: int, times: int) -> Held:
    """By how much more is held after so many calls than after those that warmed up."""
    for _ in range(warm_up):
        run()
    before = Held.now()
    for _ in range(times):
        run()
    after = Held.now()
    return Held(
        after.objects - before.objects, after.arrow - before.arrow, after.resident - before.resident
    )
