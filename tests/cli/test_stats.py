from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import taurus_beam as tb

Command = Callable[..., Any]


@pytest.mark.parametrize("name", ["s.pb", "s.pbtxt", "s.tfrecord"])
def test_statistics_are_written_in_the_form_of_the_name(
    command: Command, work: Path, tmp_path: Path, name: str, flights: pd.DataFrame
) -> None:
    path = tmp_path / "new" / name
    result = command("stats", "-i", work / "flights.parquet", "-o", path)
    assert result.exit_code == 0, result.output
    assert tb.load_statistics(str(path)) == tb.statistics(flights)


def test_a_table_sums_them_up(command: Command, work: Path, flights: pd.DataFrame) -> None:
    result = command("stats", "-i", work / "flights.csv")
    assert result.exit_code == 0, result.output
    lines = {line.split()[0]: line for line in result.output.splitlines() if line.strip()}
    assert lines["rows"].split() == ["rows", "2,000"]
    assert f"{flights.carrier.nunique()} distinct" in lines["carrier"]
    assert f"{flights.distance.min()} … " in lines["distance"]
    missing = 100 * flights.dep_delay.isna().mean()
    assert f"{missing:.1f} %" in lines["dep_delay"]


def test_slices_weights_samples_and_columns(
    command: Command, work: Path, tmp_path: Path, flights: pd.DataFrame
) -> None:
    words = ["--slice", "origin", "--slice", "origin=JFK,carrier=B6", "--weight", "distance"]
    words += ["--column", "carrier", "-o", tmp_path / "s.pb"]
    result = command("stats", "-i", work / "flights.parquet", *words)
    assert result.exit_code == 0, result.output
    found = {d.name: d for d in tb.load_statistics(str(tmp_path / "s.pb")).datasets}
    counts = flights.origin.value_counts()
    assert {k: found[f"origin_{k}"].num_examples for k in counts.index} == counts.to_dict()
    both = ((flights.origin == "JFK") & (flights.carrier == "B6")).sum()
    assert found["carrier_B6_origin_JFK"].num_examples == both
    whole = found["All Examples"]
    assert whole.weighted_num_examples == flights.distance.sum()
    assert [feature.path.step[0] for feature in whole.features] == ["carrier"]
    assert "carrier_B6_origin_JFK" in result.output
    sampled = command("stats", "-i", work / "flights.parquet", "--sample", "0.5")
    assert sampled.exit_code == 0
    assert "0.5 of the rows" in sampled.output


def test_a_runner_gives_the_same(command: Command, work: Path, tmp_path: Path) -> None:
    for name, words in (("here", []), ("runner", ["--runner", "FnApiRunner"])):
        words = [*words, "--slice", "origin", "-o", tmp_path / name]
        result = command("stats", "-i", work / "flights.parquet", *words)
        assert result.exit_code == 0, result.output
    assert (tmp_path / "here").read_bytes() == (tmp_path / "runner").read_bytes()
    alone = command("stats", "-i", work / "flights.parquet", "--runner", "FnApiRunner")
    assert "2,000" in alone.output


def test_a_schema_says_what_columns_mean(command: Command, work: Path, tmp_path: Path) -> None:
    schema = tmp_path / "schema.pbtxt"
    schema.write_text('feature { name: "distance" type: INT int_domain { is_categorical: true } }')
    words = ["--schema", schema, "--types-from-schema", "-o", tmp_path / "s.pb"]
    result = command("stats", "-i", work / "flights.csv", *words)
    assert result.exit_code == 0, result.output
    (dataset,) = tb.load_statistics(str(tmp_path / "s.pb")).datasets
    assert [f.WhichOneof("stats") for f in dataset.features] == ["string_stats"]


def test_fit_writes_them_from_the_same_reading(
    fit: Command, tmp_path: Path, flights: pd.DataFrame
) -> None:
    words = ["--statistics", tmp_path / "s.pb", "--transformed", tmp_path / "out"]
    result = fit("-o", tmp_path / "fn", *words)
    assert result.exit_code == 0, result.output
    assert tb.load_statistics(str(tmp_path / "s.pb")) == tb.statistics(flights)
    plain = fit("-o", tmp_path / "plain")
    assert plain.exit_code == 0
    assert (tmp_path / "fn/graph.json").read_bytes() == (tmp_path / "plain/graph.json").read_bytes()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--sample", "0"], 2, "Invalid sample_rate"),
        (["--slice", "=x"], 2, "names no column"),
        (["--types-from-schema"], 2, "needs a schema"),
        (["--weight", "nothing"], 4, "Weight column 'nothing' is missing"),
        (["--schema", "nowhere.pbtxt"], 4, "nowhere.pbtxt"),
        (["--nonsense"], 2, "nonsense"),
    ],
)
def test_mistakes(command: Command, work: Path, words: list[str], code: int, message: str) -> None:
    result = command("stats", "-i", work / "flights.parquet", *words)
    assert result.exit_code == code, result.output
    assert message in result.output


def test_output_that_exists_is_kept(
    command: Command, fit: Command, work: Path, tmp_path: Path
) -> None:
    path = tmp_path / "s.pb"
    path.write_text("mine")
    for run in (
        command("stats", "-i", work / "flights.parquet", "-o", path),
        fit("-o", tmp_path / "fn", "--statistics", path),
    ):
        assert run.exit_code == 6
        assert "The output exists" in run.output
    assert path.read_text() == "mine"
    assert (
        command("stats", "-i", work / "flights.parquet", "-o", path, "--overwrite").exit_code == 0
    )


def test_spans_with_a_cache_have_no_statistics(
    command: Command, work: Path, tmp_path: Path
) -> None:
    words = ["--cache", tmp_path / "c", "--span", f"a={work / 'flights.parquet'}"]
    words += ["-o", tmp_path / "fn", "--statistics", tmp_path / "s.pb"]
    result = command("fit", "-p", work / "prep.py", *words)
    assert result.exit_code == 2
    assert "--statistics and --cache do not go together" in result.output
