"""A lineage in the forms people and programs read: a tree, JSON, and a graph for Graphviz."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from taurus_beam.cli.runs import record_of, short, time_of
from taurus_beam.lineage import Artifact, Event, EventType, Execution, Lineage
from taurus_beam.lineage.state import shown_state
from taurus_beam.specs import document

if TYPE_CHECKING:
    from taurus_beam.report.lineage import LineageGraph

__all__ = ["as_dot", "as_json", "as_report", "tree"]

_CONFIGURATION = "Configuration"
_MOST_BRANCHES = 20
_DEEPEST = 100


class _Tree:
    """The lines of a tree, in which each artifact is told once."""

    def __init__(self, lineage: Lineage, near: EventType) -> None:
        self._lineage = lineage
        self._runs: dict[int, list[Event]] = defaultdict(list)
        self._others: dict[int, list[Event]] = defaultdict(list)
        for event in lineage.events:
            if event.type is near:
                self._runs[event.artifact].append(event)
            else:
                self._others[event.execution].append(event)
        self._told: set[int] = set()

    def lines(self) -> Iterator[str]:
        for root in self._lineage.roots:
            artifact = self._lineage.artifacts[root]
            yield f"{artifact.uri or '(no place)'}  {artifact.type} {short(artifact)}"
            yield from self._below(root, "")

    def _below(self, artifact: int, indent: str, depth: int = 0) -> Iterator[str]:
        self._told.add(artifact)
        if depth == _DEEPEST and self._runs[artifact]:
            yield f"{indent}{_fork(True)}and so on: --json and --dot tell all"
            return
        executions = list(dict.fromkeys(e.execution for e in reversed(self._runs[artifact])))
        for i, number in enumerate(executions[:_MOST_BRANCHES]):
            is_last = i == len(executions) - 1
            yield f"{indent}{_fork(is_last)}{_run(self._lineage.executions[number])}"
            yield from self._artifacts(number, indent + _gap(is_last), depth + 1)
        if len(executions) > _MOST_BRANCHES:
            yield f"{indent}{_fork(True)}and {len(executions) - _MOST_BRANCHES:,} more runs"

    def _artifacts(self, execution: int, indent: str, depth: int) -> Iterator[str]:
        events = sorted(self._others[execution], key=lambda event: (event.key, event.index))
        for i, event in enumerate(events[:_MOST_BRANCHES]):
            is_last = i == len(events) - 1
            artifact = self._lineage.artifacts[event.artifact]
            place = f"{event.given}  " if event.given else ""
            line = f"{event.key}: {place}{artifact.type} {short(artifact)}"
            again = event.artifact in self._told and bool(self._runs[event.artifact])
            yield f"{indent}{_fork(is_last)}{line}" + ("  (see above)" if again else "")
            if not again:
                yield from self._below(event.artifact, indent + _gap(is_last), depth)
        if len(events) > _MOST_BRANCHES:
            yield f"{indent}{_fork(True)}and {len(events) - _MOST_BRANCHES:,} more"


def tree(lineage: Lineage, near: EventType) -> list[str]:
    """The lines of a tree.

    Args:
        lineage: What `up` or `down` found.
        near: What joins an artifact to the runs below it: OUTPUT for `up`, INPUT for `down`.
    """
    return list(_Tree(lineage, near).lines())


def _fork(is_last: bool) -> str:
    return "└─ " if is_last else "├─ "


def _gap(is_last: bool) -> str:
    return "   " if is_last else "│  "


def _run(execution: Execution) -> str:
    git = execution.properties.get("git")
    commit = ""
    if git:
        commit = f"  commit {git['commit'][:8]}" + (" with changes" if git.get("changed") else "")
    state = shown_state(execution)
    return f"{execution.type} {execution.name[:8]}  {state}  {time_of(execution.created)}{commit}"


def as_json(lineages: Sequence[Lineage]) -> str:
    """All that is in some lineages of the same roots, each thing once."""
    artifacts = {n: a for each in lineages for n, a in each.artifacts.items()}
    executions = {n: e for each in lineages for n, e in each.executions.items()}
    events = dict.fromkeys(event for each in lineages for event in each.events)
    known = {
        "roots": [artifacts[n].digest for n in lineages[0].roots],
        "artifacts": [_artifact(a) for _, a in sorted(artifacts.items())],
        "executions": [record_of(e) for _, e in sorted(executions.items())],
        "events": [
            {
                "artifact": artifacts[event.artifact].digest,
                "run": executions[event.execution].name,
                "type": event.type.value,
                "option": event.key,
                "index": event.index,
                "given": event.given,
                "uri": event.uri,
                "time": event.time,
            }
            for event in events
        ],
    }
    return json.dumps(document("lineage", known), indent=2, ensure_ascii=False)


def _artifact(artifact: Artifact) -> dict[str, Any]:
    return {
        "type": artifact.type,
        "digest": artifact.digest,
        "uri": artifact.uri,
        "state": artifact.state.value,
        "properties": dict(artifact.properties),
    }


def as_dot(lineages: Sequence[Lineage]) -> str:
    """Some lineages as one graph in Graphviz's language, in the direction of the data."""
    lines = ["digraph lineage {", "  rankdir=LR;"]
    for number, artifact in sorted(
        {n: a for g in lineages for n, a in g.artifacts.items()}.items()
    ):
        place = artifact.uri.rpartition("/")[2]
        label = _quoted(f"{artifact.type}\n{place}\n{short(artifact)}")
        lines.append(f"  a{number} [shape=box, label={label}];")
    for number, run in sorted({n: e for g in lineages for n, e in g.executions.items()}.items()):
        label = _quoted(f"{run.type}\n{run.name[:8]}\n{shown_state(run)}")
        lines.append(f"  e{number} [shape=ellipse, label={label}];")
    for event in dict.fromkeys(event for g in lineages for event in g.events):
        start, end = _ends(event)
        lines.append(f"  {start} -> {end} [label={_quoted(event.key)}];")
    return "\n".join([*lines, "}"])


def as_report(lineage: Lineage) -> LineageGraph:
    """A lineage for a report; configurations, of which each run has one, stand with the runs."""
    from taurus_beam.report.lineage import Box, LineageGraph

    shown = {n: a for n, a in lineage.artifacts.items() if a.type != _CONFIGURATION}
    configured = {
        event.execution: lineage.artifacts[event.artifact].digest
        for event in lineage.events
        if event.artifact not in shown
    }
    boxes = {
        f"a{n}": Box(a.type, a.uri.rpartition("/")[2], False, f"{a.uri} {a.digest}")
        for n, a in sorted(shown.items())
    }
    for number, run in sorted(lineage.executions.items()):
        facts = f"{_run(run)}, configuration {configured.get(number, 'unknown')}"
        boxes[f"e{number}"] = Box(run.type, run.name[:8], True, facts)
    arrows = [_ends(event) for event in lineage.events if event.artifact in shown]
    return LineageGraph(boxes, list(dict.fromkeys(arrows)))


def _ends(event: Event) -> tuple[str, str]:
    """Where the arrow of an event begins and ends."""
    artifact, execution = f"a{event.artifact}", f"e{event.execution}"
    return (artifact, execution) if event.type is EventType.INPUT else (execution, artifact)


def _quoted(text: str) -> str:
    """A text of Graphviz's language, whose line breaks stand as such.

    Example:
        >>> print(_quoted('the "new"\\ndata'))
        "the \\"new\\"\\ndata"
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
