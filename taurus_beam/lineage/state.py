"""What has become of an execution: its state, and of one that never said that it ended, the truth.

A process that is killed stores nothing any more, so its execution stays RUNNING. Whether it does
run is seen where it is read: by its process on the same machine, by its last sign of life
elsewhere. Nothing is written for it.
"""

from __future__ import annotations

import time

from taurus_beam.lineage.model import Execution, ExecutionState
from taurus_beam.lineage.processes import is_there

__all__ = ["BEAT_SECONDS", "KILLED", "shown_state"]

BEAT_SECONDS = 30.0
"""How often a run tells that it is still there."""

KILLED = "KILLED"
"""Shown of a run that did not end and is no more; no state of MLMD, and never stored."""

_SILENT_SECONDS = 5 * BEAT_SECONDS


def shown_state(execution: Execution, now: float | None = None) -> str:
    """The state to show of an execution.

    Args:
        execution: As it was stored.
        now: The time, in seconds since 1970; None for that of the clock.

    Example:
        >>> elsewhere = Execution("fit", "00ff", properties={"process": {}}, updated=1_000_000)
        >>> shown_state(elsewhere, now=1_100.0), shown_state(elsewhere, now=1_200.0)
        ('RUNNING', 'KILLED')
    """
    if execution.state is not ExecutionState.RUNNING:
        return str(execution.state.value)
    there = is_there(execution.properties.get("process", {}))
    if there is None:
        there = (time.time() if now is None else now) - execution.updated / 1000 < _SILENT_SECONDS
    return ExecutionState.RUNNING.value if there else KILLED
