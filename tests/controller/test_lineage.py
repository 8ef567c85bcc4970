"""The lineage store: from what production made back to the raw file, and what a killed run left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from trips_pipeline import Trips, trips

import taurus_beam as tb
from taurus_beam.lineage import LineageStore, up
from taurus_beam.lineage.identity import file_digest
from taurus_beam.lineage.state import shown_state

SCRIPT = Path(__file__).parents[1] / "support" / "killed_pipeline.py"


def test_lineage_leads_from_production_output_to_the_raw_file(raw: Path, tmp_path: Path) -> None:
    place = str(tmp_path / "lineage.sqlite")
    controller = tb.Controller(Trips(), tmp_path / "p", lineage=place)
    controller.train(str(raw))
    pq.write_table(trips(100, seed=8), tmp_path / "new.parquet")
    result = controller.production(str(tmp_path / "new.parquet"))
    [made] = (Path(result.path) / "transformed/production").glob("*.parquet")

    store = LineageStore(place)
    [output] = store.artifacts_of_digest(file_digest(str(made)).removeprefix("sha256:"))
    assert output.uri == str(made)
    lineage = up(store, [output.id])
    uris = {artifact.uri for artifact in lineage.artifacts.values()}
    assert {str(path) for path in raw.iterdir()} <= uris
    assert str(tmp_path / "new.parquet") in uris
    assert str(tmp_path / "p" / "versions" / "1" / "transform_fn") in uris
    assert any(uri.endswith("trips_pipeline.py") for uri in uris)
    types = {execution.type for execution in lineage.executions.values()}
    assert types == {"production.transform", "train.fit", "train.split"}
    stages = {e.type: e for e in store.executions() if e.type.startswith("pipeline ")}
    assert {name: e.state.value for name, e in stages.items()} == {
        "pipeline train": "COMPLETE",
        "pipeline production": "COMPLETE",
    }
    inside = store.executions(context=str(tmp_path / "p" / "versions" / "1"))
    assert {each.type.partition(".")[0] for each in inside} == {"pipeline train", "train"}
    assert len(inside) == 1 + 9


def test_a_killed_stage_says_so_in_the_store(raw: Path, tmp_path: Path) -> None:
    place = str(tmp_path / "lineage.sqlite")
    command = [sys.executable, str(SCRIPT), str(tmp_path / "p"), str(raw)]
    environment = {**os.environ, "KILL_AT": "component", "TAURUS_BEAM_LINEAGE": place}
    assert subprocess.run(command, env=environment, check=False).returncode == -signal.SIGKILL
    states = {e.type: shown_state(e) for e in LineageStore(place).executions()}
    assert states["train.split"] == "COMPLETE"
    assert states["train.few"] == states["pipeline train"] == "KILLED"


def test_a_store_that_fails_costs_no_work(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.sqlite").write_text("no database")
    monkeypatch.setenv("TAURUS_BEAM_LINEAGE", str(tmp_path / "broken.sqlite"))
    controller = tb.Controller(Trips(), tmp_path / "p")
    with pytest.warns(UserWarning, match="not recorded"):
        assert controller.train(str(raw)).passed
    named = tb.Controller(Trips(), tmp_path / "p", lineage=str(tmp_path / "broken.sqlite"))
    with pytest.raises(tb.EngineError):
        named.validate()
