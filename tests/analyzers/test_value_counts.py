"""Counts of distinct values: sharding spreads them, trimming keeps what is asked for."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from taurus_beam.analyzers.choice import Choice, frequency_order
from taurus_beam.analyzers.value_counts import ValueCounts, shard_of
from taurus_beam.graph.types import ColumnType
from taurus_beam.graph.values import from_arrow


def counted(accumulator: ValueCounts, *parts: list[Any]) -> Any:
    state = accumulator.zero()
    for part in parts:
        array = pa.array(part, accumulator.dtype)
        state = accumulator.add(state, from_arrow(array, ColumnType(accumulator.dtype)))
    return state


def as_dict(table: Any) -> dict[Any, int]:
    pairs = list(zip(table["term"].to_pylist(), table["count"].to_pylist(), strict=True))
    assert len(dict(pairs)) == len(pairs), "a term stands twice"
    return dict(pairs)


def test_the_wire_form_is_ordered_by_term_and_holds_empty_strings() -> None:
    accumulator = ValueCounts(pa.string())
    state = counted(accumulator, ["b", "", None, "b"], ["a", "b", ""])
    batch = accumulator.to_wire(state)
    assert batch.to_pydict() == {"term": ["", "a", "b"], "count": [2, 1, 3]}


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        (pa.int64(), list(range(-500, 500))),
        (pa.uint64(), [2**64 - 1 - i for i in range(1000)]),
        (pa.string(), [f"customer-{i:05}" for i in range(1000)]),
        (pa.string(), [f"{i}" + "x" * 30 + f"{-i}" for i in range(1000)]),
        (pa.binary(), [bytes([i % 256, i // 256]) for i in range(1000)]),
    ],
    ids=str,
)
def test_shards_are_decided_by_the_value_and_share_evenly(dtype: Any, values: list[Any]) -> None:
    terms = pa.array(values, dtype)
    shards = shard_of(terms, 8)
    assert shards.min() >= 0
    assert shards.max() < 8
    # 1,000 balls in 8 bins: 125 each, standard deviation 10.5; six of them either way.
    assert np.abs(np.bincount(shards, minlength=8) - 125).max() < 63
    assert np.array_equal(shard_of(terms.slice(3, 90), 8), shards[3:93])
    assert (shard_of(terms, 1) == 0).all()


def test_sharding_splits_the_keys() -> None:
    accumulator = ValueCounts(pa.string())
    values = [f"k{i % 37}" for i in range(1000)]
    shards = accumulator.shards(counted(accumulator, values), 5)
    tables = [as_dict(accumulator.table(shard)) for shard in shards]
    assert sum(map(len, tables)) == 37
    assert dict(sum((Counter(t) for t in tables), Counter())) == Counter(values)


@pytest.mark.parametrize(("top_k", "threshold"), [(None, 1), (2, 1), (None, 3), (3, 2)])
def test_trimming_keeps_the_most_frequent(top_k: int | None, threshold: int) -> None:
    accumulator = ValueCounts(pa.string(), Choice(top_k, threshold))
    values = ["a"] * 5 + ["b"] * 3 + ["c"] * 3 + ["d"] * 2 + ["e"] + [""] * 9
    kept = as_dict(accumulator.table(accumulator.trim(counted(accumulator, values))))
    order = [
        (t, n) for t, n in [("a", 5), ("c", 3), ("b", 3), ("d", 2), ("e", 1)] if n >= threshold
    ]
    assert kept == dict(order[:top_k])
    assert accumulator.keys(counted(accumulator, values)) >= len(set(values))


def test_frequency_order_takes_integers_as_text() -> None:
    table = pa.table({"term": [9, 10, 1, -5], "count": [1, 1, 1, 2]})
    assert table["term"].take(frequency_order(table)).to_pylist() == [-5, 9, 10, 1]


def test_nothing_counted_is_an_empty_table_of_the_right_type() -> None:
    accumulator = ValueCounts(pa.int16())
    batch = accumulator.to_wire(counted(accumulator, [None, None], []))
    assert batch.schema == pa.schema([("term", pa.int16()), ("count", pa.int64())])
    assert batch.num_rows == 0
    assert accumulator.shards(accumulator.zero(), 3)[2].pending == 0


def test_more_distinct_values_than_are_held_uncompacted() -> None:
    numbers = np.random.default_rng(2).integers(0, 300_000, 900_000)
    accumulator = ValueCounts(pa.int64())
    state = accumulator.zero()
    for part in np.array_split(numbers, 9):
        state = accumulator.add(state, from_arrow(pa.array(part), ColumnType(pa.int64())))
    batch = accumulator.to_wire(state)
    expected_values, expected_counts = np.unique(numbers, return_counts=True)
    assert np.array_equal(batch["term"], expected_values)
    assert np.array_equal(batch["count"], expected_counts)
