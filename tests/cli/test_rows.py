"""The command that finds rows that do not fit a schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

Command = Callable[..., Any]

SCHEMA = """
feature { name: "carrier" type: BYTES string_domain { value: "UA" value: "B6" value: "EV" } }
feature { name: "distance" type: INT int_domain { min: 100 max: 5000 } }
feature { name: "dep_delay" type: FLOAT presence { min_fraction: 1 } }
feature { name: "origin" type: BYTES }
"""


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    path = tmp_path / "schema.pbtxt"
    path.write_text(SCHEMA)
    return path


@pytest.fixture
def fits(flights: pd.DataFrame) -> pd.Series:
    return (
        flights.carrier.isin(["UA", "B6", "EV"])
        & flights.distance.between(100, 5000)
        & flights.dep_delay.notna()
    )


def test_rows_are_parted_and_reasons_counted(
    command: Command,
    work: Path,
    schema: Path,
    tmp_path: Path,
    flights: pd.DataFrame,
    fits: pd.Series,
) -> None:
    words = ("validate-rows", "-s", schema, "-i", work / "flights.parquet", "--json")
    result = command(*words, "-o", tmp_path / "good", "--rejected", tmp_path / "bad")

    assert result.exit_code == 1, result.output
    found = json.loads(result.stdout)
    assert (found["rows"], found["rejected"]) == (2000, int((~fits).sum()))
    counted = {(reason["path"], reason["type"]): reason["rows"] for reason in found["reasons"]}
    assert counted == {
        ("carrier", "ENUM_TYPE_UNEXPECTED_STRING_VALUES"): int(
            (~flights.carrier.isin(["UA", "B6", "EV"])).sum()
        ),
        ("distance", "INT_TYPE_SMALL_INT"): int((flights.distance < 100).sum()),
        ("dep_delay", "FEATURE_TYPE_LOW_FRACTION_PRESENT"): int(flights.dep_delay.isna().sum()),
    }
    good = pq.read_table(tmp_path / "good-00000-of-00001.parquet")
    bad = pq.read_table(tmp_path / "bad-00000-of-00001.parquet")
    assert good["distance"].to_pylist() == flights.distance[fits].tolist()
    assert bad["distance"].to_pylist() == flights.distance[~fits].tolist()
    assert all(bad["reasons"].to_pylist())


def test_what_a_person_reads(command: Command, work: Path, schema: Path) -> None:
    result = command("validate-rows", "-s", schema, "-i", work / "flights.parquet")

    assert result.exit_code == 1
    assert "of 2,000 rows do not fit the schema." in result.stdout
    assert "INT_TYPE_SMALL_INT" in result.stdout


def test_rows_that_fit(command: Command, work: Path, tmp_path: Path) -> None:
    loose = tmp_path / "loose.pbtxt"
    loose.write_text('feature { name: "distance" type: INT }')
    words = ("validate-rows", "-s", loose, "-i", work / "flights.parquet")

    result = command(*words, "--ignore-new-columns")
    assert result.exit_code == 0, result.output
    assert result.stdout == "All 2,000 rows fit the schema.\n"
    assert command(*words).exit_code == 1


def test_text_is_read_by_the_types_of_the_schema(command: Command, tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text("code\n1\n2\n")
    (tmp_path / "schema.json").write_text('{"feature": [{"name": "code", "type": "BYTES"}]}')
    words = ("validate-rows", "-s", tmp_path / "schema.json", "-i", tmp_path / "codes.csv")

    assert command(*words).exit_code == 1
    assert command(*words, "--types-from-schema").exit_code == 0


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--environment", "PROD"), "Environment PROD not found"),
        (("--reasons-column", "carrier"), "column 'carrier' already"),
        (("--rejected", "bad.csv"), "csv"),
    ],
)
def test_what_cannot_work_is_told_first(
    command: Command, work: Path, schema: Path, words: tuple[str, str], text: str
) -> None:
    result = command("validate-rows", "-s", schema, "-i", work / "flights.parquet", *words)

    assert result.exit_code == 2
    assert text.lower() in result.stderr.lower()
