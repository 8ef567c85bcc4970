from __future__ import annotations

import json
from pathlib import Path

import pytest

from taurus_beam.cli.lineage_forms import as_dot, as_json, as_report, tree
from taurus_beam.lineage import Artifact, EventType, Execution, Lineage, LineageStore, Use, up
from taurus_beam.report.lineage import lineage_html


@pytest.fixture
def store(tmp_path: Path) -> LineageStore:
    return LineageStore(str(tmp_path / "lineage.sqlite"))


def lineage_of(store: LineageStore, steps: list[tuple[list[str], list[str]]]) -> Lineage:
    """Of what the last of some runs, each of which reads and writes files, has written first."""

    def uses(names: list[str]) -> list[Use]:
        return [Use(Artifact("Data", f"sha256:{n}", f"/{n}"), "x", 0, n) for n in names]

    for i, (read, written) in enumerate(steps):
        run = store.begin(Execution("step", f"{i}"))
        store.record(run, EventType.INPUT, uses(read))
        store.record(run, EventType.OUTPUT, uses(written))
    [root] = store.artifacts_of_digest(steps[-1][1][0])
    return up(store, [root.id or 0])


def test_a_chain_of_years(store: LineageStore) -> None:
    length = 400
    found = lineage_of(store, [([f"{i:04}"], [f"{i + 1:04}"]) for i in range(length)])
    lines = tree(found, EventType.OUTPUT)
    assert lines[-1].endswith("and so on: --json and --dot tell all")
    assert as_dot([found]).count(" -> ") == 2 * length
    assert lineage_html(as_report(found)).count("<rect") == 2 * length + 1


def test_a_file_that_was_rewritten_as_it_was_is_told_once(store: LineageStore) -> None:
    found = lineage_of(store, [(["raw1"], ["same"]), (["same"], ["same"])])
    lines = tree(found, EventType.OUTPUT)
    assert sum(": same " in line for line in lines) == 1
    assert any(": same " in line and line.endswith("(see above)") for line in lines)
    assert any(": raw1 " in line for line in lines)
    assert len(json.loads(as_json([found]))["events"]) == 4
    assert lineage_html(as_report(found))


def test_of_many_the_first_are_told(store: LineageStore) -> None:
    found = lineage_of(store, [([f"{i:04}" for i in range(30)], ["made"])])
    assert tree(found, EventType.OUTPUT)[-1].endswith("and 10 more")
