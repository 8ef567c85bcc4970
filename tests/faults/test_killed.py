"""SIGKILL, at any moment: what is there is whole and right, and another run makes it complete."""

from __future__ import annotations

import shutil
import signal
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from faulty_runs import MODES, TABLE, Place, end_group, ended, wait_until

import taurus_beam as tb

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

_KILLED_COMMIT = """
import os, signal
replace, renames = os.replace, 0
def killed(source, target, **further):
    global renames
    replace(source, target, **further)
    renames += "-of-" in os.path.basename(target)
    if renames == int(os.environ["KILL_AFTER"]):
        os.kill(os.getpid(), signal.SIGKILL)
os.replace = killed
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


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data, and what a local run of two threads has made of them in two files."""
    place = Place.at(tmp_path_factory.mktemp("undisturbed"), times=8)
    for path in place.folder.glob("data/*"):  # so large that two threads are worth it
        table = pq.read_table(path)
        pq.write_table(table, path, compression="none", use_dictionary=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAURUS_BEAM_THREADS", "2")
        assert ended(place.fit("without_pipeline"))[0] == 0
    names = [f"data-0000{i}-of-00002.parquet" for i in range(2)]
    assert list(rows_in(place.folder)) == names
    return place.folder


@pytest.mark.parametrize(
    ("replaces", "renames", "is_whole"),
    [(False, 1, False), (False, 2, True), (True, 1, False), (True, 3, False), (True, 4, True)],
)
def test_rows_whose_local_commit_was_killed_are_there_whole_or_not_at_all(
    undisturbed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    replaces: bool,
    renames: int,
    is_whole: bool,
) -> None:
    """Files that are replaced are renamed aside first, so there are four renames then."""
    shutil.copytree(undisturbed, tmp_path, dirs_exist_ok=True)
    if not replaces:
        shutil.rmtree(tmp_path / "out")
    place = Place(tmp_path, TABLE)
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "sitecustomize.py").write_text(_KILLED_COMMIT)
    monkeypatch.setenv("TAURUS_BEAM_THREADS", "2")
    monkeypatch.setenv("KILL_AFTER", str(renames))
    process = place.fit("without_pipeline", python_path=tmp_path / "path")
    assert ended(process)[0] == -signal.SIGKILL

    source = tb.io.Source(f"{tmp_path}/out/data-*")
    if is_whole:
        assert rows_in(tmp_path) == rows_in(undisturbed)
        assert len(source.files()) == 2
    else:
        with pytest.raises(tb.DataError, match="The output is incomplete"):
            source.files()
    assert ended(place.fit("without_pipeline"))[0] == 0
    assert rows_in(tmp_path) == rows_in(undisturbed)


def rows_in(folder: Path) -> dict[str, bytes]:
    """The bytes of each file of rows that a run has made."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("out/data-*"))}
