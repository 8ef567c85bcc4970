"""What is sent of a bundle's state, and what is filed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.value_counts import ValueCounts
from taurus_beam.graph.types import ColumnType
from taurus_beam.graph.values import from_arrow
from taurus_beam.pipeline.shards import Filed, sent


def state_of(terms: int, batches: int):
    counts = ValueCounts(pa.string())
    column = from_arrow(pa.array(np.arange(terms).astype(str)), ColumnType(pa.string()))
    state = counts.zero()
    for _ in range(batches):
        state = counts.add(state, column)
    return counts, state


def test_few_keys_of_many_batches_travel_themselves(tmp_path):
    counts, state = state_of(60_000, 4)
    assert counts.keys(state) > 200_000  # pieces that nothing has merged yet

    contents = [content for _, content in sent(0, counts, state, str(tmp_path))]

    assert all(isinstance(content, bytes) for content in contents)
    assert list(tmp_path.iterdir()) == []


def test_many_keys_are_filed(tmp_path):
    counts, state = state_of(140_000, 1)

    contents = [content for _, content in sent(0, counts, state, str(tmp_path))]

    assert all(isinstance(content, Filed) for content in contents)
