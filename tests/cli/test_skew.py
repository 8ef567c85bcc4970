"""The commands that compare training with serving, by their exit codes and what they print."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import taurus_beam as tb

Command = Callable[..., Any]


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Path, Path]:
    """Training and serving rows; of three common identifiers one differs in x."""
    base = pa.table({"id": [1, 2, 3, 4], "x": [1.0, 2.001, 3.0, 4.0], "s": ["a", "b", "c", "d"]})
    test = pa.table({"id": [5, 3, 2, 1], "x": [5.0, 3.0, 2.002, 1.0], "s": ["e", "c", "b", "a"]})
    paths = tmp_path / "base.parquet", tmp_path / "test.parquet"
    for table, path in zip((base, test), paths, strict=True):
        pq.write_table(table, path)
    return paths


def test_features(command: Command, sides: tuple[Path, Path]) -> None:
    words = ("skew", "features", "--base", sides[0], "--test", sides[1], "--id", "id")

    result = command(*words, "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert not found["same"]
    assert found["match_stats"]["compared_pairs_count"] == 3
    assert [(f["feature_name"], f["mismatch_count"]) for f in found["features"]] == [
        ("s", 0),
        ("x", 1),
    ]
    assert found["samples"][0]["base"]["x"] == 2.001
    told = command(*words).stdout
    assert "33.3 %" in told
    assert "Sample 1" in told
    for allowed in (("--round", "2"), ("--ignore", "x"), ("--max-fraction", "0.34")):
        assert command(*words, *allowed).exit_code == 0


def test_features_of_rows_that_never_meet(command: Command, sides: tuple[Path, Path]) -> None:
    words = ("skew", "features", "--base", sides[0], "--test", sides[1])

    assert command(*words, "--id", "id", "--id", "x", "--id", "s").exit_code == 0
    assert command(*words, "--id", "gone").exit_code == 2
    other = sides[1].with_name("other.parquet")
    pq.write_table(pa.table({"id": [9], "x": [1.0]}), other)
    assert (
        command("skew", "features", "--base", sides[0], "--test", other, "--id", "id").exit_code
        == 1
    )


def test_transform(command: Command, work: Path, flights: pd.DataFrame, tmp_path: Path) -> None:
    requests = pa.Table.from_pandas(flights.head(50), preserve_index=False)
    logged = tb.load(str(work / "fitted")).transform(requests)
    log = requests
    for name in ("delay_z", "carrier_id"):
        log = log.append_column(f"f_{name}", logged[name])
    pq.write_table(log, tmp_path / "log.parquet")
    words = ("skew", "transform", "-a", work / "fitted", "--prefix", "f_")

    result = command(*words, "--log", tmp_path / "log.parquet")
    assert result.exit_code == 0, result.output
    assert "Replayed 50 requests" in result.stdout
    assert "Not logged: " in result.stdout

    shifted = pa.array([value + 1 for value in logged["carrier_id"].to_pylist()])
    place = log.schema.get_field_index("f_carrier_id")
    pq.write_table(log.set_column(place, "f_carrier_id", shifted), tmp_path / "bad.parquet")
    result = command(*words, "--log", tmp_path / "bad.parquet", "--json")
    found = {f["feature_name"]: f["diff_count"] for f in json.loads(result.stdout)["features"]}
    assert result.exit_code == 1
    assert found == {"carrier_id": 50, "delay_z": 0}
    assert command(*words[:-2], "--log", tmp_path / "bad.parquet").exit_code == 2


def test_schema(command: Command, tmp_path: Path) -> None:
    training, serving = tmp_path / "training.pbtxt", tmp_path / "serving.json"
    training.write_text(
        'default_environment: "T" default_environment: "S" '
        'feature { name: "x" type: INT } feature { name: "label" not_in_environment: "S" }'
    )
    serving.write_text('{"feature": [{"name": "x", "type": "FLOAT"}]}')

    assert command("skew", "schema", training, training).exit_code == 0
    result = command("skew", "schema", training, serving)
    assert result.exit_code == 1
    assert "INT" in result.stdout
    assert "label" in result.stdout
    result = command("skew", "schema", training, serving, "--serving-environment", "S", "--json")
    assert json.loads(result.stdout)["differences"] == [
        {"path": "x", "kind": "type", "training": "INT", "serving": "FLOAT"}
    ]
    assert command("skew", "schema", training, tmp_path / "gone.pbtxt").exit_code == 2


@pytest.mark.parametrize("name", ["stats.pb", "stats.pbtxt", "stats.tfrecord"])
def test_statistics_stand_for_a_schema(command: Command, tmp_path: Path, name: str) -> None:
    schema = tmp_path / "schema.pbtxt"
    schema.write_text(
        'feature { name: "x" type: FLOAT presence { min_fraction: 1 } shape { dim { size: 1 } } }'
    )
    for values, code in (([1.0, 2.0], 0), ([1, 2], 1)):
        path = tmp_path / str(code) / name
        path.parent.mkdir()
        tb.write_statistics(tb.statistics(pa.table({"x": values})), str(path))
        assert command("skew", "schema", schema, path).exit_code == code


def test_distances(command: Command, tmp_path: Path) -> None:
    paths = tmp_path / "now.pb", tmp_path / "before.pb"
    for values, path in zip((["a", "b"], ["a", "a"]), paths, strict=True):
        tb.write_statistics(tb.statistics(pa.table({"s": values})), str(path))

    result = command("skew", "distances", *paths, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["features"][0]["l_infinity"] == 0.5
    told = command("skew", "distances", *paths).stdout
    assert "PSI" in told
    assert "0.5" in told
    assert command("skew", "distances", paths[0], tmp_path / "gone.pb").exit_code == 2
