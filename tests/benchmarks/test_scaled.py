"""What the benchmarks time gives the same, whoever does it, on tables that no file holds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from benchmarks import agreement, by_hand, data, duckdb_peer, polars_peer, sklearn_peer, taurus_peer

ROWS = 500
WIDE = data.Columns(("a", "b"))


def table(columns: data.Columns, missing: float) -> pa.Table:
    rng = np.random.default_rng(7)
    numeric = {
        name: pa.array(rng.normal(size=ROWS), mask=rng.random(ROWS) < missing)
        for name in columns.numeric
    }
    strings = {
        name: pa.array(rng.choice(["a", "b", "ü", "zz"], ROWS), mask=rng.random(ROWS) < missing)
        for name in columns.strings
    }
    return pa.table(numeric | strings)


PEERS = {
    "taurus": taurus_peer.in_memory,
    "Polars": polars_peer.answer,
    "DuckDB": duckdb_peer.answer,
    "scikit-learn": sklearn_peer.answer,
}


@pytest.mark.parametrize("peer", PEERS)
def test_the_reference_work(peer):
    given = table(data.REFERENCE, missing=0.01)
    expected = by_hand.in_memory(given)
    assert len(expected.column_names) == 22
    agreement.compare(expected, PEERS[peer](given), peer)


@pytest.mark.parametrize("peer", PEERS)
def test_columns_that_miss_nothing(peer):
    given = table(WIDE, missing=0.0)
    agreement.compare(by_hand.in_memory(given, 2, WIDE), PEERS[peer](given, WIDE), peer)


def test_a_limit_that_is_right_by_definition():
    column = pa.chunked_array([[3.0, 1.0, None, 2.0, 0.0]])
    outputs, scale = by_hand.scale_column("x", column)
    assert (scale.mean, scale.low, scale.high) == (1.5, 0.0, 3.0)
    assert scale.deviation == pytest.approx(np.sqrt(1.25))
    assert outputs["x_01"].to_pylist() == [1.0, 1 / 3, None, 2 / 3, 0.0]


@pytest.mark.parametrize(
    ("column", "value"), [("distance_z", 9.0), ("distance_bucket", 9), ("origin_id", 1)]
)
def test_what_differs_is_named(column, value):
    expected = by_hand.in_memory(table(data.REFERENCE, missing=0.01))
    at = expected.column_names.index(column)
    wrong = pa.array([value] * ROWS, expected[column].type)
    with pytest.raises(AssertionError, match=column):
        agreement.compare(expected, expected.set_column(at, column, wrong), "Polars")
