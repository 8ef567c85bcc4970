"""A run while it goes on: what it reads and writes is stored as it is told, and how it ends.

A store that fails after the run has begun never stops it: that is told once, and the rest of the
run is not recorded.
"""

from __future__ import annotations

import dataclasses
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from taurus_beam.configuration.model import Configuration, configured
from taurus_beam.configuration.plain import plain
from taurus_beam.errors import EngineError
from taurus_beam.lineage.configurations import as_properties
from taurus_beam.lineage.exports import Exports, Told
from taurus_beam.lineage.model import (
    Artifact,
    Context,
    EventType,
    Execution,
    ExecutionState,
    Use,
)
from taurus_beam.lineage.processes import this_process
from taurus_beam.lineage.state import BEAT_SECONDS
from taurus_beam.lineage.store import LineageStore
from taurus_beam.lineage.surroundings import contexts, surroundings

__all__ = ["Run", "recording"]


class Run:
    """A run that is being recorded; `recording` makes one.

    Attributes:
        name: Its id.
        properties: What will be stored of it at its end, besides what is stored already.
    """

    def __init__(
        self, store: LineageStore, number: int, execution: Execution, fails: _Fails
    ) -> None:
        self.name = execution.name
        self.properties: dict[str, Any] = {}
        self._store, self._number, self._fails = store, number, fails
        self._told = Told(execution)
        self._exports = Exports(fails)
        self._exports.begins(self._told)
        self._failed = False
        self._lock = threading.Lock()

    def reads(self, uses: Sequence[Use]) -> None:
        """Store what the run reads."""
        self._told.reads += uses
        self._safely(lambda: self._store.record(self._number, EventType.INPUT, uses))

    def writes(self, uses: Sequence[Use]) -> None:
        """Store what the run has written."""
        self._told.writes += uses
        self._safely(lambda: self._store.record(self._number, EventType.OUTPUT, uses))

    def beats(self) -> None:
        """Store that the run is still there."""
        self._safely(lambda: self._store.beat(self._number))

    def ends(self, state: ExecutionState) -> None:
        """Store how the run ended."""
        self._safely(lambda: self._store.end(self._number, state, self.properties))
        begun = self._told.execution
        known = plain({**begun.properties, **self.properties})
        self._told.execution = dataclasses.replace(begun, state=state, properties=known)
        self._exports.ends(self._told)

    def _safely(self, step: Callable[[], None]) -> None:
        """Do something for the record; where it fails, tell so once and record no more."""
        with self._lock:
            if self._failed:
                return
            try:
                step()
            except EngineError as problem:
                self._failed = True
                self._fails(problem)


_Fails = Callable[[EngineError], None]


@contextmanager
def recording(
    store: LineageStore,
    type: str,
    configuration: Configuration | Mapping[str, Any],
    fails: _Fails,
    within: Sequence[Context] = (),
) -> Iterator[Run]:
    """Record what happens within the block as an execution.

    It is COMPLETE if the block ends, CANCELED if it is interrupted, and FAILED if it raises
    anything else. The configuration is an artifact that the run reads.

    Args:
        store: Where to.
        type: What runs, such as "fit".
        configuration: What decides, with what is read, what it gives: JSON data, or with where
            each value came from.
        fails: Called where the store fails after the run has begun.
        within: What it belongs to, besides its project.

    Raises:
        EngineError: If the store fails as the run begins. Whatever the block raises.

    Example:
        >>> import tempfile
        >>> store = LineageStore(tempfile.mkdtemp() + "/lineage.sqlite")
        >>> with recording(store, "count", {"column": "fare"}, print) as run:
        ...     run.reads([Use(Artifact("Data", "sha256:ab", "/data/trips.csv"), "input")])
        >>> [(e.type, e.state.value) for e in store.executions()]
        [('count', 'COMPLETE')]
    """
    known = surroundings()
    if not isinstance(configuration, Configuration):
        configuration = configured(type, configuration)
    properties = plain({"process": this_process(), **as_properties(configuration), **known})
    execution = Execution(type, uuid.uuid4().hex, ExecutionState.RUNNING, properties)
    run = Run(store, store.begin(execution, [*contexts(known), *within]), execution, fails)
    settings = {"command": type, "configuration": configuration.values}
    described = Artifact("Configuration", configuration.digest, properties=settings)
    run.reads([Use(described, "configuration")])
    stopped = threading.Event()
    beats = threading.Thread(target=_beat, args=(run, stopped), name="lineage", daemon=True)
    beats.start()
    state = ExecutionState.FAILED
    try:
        yield run
        state = ExecutionState.COMPLETE
    except KeyboardInterrupt:
        state = ExecutionState.CANCELED
        raise
    except Exception as failure:
        run.properties["error"] = {"type": failure.__class__.__name__, "text": str(failure)}
        raise
    finally:
        stopped.set()
        beats.join()
        run.ends(state)


def _beat(run: Run, stopped: threading.Event) -> None:
    while not stopped.wait(BEAT_SECONDS):
        run.beats()
