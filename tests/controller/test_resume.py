"""Runs that are killed, for real: they say so, and the next one goes on to the same result."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from trips_pipeline import Trips

import taurus_beam as tb
from taurus_beam.controller import Callback, Finding, Monitor, SchemaFit, Step
from taurus_beam.controller.stage_record import stages_in

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
    [record] = stages_in(str(tmp_path))
    assert (record.shown_state, record.is_complete) == ("COMPLETE", True)


class Unready(Trips):
    """A pipeline whose function fails as long as it is said to."""

    split = None
    comparisons = ()
    fails = True

    def preprocessing_fn(self, inputs: Any) -> dict[str, Any]:
        return super().preprocessing_fn({} if Unready.fails else inputs)


@pytest.fixture
def failed(raw: Path, tmp_path: Path) -> tuple[tb.Controller, Path]:
    """A controller whose training on a copy of the trips has failed in the fit, and may go on."""
    data = tmp_path / "data"
    shutil.copytree(raw, data)
    controller = tb.Controller(Unready(), tmp_path / "p")
    Unready.fails = True
    with pytest.raises(tb.TaurusError):
        controller.train(str(data))
    assert [record.state for record in controller.stages()] == ["FAILED"]
    Unready.fails = False
    return controller, data


ALL = ("statistics on train", "schema on train", "schema_fit on train")


def test_a_failed_run_is_gone_on_with(failed: tuple[tb.Controller, Path]) -> None:
    controller, data = failed
    result = controller.train(str(data))
    assert (result.version, result.reused) == ("1", ALL)


def test_what_reads_changed_data_is_run_again(failed: tuple[tb.Controller, Path]) -> None:
    controller, data = failed
    pq.write_table(pq.read_table(data).slice(0, 300), data / "trips-0.parquet")
    result = controller.train(str(data))
    assert result.reused == ()
    statistics = tb.load_statistics(f"{result.path}/statistics/train.pb")
    assert statistics.datasets[0].num_examples == 500


def test_what_has_other_parameters_is_run_again(failed: tuple[tb.Controller, Path]) -> None:
    controller, data = failed
    warns = SchemaFit({"SCHEMA_NEW_COLUMN": "WARNING"})
    other = tb.Controller(Unready(monitors=warns), controller.directory)
    assert other.train(str(data)).reused == ALL[:2]


def test_outputs_that_were_tampered_with_are_made_again(
    failed: tuple[tb.Controller, Path],
) -> None:
    controller, data = failed
    (Path(controller.directory) / "versions/.1/statistics/train.pb").write_bytes(b"")
    result = controller.train(str(data))
    # Made again it is the same, so that what read it need not run again.
    assert result.reused == ALL[1:]


def test_without_resuming_all_is_run_again(failed: tuple[tb.Controller, Path]) -> None:
    controller, data = failed
    assert controller.train(str(data), resume=False).reused == ()
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
