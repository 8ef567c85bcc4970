"""What windows hold, whatever clients send: bounded memory, and the same values as training."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

import taurus_beam as tb
from taurus_beam.graph.types import ColumnType
from taurus_beam.rest.live_rows import batches_of
from taurus_beam.rest.live_windows import Windows, live_statistics


def window(*batches, schema=None):
    windows = Windows(live_statistics(schema), 1)
    for batch in batches:
        windows.add(batch, 1)
    return windows


def test_memory_is_bounded_whatever_strings_come():
    random = np.random.default_rng(0)
    sizes = []
    for rows in (20_000, 100_000):
        hostile = window()
        for _ in range(rows // 5000):
            raw = random.bytes(500 * 5000).hex()
            strings = [raw[i : i + 1000] for i in range(0, len(raw), 1000)]
            hostile.add(pa.record_batch({"s": strings}), 1)
        (kept,) = hostile.kept()
        assert kept.rows == rows
        sizes.append(kept.nbytes)
    # 4,096 values of a kilobyte, and 16,384 hashes.
    assert max(sizes) < 6_000_000


def test_missing_vectors_come_in_small_batches():
    wide = ColumnType(pa.float64(), (2**18,))  # two mebibytes for each null
    rows = [[{"v": None}] * 8] * 8
    batches = list(batches_of({"v": wide}, rows))
    assert sum(batch.num_rows for batch in batches) == 64
    assert max(batch.nbytes for batch in batches) < 16 * 2**20


def test_very_long_values_count_as_one_but_are_told_apart():
    texts = [f"{i}" + "x" * 1_000_000 for i in range(4)] + ["short"]
    (feature,) = (w := window(pa.record_batch({"s": texts}))).total(w.kept()).datasets[0].features
    assert feature.string_stats.unique == 5
    top = {top.value: top.frequency for top in feature.string_stats.top_values}
    assert top == {"__LARGE_BYTES__": 4, "short": 1}
    assert feature.string_stats.avg_length == pytest.approx((4 * 1_000_001 + 5) / 5)


def test_numbers_that_the_schema_calls_categories_are_that():
    schema = text_format.Parse(
        'feature { name: "n" type: INT int_domain { is_categorical: true } }'
        'feature { name: "s" type: BYTES string_domain { is_categorical: CATEGORICAL_NO } }',
        schema_pb2.Schema(),
    )
    batch = pa.record_batch({"n": [1, 2, 2, None], "s": ["a", "b", None, "a"]})
    windows = window(batch, schema=schema)
    expected = tb.statistics(pa.table(batch), tb.StatsOptions(schema=schema))
    assert windows.total(windows.kept()) == expected
