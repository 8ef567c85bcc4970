"""Worker processes are forks of one server, and as good as if each had been started alone."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest

from taurus_beam.errors import EngineError
from taurus_beam.graph.threads import thread_count
from taurus_beam.runners.options import pipeline_options
from taurus_beam.runners.profiles import profile
from taurus_beam.runners.run import run

PROCESSES = ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]


class _Facts(beam.DoFn):
    """What a worker sees of itself, once for each of its bundles, in a file of its own."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def process(self, element: int) -> Iterator[Any]:
        facts = {
            "server": os.getppid(),
            "threads of the server": len(os.listdir(f"/proc/{os.getppid()}/task")),
            "drawn": float(np.random.random()),
            "arrow": pa.cpu_count(),
            "own threads": thread_count(),
            "worker": os.environ["WORKER_ID"],
        }
        Path(self._folder, str(os.getpid())).write_text(json.dumps(facts))
        yield element


def test_workers_are_forks_of_one_server_that_has_no_threads(tmp_path: Path) -> None:
    run(
        lambda p: p | beam.Create([0, 1]) | beam.Reshuffle() | beam.ParDo(_Facts(str(tmp_path))),
        pipeline_options(profile(), PROCESSES),
    )

    first, second = (json.loads(file.read_text()) for file in tmp_path.iterdir())
    assert first["server"] == second["server"] != os.getpid()
    assert first["threads of the server"] == 1
    assert first["drawn"] != second["drawn"]
    assert first["worker"] != second["worker"]
    share = max(1, len(os.sched_getaffinity(0)) // 2)
    assert first["arrow"] == second["arrow"] == first["own threads"] == share
    assert not Path(f"/proc/{first['server']}").exists()


# Beam's threads that listened to the workers end with an error, which says nothing.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_the_death_of_the_server_ends_the_run() -> None:
    def kill(element: int) -> None:
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(3)

    with pytest.raises(EngineError, match="it was killed by SIGKILL"):
        run(
            lambda p: p | beam.Create([0]) | beam.Map(kill),
            pipeline_options(profile(), PROCESSES),
        )


def test_a_server_that_cannot_import_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['apache_beam'] = None")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")

    with pytest.raises(EngineError, match="it exited with code 1"):
        run(
            lambda p: p | beam.Create([0]) | beam.Map(print),
            pipeline_options(profile(), PROCESSES),
        )
