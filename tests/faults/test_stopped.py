"""Ctrl-C and SIGTERM: the command says so, ends with its code, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from faulty_runs import MODES, Place, end_group, ended, wait_until


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_a_fit_that_is_stopped_leaves_nothing(
    tmp_path: Path, mode: str, number: signal.Signals, code: int
) -> None:
    # Without a pipeline, few rows would be done with before they could be stopped.
    place = Place.at(tmp_path, times=300 if mode == "without_pipeline" else 1)
    process = place.fit(mode)
    wait_until(process, lambda: place.temporary)
    time.sleep(0.3)
    # A terminal sends Ctrl-C to the workers too; a container's end is told to the first process.
    if number is signal.SIGINT:
        end_group(process, number)
    else:
        process.send_signal(number)

    found, _, errors = ended(process, within=30)

    assert (found, errors.splitlines()[-1][:19]) == (code, "error: Interrupted.")
    assert "Traceback" not in errors
    assert place.temporary == []
    out = tmp_path / "out"
    assert not out.exists() or [name for name in os.listdir(out) if name != "stats.pb"] == []
    place.assert_nothing_partial()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_statistics_that_are_stopped_leave_nothing(tmp_path: Path, number: signal.Signals) -> None:
    place = Place.at(tmp_path)
    process = place.start("stats", "-i", "data", "-o", "out/stats.pb", "--runner", "FnApiRunner")
    wait_until(process, lambda: place.temporary)
    time.sleep(0.1)
    process.send_signal(number)

    assert ended(process, within=30)[0] == 128 + number
    assert place.temporary == []
    assert not (tmp_path / "out").exists() or os.listdir(tmp_path / "out") == []
