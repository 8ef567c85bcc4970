"""A worker process that dies: the run ends with one error, and leaves nothing."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from faulty_runs import Place, ended, processes_of, wait_until, workers_of


@pytest.mark.parametrize("wait", [0.0, 0.2])
def test_a_worker_that_is_killed_ends_the_run(tmp_path: Path, wait: float) -> None:
    place = Place.at(tmp_path)
    process = place.fit("multi_processing")
    wait_until(process, lambda: len(workers_of(process)) == 2)
    time.sleep(wait)
    os.kill(workers_of(process)[0], signal.SIGKILL)

    code, _, errors = ended(process, within=60)

    assert code == 6
    first, *further = errors.splitlines()
    assert first == "error: A worker process died: it was killed by SIGKILL."
    assert [line.split()[0] for line in further] == ["expected:", "fix:"]
    assert "fn" not in place.assert_nothing_partial()
    assert place.temporary == []


def test_workers_end_when_the_runner_is_killed(tmp_path: Path) -> None:
    place = Place.at(tmp_path)
    process = place.fit("multi_processing")
    wait_until(process, lambda: len(workers_of(process)) == 2)
    process.kill()
    process.wait()

    until = time.monotonic() + 60
    while processes_of(process) and time.monotonic() < until:
        time.sleep(0.05)

    assert processes_of(process) == []
    place.assert_nothing_partial()
