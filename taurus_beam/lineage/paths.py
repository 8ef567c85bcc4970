"""The way from artifact to artifact: what something was made from, and what was made from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from taurus_beam.lineage.model import Artifact, Event, EventType, Execution
from taurus_beam.lineage.store import LineageStore

__all__ = ["Lineage", "down", "up"]


@dataclass(frozen=True)
class Lineage:
    """Artifacts, and the executions between them.

    Attributes:
        roots: The numbers of the artifacts that were asked for.
        artifacts: All that are in it, by number.
        executions: Likewise.
        events: What joins the two.
    """

    roots: tuple[int, ...]
    artifacts: dict[int, Artifact]
    executions: dict[int, Execution]
    events: tuple[Event, ...]


def up(store: LineageStore, roots: Iterable[int]) -> Lineage:
    """What artifacts were made from, and that from what, back to what nothing here has made.

    An execution that wrote an artifact stands with all that it read. Of content that was made
    several times, every execution that did is there.

    Args:
        store: Where to look.
        roots: The numbers of the artifacts.

    Raises:
        EngineError: If the store fails.
    """
    return _walk(store, roots, EventType.OUTPUT, EventType.INPUT)


def down(store: LineageStore, roots: Iterable[int]) -> Lineage:
    """What was made from artifacts, and what from that: `up`, the other way round."""
    return _walk(store, roots, EventType.INPUT, EventType.OUTPUT)


def _walk(store: LineageStore, roots: Iterable[int], near: EventType, far: EventType) -> Lineage:
    start = tuple(dict.fromkeys(roots))
    artifacts, executions = set(start), set[int]()
    events: list[Event] = []
    new_artifacts = set(start)
    while new_artifacts:
        found = store.events_of_artifacts(new_artifacts, near)
        events += found
        new_executions = {event.execution for event in found} - executions
        executions |= new_executions
        found = store.events_of_executions(new_executions, far)
        events += found
        new_artifacts = {event.artifact for event in found} - artifacts
        artifacts |= new_artifacts
    return Lineage(
        start,
        {a.id: a for a in store.artifacts(artifacts) if a.id is not None},
        {e.id: e for e in store.executions(numbers=executions) if e.id is not None},
        tuple(events),
    )
