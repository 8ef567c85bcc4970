"""What Flink loses in the middle of a job leaves the right artifact or none, and the rows likewise.

A worker stops at a point that the test chooses and says so; there it is killed, or the task manager
that started it. A Python worker that has lost its task manager goes on for a while: what it
writes then must not show either.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from jvm.flink import Flink
from spine import SCHEMA, files_of, preprocess, row_set, table

import taurus_beam as tb
from taurus_beam.io import Source, WriteRecordBatches, write_batches

DATA = table(400)
FILES = 4
OptionsOf: TypeAlias = Callable[..., PipelineOptions]
REACH_SECONDS = 120


def test_what_is_lost_shows_nothing_and_a_rerun_is_right(
    flink: Flink, options_of: OptionsOf, tmp_path: Path
) -> None:
    options = options_of("flink")
    transformed, fn = tb.fit_transform(DATA, preprocess)
    fn.save(f"{tmp_path}/expected")
    expected = files_of(tmp_path / "expected")
    for number in range(FILES):
        part = DATA.slice(number * len(DATA) // FILES, len(DATA) // FILES)
        write_batches(f"{tmp_path}/in/{number}", part.to_batches())

    job = started(options, tmp_path, stop_at="analysis")
    os.kill(worker_at(tmp_path / "analysis"), signal.SIGKILL)
    assert_fails(job)
    go_on(tmp_path / "analysis")
    assert not (tmp_path / "fn").exists()
    assert not readable(tmp_path / "out")

    job = started(options, tmp_path, stop_at="writing")
    flink.lose_worker(parent(worker_at(tmp_path / "writing")))
    assert_fails(job)
    go_on(tmp_path / "writing")
    # The artifact may have been complete before: it does not wait for the rows.
    assert files_of(tmp_path / "fn") in (expected, {})
    assert not readable(tmp_path / "out")

    flink.wait_for_workers()
    started(options, tmp_path).wait_until_finish()
    assert files_of(tmp_path / "fn") == expected
    assert row_set(Source(f"{tmp_path}/out").batches()) == row_set(transformed.to_batches())


def started(options: PipelineOptions, folder: Path, stop_at: str | None = None) -> Any:
    """A job that fits and transforms, and may stop once while it analyzes or while it writes."""
    stop = {moment: lambda batch: batch for moment in ("analysis", "writing")}
    if stop_at is not None:
        stop[stop_at] = stop_once(folder / stop_at)
    pipeline = beam.Pipeline(options=options)
    read = pipeline | Source(f"{folder}/in", batch_size=20).read()
    batches, transform_fn = (
        read
        | "Analysis" >> beam.Map(stop["analysis"]).with_output_types(pa.RecordBatch)
        | tb.AnalyzeAndTransformDataset(preprocess, SCHEMA, temp_dir=f"{folder}/tmp")
    )
    _ = (
        batches
        | "Writing" >> beam.Map(stop["writing"]).with_output_types(pa.RecordBatch)
        | WriteRecordBatches(f"{folder}/out/")
    )
    _ = transform_fn | tb.WriteTransformFn(f"{folder}/fn", overwrite=True)
    return pipeline.run()


def stop_once(marks: Path) -> Callable[[Any], Any]:
    """Lets batches pass, but that the second one of the first worker waits to be let go."""
    marks.mkdir()
    seen: list[int] = []

    def passed(batch: Any, folder: str = str(marks)) -> Any:
        seen.append(batch.num_rows)
        if len(seen) == 2:
            try:
                mark = os.open(f"{folder}/first", os.O_CREAT | os.O_EXCL)
            except FileExistsError:
                return batch
            os.close(mark)
            Path(folder, "pid.part").write_text(str(os.getpid()))
            Path(folder, "pid.part").rename(Path(folder, "pid"))
            while not Path(folder, "go on").exists():
                time.sleep(0.05)
        return batch

    return passed


def worker_at(marks: Path) -> int:
    """The process of the worker that waits."""
    deadline = time.monotonic() + REACH_SECONDS
    while not (marks / "pid").exists():
        assert time.monotonic() < deadline, "no worker came so far"
        time.sleep(0.05)
    return int((marks / "pid").read_text())


def go_on(marks: Path) -> None:
    (marks / "go on").touch()


def parent(process: int) -> int:
    command = ["ps", "-o", "ppid=", "-p", str(process)]
    return int(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def assert_fails(job: Any) -> None:
    with pytest.raises(RuntimeError, match="failed in state FAILED"):
        job.wait_until_finish()


def readable(folder: Path) -> list[str]:
    """The files that somebody who reads the folder would take for data."""
    return [path.name for path in folder.glob("[!._]*")] if folder.exists() else []
