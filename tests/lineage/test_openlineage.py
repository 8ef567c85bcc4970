"""Runs as events of OpenLineage: its own client, and a server that receives them."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from taurus_beam.errors import DataError, EngineError
from taurus_beam.lineage import Artifact, LineageStore, Use, recording


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LineageStore:
    monkeypatch.setenv("TAURUS_BEAM_LINEAGE_EXPORT", "openlineage")
    return LineageStore(str(tmp_path / "lineage.sqlite"))


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """The events that a server got, which the environment names."""
    events: list[dict[str, Any]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            events.append(json.loads(self.rfile.read(length)))
            self.send_response(201)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing to the terminal."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("OPENLINEAGE_URL", f"http://127.0.0.1:{server.server_port}")
    yield events
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_run_begins_and_is_complete(store: LineageStore, received: list[dict[str, Any]]) -> None:
    with recording(store, "fit", {"output": "fn"}, pytest.fail) as run:
        run.reads([Use(Artifact("Data", "sha256:ab", "gs://bucket/x.csv"), "input")])
        run.writes([Use(Artifact("TransformFn", "sha256:cd", "/models/fn"), "output")])
    started, completed = received
    assert [event["eventType"] for event in received] == ["START", "COMPLETE"]
    assert {uuid.UUID(event["run"]["runId"]).hex for event in received} == {run.name}
    assert started["job"]["name"] == "fit"
    assert started["run"]["facets"]["taurus_beam"]["configuration"] == {"output": "fn"}

    def datasets(way: str) -> list[tuple[str, str, str]]:
        return [
            (d["namespace"], d["name"], d["facets"]["version"]["datasetVersion"])
            for d in completed[way]
        ]

    assert datasets("inputs") == [("gs://bucket", "x.csv", "sha256:ab")]
    assert datasets("outputs") == [("file", "/models/fn", "sha256:cd")]


@pytest.mark.parametrize(
    ("failure", "state"), [(DataError("No rows."), "FAIL"), (KeyboardInterrupt(), "ABORT")]
)
def test_how_it_ends_is_told(
    store: LineageStore, received: list[dict[str, Any]], failure: BaseException, state: str
) -> None:
    with pytest.raises(type(failure)), recording(store, "fit", {}, pytest.fail):
        raise failure
    assert received[-1]["eventType"] == state
    message = received[-1]["run"]["facets"].get("errorMessage", {}).get("message")
    assert message == ("No rows." if state == "FAIL" else None)


def test_events_go_to_a_file_where_the_configuration_says_so(
    store: LineageStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = {"type": "file", "log_file_path": str(tmp_path / "events"), "append": True}
    for name, value in transport.items():
        monkeypatch.setenv(f"OPENLINEAGE__TRANSPORT__{name.upper()}", json.dumps(value).strip('"'))
    with recording(store, "stats", {}, pytest.fail):
        pass
    lines = (tmp_path / "events").read_text().splitlines()
    assert [json.loads(line)["eventType"] for line in lines] == ["START", "COMPLETE"]


def test_a_receiver_that_is_not_there_costs_a_warning(
    store: LineageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINEAGE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("OPENLINEAGE__TRANSPORT__RETRY__TOTAL", "0")
    told: list[EngineError] = []
    with recording(store, "stats", {}, told.append):
        pass
    [problem] = told
    assert "openlineage could not be told of the run" in str(problem)
    assert store.executions()[0].state.value == "COMPLETE"
