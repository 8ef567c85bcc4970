"""Whoever applies the frozen reference work gives what came of it when it was fitted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars
import pyarrow as pa
import pytest

from benchmarks import agreement, by_hand, data, frozen_by_hand, taurus_peer
from benchmarks.peers import frozen_polars, onnx_peer

# Beyond what is looked up term by term.
ROWS = 2 * frozen_by_hand.FEW


@pytest.fixture(scope="module")
def given() -> pa.Table:
    rng = np.random.default_rng(7)
    missing = rng.random(ROWS) < 0.01
    numeric = {name: pa.array(rng.normal(size=ROWS), mask=missing) for name in data.NUMERIC}
    strings = {
        name: pa.array(rng.choice(["a", "b", "ü", "zz"], ROWS), mask=missing)
        for name in data.STRINGS
    }
    return pa.table(numeric | strings)


def of_hand(given: pa.Table, batch: pa.RecordBatch, _: Path) -> pa.Table:
    return pa.Table.from_batches([frozen_by_hand.fitted(given)(batch)])


def of_polars(given: pa.Table, batch: pa.RecordBatch, _: Path) -> pa.Table:
    return frozen_polars.fitted(given)(polars.from_arrow(batch)).to_arrow()


def of_onnx(given: pa.Table, batch: pa.RecordBatch, folder: Path) -> pa.Table:
    taurus_peer.export(given, folder / "model.onnx")
    session = onnx_peer.session(folder / "model.onnx", 1)
    return onnx_peer.table(session, session.run(None, onnx_peer.native(batch)))


@pytest.mark.parametrize("rows", [1, 100, ROWS])
@pytest.mark.parametrize(
    ("contender", "answer"),
    [("by hand", of_hand), ("Polars", of_polars), ("ONNX Runtime", of_onnx)],
)
def test_batches(given, contender, answer, rows, tmp_path):
    (batch,) = given.slice(0, rows).to_batches()
    expected = by_hand.in_memory(given).slice(0, rows)

    agreement.compare(expected, answer(given, batch, tmp_path), contender)


def test_terms_that_were_not_there(given):
    (batch,) = given.slice(0, 1).to_batches()
    new = batch.set_column(batch.schema.get_field_index("origin"), "origin", pa.array(["new"]))
    many = pa.Table.from_batches([new] * ROWS).combine_chunks().to_batches()[0]
    apply = frozen_by_hand.fitted(given)

    assert apply(new).column("origin_id").to_pylist() == [-1]
    assert apply(many).column("origin_id").unique().to_pylist() == [-1]
    assert of_polars(given, new, Path())["origin_id"].to_pylist() == [-1]


def test_rows(given):
    expected = by_hand.in_memory(given).slice(0, 200).to_pylist()
    row = by_hand.row_function(given)

    for values, outputs in zip(given.slice(0, 200).to_pylist(), expected, strict=True):
        assert row(values) == outputs
