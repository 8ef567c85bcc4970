from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import apache_beam as beam
import pytest

from taurus_beam.errors import EngineError
from taurus_beam.runners.options import pipeline_options
from taurus_beam.runners.profiles import profile
from taurus_beam.runners.run import run

PROCESSES = ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]

_SLOW_TO_CONNECT = """
import os, time
forks = 0
def count():
    global forks
    forks += 1
def wait():
    if forks % 2 == {parity}:
        time.sleep(4)
os.register_at_fork(before=count, after_in_child=wait)
"""


# Which of the two workers gets the row is Beam's affair; the other one is to be late.
@pytest.mark.parametrize("parity", [0, 1])
def test_a_pipeline_that_fails_before_a_worker_has_connected_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parity: int
) -> None:
    (tmp_path / "sitecustomize.py").write_text(_SLOW_TO_CONNECT.format(parity=parity))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    options = pipeline_options(profile(), PROCESSES)
    ended = threading.Event()

    def fail() -> None:
        with pytest.raises(EngineError):
            run(lambda p: p | beam.Create([0]) | beam.Map(lambda x: 1 / x), options)
        ended.set()

    threading.Thread(target=fail, daemon=True).start()

    assert ended.wait(60)


# Where processes are not forked, each worker is started alone, through a shell.
@pytest.mark.parametrize("forks", [True, False])
# Beam's threads that listened to the worker end with an error, which says nothing.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_that_is_killed_ends_the_run(monkeypatch: pytest.MonkeyPatch, forks: bool) -> None:
    monkeypatch.setattr("taurus_beam.runners.worker_processes.can_fork", lambda: forks)

    def kill_itself(element: int) -> None:
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)

    with pytest.raises(EngineError, match="it was killed by SIGKILL"):
        run(
            lambda p: p | beam.Create([0]) | beam.Map(kill_itself),
            pipeline_options(profile(), PROCESSES),
        )
