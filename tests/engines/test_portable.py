"""Each engine runs a pipeline with a shuffle and a combine, in the processes it says it uses."""

from __future__ import annotations

import os
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions


def test_a_shuffle_and_a_combine(engine: PipelineOptions, tmp_path: Path) -> None:
    # Local functions travel by value: a worker process need not find this module.
    with beam.Pipeline(options=engine) as pipeline:
        (
            pipeline
            | "numbers" >> beam.Create(range(1000))
            | "key" >> beam.Map(lambda number: (number % 3, number))
            | "sum" >> beam.CombinePerKey(sum)
            | "text" >> beam.MapTuple(lambda key, total: f"{key} {total}")
            | "write" >> beam.io.WriteToText(str(tmp_path / "sums"))
        )

    assert written(tmp_path) == [f"{key} {sum(range(key, 1000, 3))}" for key in range(3)]


@pytest.mark.parametrize(
    "engine", ["fn_api_processes", "embed_process", "job_service"], indirect=True
)
def test_work_is_done_in_another_process(engine: PipelineOptions, tmp_path: Path) -> None:
    def process(_: int) -> str:
        return str(os.getpid())

    with beam.Pipeline(options=engine) as pipeline:
        (
            pipeline
            | "one" >> beam.Create([1])
            | "process" >> beam.Map(process)
            | "write" >> beam.io.WriteToText(str(tmp_path / "process"))
        )

    assert str(os.getpid()) not in written(tmp_path)


def written(folder: Path) -> list[str]:
    shards = [path.read_text().splitlines() for path in folder.iterdir()]
    return sorted(line for shard in shards for line in shard)
