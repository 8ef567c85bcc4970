"""Files of this machine need no pipeline: which engine does the work, and what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import taurus_beam as tb
from taurus_beam.cli.app import app

PLAIN = "import taurus_beam as tb\ndef preprocessing_fn(i): return {'z': tb.scale_to_0_1(i['x'])}\n"
WITH_BEAM = """
import apache_beam as beam
import pyarrow as pa
import taurus_beam as tb

def preprocessing_fn(i):
    class Rows(beam.PTransform):
        def expand(self, arrays):
            return arrays | beam.Map(lambda columns: len(columns[0])) | beam.CombineGlobally(sum)
    (rows,) = tb.ptransform_analyzer([i["x"]], Rows(), [pa.int64()], [()])
    return {"y": i["x"] / rows}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    pq.write_table(pa.table({"x": [0.0, 1.0, 4.0]}), "x.parquet")
    Path("plain.py").write_text(PLAIN)
    Path("beam.py").write_text(WITH_BEAM)
    return tmp_path


def fit(*words: str, function: str = "plain.py") -> Any:
    command = ["fit", "-p", function, "-i", "x.parquet", "-o", "fn", "--transformed", "out/x"]
    return CliRunner().invoke(app, [*command, *words])


@pytest.mark.parametrize(
    ("words", "runner"),
    [
        ([], "local"),
        (["--runner", "local"], "local"),
        (["--runner", "direct"], "FnApiRunner"),
        (["--workers", "1"], "FnApiRunner"),
        (["--direct_num_workers=1"], "FnApiRunner"),
        (["--temp-location", "tmp"], "FnApiRunner"),
        (["--engine", "local.toml"], "local"),
    ],
)
def test_which_engine_fits(place: Path, words: list[str], runner: str) -> None:
    Path("local.toml").write_text('engine = "local"\n')

    result = fit(*words)

    assert (result.exit_code, result.stderr) == (0, "")
    assert tb.load("fn").provenance["run"]["runner"] == runner
    assert pq.read_table("out").to_pylist() == [{"z": 0.0}, {"z": 0.25}, {"z": 1.0}]


def test_what_needs_a_pipeline_gets_one(place: Path) -> None:
    result = fit(function="beam.py")

    assert result.exit_code == 0
    assert result.stderr == (
        "note: Rows('x') is found by a Beam transform: done in a pipeline (--runner direct)\n"
    )
    assert tb.load("fn").provenance["run"]["runner"] == "FnApiRunner"
    assert len(pq.read_table("out")) == 3


@pytest.mark.parametrize("words", [["--direct_num_workers=2"], ["--temp-location", "tmp"]])
def test_it_takes_no_options_of_beam(place: Path, words: list[str]) -> None:
    result = fit("--runner", "local", *words)

    assert result.exit_code == 2
    assert "The engine local takes no options of Beam" in result.stderr


def test_beam_is_not_imported(place: Path) -> None:
    code = (
        "import sys\n"
        "from taurus_beam.cli import app\n"
        "for words in (['fit', '-p', 'plain.py', '-o', 'fn', '--statistics', 'stats.pb',"
        " '--transformed', 'out/x'], ['transform', '-a', 'fn', '-o', 'again/x']):\n"
        "    try: app.app([*words, '-i', 'x.parquet'])\n"
        "    except SystemExit as end: assert not end.code, words\n"
        "assert 'apache_beam' not in sys.modules\n"
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert (found.returncode, found.stderr) == (0, "")
