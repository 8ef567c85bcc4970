"""Two runs side by side: parameters, what they read and wrote, and what is in that."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from taurus_beam.io import write_batches

Command = Callable[..., Any]


@pytest.fixture(scope="module")
def chain(
    work: Path,
    flights: pd.DataFrame,
    tmp_path_factory: pytest.TempPathFactory,
    command: Command,
) -> tuple[Path, list[str]]:
    """A folder in which the same commands were run on two days' data, and the ids of the runs."""
    folder = tmp_path_factory.mktemp("days")
    days = {"mon": flights[:800], "tue": flights[800:].assign(origin="JFK").drop(columns="carrier")}
    (folder / "prep.py").write_text(
        "import taurus_beam as tb\n\n\n"
        "def preprocessing_fn(inputs):\n"
        "    return {'d': tb.scale_to_z_score(inputs['distance'])}\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("TAURUS_BEAM_LINEAGE", "l.sqlite")
        for day, rows in days.items():
            table = pa.Table.from_pandas(rows, preserve_index=False)
            pq.write_table(table, folder / f"{day}.parquet")
            for line in (
                f"stats -i {day}.parquet -o {day}.pb",
                f"schema infer -s {day}.pb -o {day}.pbtxt",
                f"fit -p prep.py -i {day}.parquet --schema {day}.pbtxt -o {day} "
                f"--statistics {day}_fit.pb --transformed {day}_out/part",
            ):
                result = command(*line.split())
                assert result.exit_code == 0, result.output
        listed = json.loads(command("runs", "--command", "fit", "--json").stdout)
    return folder, [run["run"] for run in reversed(listed)]


@pytest.fixture
def fits(chain: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    folder, runs = chain
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TAURUS_BEAM_LINEAGE", "l.sqlite")
    return runs


def test_parameters_inputs_and_outputs(
    fits: list[str], command: Command, flights: pd.DataFrame
) -> None:
    result = command("diff", *fits, "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert [found[side]["run"] for side in "ab"] == fits
    changed = found["configuration"]["changed"]
    assert set(changed) == {"input", "output", "schema", "statistics", "transformed"}
    assert changed["output"] == {
        "a": {"value": "mon", "source": "command line"},
        "b": {"value": "tue", "source": "command line"},
    }
    same = {each["option"]: each["same"] for each in found["inputs"]}
    assert same == {"input": False, "preprocessing": True, "schema": False}
    rows = {each["option"]: [each[side].get("rows") for side in "ab"] for each in found["outputs"]}
    assert rows == {
        "output": [800, len(flights) - 800],
        "transformed": [800, len(flights) - 800],
        "statistics": [None, None],
    }


def test_schemas_statistics_and_graphs(
    fits: list[str], command: Command, flights: pd.DataFrame
) -> None:
    found = json.loads(command("diff", *fits, "--json").stdout)
    schema = {(each["path"], each["kind"]): each for each in found["schemas"]["schema"]}
    assert ("carrier", "missing") in schema
    assert ("origin", "domain") in schema

    statistics = found["statistics"]["statistics"]
    assert statistics["rows"] == [800, len(flights) - 800]
    assert (statistics["added"], statistics["removed"]) == ([], ["carrier"])
    share = (flights.origin[:800] == "JFK").mean()
    assert statistics["changed"]["origin"]["distances"]["l_infinity"] == pytest.approx(1 - share)

    [graph] = found["graphs"].values()
    means = [flights.distance[:800].mean(), flights.distance[800:].mean()]
    constants = [[each["a"], each["b"]] for each in graph["computation"]]
    assert any(each == pytest.approx(means) for each in constants)
    assert found["not_compared"] == []

    text = command("diff", *(run[:8] for run in fits)).stdout
    for title in ("Configuration", "Read", "Written", "Schema: schema", "Statistics: statistics"):
        assert f"\n{title}\n" in text
    assert "Artifact: output" in text


def test_a_run_is_the_same_as_itself(fits: list[str], command: Command) -> None:
    result = command("diff", fits[0], fits[0])
    assert result.exit_code == 0
    assert "They were told, read and wrote the same." in result.stdout


def test_where_a_value_comes_from_is_told_but_does_not_count(
    fits: list[str], command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAURUS_BEAM_FIT_OUTPUT", "mon")
    line = "fit -p prep.py -i mon.parquet --schema mon.pbtxt --statistics mon_fit.pb --overwrite"
    ids = []
    for words in (("-o", "mon"), ()):
        assert command(*line.split(), *words, "--transformed", "mon_out/part").exit_code == 0
        ids.append(json.loads(command("runs", "--limit", "1", "--json").stdout)[0]["run"])
    result = command("diff", *ids, "--json")
    assert result.exit_code == 0, result.stdout
    sources = json.loads(result.stdout)["configuration"]["sources"]
    assert sources == {"output": ["command line", "environment"]}


def test_a_run_beside_an_artifact_is_what_it_wrote(fits: list[str], command: Command) -> None:
    same = command("diff", fits[0], "mon")
    assert same.exit_code == 0
    assert "They are the same." in same.stdout
    assert command("diff", "mon", fits[1][:12]).exit_code == 1


def test_what_is_gone_is_compared_by_its_digest(fits: list[str], command: Command) -> None:
    os.rename("tue.pbtxt", "gone.pbtxt")
    try:
        found = json.loads(command("diff", *fits, "--json").stdout)
    finally:
        os.rename("gone.pbtxt", "tue.pbtxt")
    assert found["schemas"] == {}
    [told] = found["not_compared"]
    assert told.startswith("schema: ")
    assert "tue.pbtxt" in told


def test_what_is_no_run_is_told(fits: list[str], command: Command) -> None:
    unknown = command("diff", fits[0], "00000000")
    assert unknown.exit_code == 4
    assert "no run whose id begins with '00000000'" in unknown.stderr
    [stats, *_] = json.loads(command("runs", "--command", "stats", "--json").stdout)
    wrong = command("diff", stats["run"], "mon")
    assert wrong.exit_code == 4
    assert "wrote no artifact" in wrong.stderr


@pytest.mark.parametrize("format", ["csv", "arrow", "jsonl"])
def test_rows_of_other_formats_are_counted(
    format: str, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TAURUS_BEAM_LINEAGE", "l.sqlite")
    for name, rows in (("a", 3), ("b", 5)):
        batch = pa.record_batch({"x": [None, *map(float, range(rows - 1))]})
        [file] = write_batches(name, [batch], format=format)
        assert command("stats", "-i", file, "-o", f"{name}.pb").exit_code == 0
    runs = [each["run"] for each in json.loads(command("runs", "--json").stdout)]
    [read] = json.loads(command("diff", *reversed(runs), "--json").stdout)["inputs"]
    assert [read[side]["rows"] for side in "ab"] == [3, 5]
