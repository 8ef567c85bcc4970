"""A chain of commands as runs of MLflow, in a store of its own kind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mlflow import MlflowClient
from typer.testing import CliRunner

from taurus_beam.cli.app import app
from taurus_beam.lineage import LineageStore
from taurus_beam.lineage.identity import file_digest, manifest_digest

FUNCTION = """\
import taurus_beam as tb


def preprocessing_fn(inputs):
    return {"x": tb.scale_to_0_1(inputs["x"])}
"""


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    uri = f"sqlite:///{tmp_path}/mlflow.sqlite"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "trips")
    monkeypatch.setenv("TAURUS_BEAM_LINEAGE", "lineage.sqlite")
    monkeypatch.setenv("TAURUS_BEAM_LINEAGE_EXPORT", "mlflow")
    (tmp_path / "x.csv").write_text("x\n1\n2\n")
    (tmp_path / "prep.py").write_text(FUNCTION)
    return MlflowClient(uri)


def test_a_fit_is_a_run_with_parameters_digests_and_the_artifact(
    client: MlflowClient, tmp_path: Path
) -> None:
    result = CliRunner().invoke(app, ["fit", "-p", "prep.py", "-i", "x.csv", "-o", "fn"])
    assert result.exit_code == 0, result.output
    assert "warning" not in result.stderr
    experiment = client.get_experiment_by_name("trips")
    assert experiment is not None
    [run] = client.search_runs([experiment.experiment_id])

    [recorded] = LineageStore("lineage.sqlite").executions()
    assert run.data.tags["taurus_beam.run"] == recorded.name
    assert run.info.status == "FINISHED"
    assert run.data.params["preprocessing"] == "prep.py"
    assert json.loads(run.data.params["input"]) == ["x.csv"]
    assert run.data.tags["taurus_beam.read.input.0"] == file_digest("x.csv")
    assert run.data.tags["taurus_beam.written.output.0"] == manifest_digest("fn")
    folder = Path(client.download_artifacts(run.info.run_id, "", str(tmp_path)))
    assert manifest_digest(str(folder / "output" / "fn")) == manifest_digest("fn")
    record = json.loads((folder / "lineage.json").read_text())
    assert [each["option"] for each in record["written"]] == ["output"]


def test_a_run_that_fails_has_failed_there_too(client: MlflowClient) -> None:
    result = CliRunner().invoke(app, ["stats", "-i", "none.csv"])
    assert result.exit_code == 4
    experiment = client.get_experiment_by_name("trips")
    assert experiment is not None
    [run] = client.search_runs([experiment.experiment_id])
    assert run.info.status == "FAILED"


def test_a_server_that_is_not_there_costs_a_warning(
    client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    result = CliRunner().invoke(app, ["stats", "-i", "x.csv", "-o", "stats.pb"])
    assert result.exit_code == 0
    assert result.stderr.count("mlflow could not be told of the run") == 1
