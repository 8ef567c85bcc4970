"""Samples of rows: decided by the rows, of about the size asked for."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from taurus_beam.stats.examples import Examples
from taurus_beam.stats.sampling import row_hashes, sampled

ROWS = pa.record_batch(
    {
        "x": range(4000),
        "s": [f"s{i % 7}" for i in range(4000)],
        "l": [[i, None, i + 1] if i % 3 else None for i in range(4000)],
    }
)


def taken(rows: pa.RecordBatch, rate: float) -> list[int]:
    return sorted(sampled(Examples(rows), rate)["x"].to_pylist())


@pytest.mark.parametrize("rate", [0.001, 0.1, 0.5, 0.9])
def test_the_size_is_about_right(rate: float) -> None:
    # Five standard deviations of a binomial count.
    allowed = 5 * (4000 * rate * (1 - rate)) ** 0.5
    assert abs(len(taken(ROWS, rate)) - 4000 * rate) <= allowed


def test_order_and_split_do_not_show() -> None:
    order = pa.array(np.random.default_rng(2).permutation(4000))
    shuffled = ROWS.take(order)
    parts = [taken(shuffled.slice(i, 777), 0.3) for i in range(0, 4000, 777)]
    assert sorted(x for part in parts for x in part) == taken(ROWS, 0.3)


def test_a_larger_sample_holds_a_smaller_one() -> None:
    assert set(taken(ROWS, 0.1)) < set(taken(ROWS, 0.2)) < set(taken(ROWS, 1.0))


def test_equal_rows_are_sampled_too() -> None:
    rows = pa.record_batch({"x": [7] * 4000})
    assert 1000 < len(taken(rows, 0.3)) < 1400


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([None], [[]]),
        ([[1, 2]], [[2, 1]]),
        ([[1], [2]], [[1, 2], []]),
        ([[None]], [[]]),
    ],
)
def test_rows_that_differ_in_shape_differ_in_hash(one: list[object], other: list[object]) -> None:
    dtype = pa.list_(pa.int64())
    hashes = [
        row_hashes(Examples(pa.record_batch({"l": pa.array(rows, dtype)})))[0]
        for rows in (one, other)
    ]
    assert hashes[0] != hashes[1]


def test_values_have_one_hash_however_they_are_stored() -> None:
    plain = pa.record_batch({"s": ["a", "b", None], "f": [0.0, float("nan"), 1.0]})
    encoded = pa.record_batch(
        {"s": pa.array(["a", "b", None]).dictionary_encode(), "f": [-0.0, -float("nan"), 1.0]}
    )
    assert (row_hashes(Examples(plain)) == row_hashes(Examples(encoded))).all()
