"""What a model server loads: neither Beam nor pandas, nor anything else it does not use."""

from __future__ import annotations

import subprocess
import sys

import pytest
from spine import preprocess, table

import taurus_beam as tb
from taurus_beam.io import RecordBatchCoder

FORBIDDEN = {
    *("apache_beam", "pandas", "fastavro", "typer", "rich", "click", "sklearn", "tensorflow"),
    *("tensorflow_metadata", "google.protobuf", "grpc", "hypothesis", "taurus_beam.pipeline"),
    *("taurus_beam.io", "taurus_beam.local", "pyarrow.dataset", "pyarrow.parquet", "pyarrow.fs"),
}
# Importing either takes as long as a third of NumPy and Arrow together.
FORBIDDEN_FOR_ROWS = {
    *("pyarrow.compute", "taurus_beam.analyzers.moments", "taurus_beam.analyzers.extrema"),
    *("taurus_beam.analyzers.quantiles", "taurus_beam.analyzers.vocabulary"),
    *("taurus_beam.profiling.recorder", "taurus_beam.graph.lookup", "taurus_beam.graph.word_table"),
}
# Only writing needs the first two, only threads the third, only traces the fourth.
UNUSED = {"shutil", "tempfile", "concurrent.futures", "sysconfig"}
ROW = """
fn = taurus_beam.serving.load({path!r})
fn.row({{"x": 1.0, "n": 2, "s": "t1"}})
fn.describe()
fn.vocabulary("s")
"""
BATCH = """
import pyarrow
for size in ("small", "large"):
    fn.transform(pyarrow.ipc.open_stream({path!r} + "/../" + size).read_next_batch())
"""
NO_PANDAS = """
class NoPandas:
    def find_spec(self, name, path, target=None):
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not installed", name=name)
sys.meta_path.insert(0, NoPandas())
"""


def modules(program):
    run = subprocess.run(
        [sys.executable, "-c", f"import sys\n{program}\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(run.stdout.split())


@pytest.fixture
def path(tmp_path):
    tb.fit(table(200), preprocess).save(tmp_path / "fn")
    for size, rows in (("small", 10), ("large", 2000)):
        (tmp_path / size).write_bytes(RecordBatchCoder().encode(table(rows).to_batches()[0]))
    return str(tmp_path / "fn")


@pytest.mark.parametrize("use", ["", ROW], ids=["imported", "used"])
def test_serving_loads_nothing_that_it_does_not_need(path, use):
    loaded = modules(f"import taurus_beam.serving\n{use.format(path=path)}")
    assert "taurus_beam.serving.transform_fn" in loaded
    assert FORBIDDEN.isdisjoint(loaded)
    assert FORBIDDEN_FOR_ROWS.isdisjoint(loaded)
    assert UNUSED & loaded <= modules("import numpy, pyarrow")


# Where there is one, pyarrow itself loads it when it first converts an array to or from NumPy.
@pytest.mark.parametrize("pandas", ["", NO_PANDAS], ids=["installed", "not installed"])
def test_batches_are_transformed_without_pandas(path, pandas):
    use = (ROW + BATCH).format(path=path)
    loaded = modules(f"{pandas}\nimport taurus_beam.serving\n{use}")
    assert FORBIDDEN.isdisjoint(loaded)
