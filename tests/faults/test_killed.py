"""SIGKILL, at any moment: what is there is whole and right, and another run makes it complete."""

from __future__ import annotations

import shutil
import signal
import time
from pathlib import Path

import pytest
from faulty_runs import MODES, Place, end_group, ended, wait_until

KILLS = 4
_SLOW_COMMIT = """
import os, time
replace = os.replace
def slow(source, target, **further):
    replace(source, target, **further)
    if "-of-" in str(target):
        time.sleep(1)
os.replace = slow
"""


@pytest.mark.parametrize("mode", MODES)
def test_a_run_that_is_killed_leaves_nothing_partial(tmp_path: Path, mode: str) -> None:
    place = Place.at(tmp_path)
    began = time.perf_counter()
    assert ended(place.fit(mode))[0] == 0
    whole = time.perf_counter() - began
    assert place.assert_nothing_partial() == ["fn", "stats.pb", "data"]

    for kill in range(KILLS):
        process = place.fit(mode)
        time.sleep(whole * (0.5 + 0.5 * kill / KILLS))
        end_group(process, signal.SIGKILL)
        ended(process)
        place.assert_nothing_partial()

    code, _, errors = ended(place.fit(mode))
    assert (code, errors) == (0, "")
    assert place.assert_nothing_partial() == ["fn", "stats.pb", "data"]
    assert place.temporary == []


def test_an_output_whose_commit_was_killed_is_no_output(tmp_path: Path) -> None:
    place = Place.at(tmp_path)
    assert ended(place.fit("in_process"))[0] == 0
    shutil.rmtree(tmp_path / "out" / "fn")
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "sitecustomize.py").write_text(_SLOW_COMMIT)

    process = place.fit("multi_processing", python_path=tmp_path / "path")
    wait_until(process, lambda: list((tmp_path / "out").glob("data-*-of-00002*")))
    end_group(process, signal.SIGKILL)
    ended(process)

    [first] = (tmp_path / "out").glob("data-*-of-*")
    assert first.name == "data-00000-of-00002.parquet"
    assert place.assert_nothing_partial() == ["stats.pb"]
    code, _, errors = ended(place.start("stats", "-i", "out/data-*"))
    assert (code, errors[:31]) == (4, "error: The output is incomplete")
    transform = place.start("transform", "-a", "none", "-i", "data", "-o", "out/data")
    assert "It is incomplete" in ended(transform)[2]
    assert ended(place.fit("in_process"))[0] == 0
    assert place.assert_nothing_partial() == ["fn", "stats.pb", "data"]
