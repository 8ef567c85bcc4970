"""Batches of a file are read one at a time, in any order, on any file system."""

from __future__ import annotations

import pyarrow as pa
import pytest
from object_store import STORE

from taurus_beam.pipeline.blocks import new_path, open_blocks, read_block, write_blocks

BATCHES = [
    pa.record_batch({"a": ["x", None]}),
    pa.record_batch({"b": pa.array([], pa.int32())}),
    pa.record_batch({"a": ["y"], "c": [[1.5]]}),
]


@pytest.mark.parametrize("place", ["local", "store"])
def test_every_batch_comes_back(tmp_path, place) -> None:
    STORE.clear()
    folder = str(tmp_path / "deep") if place == "local" else "inmemory://bucket/tmp"
    path = new_path(folder, "kind")
    spans = write_blocks(path, BATCHES)
    with open_blocks(path) as file:
        for number in (2, 0, 1, 0):
            assert read_block(file, spans[number]).equals(BATCHES[number])
    assert new_path(folder, "kind") != path
