"""Tables in many small pieces are joined; what is fitted to them and made of them is the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.serving import pieces
from taurus_beam.serving.pieces import joined

WHOLE = pa.table(
    {
        "x": np.random.default_rng(0).normal(size=90_000),
        "s": pa.array(["a", None, "bc"] * 30_000),
    }
)


def cut(table: pa.Table, rows: int) -> pa.Table:
    return pa.Table.from_batches(table.to_batches(max_chunksize=rows), table.schema)


def features(inputs: Any) -> Any:
    return {
        "z": tb.scale_to_z_score(inputs["x"]),
        "bucket": tb.bucketize(inputs["x"], 10),
        "id": tb.compute_and_apply_vocabulary(inputs["s"]),
    }


def test_small_pieces_become_one() -> None:
    found = joined(cut(WHOLE, 1_000), 8_192)

    assert found.equals(WHOLE)
    assert {column.num_chunks for column in found.columns} == {1}


@pytest.mark.parametrize("rows", [20_000, 90_000])
def test_large_pieces_are_left_alone(rows: int) -> None:
    table = cut(WHOLE, rows)

    assert joined(table, 8_192) is table


def test_pieces_of_lists_are_left_alone() -> None:
    table = cut(pa.table({"l": [[1], [2, 3]] * 10}), 2)

    assert joined(table, 8_192) is table


def test_a_large_table_is_left_in_its_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "_MOST_BYTES", WHOLE.nbytes - 1)
    table = cut(WHOLE, 1_000)

    assert joined(table, 8_192) is table


@pytest.mark.parametrize("table", [pa.table({}), WHOLE[:0], WHOLE.schema.empty_table()])
def test_nothing_is_joined_of_nothing(table: pa.Table) -> None:
    assert joined(table, 8_192).equals(table)


def test_artifact_and_rows_do_not_depend_on_pieces() -> None:
    rows, fn = tb.fit_transform(WHOLE, features)

    for size in (700, 30_000):
        others, other = tb.fit_transform(cut(WHOLE, size), features)
        assert other.digest == fn.digest
        assert others.equals(rows)
