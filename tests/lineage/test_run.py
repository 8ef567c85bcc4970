from __future__ import annotations

import os
import sqlite3
import subprocess
from pathlib import Path

import pytest

from taurus_beam.errors import DataError, EngineError
from taurus_beam.lineage import Artifact, LineageStore, Use, recording
from taurus_beam.lineage.surroundings import surroundings


@pytest.fixture
def store(tmp_path: Path) -> LineageStore:
    return LineageStore(str(tmp_path / "lineage.sqlite"))


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (DataError("No rows."), "FAILED"),
        (KeyError("x"), "FAILED"),
        (KeyboardInterrupt(), "CANCELED"),
    ],
)
def test_how_it_ends_is_stored_and_raised(
    store: LineageStore, failure: BaseException, state: str
) -> None:
    with pytest.raises(type(failure)), recording(store, "fit", {}, print):
        raise failure
    [found] = store.executions()
    assert found.state.value == state
    error = found.properties.get("error")
    assert error == (
        {"type": type(failure).__name__, "text": str(failure)} if state == "FAILED" else None
    )


def test_a_store_that_fails_on_the_way_is_told_once_and_the_work_goes_on(
    store: LineageStore, tmp_path: Path
) -> None:
    told: list[EngineError] = []
    use = Use(Artifact("Data", "sha256:1"), "input")
    with recording(store, "fit", {}, told.append) as run:
        with sqlite3.connect(tmp_path / "lineage.sqlite") as connection:
            connection.execute("DROP TABLE lineage_events")
        run.reads([use])
        run.writes([use])
        worked = True
    assert worked
    assert len(told) == 1
    assert "lineage_events" in str(told[0])


def test_the_configuration_is_an_artifact_without_passwords(store: LineageStore) -> None:
    for _ in range(2):
        with recording(store, "fit", {"to": "s3://me:secret@host/x"}, print):
            pass
    runs = store.executions()
    events = store.events_of_executions([run.id or 0 for run in runs])
    [artifact] = store.artifacts(event.artifact for event in events)
    assert artifact.type == "Configuration"
    assert artifact.properties["configuration"] == {"to": "s3://me:***@host/x"}


def test_a_variable_joins_the_commands_of_a_chain(
    store: LineageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pipeline, name in (("monday", "stats"), ("monday", "fit"), ("tuesday", "stats")):
        monkeypatch.setenv("TAURUS_BEAM_LINEAGE_CONTEXT", pipeline)
        with recording(store, name, {}, pytest.fail):
            pass
    assert [run.type for run in store.executions(context="monday")] == ["fit", "stats"]


def test_a_run_in_a_folder_that_is_gone_is_recorded(
    store: LineageStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with recording(store, "fit", {}, pytest.fail):
        pass
    [found] = store.executions()
    assert (found.state.value, found.properties["folder"]) == ("COMPLETE", "")


def test_the_commit_is_that_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "git" not in surroundings()
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    (tmp_path / "prep.py").write_text("1")
    for words in (["init", "-q"], ["add", "prep.py"], [*who, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", *words], check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    found = surroundings()["git"]
    assert (found["commit"], found["changed"]) == (head.stdout.strip(), False)
    assert os.path.samefile(found["top"], tmp_path)
    (tmp_path / "prep.py").write_text("2")
    assert surroundings()["git"]["changed"] is True
