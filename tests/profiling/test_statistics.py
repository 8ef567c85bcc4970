"""Profiles of statistics: the same protos, and what each generator took."""

from __future__ import annotations

from pathlib import Path

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

import taurus_beam as tb

ROWS = 100_000


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "x.parquet"
    numbers = [float(n) for n in range(ROWS)]
    table = pa.table({"x": numbers, "s": [str(n % 5) for n in range(ROWS)]})
    pq.write_table(table, path, row_group_size=25_000)
    return path


def gathered(profile: tb.Profile) -> dict[str, int]:
    return {row.name: row.rows for row in profile.rows if row.kind == "gather"}


def test_of_a_file_in_this_process(file: Path):
    plain = tb.statistics(str(file))
    with tb.profile() as profile:
        found = tb.statistics(str(file))

    assert found == plain
    assert gathered(profile) == {"Layout": ROWS, "BasicStats": ROWS, "Terms": ROWS}
    (read,) = [row for row in profile.rows if row.kind == "read"]
    assert (read.phase, read.rows, read.batches) == ("statistics", ROWS, 4)
    assert any(row.kind == "result of statistics" for row in profile.rows)


def test_in_a_pipeline(file: Path):
    with tb.profile() as profile:
        pipeline = beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner"]))
        _ = pipeline | tb.GenerateStatistics(source=tb.io.Source(str(file)))
        result = pipeline.run()
        result.wait_until_finish()
        profile.collect(result)

    assert gathered(profile) == {"Layout": ROWS, "BasicStats": ROWS, "Terms": ROWS}
    assert {row.phase for row in profile.rows} == {"statistics"}
    kinds = {(row.kind, row.name) for row in profile.rows}
    assert {("send shards", "Terms"), ("merge shards", "Terms"), ("read", "")} <= kinds
    assert any(kind == "merge" for kind, _ in kinds)
