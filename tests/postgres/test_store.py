"""The lineage store in a real PostgreSQL server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from lineage_writer import assert_nothing_lost, written_by_two
from typer.testing import CliRunner

from taurus_beam.cli.app import app
from taurus_beam.errors import EngineError
from taurus_beam.lineage import Artifact, EventType, Execution, LineageStore, Use, down, up


@pytest.fixture
def url(server: str, request: pytest.FixtureRequest) -> str:
    """A database of the test's own."""
    name = request.node.name
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return server.removesuffix("postgres") + name


def taurus_beam(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "80"})


def test_two_processes_lose_nothing(url: str, tmp_path: Path) -> None:
    written_by_two(url, 500, tmp_path)
    assert_nothing_lost(LineageStore(url), 500)


def test_a_chain_of_commands(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TAURUS_BEAM_LINEAGE", url)
    (tmp_path / "x.csv").write_text("x\n1\n2\n")
    for line in ("stats -i x.csv -o stats.pb", "schema infer -s stats.pb -o schema.pbtxt"):
        result = taurus_beam(*line.split())
        assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(taurus_beam("lineage", "schema.pbtxt", "--up", "--json").stdout)
    assert {a["type"] for a in found["artifacts"]} >= {"Schema", "Statistics", "Data"}
    runs = json.loads(taurus_beam("runs", "--json").stdout)
    assert [(run["command"], run["state"]) for run in runs] == [
        ("schema infer", "COMPLETE"),
        ("stats", "COMPLETE"),
    ]
    assert "***@127.0.0.1" in taurus_beam("lineage", "none").stderr


def test_what_texts_it_cannot_hold(url: str) -> None:
    store = LineageStore(url)
    hostile = b"/\xff\x00\xed\xa0\x80".decode("utf-8", "surrogateescape")
    run = store.begin(Execution("fit", "a", properties={hostile: [hostile]}))
    store.record(
        run, EventType.INPUT, [Use(Artifact("Data", "sha256:1", hostile), "i", 0, hostile)]
    )
    [found] = store.executions()
    assert found.properties == {
        "/\\udcff\\x00\\udced\\udca0\\udc80": ["/\\udcff\\x00\\udced\\udca0\\udc80"]
    }
    [artifact] = store.artifacts_of_digest("1")
    assert [list(walk(store, [artifact.id or 0]).executions) for walk in (up, down)] == [[], [run]]


def test_another_version_is_refused(url: str) -> None:
    LineageStore(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE lineage_version SET version = 7")
    with pytest.raises(EngineError, match="has version 7"):
        LineageStore(url)


@pytest.mark.parametrize("change", [lambda url: url + "x", lambda url: url.replace("ada", "eve")])
def test_a_database_that_is_not_there_is_told(server: str, change: Callable[[str], str]) -> None:
    with pytest.raises(EngineError, match="cannot be used") as raised:
        LineageStore(change(server))
    assert "ss%2Fword" not in str(raised.value)
    assert "ss/word" not in str(raised.value)
