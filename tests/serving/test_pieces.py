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
    found = joined(cut(WHOLE, 1_000), 8_192, ["x", "s"])

    assert found.equals(WHOLE)
    assert {column.num_chunks for column in found.columns} == {1}


@pytest.mark.parametrize("rows", [20_000, 90_000])
def test_large_pieces_are_left_alone(rows: int) -> None:
    table = cut(WHOLE, rows)

    assert joined(table, 8_192, table.column_names) is table


def test_what_is_not_read_is_not_copied() -> None:
    lists = pa.table({"l": pa.array([[1]] * len(WHOLE))})
    table = cut(WHOLE.append_column("l", lists["l"]), 1_000)

    assert joined(table, 8_192, ["x"]).equals(WHOLE.select(["x"]))


def test_the_size_of_what_is_not_read_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "_MOST_BYTES", WHOLE.nbytes - 1)

    assert joined(cut(WHOLE, 1_000), 8_192, ["s"])["s"].num_chunks == 1


def test_names_that_are_a_path_or_its_beginning_are_read() -> None:
    arrays = [pa.array([number, number]) for number in range(4)]
    table = cut(pa.Table.from_arrays(arrays, ["a.b", "a", "b", "a"]), 1)

    assert joined(table, 8_192, ["a.b"]).column_names == ["a.b", "a", "a"]


def test_without_columns_that_are_read_the_rows_stay() -> None:
    table = cut(WHOLE, 1_000)

    assert joined(table, 8_192, []) is table


def test_pieces_of_lists_are_left_alone() -> None:
    table = cut(pa.table({"l": [[1], [2, 3]] * 10}), 2)

    assert joined(table, 8_192, table.column_names) is table


def test_a_large_table_is_left_in_its_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "_MOST_BYTES", WHOLE.nbytes - 1)
    table = cut(WHOLE, 1_000)

    assert joined(table, 8_192, table.column_names) is table


@pytest.mark.parametrize("table", [pa.table({}), WHOLE[:0], WHOLE.schema.empty_table()])
def test_nothing_is_joined_of_nothing(table: pa.Table) -> None:
    assert joined(table, 8_192, table.column_names).equals(table)


def test_artifact_and_rows_do_not_depend_on_pieces() -> None:
    rows, fn = tb.fit_transform(WHOLE, features)

    for size in (700, 30_000):
        unread = WHOLE.append_column("unread", WHOLE["x"])
        others, other = tb.fit_transform(cut(unread, size), features)
        assert other.digest == tb.fit(cut(unread, size), features).digest == fn.digest
        assert others.equals(rows)
