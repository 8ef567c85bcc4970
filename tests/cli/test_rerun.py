"""A run is repeated from its id alone, and whether it gave the same is told."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from taurus_beam.configuration import Source
from taurus_beam.lineage import EventType, LineageStore, recording
from taurus_beam.lineage.configurations import configuration_of

Command = Callable[..., Any]
SCRIPT = Path(sys.executable).with_name("taurus-beam")


@pytest.fixture
def folder(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with data and code, and a store of runs."""
    for name in ("flights.parquet", "prep.py"):
        shutil.copy(work / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TAURUS_BEAM_LINEAGE", str(tmp_path / "l.sqlite"))
    return tmp_path


@pytest.fixture
def elsewhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Goes to another folder, in which no relative path means anything."""

    def go() -> None:
        (folder / "elsewhere").mkdir()
        monkeypatch.chdir(folder / "elsewhere")

    return go


def runs(folder: Path) -> list[Any]:
    return LineageStore(str(folder / "l.sqlite")).executions()


def digest(folder: Path) -> str:
    return str(json.loads((folder / "manifest.json").read_text())["digest"])


def test_the_same_bytes_from_the_id_alone(
    folder: Path,
    command: Command,
    elsewhere: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fit = ("fit", "-p", "prep.py", "-i", "fli*.parquet", "-o", "fn", "--transformed", "out/part")
    assert command(*fit).exit_code == 0
    [first] = runs(folder)
    written = digest(folder / "fn")
    rows = (folder / "out" / "part-00000-of-00001.parquet").read_bytes()
    elsewhere()
    # What is told to commands now was not told to the run.
    monkeypatch.setenv("TAURUS_BEAM_FIT_OUTPUT", "nowhere")
    monkeypatch.setenv("TAURUS_BEAM_CONFIG", "none.toml")

    taken = command("rerun", first.name)
    assert taken.exit_code == 6
    assert "The output exists" in taken.stderr

    result = command("rerun", first.name, "--into", "again")
    assert result.exit_code == 0, result.output
    assert result.stderr.count("  yes  ") == 2
    again = folder / "elsewhere" / "again"
    assert digest(again / "fn") == written
    assert (again / "part-00000-of-00001.parquet").read_bytes() == rows

    shutil.rmtree(folder / "fn")
    assert command("rerun", first.name[:10], "--overwrite").exit_code == 0
    assert digest(folder / "fn") == written

    known = configuration_of(runs(folder)[0]).parameters
    assert runs(folder)[0].properties["repeats"] == first.name
    assert known["input"].source is Source.RUN
    assert known["overwrite"].source is Source.COMMAND_LINE
    assert known["runner"].source is Source.DEFAULT
    assert first.name in command("runs", "show", runs(folder)[0].name).stdout
    assert os.environ["TAURUS_BEAM_FIT_OUTPUT"] == "nowhere"


@pytest.mark.parametrize("what", ["flights.parquet", "prep.py"])
def test_what_has_changed_is_told_and_allowed_only_on_request(
    folder: Path, command: Command, what: str
) -> None:
    assert command("fit", "-p", "prep.py", "-i", "flights.parquet", "-o", "fn").exit_code == 0
    [first] = runs(folder)
    if what == "prep.py":
        text = (folder / what).read_text().replace("bucketize(delay, 4)", "bucketize(delay, 5)")
        (folder / what).write_text(text)
    else:
        pq.write_table(pq.read_table(what).slice(100), what)

    refused = command("rerun", first.name, "--overwrite")
    assert refused.exit_code == 4
    assert f"{what} has changed" in refused.stderr
    assert len(runs(folder)) == 1

    other = command("rerun", first.name, "--overwrite", "--allow-changed")
    assert other.exit_code == 1
    assert other.stderr.split()[-2:] == ["no", "fn"]
    os.remove(what)
    gone = command("rerun", first.name, "--overwrite")
    assert gone.exit_code == 4
    assert f"{what} is gone" in gone.stderr


def test_a_killed_run_is_run_again_from_its_id(
    folder: Path, command: Command, waiting: str
) -> None:
    (folder / "waits.py").write_text(waiting)
    fit = [str(SCRIPT), "fit", "-p", "waits.py", "-i", "flights.parquet", "-o", "fn"]
    with subprocess.Popen(fit, cwd=folder, stdout=subprocess.DEVNULL) as process:
        while not (folder / "traced").exists():
            assert process.poll() is None
            time.sleep(0.01)
        [killed] = runs(folder)
        running = command("rerun", killed.name)
        assert running.exit_code == 4
        assert "still running" in running.stderr
        process.send_signal(signal.SIGKILL)
    assert "KILLED" in command("runs").stdout
    # It has not lived to tell that it runs.
    assert "0.0 s" not in command("runs").stdout + command("runs", "show", killed.name).stdout
    assert not (folder / "fn").exists()

    (folder / "go").touch()
    result = command("rerun", killed.name)
    assert result.exit_code == 0, result.output
    assert "nothing to compare with" in result.stderr
    assert command("fit", *fit[2:-1], "fresh").exit_code == 0
    assert digest(folder / "fn") == digest(folder / "fresh")


def test_a_failed_run_is_run_again_once_its_cause_is_gone(folder: Path, command: Command) -> None:
    fit = ("fit", "-p", "prep.py", "-i", "flights.parquet", "-o", "locked/fn")
    (folder / "locked").touch()
    assert command(*fit).exit_code == 6
    [failed] = runs(folder)
    (folder / "locked").unlink()
    assert command("rerun", failed.name).exit_code == 0
    assert [run.state.value for run in runs(folder)] == ["COMPLETE", "FAILED"]


def test_an_answer_of_no_is_given_again(folder: Path, command: Command) -> None:
    (folder / "strict.pbtxt").write_text('feature { name: "distance" type: BYTES }')
    check = ("validate", "--schema", "strict.pbtxt", "-i", "flights.parquet")
    assert command(*check).exit_code == 1
    [first] = runs(folder)
    assert command("rerun", first.name).exit_code == 1


def test_commands_of_a_group_and_their_arguments(folder: Path, command: Command) -> None:
    assert command("stats", "-i", "flights.parquet", "-o", "stats.pb").exit_code == 0
    assert (
        command("schema", "infer", "-s", "stats.pb", "-o", "a.pbtxt", "--no-shape").exit_code == 0
    )
    inferred = runs(folder)[0]
    schema = (folder / "a.pbtxt").read_text()
    assert command("rerun", inferred.name, "--into", "again").exit_code == 0
    assert (folder / "again" / "a.pbtxt").read_text() == schema
    assert command("skew", "schema", "a.pbtxt", "stats.pb", "--json").exit_code == 0
    again = command("rerun", runs(folder)[0].name)
    assert again.exit_code == 0
    assert json.loads(again.stdout)["same"] is True


def test_parameters_can_be_set_anew(folder: Path, command: Command) -> None:
    assert command("stats", "-i", "flights.parquet", "-o", "a.pb").exit_code == 0
    [first] = runs(folder)
    changes = ("--set", "output=b.pb", "--set", "column=distance", "--set", "column=origin")
    result = command("rerun", first.name, *changes)
    assert result.exit_code == 1, result.output
    known = configuration_of(runs(folder)[0]).parameters
    assert known["column"].model_dump() == {
        "value": ["distance", "origin"],
        "source": Source.COMMAND_LINE,
    }
    for wrong, message in (("colum=x", "Did you mean column?"), ("x", "NAME=VALUE")):
        refused = command("rerun", first.name, "--set", wrong)
        assert refused.exit_code == 2
        assert message in refused.stderr


def test_a_secret_has_to_be_given_again(folder: Path, command: Command) -> None:
    assert command("stats", "-i", "s3://me:hunter2@host/x.csv", "-o", "a.pb").exit_code == 4
    [first] = runs(folder)
    refused = command("rerun", first.name)
    assert refused.exit_code == 4
    assert "--set input=VALUE" in refused.stderr
    assert command("rerun", first.name, "--set", "input=flights.parquet").exit_code == 0


def test_what_no_command_ran_and_what_is_not_there_is_refused(
    folder: Path, command: Command
) -> None:
    with recording(LineageStore("l.sqlite"), "train", {"depth": 6}, pytest.fail):
        pass
    [run] = runs(folder)
    refused = command("rerun", run.name)
    assert refused.exit_code == 4
    assert "by a program" in refused.stderr
    assert command("rerun", "zz").exit_code == 4


def test_a_split_and_what_looks_at_it(folder: Path, command: Command) -> None:
    ratios = ("--ratio", "train=0.8", "--ratio", "test=0.2", "--key", "carrier")
    assert command("split", "-i", "flights.parquet", "-o", "parts", *ratios).exit_code == 0
    [first] = runs(folder)
    store = LineageStore("l.sqlite")
    written = store.events_of_executions([first.id], EventType.OUTPUT)
    kinds = sorted(each.type for each in store.artifacts(event.artifact for event in written))
    assert kinds == ["Data", "Data", "Split"]

    again = command("rerun", first.name, "--into", "again")
    assert again.exit_code in (0, 1), again.output
    for file in (folder / "parts").glob("*/*.parquet"):
        copy = folder / "again" / "parts" / file.relative_to(folder / "parts")
        assert copy.read_bytes() == file.read_bytes()

    assert command("leakage", "parts", "--key", "carrier", "-o", "shared.json").exit_code == 0
    looked = runs(folder)[0]
    assert command("rerun", looked.name, "--into", "again").exit_code == 0
    assert "parts" in command("lineage", "shared.json", "--up").stdout


def test_a_profile_goes_where_the_outputs_go(folder: Path, command: Command) -> None:
    line = ("stats", "-i", "flights.parquet", "-o", "s.pb", "--profile-output", "profile.json")
    assert command(*line).exit_code == 0
    assert command("rerun", runs(folder)[0].name, "--into", "again").exit_code == 0
    assert sorted(each.name for each in (folder / "again").iterdir()) == ["profile.json", "s.pb"]
