"""The DAG of examples/airflow in real Airflow, on flights; `make test-airflow` runs this.

Airflow is in an environment of its own, and taurus_beam is not in it: tasks call it by its path.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import taurus_beam
from examples.flights.data import flights

ROOT = Path(__file__).parents[2]
AIRFLOW = Path(os.environ.get("TAURUS_BEAM_AIRFLOW", ROOT / ".peers/airflow/bin/airflow"))
TAURUS_BEAM = Path(sys.executable).parent / "taurus-beam"
GOOD, BAD = "2013-01-07", "2013-01-08"
DELAY = "timedelta(minutes=5)"
Airflow = Callable[..., Iterator[str]]


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    """Runs Airflow with a home of its own: gives the lines that it prints, then its exit code."""
    home = tmp_path_factory.mktemp("airflow")
    shutil.copytree(ROOT / "examples/airflow", home / "dags")
    dag = home / "dags/taurus_beam_daily.py"
    text = dag.read_text()
    assert text.count(DELAY) == 1
    dag.write_text(text.replace(DELAY, "timedelta(seconds=2)"))
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "TAURUS_BEAM": str(TAURUS_BEAM),
        "PYTHONPATH": str(Path(taurus_beam.__file__).parents[1]),
    }

    def run(*words: str) -> Iterator[str]:
        with subprocess.Popen(
            [AIRFLOW, *words],
            cwd=home,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout
            yield from process.stdout
        yield f"exit code {process.returncode}"

    *log, end = run("db", "migrate")
    assert end == "exit code 0", "".join(log)
    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the DAG's parameters, with a day of good data and one of bad data."""
    table = flights(5000)
    unknown = pa.array(["??"] * table.num_rows)
    bad = table.set_column(table.schema.get_field_index("carrier"), "carrier", unknown)
    for day, rows in ((GOOD, table), (BAD, bad)):
        (tmp_path / "data" / day).mkdir(parents=True)
        pq.write_table(rows, tmp_path / "data" / day / "flights.parquet")
    shutil.copy(ROOT / "examples/flights/preprocessing.py", tmp_path)
    for words in (
        ("stats", "--input", f"data/{GOOD}/*", "--output", "train.pb"),
        ("schema", "infer", "--stats", "train.pb", "--output", "schema.pbtxt"),
    ):
        subprocess.run([TAURUS_BEAM, *words], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def day_of(folder: Path, day: str) -> tuple[str, ...]:
    return ("dags", "test", "taurus_beam_daily", day, "--conf", f'{{"folder": "{folder}"}}')


def ends(log: list[str]) -> list[tuple[str, str]]:
    """The tasks that ran, in order, with the state that each attempt ended in."""
    task, found = "", []
    for line in log:
        if started := re.search(r"starting task_id=(\w+)", line):
            task = started[1]
        if state := re.search(r"new_state=(success|failed|up_for_retry)", line):
            found.append((task, state[1]))
    return found


def written(folder: Path, day: str) -> set[str]:
    return {path.name for path in (folder / "results" / day).iterdir()}


def test_good_data_go_through_all_tasks(airflow: Airflow, folder: Path) -> None:
    *log, end = airflow(*day_of(folder, GOOD))

    assert end == "exit code 0", "".join(log)
    tasks = ["statistics", "validate", "fit", "transform", "verify"]
    assert ends(log) == [(task, "success") for task in tasks]
    assert written(folder, GOOD) == {"statistics.pb", "transform_fn", "features"}
    features = pq.read_table(folder / "results" / GOOD / "features")
    assert features.num_rows == 5000
    assert features["carrier_id"].null_count == 0


def test_anomalies_end_the_run_at_the_gate(airflow: Airflow, folder: Path) -> None:
    *log, end = airflow(*day_of(folder, BAD))

    assert end == "exit code 1"
    assert ends(log) == [("statistics", "success"), ("validate", "failed")]
    assert written(folder, BAD) == {"statistics.pb"}
    text = "".join(log)
    assert "carrier" in text
    assert "taurus-beam validate ended with 1: the check failed: anomalies in the data" in text


def test_a_failure_of_the_machine_is_repeated(airflow: Airflow, folder: Path) -> None:
    in_the_way = folder / "results"
    in_the_way.write_text("a file where a folder must be")

    log = []
    for line in airflow(*day_of(folder, BAD)):
        log.append(line)
        if "taurus-beam stats ended with 6" in line:
            in_the_way.unlink(missing_ok=True)

    assert ends(log) == [
        ("statistics", "up_for_retry"),
        ("statistics", "success"),
        ("validate", "failed"),
    ], "".join(log)
