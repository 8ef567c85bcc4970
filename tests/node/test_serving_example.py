"""The serving example with its client in JavaScript, and its one file in onnxruntime-node."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pyarrow.parquet as pq
import pytest
from onnx_in_node import run_in_node

from examples.flights import data
from examples.serving import __main__ as example
from examples.serving import one_file, training

ROOT = Path(__file__).parents[2]
ROWS = 5_000
NAMES = ("late_sklearn", "late_lightgbm")
TYPES = {"int64": "int64", "bool": "bool", "object": "string"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("serving")
    command = [sys.executable, "-m", "examples.serving", "--rows", str(ROWS)]
    done = subprocess.run(
        [*command, "--output", str(output)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return output


@pytest.mark.parametrize("name", NAMES)
def test_javascript_is_answered_as_python_is(folder: Path, name: str) -> None:
    found = pq.read_table(folder / "predictions.parquet")
    answered = found[f"{name}, Python"].to_pylist()
    assert len(set(answered)) > 100
    assert found[f"{name}, JavaScript"].to_pylist() == answered
    assert found[f"{name}, JavaScript by tensors"].to_pylist() == answered


@pytest.mark.parametrize("name", NAMES)
def test_the_one_file_runs_in_javascript(folder: Path, name: str) -> None:
    flights = example.spread(training.split(data.flights(ROWS)).later)
    feeds = {}
    for taken in onnx.load(folder / f"{name}.onnx").graph.input:
        values = one_file.tensor(flights, taken.name)
        texts = [str(value).lower() if values.dtype == bool else str(value) for value in values]
        kind = TYPES[values.dtype.name]
        feeds[taken.name] = {"type": kind, "shape": [len(values)], "values": texts}
    given = run_in_node(folder / f"{name}.onnx", feeds)["probabilities"]
    found = np.array(given["values"], np.float64).reshape(given["shape"])[:, 1]
    answered = pq.read_table(folder / "predictions.parquet")[f"{name}, Python"]
    assert np.allclose(found, answered.to_numpy(), rtol=0, atol=1e-5)
