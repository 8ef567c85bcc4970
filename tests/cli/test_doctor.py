"""``taurus-beam doctor``, on whatever machine this is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apache_beam
import pytest


def test_the_machine_and_every_engine(command: Callable[..., Any]) -> None:
    result = command("doctor", "--json")
    found = json.loads(result.stdout)

    assert result.exit_code == 0
    assert found["ready"] is True
    assert found["machine"]["beam"] == apache_beam.__version__
    assert found["machine"]["cores"] >= 1
    assert found["machine"]["extras"]["pandas"] is True
    assert list(found["engines"]) == ["local", "direct", "prism", "flink", "spark", "dataflow"]
    assert found["engines"]["direct"] == {"ready": True, "missing": []}
    assert all(
        need["what"] and need["fix"] for e in found["engines"].values() for need in e["missing"]
    )


def test_for_people(command: Callable[..., Any]) -> None:
    result = command("doctor")

    assert result.exit_code == 0
    for word in ("Python", "Java", "Prism", "Docker", "direct    ready", "dataflow"):
        assert word in result.stdout


def test_one_engine_with_its_settings(command: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "engine.toml").write_text('engine = "dataflow"\n[dataflow]\nproject = "x"\n')
    result = command("doctor", "--engine", tmp_path / "engine.toml", "--dataflow-workers=2")

    assert result.exit_code == 1
    assert "The project cannot be 'x'." in " ".join(result.stdout.split())
    assert "--dataflow-max-workers" in result.stdout
    assert "= 2" in result.stdout


@pytest.mark.parametrize(
    "words", [["flnk"], ["direct", "--workers"], ["--flink-master=x"], ["direct", "--direct-wrk=1"]]
)
def test_a_wrong_setting(command: Callable[..., Any], words: list[str]) -> None:
    assert command("doctor", *words).exit_code == 2


def test_a_job_is_refused_before_its_data_are_looked_at(
    command: Callable[..., Any], work: Path, tmp_path: Path
) -> None:
    words = ("-p", work / "prep.py", "-i", tmp_path / "none", "-o", tmp_path / "fn")
    result = command("fit", *words, "--runner", "dataflow")

    assert result.exit_code == 6
    assert "things are missing" in result.stderr
    assert "No project is named." in result.stderr
    assert "taurus-beam doctor dataflow" in result.stderr


def test_an_engine_of_a_file_runs_a_job(
    fit: Callable[..., Any], tmp_path: Path, work: Path
) -> None:
    (tmp_path / "engine.toml").write_text('engine = "direct"\n[direct]\nworkers = 2\n')
    result = fit("-o", tmp_path / "fn", "--engine", tmp_path / "engine.toml")

    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "fn" / "graph.json").read_bytes() == (
        work / "fitted" / "graph.json"
    ).read_bytes()
