"""The flights example on each engine gives the artifact, rows and statistics of this process.

All workers of an engine take part, so what they write by parts is put together of several.
"""

from __future__ import annotations

import os
from pathlib import Path

import apache_beam as beam
import pyarrow.parquet as pq
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from spine import files_of, row_set

import taurus_beam as tb
from examples.flights import data
from examples.flights.preprocessing import preprocessing_fn
from taurus_beam.io import Source, WriteRecordBatches

ROWS = 4000
PROCESSES = {"fn_api": 0, "fn_api_processes": 2, "prism": 0, "flink": 2, "spark": 2}


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Parquet file for each month."""
    folder = tmp_path_factory.mktemp("flights")
    data.write_raw(folder, ROWS)
    return folder


@pytest.mark.parametrize(("engine", "workers"), PROCESSES.items(), indirect=["engine"])
def test_the_flights_example(
    engine: PipelineOptions, workers: int, flights: Path, tmp_path: Path
) -> None:
    (tmp_path / "processes").mkdir()

    def leave_trace(_: object, folder: str = f"{tmp_path}/processes") -> None:
        Path(folder, str(os.getpid())).touch()

    with beam.Pipeline(options=engine) as pipeline:
        batches, transform_fn = pipeline | "Fit" >> tb.AnalyzeAndTransformDataset(
            preprocessing_fn, source=Source(f"{flights}/*.parquet"), temp_dir=f"{tmp_path}/tmp"
        )
        _ = batches | WriteRecordBatches(f"{tmp_path}/out/")
        _ = transform_fn | tb.WriteTransformFn(f"{tmp_path}/fn")
        statistics = batches | tb.GenerateStatistics(temp_dir=f"{tmp_path}/tmp")
        _ = statistics | tb.WriteStatistics(f"{tmp_path}/statistics.pb")
        _ = batches | "Trace" >> beam.Map(leave_trace)

    raw = pq.read_table(flights)
    features, fn = tb.fit_transform(raw, preprocessing_fn)
    fn.save(f"{tmp_path}/expected")
    assert files_of(tmp_path / "fn") == files_of(tmp_path / "expected")
    assert row_set(Source(f"{tmp_path}/out").batches()) == row_set(features.to_batches())
    found = tb.load_statistics(f"{tmp_path}/statistics.pb")
    assert found == tb.statistics(features)
    processes = {int(trace.name) for trace in (tmp_path / "processes").iterdir()}
    assert len(processes - {os.getpid()}) == workers
