"""Which recorder is in force: of the ``with`` block that the caller is in, if it is in one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what is served is hardly ever recorded, and need not load what records
    from taurus_beam.profiling.recorder import Off, Recorder

__all__ = ["OWN_STEPS", "active", "phase_of_steps", "phase_under_way", "recorder", "recording_to"]

OWN_STEPS = "pipeline"
"""The phase of steps of a user's own pipeline, which may stand beside any other."""

_ACTIVE: ContextVar[Recorder | None] = ContextVar("recorder", default=None)
_PHASE: ContextVar[str] = ContextVar("phase", default=OWN_STEPS)


def active() -> Recorder | None:
    """The recorder in force, None where nothing is measured."""
    return _ACTIVE.get()


def recorder() -> Off:
    """The recorder in force, or one that records nothing."""
    from taurus_beam.profiling.recorder import OFF

    return _ACTIVE.get() or OFF


@contextmanager
def recording_to(found: Recorder) -> Iterator[None]:
    """Puts a recorder in force inside the ``with`` block."""
    token = _ACTIVE.set(found)
    try:
        yield
    finally:
        _ACTIVE.reset(token)


@contextmanager
def phase_of_steps(phase: str) -> Iterator[None]:
    """Says which phase the steps of a pipeline belong to that are made inside the block."""
    token = _PHASE.set(phase)
    try:
        yield
    finally:
        _PHASE.reset(token)


def phase_under_way() -> str:
    """The phase of the steps that are made now."""
    return _PHASE.get()
