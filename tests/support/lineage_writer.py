"""A process that stores runs: ``python -m lineage_writer URL NAME NUMBER [BARRIER]``.

Each run reads a file that all writers share and one of its own, and writes one of its own. With a
barrier, a file, nothing begins before that is there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from taurus_beam.lineage import (
    Artifact,
    Context,
    EventType,
    Execution,
    ExecutionState,
    LineageStore,
    Use,
)


def write(url: str, writer: str, number: int) -> None:
    store = LineageStore(url)
    for i in range(number):
        name = f"{writer}-{i}"
        run = store.begin(Execution("fit", name), [Context("Project", "shared")])
        shared = Use(Artifact("Data", f"sha256:shared{i % 7}"), "input")
        store.record(run, EventType.INPUT, [shared, Use(Artifact("Code", f"sha256:{name}c"), "p")])
        store.record(run, EventType.OUTPUT, [Use(Artifact("TransformFn", f"sha256:{name}"), "o")])
        store.end(run, ExecutionState.COMPLETE, {"writer": writer})


def written_by_two(url: str, number: int, folder: Path) -> None:
    """Two processes write that many runs each, both to a store that is not there yet."""
    barrier = folder / "begin"
    words = [sys.executable, "-m", "lineage_writer", url]
    support = str(Path(__file__).parent)
    path = os.pathsep.join([support, os.environ.get("PYTHONPATH", "")])
    writers = [
        subprocess.Popen(
            [*words, name, str(number), str(barrier)], env={**os.environ, "PYTHONPATH": path}
        )
        for name in ("one", "other")
    ]
    barrier.touch()
    assert [writer.wait(timeout=200) for writer in writers] == [0, 0]


def assert_nothing_lost(store: LineageStore, number: int) -> None:
    names = {f"{writer}-{i}" for writer in ("one", "other") for i in range(number)}
    executions = store.executions(context="shared")
    assert {e.name for e in executions} == names
    assert len(executions) == len(names)
    assert {e.state for e in executions} == {ExecutionState.COMPLETE}
    assert all(e.name.startswith(e.properties["writer"]) for e in executions)
    events = store.events_of_executions([e.id for e in executions if e.id is not None])
    assert len(events) == 3 * len(names)
    artifacts = {a.id: a for a in store.artifacts(event.artifact for event in events)}
    # What both writers have met is stored once.
    assert sorted(a.digest for a in artifacts.values()) == sorted(
        {f"sha256:shared{i % 7}" for i in range(number)}
        | {f"sha256:{name}{end}" for name in names for end in ("", "c")}
    )
    by_number = {e.id: e.name for e in executions}
    written = {by_number[e.execution]: artifacts[e.artifact].digest for e in events if e.key == "o"}
    assert written == {name: f"sha256:{name}" for name in names}


if __name__ == "__main__":
    _, url, name, number, barrier = sys.argv
    while not os.path.exists(barrier):
        time.sleep(0.001)
    write(url, name, int(number))
