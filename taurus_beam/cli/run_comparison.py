"""What differs between two runs, as plain data: parameters, and what they read and wrote.

Where what they read or wrote is still there, schemas, statistics and artifacts are compared by
their content; else by their digests alone, and that is said.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from taurus_beam.cli.runs import time_of
from taurus_beam.configuration import changes
from taurus_beam.errors import DataError, TaurusError
from taurus_beam.lineage.configurations import configuration_of
from taurus_beam.lineage.identity import file_digest, manifest_digest
from taurus_beam.lineage.model import Artifact, Event, EventType, Execution
from taurus_beam.lineage.state import shown_state
from taurus_beam.lineage.store import LineageStore
from taurus_beam.specs import document

__all__ = ["compared_runs", "written_artifact"]

_CONFIGURATION = "Configuration"


@dataclass(frozen=True)
class _Used:
    """Something that a run read or wrote."""

    event: Event
    artifact: Artifact

    @property
    def is_there(self) -> bool:
        """Whether its content lies where it lay."""
        path = self.event.uri
        try:
            found = manifest_digest(path) if os.path.isdir(path) else file_digest(path)
        except OSError:
            return False
        return found == self.artifact.digest

    def record(self) -> dict[str, Any]:
        """Its digest, place and number of rows, as far as that is known."""
        rows = self.artifact.properties.get("rows")
        if self.artifact.type == "Data" and self.is_there:
            rows = _rows_in(self.event.uri)
        known = {"digest": self.artifact.digest, "uri": self.event.uri}
        return known if rows is None else {**known, "rows": rows}


def compared_runs(store: LineageStore, a: Execution, b: Execution) -> dict[str, Any]:
    """What ``taurus-beam diff --json`` prints of two runs.

    ``same`` says whether both were told the same, read the same and wrote the same.

    Raises:
        EngineError: If the store fails.
    """
    runs = a, b
    one, other = (configuration_of(each) for each in runs)
    read, written = (
        _paired(*(_uses(store, each, type) for each in runs))
        for type in (EventType.INPUT, EventType.OUTPUT)
    )
    changed = changes(one, other)
    inputs, outputs = _records(read), _records(written)
    same = not changed and one.command == other.command
    return {
        "a": _run(a),
        "b": _run(b),
        "same": same and all(each["same"] for each in (*inputs, *outputs)),
        "configuration": {
            "digests": [one.digest, other.digest],
            "changed": changed,
            "sources": {
                name: [one.sources[name], other.sources[name]]
                for name in one.sources
                if name not in changed and one.sources[name] != other.sources.get(name)
            },
        },
        "inputs": inputs,
        "outputs": outputs,
        **_contents([*read, *written]),
        "versions": _versions(a, b),
    }


def written_artifact(store: LineageStore, run: Execution) -> str:
    """Where the artifact is that a run wrote.

    Raises:
        DataError: If it wrote none, or it is not there any more.
    """
    for used in _uses(store, run, EventType.OUTPUT).values():
        if used.artifact.type == "TransformFn":
            if used.is_there or "://" in used.event.uri:
                return used.event.uri
            raise DataError(
                f"The artifact that the run {run.name} wrote is not there any more.",
                where=used.event.uri,
                fix=f"taurus-beam rerun {run.name[:8]} makes it again.",
            )
    raise DataError(
        f"The run {run.name} wrote no artifact.",
        where=store.shown,
        expected="a run of fit, or two runs",
    )


_Place = tuple[str, int]
_Pair = tuple[_Place, _Used | None, _Used | None]


def _uses(store: LineageStore, run: Execution, type: EventType) -> dict[_Place, _Used]:
    events = store.events_of_executions([run.id or 0], type)
    artifacts = {each.id: each for each in store.artifacts(event.artifact for event in events)}
    return {
        (event.key, event.index): _Used(event, artifacts[event.artifact])
        for event in events
        if artifacts[event.artifact].type != _CONFIGURATION
    }


def _paired(a: Mapping[_Place, _Used], b: Mapping[_Place, _Used]) -> list[_Pair]:
    return [(place, a.get(place), b.get(place)) for place in {**a, **b}]


def _records(pairs: list[_Pair]) -> list[dict[str, Any]]:
    return [
        {
            "option": place[0],
            "index": place[1],
            "type": next(each.artifact.type for each in (one, other) if each is not None),
            "same": _is_same(one, other),
            "a": None if one is None else one.record(),
            "b": None if other is None else other.record(),
        }
        for place, one, other in pairs
    ]


def _is_same(one: _Used | None, other: _Used | None) -> bool:
    digests = [None if each is None else each.artifact.digest for each in (one, other)]
    return digests[0] == digests[1]


def _contents(pairs: list[_Pair]) -> dict[str, Any]:
    """The content of what differs, side by side, by the option that named it."""
    found: dict[str, Any] = {"schemas": {}, "statistics": {}, "graphs": {}, "not_compared": []}
    for (option, index), one, other in pairs:
        if one is None or other is None or _is_same(one, other):
            continue
        if one.artifact.type != other.artifact.type or one.artifact.type not in _SIDE_BY_SIDE:
            continue
        section, compare = _SIDE_BY_SIDE[one.artifact.type]
        name = option if index == 0 else f"{option} {index}"
        gone = [each.event.uri for each in (one, other) if not each.is_there]
        if gone:
            found["not_compared"] += [f"{name}: {uri} is not what it was" for uri in gone]
            continue
        try:
            found[section][name] = compare(one.event.uri, other.event.uri)
        except TaurusError as problem:
            found["not_compared"].append(f"{name}: {problem.what}")
    return found


def _schemas(a: str, b: str) -> list[dict[str, str]]:
    from taurus_beam.cli.schema_text import load_schema
    from taurus_beam.validation.schema_skew import schema_skew

    differences = schema_skew(*(load_schema(each).schema for each in (a, b)))
    return [
        {"path": each.path, "kind": each.kind, "a": each.training, "b": each.serving}
        for each in differences
    ]


def _statistics(a: str, b: str) -> dict[str, Any]:
    from taurus_beam.cli.stats_table import feature_rows
    from taurus_beam.stats.files import load_statistics
    from taurus_beam.validation.dataset_view import default_dataset
    from taurus_beam.validation.distance_table import MEASURES, distances

    lists = [load_statistics(each) for each in (a, b)]
    sets = [default_dataset(each, side) for each, side in zip(lists, "AB", strict=True)]
    one, other = ({row[0]: row[1:] for row in feature_rows(each)} for each in sets)
    apart = {row["feature"]: row for row in distances(*lists).to_pylist()}
    return {
        "rows": [each.num_examples for each in sets],
        "added": [name for name in other if name not in one],
        "removed": [name for name in one if name not in other],
        "changed": {
            name: {
                "a": _summary(one[name]),
                "b": _summary(other[name]),
                "distances": {
                    measure: apart[name][measure]
                    for measure in MEASURES
                    if name in apart and apart[name][measure] is not None
                },
            }
            for name in one
            if name in other and _differs(one[name], other[name], apart.get(name, {}), MEASURES)
        },
    }


def _differs(
    a: tuple[str, ...], b: tuple[str, ...], apart: Mapping[str, Any], measures: tuple[str, ...]
) -> bool:
    return a != b or any(apart.get(measure) for measure in measures)


def _summary(row: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(("type", "missing", "values"), row, strict=True))


def _graphs(a: str, b: str) -> dict[str, Any]:
    from taurus_beam.cli.comparison import compared
    from taurus_beam.cli.open_artifact import open_artifact

    return document("artifact-diff", compared(open_artifact(a), open_artifact(b)))


_SIDE_BY_SIDE: dict[str, tuple[str, Callable[[str, str], Any]]] = {
    "Schema": ("schemas", _schemas),
    "Statistics": ("statistics", _statistics),
    "TransformFn": ("graphs", _graphs),
}


def _run(run: Execution) -> dict[str, Any]:
    return {
        "run": run.name,
        "command": run.type,
        "state": shown_state(run),
        "began": time_of(run.created),
    }


def _versions(a: Execution, b: Execution) -> dict[str, list[Any]]:
    """Versions and commits that differ."""
    one, other = (dict(_facts(each)) for each in (a, b))
    return {
        name: [one.get(name), other.get(name)]
        for name in {**one, **other}
        if one.get(name) != other.get(name)
    }


def _facts(run: Execution) -> Iterator[tuple[str, Any]]:
    yield from run.properties.get("versions", {}).items()
    yield "commit", run.properties.get("git", {}).get("commit")
    yield "folder", run.properties.get("folder")


def _rows_in(path: str) -> int | None:
    """How many rows a file has; None where it cannot be read without being told how.

    Of Parquet and Arrow files little is read for it; other formats take about as long as the
    digest, which has told that the file is what it was.
    """
    from taurus_beam.io.source import Source

    try:
        return sum(int(batch.num_rows) for batch in Source(path).batches([]))
    except TaurusError:
        return None
