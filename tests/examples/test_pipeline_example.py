"""The example of a pipeline as its users run it, on fewer flights, and what it leaves behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import taurus_beam as tb

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "examples.pipeline", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder that it wrote, and what it said."""
    output = tmp_path_factory.mktemp("demo") / "pipeline"
    result = run("--rows", "12000", "--output", str(output))
    assert result.returncode == 0, result.stdout + result.stderr
    return output, result.stdout


def test_august_alone_is_stopped_and_alerted(made: tuple[Path, str]) -> None:
    output, said = made
    [alert] = [line for line in said.splitlines() if "ALERT ERROR" in line]
    assert "distance" in alert
    events = [json.loads(line) for line in (output / "alerts.jsonl").read_text().splitlines()]
    assert [e["passed"] for e in events if e["event"] == "stage"] == [True, True, True, False]
    july, august = (output / "pipeline/production" / name for name in ("1", "2"))
    assert (july / "transformed").is_dir()
    assert not (august / "transformed").exists()
    record = json.loads((august / "monitoring.json").read_text())
    assert [each["kind"] for each in record["anomalies"]] == [
        "COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH"
    ]


def test_cancelled_flights_are_left_out_everywhere(made: tuple[Path, str]) -> None:
    output, _ = made
    july = pq.read_table(output / "flights/flights-2013-07.parquet").to_pandas()
    features = pq.read_table(output / "pipeline/production/1/transformed/production")
    assert features.num_rows == july["dep_delay"].notna().sum()
    version = output / "pipeline/versions/1"
    artifact = tb.load(str(version / "transform_fn"))
    assert artifact.provenance["data"]["rows"] == pq.read_table(version / "split/train").num_rows


def test_too_few_rows_are_refused() -> None:
    result = run("--rows", "10")
    assert result.returncode == 2
    assert "--rows must be at least" in result.stderr
