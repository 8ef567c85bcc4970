from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import taurus_beam as tb

Command = Callable[..., Any]


def test_the_output_is_what_the_artifact_gives(
    work: Path, command: Command, flights: pd.DataFrame, tmp_path: Path
) -> None:
    result = command(
        *("transform", "-a", work / "fitted", "-i", work / "flights.parquet"),
        *("-o", tmp_path / "out" / "part"),
    )

    assert result.exit_code == 0, result.output
    assert "2,000" in result.stdout
    assert result.stderr == ""
    table = pa.Table.from_pandas(flights, preserve_index=False)
    wanted = tb.load(str(work / "fitted")).transform(table)
    keys = [(name, "ascending") for name in wanted.column_names]
    assert pq.read_table(tmp_path / "out").sort_by(keys).equals(wanted.sort_by(keys))


def test_text_is_read_with_the_types_of_the_fit(
    work: Path, command: Command, tmp_path: Path
) -> None:
    # By themselves these would be integers, and text only by name.
    (tmp_path / "new.csv").write_text("carrier,distance,dep_delay\nUA,100,3\nAA,200,\n")
    (tmp_path / "new.jsonl").write_text(
        '{"carrier": "UA", "distance": 100, "dep_delay": 3}\n'
        '{"carrier": "AA", "distance": 200, "dep_delay": null}\n'
    )
    fn = tb.load(str(work / "fitted"))
    wanted = [
        fn.row({"carrier": "UA", "distance": 100, "dep_delay": 3.0}),
        fn.row({"carrier": "AA", "distance": 200, "dep_delay": None}),
    ]

    for name in ("new.csv", "new.jsonl"):
        result = command(
            *("transform", "-a", work / "fitted", "-i", tmp_path / name),
            *("-o", tmp_path / f"{name}.parquet"),
        )
        assert result.exit_code == 0, result.output
        assert pq.read_table(tmp_path / f"{name}-00000-of-00001.parquet").to_pylist() == wanted


def test_json_lines_out(work: Path, command: Command, tmp_path: Path) -> None:
    result = command(
        *("transform", "-a", work / "fitted", "-i", work / "flights.csv"),
        *("-o", tmp_path / "out", "--output-format", "jsonl"),
    )

    assert result.exit_code == 0, result.output
    lines = (tmp_path / "out-00000-of-00001.jsonl").read_text().splitlines()
    assert len(lines) == 2000
    assert set(json.loads(lines[0])) == {"distance_01", "delay_z", "delay_bucket", "carrier_id"}


def test_no_rows_give_a_file_of_no_rows(work: Path, command: Command, tmp_path: Path) -> None:
    (tmp_path / "none.csv").write_text("carrier,distance,dep_delay\n")

    result = command(
        "transform", "-a", work / "fitted", "-i", tmp_path / "none.csv", "-o", tmp_path / "out"
    )

    assert result.exit_code == 0, result.output
    out = pq.read_table(tmp_path / "out-00000-of-00001.parquet")
    assert out.num_rows == 0
    assert out.schema.equals(tb.load(str(work / "fitted")).output_arrow_schema)


def test_a_missing_column(work: Path, command: Command, tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("carrier,distance\nUA,1\n")

    result = command(
        "transform", "-a", work / "fitted", "-i", tmp_path / "few.csv", "-o", tmp_path / "out"
    )

    assert result.exit_code == 4
    assert "'dep_delay' is missing" in result.stderr
    assert "few.csv" in result.stderr
    assert os.listdir(tmp_path) == ["few.csv"]


def test_a_column_of_another_type(work: Path, command: Command, tmp_path: Path) -> None:
    table = pa.table({"carrier": ["UA"], "distance": ["far"], "dep_delay": [1.0]})
    pq.write_table(table, tmp_path / "typed.parquet")

    result = command(
        "transform", "-a", work / "fitted", "-i", tmp_path / "typed.parquet", "-o", tmp_path / "o"
    )

    assert result.exit_code == 4
    assert "'distance'" in result.stderr
    assert "string" in result.stderr


def test_an_artifact_of_which_one_byte_changed(
    work: Path, command: Command, tmp_path: Path
) -> None:
    shutil.copytree(work / "fitted", tmp_path / "fn")
    path = tmp_path / "fn" / "graph.json"
    path.write_bytes(path.read_bytes().replace(b"a", b"b", 1))

    result = command(
        "transform", "-a", tmp_path / "fn", "-i", work / "flights.csv", "-o", tmp_path / "out"
    )

    assert result.exit_code == 5
    assert "graph.json" in result.stderr
    assert os.listdir(tmp_path) == ["fn"]


def test_output_that_exists_needs_overwrite(work: Path, command: Command, tmp_path: Path) -> None:
    words = ("transform", "-a", work / "fitted", "-i", work / "flights.csv", "-o", tmp_path / "o")
    assert command(*words).exit_code == 0
    assert command(*words).exit_code == 6
    assert command(*words, "--overwrite").exit_code == 0
