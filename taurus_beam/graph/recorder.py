"""The nodes of one trace, and the line of the user's code that each of them comes from.

A trace is current inside `recording`; outside, using a column is refused. This room does not
know what columns are.
"""

from __future__ import annotations

import contextvars
import functools
import linecache
import os
import sys
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from traceback import walk_tb
from types import FrameType
from typing import Any

from taurus_beam.errors import TraceError
from taurus_beam.graph.node import Location, Node
from taurus_beam.graph.operation import Operation

__all__ = [
    "Recorder",
    "claim_name",
    "current_recorder",
    "raised_location",
    "record_monitor",
    "recording",
    "user_location",
]

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_RECORDER: contextvars.ContextVar[Recorder | None] = contextvars.ContextVar(
    "recorder", default=None
)


def user_location() -> Location:
    """The innermost line of the user's code on the call stack."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    places = []
    # Only up to where the trace called the user's function: what called the trace is not meant.
    while frame is not None and not frame.f_code.co_filename.startswith(_PACKAGE):
        places.append((frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return _location(places)


def raised_location(problem: BaseException) -> Location:
    """The innermost line of the user's code that an exception passed."""
    places = [(f.f_code.co_filename, line) for f, line in walk_tb(problem.__traceback__)]
    return _location([p for p in reversed(places) if not p[0].startswith(_PACKAGE)])


def _location(places: list[tuple[str, int]]) -> Location:
    """The first of some places that is not in a library, or else the first."""
    libraries = _libraries()
    own = [place for place in places if not place[0].startswith(libraries)]
    path, line = (own or places or [("<unknown>", 0)])[0]
    name = "<notebook>" if path.startswith("<") or "ipykernel" in path else os.path.basename(path)
    return Location(name, line, linecache.getline(path, line).strip())


@functools.cache
def _libraries() -> tuple[str, ...]:
    import sysconfig  # only traces need it, and serving traces nothing

    folders = (sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "platlib"))
    return ("<frozen ", *(os.path.join(folder, "") for folder in folders))


class Recorder:
    """The nodes of one trace, each distinct expression once.

    Attributes:
        monitors: The nodes that say which rows violate a monitor, by its name.
    """

    def __init__(self) -> None:
        self.monitors: dict[str, Node] = {}
        self._nodes: dict[Hashable, Node] = {}
        self._names: dict[tuple[str, str], Hashable] = {}

    def node(self, op: Operation, inputs: tuple[Node, ...], node_type: Any, per_row: bool) -> Node:
        """The node for an operation on inputs: the earlier one where it was recorded before."""
        key = (op.key(), tuple(id(node) for node in inputs))
        if key not in self._nodes:
            self._nodes[key] = Node(op, inputs, node_type, per_row, user_location())
        return self._nodes[key]

    def claim(self, kind: str, name: str, identity: Hashable, exact: bool) -> str:
        """A name that no other identity has: the one asked for, or with a number behind it."""
        candidate, number = name, 1
        while self._names.setdefault((kind, candidate), identity) != identity:
            if exact:
                raise TraceError(
                    f"The name {name!r} is used for two different results ({kind}).",
                    where=str(user_location()),
                    fix="Give each its own name.",
                )
            number += 1
            candidate = f"{name}_{number}"
        return candidate


@contextmanager
def recording() -> Iterator[Recorder]:
    """A new trace, current inside the ``with`` block."""
    recorder = Recorder()
    token = _RECORDER.set(recorder)
    try:
        yield recorder
    finally:
        _RECORDER.reset(token)


def current_recorder() -> Recorder:
    """The trace in progress; TraceError where there is none."""
    recorder = _RECORDER.get()
    if recorder is None:
        raise TraceError(
            "A column was used outside its preprocessing function.",
            where=str(user_location()),
            fix="Use columns only inside the function; they stand for data, they do not hold it.",
        )
    return recorder


def claim_name(kind: str, name: str, identity: Hashable, *, exact: bool) -> str:
    """A name for something of the current trace; see `Recorder.claim`."""
    return current_recorder().claim(kind, name, identity, exact)


def record_monitor(name: str, node: Node, *, exact: bool) -> None:
    """Watch, wherever the current trace's graph runs, which rows a node says violate something."""
    recorder = current_recorder()
    recorder.monitors[recorder.claim("monitor", name, node, exact)] = node
