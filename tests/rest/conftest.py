"""Artifacts of every kind of feature, and an application that serves them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest
from rest_features import ALL, PLAIN, all_kinds, plain_kinds
from rest_server import serving

import taurus_beam as tb
from taurus_beam.rest import Limits, Repository, Settings

LIMITS = Limits(body_bytes=200_000, rows=1000)


@pytest.fixture(scope="session")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Artifacts: `plain`, whose features the row path takes, and `all`, with every type."""
    folder = tmp_path_factory.mktemp("artifacts")
    tb.fit(PLAIN, plain_kinds).save(str(folder / "plain"))
    tb.fit(ALL, all_kinds).save(str(folder / "all"))
    return {name: str(folder / name) for name in ("plain", "all")}


@pytest.fixture(scope="session")
def functions(paths: dict[str, str]) -> dict[str, tb.TransformFn]:
    return {name: tb.load(path) for name, path in paths.items()}


@pytest.fixture(scope="session")
def client(paths: dict[str, str]) -> Iterator[httpx.Client]:
    """Of a server of both."""
    with serving(Repository.of(paths), Settings(LIMITS)) as running:
        yield running


@pytest.fixture
def versions(tmp_path: Path) -> Any:
    """Writes a version of a model that multiplies by a number; returns the models' folder."""

    def write(version: int, factor: float | None = None, name: str = "scaled") -> str:
        table = pa.table({"x": [1.0]})
        by = float(version) if factor is None else factor
        fn = tb.fit(table, lambda inputs: {"y": inputs["x"] * by})
        fn.save(str(tmp_path / "models" / name / str(version)), overwrite=True)
        return str(tmp_path / "models")

    return write
