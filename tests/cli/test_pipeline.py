"""``taurus-beam pipeline``: stages as commands, their exit codes, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

Command = Callable[..., Any]

PIPELINE = """\
import taurus_beam as tb
from taurus_beam.controller import Finding, Monitor, Severity, SchemaFit

from beside import short


class Long(Monitor):
    def check(self, data):
        counts = data.counted(lambda batch: {"short": short(batch["distance"])})
        if counts["short"]:
            yield Finding(f"{counts['short']} short flights.", Severity.WARNING, "distance")


class Flights(tb.PipelineModule):
    split = tb.SplitByHash({"train": 0.8, "eval": 0.2}, key=())
    monitors = {"train": SchemaFit(), "production": [SchemaFit(), Long()]}

    def preprocessing_fn(self, inputs):
        return {"distance_01": tb.scale_to_0_1(inputs["distance"])}
"""

BESIDE = """\
def short(distances):
    return int((distances.to_numpy() < 100).sum())
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, work: Path, command: Command) -> Path:
    """A folder with pipeline.py, and version 1 of it."""
    folder = tmp_path_factory.mktemp("pipeline")
    (folder / "pipeline.py").write_text(PIPELINE)
    (folder / "beside.py").write_text(BESIDE)
    result = command(*words("train", folder), "-i", work / "flights.parquet")
    assert result.exit_code == 0, result.output
    assert "Passed: train" in result.stdout
    assert "fit on train: done" in result.stderr
    return folder


def words(stage: str, folder: Path) -> tuple[object, ...]:
    return "pipeline", stage, "-p", folder / "pipeline.py", "-d", folder / "made"


def test_production_tells_findings_of_components_beside_the_file(
    command: Command, place: Path, work: Path, flights: pd.DataFrame
) -> None:
    result = command(
        *words("production", place), "-i", work / "flights.csv", "--alerts", place / "alerts.jsonl"
    )
    short = int((flights["distance"] < 100).sum())
    assert result.exit_code == 0, result.output
    assert f"{short} short flights." in result.stdout
    lines = (place / "alerts.jsonl").read_text().splitlines()
    alert, stage = (json.loads(line) for line in lines)
    assert (alert["component"], alert["column"]) == ("long", "distance")
    record = json.loads((Path(stage["folder"]) / "monitoring.json").read_text())
    assert record["findings"] == [
        {
            "component": "long",
            "severity": "WARNING",
            "column": "distance",
            "message": f"{short} short flights.",
        }
    ]


def test_findings_that_stop_it_exit_with_1(
    command: Command, place: Path, flights: pd.DataFrame, tmp_path: Path
) -> None:
    flights.drop(columns="origin").to_csv(tmp_path / "x.csv", index=False)
    result = command(*words("production", place), "-i", tmp_path / "x.csv", "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert (document["passed"], document["version"]) == (False, "1")
    assert document["findings"][0]["kind"] == "SCHEMA_MISSING_COLUMN"


def test_validate_takes_the_own_split_and_status_lists_all(command: Command, place: Path) -> None:
    assert command(*words("validate", place), "--version", "1").exit_code == 0
    result = command("pipeline", "status", "-d", place / "made", "--json")
    records = json.loads(result.stdout)
    assert {each["stage"] for each in records} >= {"train", "validate"}
    assert "COMPLETE" in command("pipeline", "status", "-d", place / "made").stdout


@pytest.mark.parametrize(
    ("stage", "more", "code", "said"),
    [
        ("train", (), 2, "There is nothing to read."),
        ("train", ("-i", "a", "--data", "train=b"), 2, "do not go together"),
        ("train", ("--data", "train"), 2, "'train' is not of the form NAME=PATTERN"),
        ("production", ("-i", "missing.csv"), 4, "No file matches."),
        ("production", ("-i", "x", "--version", "9"), 5, "There is no version 9"),
        ("validate", ("--stop-on", "sometimes"), 2, "'sometimes' is not one of"),
        ("validate", ("--no-such-option",), 2, "has an option --no-such-option"),
        ("test", (), 4, "has no split 'test'"),
    ],
)
def test_what_is_wrong_is_told(
    command: Command, place: Path, stage: str, more: tuple[str, ...], code: int, said: str
) -> None:
    result = command(*words(stage, place), *more)
    assert result.exit_code == code, result.output
    assert said in result.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "The file has no pipeline."),
        (PIPELINE + "class More(Flights):\n    pass\n", "The file has several pipelines."),
        (
            "import taurus_beam as tb\nclass A(tb.PipelineModule):\n    pass\n",
            "no preprocessing_fn",
        ),
        ("1 / 0", "raised ZeroDivisionError"),
    ],
)
def test_a_file_without_one_pipeline_is_refused(
    command: Command, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "beside.py").write_text(BESIDE)
    (tmp_path / "pipeline.py").write_text(text)
    result = command(*words("train", tmp_path), "-i", "x")
    assert said in result.stderr
    assert result.exit_code in (3, 6)
