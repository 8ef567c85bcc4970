"""The report of a pipeline is that of tables, whatever the batches."""

from __future__ import annotations

from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest
from apache_beam.testing.util import assert_that, equal_to

import taurus_beam as tb

RANDOM = np.random.default_rng(5)
SPLITS = {
    name: pa.table(
        {
            "user": pa.array([f"u{n}" if n % 9 else None for n in RANDOM.integers(0, most, 200)]),
            "x": RANDOM.integers(0, 4, 200),
        }
    )
    for name, most in (("train", 400), ("eval", 60), ("test", 60))
}


@pytest.mark.parametrize("key", ["user", ("user", "x"), ()])
def test_a_pipeline_finds_what_tables_have(key: Any) -> None:
    wanted = tb.find_leaks(SPLITS, key)
    assert len(wanted.leaks) == 3
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        data = {
            name: pipeline | name >> beam.Create(table.to_batches(max_chunksize=31))
            for name, table in SPLITS.items()
        }
        assert_that(data | tb.CheckLeakage(key, num_shards=7), equal_to([wanted]))


def test_splits_of_a_pipeline_can_be_checked_there() -> None:
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        data = pipeline | beam.Create(SPLITS["train"].to_batches(max_chunksize=50))
        found = data | tb.SplitExamples(tb.SplitByHash({"a": 0.5, "b": 0.5}, key="user"))
        report = found.parts | tb.CheckLeakage("user")
        assert_that(report | beam.Map(lambda r: r.leaks), equal_to([()]))


def test_it_is_applied_to_splits_by_name() -> None:
    pipeline = beam.Pipeline()
    data = pipeline | beam.Create(SPLITS["train"].to_batches())
    with pytest.raises(tb.EngineError, match="splits by name"):
        _ = data | tb.CheckLeakage()
    with pytest.raises(tb.EngineError, match="nothing to compare"):
        _ = {"a": data} | "One" >> tb.CheckLeakage()
