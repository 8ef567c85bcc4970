"""``taurus-beam fit --cache --span``: what is read, told, written, and refused."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import taurus_beam as tb

Command = Callable[..., Any]

DAYS = {"mon": slice(0, 700), "tue": slice(700, 1500), "wed": slice(1500, 2000)}


@pytest.fixture
def days(tmp_path: Path, flights: pd.DataFrame) -> Path:
    """A folder for each day."""
    for day, rows in DAYS.items():
        folder = tmp_path / "days" / day
        folder.mkdir(parents=True)
        table = pa.Table.from_pandas(flights[rows], preserve_index=False)
        pq.write_table(table, folder / "part.parquet")
    return tmp_path / "days"


@pytest.fixture
def fit_spans(work: Path, command: Command, days: Path, tmp_path: Path) -> Command:
    """``taurus-beam fit`` to some days with a cache, with further words."""

    def run(names: Iterable[str], *words: object) -> Any:
        spans = [word for name in names for word in ("--span", f"{name}={days / name}")]
        options = ("-p", work / "prep.py", "--cache", tmp_path / "cache", "-o", tmp_path / "fn")
        return command("fit", *options, *spans, *words)

    return run


def report(tmp_path: Path) -> Any:
    return tb.cache_report(str(tmp_path / "fn"))


def test_a_day_more_reads_that_day_and_gives_the_artifact_of_all_data(
    fit_spans: Command, work: Path, tmp_path: Path
) -> None:
    first = fit_spans(["mon", "tue"])
    assert first.exit_code == 0, first.output
    assert "0 reused, 2 computed (mon, tue)" in first.stdout
    assert "3,000; 0 reused" in first.stdout

    second = fit_spans(DAYS, "--overwrite")

    assert second.exit_code == 0, second.output
    for words in ("rows       2,000", "passes     2", "2 reused, 1 computed (wed)"):
        assert words in second.stdout
    # Two passes over each row.
    assert "rows read  1,000; 3,000 reused" in second.stdout
    # A long path is folded.
    assert f"cache{tmp_path}/cache(" in "".join(second.stdout.split())
    assert f"--input {tmp_path}/days/mon" in second.stdout
    assert second.stderr == ""
    assert report(tmp_path).rows_read == 2 * 500
    assert tb.load(str(tmp_path / "fn")).digest == tb.load(str(work / "fitted")).digest


def test_inspect_tells_what_the_cache_was_good_for(
    fit_spans: Command, command: Command, tmp_path: Path
) -> None:
    fit_spans(["mon", "tue"])
    fit_spans(DAYS, "--overwrite")

    result = command("inspect", tmp_path / "fn")

    assert result.exit_code == 0, result.output
    told = [line.split() for line in result.stdout.splitlines()]
    found = report(tmp_path)
    entries = str(found.spans["wed"].misses)
    assert ["spans", "2", "reused,", "1", "computed", "(wed)"] in told
    assert ["mon", "700", entries, "0", "0"] in told
    assert ["wed", "500", "0", entries, "2"] in told
    assert "2,000 rows of spans mon, tue, wed" in result.stdout
    known = json.loads(command("inspect", tmp_path / "fn", "--json").stdout)
    assert known["provenance"]["cache"]["rows_read"] == found.rows_read == 2 * 500


def test_the_transformed_data_are_those_of_all_spans(
    fit_spans: Command, work: Path, days: Path, flights: pd.DataFrame, tmp_path: Path
) -> None:
    (days / "mon" / "part.parquet").unlink()
    flights[DAYS["mon"]].to_csv(days / "mon" / "part.csv", index=False)

    result = fit_spans(DAYS, "--transformed", tmp_path / "out" / "part")

    assert result.exit_code == 0, result.output
    fn = tb.load(str(work / "fitted"))
    wanted = fn.transform(pa.Table.from_pandas(flights, preserve_index=False)).to_pandas()
    found = pq.read_table(tmp_path / "out").to_pandas()
    columns = list(wanted.columns)
    pd.testing.assert_frame_equal(
        found.sort_values(columns, ignore_index=True),
        wanted.sort_values(columns, ignore_index=True),
    )
    assert tb.load(str(tmp_path / "fn")).digest == fn.digest


def test_the_schema_gives_text_in_spans_its_types(
    work: Path, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "prep.py").write_text(
        "import taurus_beam as tb\n"
        "def preprocessing_fn(inputs):\n    return {'x': inputs['x'] - tb.min(inputs['x'])}\n"
    )
    (tmp_path / "schema.pbtxt").write_text('feature { name: "x" type: FLOAT shape {} }\n')
    (tmp_path / "a.csv").write_text("x\n1\n2\n")
    (tmp_path / "b.csv").write_text("x\n0.5\n")
    spans = [word for day in "ab" for word in ("--span", f"{day}={tmp_path}/{day}.csv")]

    words = ("--cache", tmp_path / "cache", "-o", tmp_path / "fn", "--format", "csv")
    schema = ("--schema", tmp_path / "schema.pbtxt", "--transformed", tmp_path / "out.csv")
    result = command("fit", "-p", tmp_path / "prep.py", *spans, *words, *schema)

    assert result.exit_code == 0, result.output
    assert tb.load(str(tmp_path / "fn")).output_arrow_schema == pa.schema({"x": pa.float32()})
    out = pd.read_csv(tmp_path / "out-00000-of-00001.csv")
    assert sorted(out.x) == [0.0, 0.5, 1.5]


def test_a_damaged_entry_is_told_and_computed_again(
    fit_spans: Command, work: Path, tmp_path: Path
) -> None:
    fit_spans(DAYS)
    damaged = min((tmp_path / "cache" / "tue").iterdir())
    damaged.write_bytes(damaged.read_bytes()[:-1])

    result = fit_spans(DAYS, "--overwrite")

    assert result.exit_code == 0, result.output
    assert "2 reused, 0 computed, 1 computed in part (tue)" in " ".join(result.stdout.split())
    assert "1 cache file, computed again: tue/" in " ".join(result.stdout.split())
    assert report(tmp_path).unusable == (f"tue/{damaged.name}",)
    assert tb.load(str(tmp_path / "fn")).digest == tb.load(str(work / "fitted")).digest


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "There is nothing to read"),
        (["--cache", "c"], "--cache needs the data in spans"),
        (["--span", "a=x.csv"], "--span needs a cache"),
        (["--cache", "c", "--span", "a=x.csv", "--input", "x.csv"], "--input and --span"),
        (["--span", "a=x.csv", "--input", "x.csv"], "--input and --span"),
        (["--cache", "c", "--input", "x.csv"], "--input and --cache"),
        (["--cache", "c", "--span", "x.csv"], "'x.csv' is not of the form NAME=PATTERN"),
        (["--cache", "c", "--span", "a=x.csv", "--span", "a=y.csv"], "'a' is given twice"),
        (["--cache", "fn/cache", "--span", "a=x.csv"], "inside the artifact"),
    ],
)
def test_options_that_do_not_go_together(
    work: Path,
    command: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)

    result = command("fit", "-p", work / "prep.py", "-o", "fn", *words)

    assert result.exit_code == 2
    assert result.stderr.count("error:") == 1
    assert message in result.stderr
    assert os.listdir(tmp_path) == []


def test_a_cache_that_cannot_be_written(
    work: Path, command: Command, days: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    words = ("--cache", tmp_path / "file", "--span", f"mon={days}/mon", "-o", tmp_path / "fn")

    result = command("fit", "-p", work / "prep.py", *words)

    assert result.exit_code == 6
    assert result.stderr.count("error:") == 1
    assert f"Cannot write {tmp_path}/file" in result.stderr
    assert not (tmp_path / "fn").exists()


def test_a_span_without_files_and_a_file_in_two_spans(
    fit_spans: Command, days: Path, tmp_path: Path
) -> None:
    missing = fit_spans(["mon", "sun"])
    assert missing.exit_code == 4
    assert "No file matches" in missing.stderr
    assert f"{days}/sun" in missing.stderr

    twice = fit_spans(["mon"], "--span", f"all={days}/*/*.parquet")
    assert twice.exit_code == 4
    assert "A file is in two spans, 'all' and 'mon'" in twice.stderr
    assert not (tmp_path / "fn").exists()
