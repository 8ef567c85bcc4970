"""Trips in files, and a pipeline that was trained on them."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from trips_pipeline import ROWS, Trips, trips

import taurus_beam as tb


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trips in two files."""
    folder = tmp_path_factory.mktemp("raw")
    table = trips()
    for part in range(2):
        half = table.slice(part * ROWS // 2, ROWS // 2)
        pq.write_table(half, folder / f"trips-{part}.parquet")
    return folder


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, raw: Path) -> tb.Controller:
    """A controller that has made version 1; tests may add runs of other stages, no versions."""
    controller = tb.Controller(Trips(), tmp_path_factory.mktemp("trips"))
    assert controller.train(str(raw)).passed
    return controller
