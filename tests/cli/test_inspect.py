from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

import taurus_beam as tb
from taurus_beam.serving import TransformFn

Command = Callable[..., Any]


def test_everything_is_told_within_80_columns(
    work: Path, command: Command, flights: pd.DataFrame
) -> None:
    result = command("inspect", work / "fitted")

    assert result.exit_code == 0
    carrier, rows = next(iter(flights.carrier.value_counts().items()))
    for words in (
        "2,000 rows of flights.parquet",
        "2 passes",
        "Passes (2)",
        "min('dep_delay')",
        "2  mean(log1p(...)), var(log1p(...))",
        "prep.py:6: preprocessing_fn()",
        "Inputs (3)",
        "Outputs (4)",
        "0 … 3",
        f"{carrier} ({rows})",
        "apply_buckets",
        "prep.py:12",
    ):
        assert words in result.stdout
    lines = result.stdout.splitlines()[1:]
    assert max(map(len, lines)) <= 80
    assert all(line == line.rstrip() for line in lines)
    assert "\x1b" not in result.stdout


def test_json_has_the_same(work: Path, command: Command, flights: pd.DataFrame) -> None:
    known = json.loads(command("inspect", work / "fitted", "--json").stdout)

    counts = flights.carrier.value_counts()
    assert [i["name"] for i in known["inputs"]] == ["carrier", "dep_delay", "distance"]
    assert {o["name"]: o["domain"] for o in known["outputs"]} == {
        "distance_01": None,
        "delay_z": None,
        "delay_bucket": [0, 3],
        "carrier_id": [0, len(counts)],
    }
    [vocabulary] = known["vocabularies"]
    assert vocabulary["size"] == len(counts)
    assert vocabulary["outputs"] == ["carrier_id"]
    assert {t["term"]: t["count"] for t in vocabulary["top"]} == counts[:5].to_dict()
    asset = work / "fitted" / vocabulary["asset"]
    assert vocabulary["asset_bytes"] == asset.stat().st_size
    assert known["passes"] == 2
    assert known["provenance"]["run"]["analyzers"][1] == ["mean(log1p(...))", "var(log1p(...))"]
    assert known["provenance"]["data"]["rows"] == len(flights)
    assert all(i < node["node"] for node in known["nodes"] for i in node["inputs"])


def test_an_artifact_of_an_older_version_tells_less(
    work: Path, command: Command, tmp_path: Path
) -> None:
    fn = tb.load(str(work / "fitted"))
    run = {fact: told for fact, told in fn.provenance["run"].items() if fact != "analyzers"}
    TransformFn(fn.graph, {**fn.provenance, "run": run}).save(str(tmp_path / "fn"))

    result = command("inspect", tmp_path / "fn")

    assert result.exit_code == 0, result.output
    assert "2 passes" in result.stdout
    assert "Passes" not in result.stdout
    assert "Cache" not in result.stdout


def test_no_artifact(command: Command, tmp_path: Path) -> None:
    result = command("inspect", tmp_path)

    assert result.exit_code == 5
    assert str(tmp_path) in result.stderr
    assert result.stdout == ""


def test_a_damaged_asset_is_named(work: Path, command: Command, tmp_path: Path) -> None:
    shutil.copytree(work / "fitted", tmp_path / "fn")
    asset = tmp_path / "fn" / "assets" / "carrier.arrow"
    asset.write_bytes(asset.read_bytes()[:-1])

    result = command("inspect", tmp_path / "fn")

    assert result.exit_code == 5
    assert "carrier.arrow" in result.stderr
