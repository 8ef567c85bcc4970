from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import taurus_beam as tb

Command = Callable[..., Any]


def test_fit_prints_and_writes_where_the_time_goes(work: Path, fit: Command, tmp_path: Path):
    result = fit(
        *("-o", tmp_path / "fn", "--transformed", tmp_path / "out", "--profile"),
        *("--profile-output", tmp_path / "profile.json"),
    )

    assert result.exit_code == 0, result.output
    assert tb.load(str(tmp_path / "fn")).digest == tb.load(str(work / "fitted")).digest
    for heading in ("pass 1:", "pass 2:", "freeze:", "transform:"):
        assert f"\n{heading}" in result.stdout
    assert "not accounted for" in result.stdout
    document = json.loads((tmp_path / "profile.json").read_text())
    found = {(row["phase"], row["kind"], row["name"]): row for row in document["rows"]}
    assert found["pass 2", "add", "mean, var(dep_delay)"]["rows"] == 2000
    assert found["pass 2", "operation", "log1p(dep_delay)"]["place"] == "prep.py:8"
    assert found["transform", "read", ""]["rows"] == 2000
    assert found["transform", "write", ""]["rows"] == 2000
    size = (tmp_path / "out-00000-of-00001.parquet").stat().st_size
    assert found["transform", "complete file", ""]["bytes_out"] == size
    assert sum(row["share"] for row in document["rows"]) > 0.999


def test_transform_prints_one_phase(work: Path, command: Command, tmp_path: Path):
    result = command(
        *("transform", "-a", work / "fitted", "-i", work / "flights.parquet"),
        *("-o", tmp_path / "out", "--profile"),
    )

    assert result.exit_code == 0, result.output
    assert "\ntransform: " in result.stdout
    assert "pass 1" not in result.stdout
    assert "s in all, " in result.stdout


def test_a_profile_is_not_overwritten(work: Path, fit: Command, tmp_path: Path):
    (tmp_path / "profile.json").write_text("kept")

    result = fit("-o", tmp_path / "fn", "--profile-output", tmp_path / "profile.json")

    assert result.exit_code != 0
    assert "The output exists" in result.stderr
    assert (tmp_path / "profile.json").read_text() == "kept"
    assert not (tmp_path / "fn").exists()


def test_stats_here_and_beside_the_first_pass(
    work: Path, command: Command, fit: Command, tmp_path: Path
):
    path = tmp_path / "profile.json"
    here = command("stats", "-i", work / "flights.parquet", "--profile", "--profile-output", path)
    beside = fit("-o", tmp_path / "fn", "--statistics", tmp_path / "s.pb", "--profile")

    assert here.exit_code == beside.exit_code == 0, here.output + beside.output
    assert "\nstatistics: " in here.stdout
    assert "\nstatistics: " in beside.stdout
    names = {row["name"] for row in json.loads(path.read_text())["rows"] if row["kind"] == "gather"}
    assert names == {"Layout", "BasicStats", "Terms"}
