"""An artifact with every kind of file in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from spine import preprocess, table

import taurus_beam as tb


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    """A freshly written artifact with a vocabulary and a long constant."""

    def function(inputs: tb.Inputs) -> dict[str, tb.Column]:
        many = tb.bucketize(inputs["x"], 400)  # more boundaries than are kept in graph.json
        return {**preprocess(inputs), "many": many}

    path = tmp_path / "artifact"
    tb.fit(table(1500), function).save(str(path))
    return path
