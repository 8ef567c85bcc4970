"""Where a served answer came from: the run of the server that gave it, and the artifact it used.

The store knows runs and artifacts, the request log knows requests; here the two are put together.
Nothing is stored for that: a server answers too many requests.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from taurus_beam.lineage import Artifact, Event, EventType, Execution, Lineage, LineageStore
from taurus_beam.lineage.state import BEAT_SECONDS, KILLED, shown_state

__all__ = ["of_answers"]

_FIRST_NUMBER = 2**62
"""Numbers of answers: beyond those that a store gives."""


def of_answers(
    store: LineageStore, above: Lineage, requests: Sequence[tuple[dict[str, Any], str]]
) -> Lineage:
    """The lineage of answers: of the runs that gave them, of the artifacts that these had loaded.

    An artifact that a server loaded after it had started is an input of its run here, as the log
    tells it. Where no recorded run can have given an answer, the lineage is that of the artifacts.

    Args:
        store: Where runs are looked for.
        above: What the artifacts were made from.
        requests: Records of the request log, each with the file that it is in.
    """
    roots, found = [], above
    for number, (record, file) in enumerate(requests, _FIRST_NUMBER):
        artifacts = [
            a for a in above.artifacts.values() if a.digest == record["pipeline"]["digest"]
        ]
        runs = _runs(store, record, file, artifacts)
        if not runs:
            continue
        uri = os.path.abspath(file) if file else ""
        known = {name: record[name] for name in ("id", "time", "model", "version", "rows", "data")}
        answer = Artifact("Answer", record["answer"]["digest"], uri, known, id=number)
        events = list(_events(store, number, runs, artifacts, _milliseconds(record)))
        configurations = store.artifacts({e.artifact for e in events} - {number, *above.artifacts})
        roots.append(number)
        found = replace(
            found,
            artifacts={
                **found.artifacts,
                number: answer,
                **{each.id: each for each in configurations if each.id is not None},
            },
            executions={**found.executions, **runs},
            events=(*found.events, *events),
        )
    return replace(found, roots=tuple(roots)) if roots else above


def _runs(
    store: LineageStore, record: Mapping[str, Any], file: str, artifacts: Iterable[Artifact]
) -> dict[int, Execution]:
    """The runs of servers that can have given an answer: by their time, and by log or artifact."""
    moment = _milliseconds(record)
    there = {
        each.id: each
        for each in store.executions(type="serve")
        if each.id is not None and each.created <= moment <= _end(each)
    }
    logging = {n: each for n, each in there.items() if file and _logs_to(each, file)}
    loaded = {
        event.execution
        for event in store.events_of_artifacts([a.id for a in artifacts if a.id], EventType.INPUT)
    }
    # A log that was moved still tells what answered.
    found = logging or there
    return {n: each for n, each in found.items() if n in loaded} or logging


def _end(run: Execution) -> float:
    state = shown_state(run)
    if state == "RUNNING":
        return float("inf")
    # Of one that was killed only its last sign of life is known.
    return run.updated + (1000 * BEAT_SECONDS if state == KILLED else 0)


def _logs_to(run: Execution, file: str) -> bool:
    folder = run.properties.get("configuration", {}).get("log_folder")
    if not folder:
        return False
    place = os.path.realpath(os.path.join(run.properties.get("folder", ""), folder))
    return os.path.realpath(file).startswith(os.path.join(place, ""))


def _events(
    store: LineageStore,
    answer: int,
    runs: Mapping[int, Execution],
    artifacts: Sequence[Artifact],
    time: int,
) -> Iterator[Event]:
    for number in runs:
        read = [e for e in store.events_of_executions([number]) if e.type is EventType.INPUT]
        yield Event(answer, number, EventType.OUTPUT, "answer", 0, "", "", time)
        yield from (event for event in read if event.key == "configuration")
        for artifact in artifacts:
            loaded = [event for event in read if event.artifact == artifact.id]
            yield from loaded
            if not loaded and artifact.id is not None:
                uri = artifact.uri
                yield Event(artifact.id, number, EventType.INPUT, "loaded", 0, uri, uri, time)


def _milliseconds(record: Mapping[str, Any]) -> int:
    moment = datetime.datetime.fromisoformat(record["time"].replace("Z", "+00:00"))
    return int(moment.timestamp() * 1000)
