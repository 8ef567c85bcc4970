from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.analyzers.document_frequency import CountsById, RowTotal
from taurus_beam.graph.analyzer import Analyzer, KeyedAccumulator
from taurus_beam.graph.types import RAGGED, ColumnType
from taurus_beam.graph.values import from_arrow

IDS = ColumnType(pa.int64(), RAGGED)
ROWS = st.lists(st.none() | st.lists(st.integers(0, 9), max_size=4), max_size=12)


def gathered(analyzer: Analyzer, rows: list[Any], parts: int, order: random.Random) -> Any:
    """The state over rows in so many batches, merged pair by pair over the wire."""
    accumulator = analyzer.accumulator(IDS)
    states = []
    for part in range(parts):
        values = from_arrow(pa.array(rows[part::parts], pa.list_(pa.int64())), IDS)
        states.append(accumulator.add(accumulator.zero(), values))
    order.shuffle(states)
    while len(states) > 1:
        pair = [accumulator.from_wire(accumulator.to_wire(states.pop())) for _ in range(2)]
        states.insert(0, accumulator.merge(pair))
    return states[0]


@settings(max_examples=50, deadline=None)
@given(ROWS, st.integers(1, 5), st.randoms(use_true_random=False))
def test_ids_and_rows_are_counted(rows: list[Any], parts: int, order: random.Random) -> None:
    counts = Counter(i for row in rows for i in row or [])
    greatest = max(counts, default=-1)
    table = CountsById().value(gathered(CountsById(), rows, parts, order), IDS)
    assert table.value.to_pylist() == [counts[i] for i in range(greatest + 1)] + [0]
    total = RowTotal().value(gathered(RowTotal(), rows, parts, order), IDS)
    assert total.value.to_pylist() == [len(rows)]


def test_counts_are_merged_in_shards() -> None:
    assert isinstance(CountsById().accumulator(IDS), KeyedAccumulator)
