"""Workers find the operations and analyzers of other packages by their entry points."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from acme import install

PROGRAM = """
import sys

import apache_beam as beam
import pyarrow as pa
from acme_features.operations import common_divisor, softsign
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.testing.util import assert_that, equal_to

import taurus_beam as tb

TABLE = pa.table({"x": [1.0, None, -3.0, 0.0], "cents": [30, 20, None, 40]})


def preprocess(inputs):
    cents = inputs["cents"]
    return {"soft": softsign(inputs["x"]), "coins": cents // common_divisor(cents)}


if __name__ == "__main__":
    path, *flags = sys.argv[1:]
    with beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner", *flags])) as pipeline:
        batches = pipeline | beam.Create(TABLE.to_batches(max_chunksize=1))
        typed = batches | beam.Map(lambda batch: batch).with_output_types(pa.RecordBatch)
        out, fn = typed | tb.AnalyzeAndTransformDataset(preprocess, schema=TABLE.schema)
        expected = [(0.5, 3), (None, 2), (-0.75, None), (0.0, 4)]
        expected = [{"soft": soft, "coins": coins} for soft, coins in expected]
        assert_that(out | tb.ToDicts(), equal_to(expected))
        _ = fn | tb.WriteTransformFn(path)
    assert tb.load(path).digest == tb.fit(TABLE, preprocess).digest
"""
PROCESSES = ("--direct_running_mode=multi_processing", "--direct_num_workers=2")


def run(tmp_path, program_path, worker_path, *flags):
    """The program, started with some folders to import from; its workers get others."""
    program = tmp_path / "program.py"
    program.write_text(f"import sys\nsys.path[:0] = {program_path!r}\n{PROGRAM}")
    return subprocess.run(
        [sys.executable, str(program), str(tmp_path / "fn"), *flags],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(worker_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def site(tmp_path):
    install(tmp_path / "site")
    return str(tmp_path / "site")


@pytest.mark.parametrize("flags", [(), PROCESSES], ids=["in_process", "processes"])
def test_workers_import_what_an_installed_package_lists(tmp_path, site, flags):
    done = run(tmp_path, [], [site, *sys.path], *flags)
    assert done.returncode == 0, done.stderr


def test_a_worker_without_the_package_says_which_to_install(tmp_path, site):
    done = run(tmp_path, [site], sys.path, *PROCESSES)
    assert done.returncode != 0
    for part in ("'acme.", "(version 1) is not installed", "pip install acme-features==1.2.0"):
        assert part in done.stderr
