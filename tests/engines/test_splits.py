"""Splits in files on each engine are those of a table, and what they share is found there too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from spine import row_set

import taurus_beam as tb
from taurus_beam.io import Source
from taurus_beam.runners.leakage import find_leaks
from taurus_beam.runners.splitting import split

RATIOS = {"train": 0.7, "test": 0.3}
# Takes a pass first, and tells apart rows that are alike, which shuffles all of them.
SPLITTER = tb.SplitByStratum(RATIOS, "label")
KEYS: list[tuple[str, ...]] = [("user",), ()]
ROWS, FILES = 3000, 4


@pytest.fixture(scope="module")
def table() -> pa.Table:
    """Rows with missing values, many of them alike."""
    random = np.random.default_rng(7)
    users = [f"u{number}" if number % 17 else None for number in random.integers(0, 300, ROWS)]
    labels = random.choice(["a", "b", None], ROWS, p=[0.7, 0.2, 0.1])
    return pa.table({"user": users, "label": pa.array(labels), "x": random.integers(0, 4, ROWS)})


@pytest.fixture(scope="module")
def source(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Source:
    """The rows in several files."""
    folder = tmp_path_factory.mktemp("rows")
    for number in range(FILES):
        part = table.slice(number * ROWS // FILES, ROWS // FILES)
        pq.write_table(part, folder / f"{number}.parquet")
    return Source(f"{folder}/*.parquet")


@pytest.fixture(scope="module")
def told_here(source: Source, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Beam's local runner tells of the splits, digests of their rows among it."""
    folder = tmp_path_factory.mktemp("here") / "splits"
    return told(source, folder, PipelineOptions(["--runner=FnApiRunner"]))


@pytest.mark.parametrize("engine", ["fn_api_processes", "prism", "flink", "spark"], indirect=True)
def test_splits_and_what_they_share(
    engine: PipelineOptions,
    source: Source,
    table: pa.Table,
    told_here: dict[str, Any],
    tmp_path: Path,
) -> None:
    assert told(source, tmp_path / "splits", engine) == told_here

    wanted = tb.split_table(table, SPLITTER)
    written = {name: Source(f"{tmp_path}/splits/{name}/*.parquet") for name in RATIOS}
    for name, rows in written.items():
        assert row_set(rows.batches()) == row_set(wanted[name].to_batches())
    found = find_leaks(written, KEYS, f"{tmp_path}/leaks.json", options=engine)
    assert found["leaks"]
    assert found["checks"] == [tb.find_leaks(wanted, key).record() for key in KEYS]


def told(source: Source, folder: Path, options: PipelineOptions) -> dict[str, Any]:
    """Splits the rows; what is told of the splits, but for the number of their files."""
    split(source, SPLITTER, str(folder), options=options, labels=["label"])
    document: dict[str, Any] = json.loads((folder / "split.json").read_text())
    for part in document["splits"]:
        del part["files"]
    return document
