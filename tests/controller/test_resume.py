"""Runs that are killed, for real: they say so, and the next one goes on to the same result."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from trips_pipeline import Trips

import taurus_beam as tb
from taurus_beam.controller import Callback, Finding, Monitor, Step
from taurus_beam.controller.versions import stages_in

SCRIPT = Path(__file__).parents[1] / "support" / "killed_pipeline.py"


def train(directory: Path, data: Path, kill_at: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), str(directory), str(data)]
    environment = {**os.environ, "KILL_AT": kill_at}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def content(version: Path) -> dict[str, str]:
    """The digest of each file, but of records of when and where; of data that of its rows."""
    found = {}
    for path in sorted(version.rglob("*")):
        name = str(path.relative_to(version))
        if path.is_dir() or path.name in ("stage.json", "provenance.json"):
            continue
        if name == "transform_fn/manifest.json":
            found[name] = tb.load(str(version / "transform_fn")).digest
        elif path.suffix == ".parquet":
            rows = sorted(map(json.dumps, pq.read_table(path).to_pylist()))
            found[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        elif "components" not in name:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, raw: Path) -> dict[str, str]:
    directory = tmp_path_factory.mktemp("undisturbed")
    assert train(directory, raw).stdout == "1 | \n"
    return content(directory / "versions" / "1")


@pytest.mark.parametrize(
    ("kill_at", "reused"),
    [
        ("component", {"split on raw", "statistics on train", "statistics on eval"}),
        ("function", {"few on train", "few on eval", "schema on train"}),
        ("end:fit:train", {"fit on train", "drift on eval/train"}),
    ],
)
def test_a_killed_run_says_so_and_is_gone_on_with(
    kill_at: str, reused: set[str], raw: Path, tmp_path: Path, undisturbed: dict[str, str]
) -> None:
    killed = train(tmp_path, raw, kill_at)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    [record] = stages_in(str(tmp_path))
    assert (record.state, record.shown_state) == ("RUNNING", "KILLED")
    assert not record.is_complete
    with pytest.raises(tb.ArtifactError, match="no version of the pipeline yet"):
        tb.Controller(
            tb.PipelineModule(preprocessing_fn=lambda inputs: inputs), tmp_path
        ).validate()

    again = train(tmp_path, raw)
    version, _, told = again.stdout.strip().partition(" | ")
    assert (again.returncode, version) == (0, "1"), again.stderr
    assert reused <= set(told.split(", "))
    assert content(tmp_path / "versions" / "1") == undisturbed
    [record] = stages_in(str(tmp_path))
    assert (record.state, record.is_complete) == ("COMPLETE", True)


def test_a_run_killed_after_its_end_is_complete(raw: Path, tmp_path: Path) -> None:
    assert train(tmp_path, raw, "end").returncode == -signal.SIGKILL
    assert [record.shown_state for record in stages_in(str(tmp_path))] == ["COMPLETE"]
    assert train(tmp_path, raw).stdout == "2 | \n"


def test_what_has_changed_since_is_run_again(raw: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for path in raw.iterdir():
        (data / path.name).write_bytes(path.read_bytes())
    directory = tmp_path / "p"
    assert train(directory, data, "end:fit:train").returncode == -signal.SIGKILL
    pq.write_table(pq.read_table(raw).slice(0, 300), data / "trips-0.parquet")
    done = train(directory, data)
    assert done.stdout == "1 | \n", done.stderr
    split = json.loads((directory / "versions/1/split/split.json").read_text())
    assert split["rows"] == 500


def test_outputs_that_were_tampered_with_are_made_again(raw: Path, tmp_path: Path) -> None:
    assert train(tmp_path, raw, "function").returncode == -signal.SIGKILL
    (tmp_path / "versions/.1/statistics/eval.pb").write_bytes(b"")
    done = train(tmp_path, raw)
    assert "statistics on train" in done.stdout, done.stderr
    assert "statistics on eval" not in done.stdout


def test_without_resuming_all_is_run_again(raw: Path, tmp_path: Path) -> None:
    controller = tb.Controller(
        tb.PipelineModule(preprocessing_fn=lambda inputs: {"x": inputs["nothing"]}), tmp_path
    )
    with pytest.raises(tb.TraceError):
        controller.train(str(raw))
    controller = tb.Controller(
        tb.PipelineModule(preprocessing_fn=lambda inputs: {"x": inputs["fare"]}), tmp_path
    )
    assert controller.train(str(raw), resume=False).reused == ()
    assert [record.state for record in controller.stages()] == ["COMPLETE"]


def test_an_interrupted_run_says_so(raw: Path, tmp_path: Path) -> None:
    class Interrupted(Monitor):
        interrupts = True

        def check(self, data: object) -> list[Finding]:
            if Interrupted.interrupts:
                raise KeyboardInterrupt
            return []

        def parameters(self) -> dict[str, object]:
            return {}

    controller = tb.Controller(Trips(split=None, monitors=Interrupted()), tmp_path)
    with pytest.raises(KeyboardInterrupt):
        controller.train(str(raw))
    assert [record.state for record in controller.stages()] == ["CANCELED"]
    Interrupted.interrupts = False
    assert controller.train(str(raw)).reused == ("statistics on train", "schema on train")


def test_two_at_once_do_not_meet(raw: Path, tmp_path: Path) -> None:
    class Meanwhile(Callback):
        def __init__(self) -> None:
            self.refused = ""

        def on_component_start(self, step: Step) -> None:
            if step.kind == "schema":
                other = tb.Controller(Trips(split=None), tmp_path)
                with pytest.raises(tb.EngineError, match="Another process runs train"):
                    other.train(str(raw))
                assert other.train(str(raw / "trips-0.parquet")).version == "2"
                self.refused = "yes"

    meanwhile = Meanwhile()
    controller = tb.Controller(Trips(split=None), tmp_path, callbacks=[meanwhile])
    assert controller.train(str(raw)).version == "1"
    assert meanwhile.refused == "yes"
    assert controller.train(str(raw)).version == "3"
