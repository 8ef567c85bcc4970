"""``taurus-beam split``: folders of splits, a description that is complete, and clear refusals."""

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
RATIOS = ("--ratio", "train=0.7", "--ratio", "test=0.3")


@pytest.fixture(scope="module")
def data(work: Path) -> pa.Table:
    return pq.read_table(work / "flights.parquet")


def rows(table: pa.Table) -> list[str]:
    return sorted(json.dumps(row) for row in table.to_pylist())


def document(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "split.json").read_text())


def test_splits_are_those_of_a_table(
    command: Command, work: Path, data: pa.Table, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = ("split", "-i", work / "flights.parquet", "-o", out, "--key", "carrier", *RATIOS)
    result = command(*words, "--label", "origin", "--seed", 5)

    assert result.exit_code == 0, result.output
    assert "Split 2,000 rows by hash" in result.stdout
    splitter = tb.SplitByHash({"train": 0.7, "test": 0.3}, key="carrier", seed=5)
    wanted = tb.split_table(data, splitter)
    said = document(out)
    assert said["rows"] == 2000
    assert tb.splitter_from_json(said["splitter"]) == splitter
    for part in said["splits"]:
        table = wanted[part["name"]]
        assert rows(pq.read_table(out / part["name"])) == rows(table)
        assert part["rows"] == table.num_rows
        assert part["share"] == table.num_rows / 2000
        assert part["labels"]["origin"] == dict(
            sorted(table["origin"].to_pandas().value_counts().items())
        )
        assert all((out / file).exists() for file in part["files"])

    # Made again from its description, by another way of reading, it is the same.
    again = command(
        *("split", "-i", work / "flights.csv", "-o", tmp_path / "again", "--label", "origin"),
        *("--splitter", out / "split.json", "--output-format", "csv"),
    )
    assert again.exit_code == 0, again.output
    told = document(tmp_path / "again")
    assert told["splitter_sha256"] == said["splitter_sha256"]
    assert [part["rows"] for part in told["splits"]] == [part["rows"] for part in said["splits"]]
    assert (
        pd.read_csv(*(tmp_path / "again" / "test").glob("*.csv")).shape[0]
        == wanted["test"].num_rows
    )


def test_rows_are_filtered_and_counted(
    command: Command, work: Path, data: pa.Table, tmp_path: Path
) -> None:
    (tmp_path / "late.py").write_text('def late(inputs):\n    return inputs["dep_delay"] > 15\n')
    result = command(
        *("split", "-i", work / "flights.parquet", "-o", tmp_path / "out", "--folds", 2),
        *("--stratum", "origin", "--filter", f"{tmp_path / 'late.py'}:late"),
    )

    assert result.exit_code == 0, result.output
    delays = data["dep_delay"].to_pandas()
    said = document(tmp_path / "out")
    late = int((delays > 15).sum())
    assert said["rows"] == 2000
    assert said["dropped"] == {
        "filtered": 2000 - late - int(delays.isna().sum()),
        "filtered as null": int(delays.isna().sum()),
    }
    sizes = [part["rows"] for part in said["splits"]]
    assert sum(sizes) == late
    assert max(sizes) - min(sizes) <= 1
    assert said["filter"].startswith("late.py:1")


def test_splits_by_time_tell_their_times(command: Command, tmp_path: Path) -> None:
    (tmp_path / "days.csv").write_text("t\n2026-01-01\n2026-01-02\n2026-01-03\n\n2026-01-04\n")
    words = ("split", "-i", tmp_path / "days.csv", "--time", "t")
    cut = command(*words, "-o", tmp_path / "a", *RATIOS)
    given = command(
        *(*words, "-o", tmp_path / "b", "--until", "train=2026-01-03", "--until", "test=")
    )
    assert (cut.exit_code, given.exit_code) == (0, 0), cut.output + given.output
    a, b = document(tmp_path / "a"), document(tmp_path / "b")
    assert a["plan"] == {"cuts": ["2026-01-04"]}
    assert a["splits"][0]["times"] == {"t": {"first": "2026-01-01", "last": "2026-01-03"}}
    assert [part["rows"] for part in b["splits"]] == [2, 2]


def test_older_splits_are_replaced_only_when_told(
    command: Command, work: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = ("split", "-i", work / "flights.parquet", "-o", out, "--key", "origin")
    assert command(*words, *RATIOS).exit_code == 0
    before = (out / "split.json").read_bytes()
    result = command(*words, "--folds", 2)
    assert result.exit_code == 6
    assert "There are splits already" in result.stderr
    assert (out / "split.json").read_bytes() == before

    assert command(*words, "--folds", 2, "--overwrite").exit_code == 0
    assert sorted(path.name for path in out.iterdir()) == ["fold-0", "fold-1", "split.json"]


def test_what_fails_leaves_nothing_behind(command: Command, tmp_path: Path) -> None:
    pq.write_table(pa.table({"k": pa.nulls(3, pa.string())}), tmp_path / "nulls.parquet")
    words = ("split", "-i", tmp_path / "nulls.parquet", "-o", tmp_path / "out")
    result = command(*words, "--key", "k", *RATIOS)
    assert result.exit_code == 4
    assert "None of the 3 rows has a value in 'k'" in result.stderr
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


def test_no_rows_give_empty_splits(command: Command, tmp_path: Path) -> None:
    pq.write_table(pa.table({"k": pa.array([], pa.string())}), tmp_path / "none.parquet")
    words = ("split", "-i", tmp_path / "none.parquet", "-o", tmp_path / "out")
    assert command(*words, "--key", "k", *RATIOS).exit_code == 0
    assert pq.read_table(tmp_path / "out" / "test").num_rows == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Nothing says how to split"),
        ((*RATIOS, "--folds", 3), "--ratio and --folds do not go together"),
        (("--ratio", "train=0.7"), "The ratios sum to 0.7"),
        (("--ratio", "train"), "'train' is not of the form NAME=VALUE"),
        (("--ratio", "train=x"), "'x' is no number"),
        ((*RATIOS, "--weight", "w"), "--weight says nothing beside --ratio"),
        (("--sample-rate", 0.1, "--group", "g"), "--group says nothing beside --sample-rate"),
        (("--splitter", "none.json"), "splitter cannot be read"),
    ],
)
def test_a_wrong_command_line_is_told_before_anything_is_read(
    command: Command, tmp_path: Path, words: tuple[object, ...], said: str
) -> None:
    result = command("split", "-i", tmp_path / "no.csv", "-o", tmp_path / "out", *words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_plan_without_a_run(command: Command, work: Path, tmp_path: Path) -> None:
    words = ("split", "-i", work / "flights.parquet", "-o", tmp_path / "out", *RATIOS)
    result = command(*words, "--stratum", "origin", "--dry-run")
    assert result.exit_code == 0, result.output
    assert "A job for FnApiRunner, not run" in result.stdout
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
