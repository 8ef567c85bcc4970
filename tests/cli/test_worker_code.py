"""What a preprocessing file and the modules beside it declare reaches workers without them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import taurus_beam as tb

CONSTANTS = "TWO = 2.0\n"
SHARED = """\
from shared_{name}.constants import TWO

def twice(x):
    return x * TWO
"""
OPERATION = """\
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from shared_{name} import twice
from taurus_beam.extend import Elementwise, apply, operation


def twofold(x):
    return apply(Twofold(), x)


@operation
@dataclass(frozen=True)
class Twofold(Elementwise):
    name = "{name}.twofold"

    def result(self, dtype):
        return pa.float64()

    def kernel(self, dtype):
        return lambda x: twice(x.astype(np.float64))

    def scalar(self, dtype):
        return lambda x: float(twice(float(x)))
"""
FUNCTION = """\
import taurus_beam as tb


def preprocessing_fn(inputs):
    return {"far": twofold(inputs["distance"]), "z": tb.scale_to_0_1(twofold(inputs["distance"]))}
"""


@pytest.mark.parametrize("name", ["inside", "beside"])
def test_operations_of_a_script_work_in_worker_processes(
    fit: Callable[..., Any], tmp_path: Path, name: str
) -> None:
    package = tmp_path / f"shared_{name}"
    package.mkdir()
    (package / "constants.py").write_text(CONSTANTS)
    (package / "__init__.py").write_text(SHARED.format(name=name))
    operation = OPERATION.format(name=name)
    (tmp_path / f"mine_{name}.py").write_text(operation)
    declared = operation if name == "inside" else f"from mine_{name} import twofold\n"
    (tmp_path / "features.py").write_text(declared + FUNCTION)

    def run(output: str, *words: str) -> None:
        given = ("-p", tmp_path / "features.py", "--transformed", tmp_path / output / "data")
        result = fit(*given, "-o", tmp_path / output / "fn", *words)
        assert result.exit_code == 0, result.stderr

    run("here")
    run("there", "--workers=2")

    one, other = (
        sorted(tb.io.Source(str(tmp_path / output / "data*")).batches(), key=len)
        for output in ("here", "there")
    )
    values = [sorted(v for b in each for v in b["far"].to_pylist()) for each in (one, other)]
    assert values[0] == values[1]
    assert len(values[0]) == 2000
    graphs = [(tmp_path / o / "fn" / "graph.json").read_bytes() for o in ("here", "there")]
    assert graphs[0] == graphs[1]
