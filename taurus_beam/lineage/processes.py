"""Which process a run is, and whether it is still there.

A process is known by its machine's boot, its namespace of process ids, its id and when it began,
so that another one that has got the same id is not taken for it. Where the system does not tell
these (it has no ``/proc``), nothing can be said of a process but by what it tells itself.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from typing import Any

__all__ = ["is_there", "this_process"]


def this_process() -> dict[str, Any]:
    """What tells this process from all others, as JSON data.

    Example:
        >>> sorted(this_process())
        ['boot', 'host', 'namespace', 'pid', 'started']
    """
    return {
        "host": platform.node(),
        "boot": _read("/proc/sys/kernel/random/boot_id"),
        "namespace": _namespace(),
        "pid": os.getpid(),
        "started": _started(os.getpid()),
    }


def is_there(process: Mapping[str, Any]) -> bool | None:
    """Whether a process is still there; None where that cannot be seen from here.

    Example:
        >>> is_there({**this_process(), "boot": "another machine"}) is None
        True
    """
    own = this_process()
    if own["boot"] is None or any(process.get(k) != own[k] for k in ("boot", "namespace")):
        return None
    return process.get("started") is not None and _started(process["pid"]) == process["started"]


def _started(pid: int) -> int | None:
    """When a process began, in ticks since the machine did; None for one that is gone."""
    status = _read(f"/proc/{pid}/stat")
    if status is None:
        return None
    # The name of the program, in brackets, may have blanks and brackets in it.
    fields = status.rpartition(")")[2].split()
    is_gone = fields[0] in "ZX"
    return None if is_gone else int(fields[19])


def _namespace() -> str | None:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return None


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return None
