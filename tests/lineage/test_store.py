from __future__ import annotations

import math
from pathlib import Path

import pytest

from taurus_beam.lineage import (
    Artifact,
    Context,
    EventType,
    Execution,
    ExecutionState,
    LineageStore,
    Use,
)


@pytest.fixture
def store(tmp_path: Path) -> LineageStore:
    return LineageStore(str(tmp_path / "lineage.sqlite"))


def test_an_artifact_that_two_runs_met_is_one(store: LineageStore) -> None:
    for name, place in (("a", "/here/x.csv"), ("b", "/there/copy.csv")):
        run = store.begin(Execution("stats", name))
        store.record(run, EventType.INPUT, [Use(Artifact("Data", "sha256:12", place), "input")])
    [artifact] = store.artifacts_of_digest("12")
    assert artifact.uri == "/here/x.csv"
    events = store.events_of_artifacts([artifact.id or 0])
    assert [event.uri for event in events] == ["/here/x.csv", "/there/copy.csv"]
    assert store.artifact_at("/there/copy.csv") == artifact


def test_a_path_gives_what_was_there_last(store: LineageStore) -> None:
    run = store.begin(Execution("stats", "a"))
    for digest in ("sha256:old", "sha256:new"):
        store.record(run, EventType.OUTPUT, [Use(Artifact("Data", digest, "/x"), "output")])
    found = store.artifact_at("/x")
    assert found is not None
    assert found.digest == "sha256:new"
    assert store.artifact_at("/y") is None


def test_properties_of_the_end_join_those_of_the_beginning(store: LineageStore) -> None:
    run = store.begin(Execution("fit", "a", properties={"begun": 1, "both": 1}))
    store.end(run, ExecutionState.FAILED, {"both": 2, "error": "x"})
    [found] = store.executions()
    assert found.properties == {"begun": 1, "both": 2, "error": "x"}
    assert found.state is ExecutionState.FAILED
    assert found.updated >= found.created > 0


def test_executions_are_found_by_name_type_context_and_time(store: LineageStore) -> None:
    for i, (kind, pipeline) in enumerate([("fit", "a"), ("stats", "a"), ("fit", "b%")]):
        store.begin(Execution(kind, f"{i}_x"), [Context("Pipeline", pipeline)])
    assert [e.name for e in store.executions()] == ["2_x", "1_x", "0_x"]
    assert [e.name for e in store.executions(most=1)] == ["2_x"]
    assert [e.name for e in store.executions(type="fit")] == ["2_x", "0_x"]
    assert [e.name for e in store.executions(context="a")] == ["1_x", "0_x"]
    # No name is a pattern.
    assert [e.name for e in store.executions(name="1_")] == ["1_x"]
    assert store.executions(name="%") == []
    newest = store.executions()[0].created
    assert store.executions(since=newest + 1) == []


def test_what_an_execution_uses_belongs_to_its_contexts(store: LineageStore) -> None:
    run = store.begin(Execution("fit", "a"), [Context("Project", "p"), Context("Pipeline", "q")])
    assert [(c.type, c.name) for c in store.contexts_of(run)] == [
        ("Project", "p"),
        ("Pipeline", "q"),
    ]


def test_names_that_no_encoding_knows_and_other_hostile_values(store: LineageStore) -> None:
    hostile = b"/data/\xff\x00.csv".decode("utf-8", "surrogateescape")
    run = store.begin(
        Execution("fit", "a", properties={"nan": math.nan, hostile: hostile, "n": 2**70})
    )
    store.record(
        run, EventType.INPUT, [Use(Artifact("Data", "sha256:1", hostile), "i", 0, hostile)]
    )
    [found] = store.executions()
    assert found.properties == {
        "nan": "nan",
        "/data/\\udcff\\x00.csv": "/data/\\udcff\\x00.csv",
        "n": 2**70,
    }


def test_many_things_at_once(store: LineageStore) -> None:
    run = store.begin(Execution("fit", "a"))
    uses = [Use(Artifact("Data", f"sha256:{i:x}"), "input", i) for i in range(2100)]
    store.record(run, EventType.INPUT, uses)
    events = store.events_of_executions([run])
    assert sorted(event.index for event in events) == list(range(2100))
    assert len(store.artifacts(event.artifact for event in events)) == 2100
