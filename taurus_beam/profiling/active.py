"""Which recorder is in force: of the ``with`` block that the caller is in, if it is in one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from taurus_beam.profiling.recorder import OFF, OWN_STEPS, Off, Recorder

__all__ = ["active", "phase_of_steps", "phase_under_way", "recorder", "recording_to"]

_ACTIVE: ContextVar[Recorder | None] = ContextVar("recorder", default=None)
_PHASE: ContextVar[str] = ContextVar("phase", default=OWN_STEPS)


def active() -> Recorder | None:
    """The recorder in force, None where nothing is measured."""
    return _ACTIVE.get()


def recorder() -> Off:
    """The recorder in force, or one that records nothing."""
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
