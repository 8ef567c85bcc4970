"""Where values go between the passes."""

from __future__ import annotations

import os
import subprocess
import sys

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from object_store import STORE

import taurus_beam as tb
from taurus_beam.errors import EngineError
from taurus_beam.pipeline.files import absolute, temporary_folder

ROWS = [{"s": "a"}, {"s": "b"}]
SCHEMA = pa.schema({"s": pa.string()})


def ids(inputs: tb.Inputs) -> dict[str, tb.Column]:
    return {"id": tb.compute_and_apply_vocabulary(inputs["s"])}


def analyze(path, flags=(), **arguments):
    options = PipelineOptions(["--runner=FnApiRunner", *flags])
    with beam.Pipeline(options=options) as pipeline:
        transform_fn = pipeline | beam.Create(ROWS) | tb.AnalyzeDataset(ids, SCHEMA, **arguments)
        _ = transform_fn | tb.WriteTransformFn(str(path))


def test_a_folder_that_was_named_is_used(tmp_path):
    analyze(tmp_path / "one", temp_dir=f"{tmp_path}/given/")
    assert os.listdir(tmp_path / "given")
    analyze(tmp_path / "two", [f"--temp_location={tmp_path}/options"])
    assert os.listdir(tmp_path / "options" / "taurus_beam")
    assert tb.load(tmp_path / "one").digest == tb.load(tmp_path / "two").digest


def test_two_runs_share_a_folder(tmp_path):
    for run in ("one", "two"):
        analyze(tmp_path / run, temp_dir=str(tmp_path / "given"))
    assert len(os.listdir(tmp_path / "given")) == 2


def test_an_object_store_holds_them_without_empty_names(tmp_path):
    STORE.clear()
    analyze(tmp_path / "fn", temp_dir="inmemory://bucket/tmp/")
    assert STORE
    assert all("//" not in name.removeprefix("inmemory://") for name in STORE)
    assert tb.load(tmp_path / "fn").vocabulary("s").terms.to_pylist() == ["b", "a"]


def test_other_runners_need_a_folder_that_all_workers_see():
    options = PipelineOptions(["--runner=PortableRunner", "--job_endpoint=embed"])
    made = beam.Pipeline(options=options) | beam.Create(ROWS)
    with pytest.raises(EngineError, match=r"(?s)PortableRunner needs a folder.*temp_location"):
        _ = made | tb.AnalyzeDataset(ids, SCHEMA)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("gs://b/x/", "gs://b/x"), ("/a/../b", "/b"), ("/", "/"), ("file:///a", "/a")],
)
def test_paths_are_spelt_in_one_way(path, expected):
    assert absolute(path) == expected


def test_a_folder_of_our_own_is_removed_when_the_program_ends(tmp_path):
    program = (
        "import apache_beam as beam, os, tempfile\n"
        "from taurus_beam.pipeline.files import temporary_folder\n"
        "folder = temporary_folder(beam.Pipeline(runner='FnApiRunner'), None)\n"
        "open(os.path.join(folder, 'value'), 'w').close()\n"
        "print(folder)\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip().startswith(str(tmp_path))
    assert not os.path.exists(run.stdout.strip())


def test_each_pipeline_has_a_folder_of_its_own():
    pipeline = beam.Pipeline(runner="FnApiRunner")
    assert temporary_folder(pipeline, None) != temporary_folder(pipeline, None)
