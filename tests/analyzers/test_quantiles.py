"""Quantile boundaries against sorting, exact where they promise it and within epsilon elsewhere."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.analyzers.quantiles import default_epsilon


def boundaries_of(values: Any, dtype: Any, num_buckets: int, **options: Any) -> Any:
    """What `quantiles` gives, shown by a transform that returns it as a vector."""
    table = pa.table({"x": pa.array(values, dtype)})

    def preprocess(inputs: Any) -> dict[str, Any]:
        return {"v": tb.quantiles(inputs["x"], num_buckets, **options)}

    return tb.fit(table, preprocess).row({"x": None})["v"]


def by_sorting(values: list[Any], num_buckets: int) -> list[Any]:
    ordered = sorted(values)
    return [ordered[k * len(ordered) // num_buckets] for k in range(1, num_buckets)]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.none() | st.floats(), max_size=60), st.integers(2, 12))
def test_floats_are_cut_where_sorting_cuts_them(values: list[Any], num_buckets: int) -> None:
    present = [v for v in values if v is not None and not math.isnan(v)]
    expected = by_sorting(present, num_buckets) if present else [None] * (num_buckets - 1)
    assert boundaries_of(values, pa.float64(), num_buckets) == expected


@pytest.mark.parametrize("dtype", [pa.int8(), pa.int64(), pa.uint64(), pa.float32()], ids=str)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_every_type_keeps_its_values(dtype: Any, data: st.DataObject) -> None:
    if pa.types.is_floating(dtype):
        element: Any = st.floats(width=32, allow_nan=False)
    else:
        limits = np.iinfo(dtype.to_pandas_dtype())
        element = st.integers(int(limits.min), int(limits.max))
    values = data.draw(st.lists(element, min_size=1))
    assert boundaries_of(values, dtype, 4) == by_sorting(values, 4)


@pytest.mark.parametrize("num_buckets", [2, 10, 100])
@pytest.mark.parametrize("kind", ["normal", "lognormal", "far", "ties"])
def test_many_distinct_values_are_cut_within_the_default_error(kind: str, num_buckets: int) -> None:
    rng = np.random.default_rng(5)
    values = {
        "normal": rng.normal(size=50_000),
        "lognormal": rng.lognormal(0, 3, 50_000),
        "far": rng.normal(1e9, 1, 50_000),
        "ties": rng.integers(0, 5, 50_000).astype(float),
    }[kind]
    found = np.array(boundaries_of(values, pa.float64(), num_buckets))
    ordered = np.sort(values)
    ranks = np.arange(1, num_buckets) * len(values) // num_buckets
    below, up_to = (np.searchsorted(ordered, found, side=s) for s in ("left", "right"))
    error = np.maximum(below - ranks, ranks + 1 - up_to).clip(0).max() / len(values)
    assert error <= default_epsilon(num_buckets)
    if kind == "ties":
        assert found.tolist() == ordered[ranks].tolist()


def test_a_smaller_epsilon_is_met() -> None:
    values = np.random.default_rng(6).normal(1e9, 1, 100_000)
    found = boundaries_of(values, pa.float64(), 4, epsilon=0.0005)
    shares = np.searchsorted(np.sort(values), found) / len(values)
    assert shares == pytest.approx([0.25, 0.5, 0.75], abs=0.0005)


def test_vectors_as_a_whole_and_position_by_position() -> None:
    vectors, dtype = (
        [[1.0, 50.0], [2.0, 40.0], None, [3.0, None], [4.0, 10.0]],
        pa.list_(pa.float64(), 2),
    )
    assert boundaries_of(vectors, dtype, 2) == by_sorting([1, 2, 3, 4, 50, 40, 10], 2)
    table = pa.table({"x": pa.array(vectors, dtype)})

    def preprocess(inputs: Any) -> dict[str, Any]:
        return {"b": tb.bucketize(inputs["x"], 2, elementwise=True)}

    fn = tb.fit(table, preprocess)
    cuts = by_sorting([1, 2, 3, 4], 2)[0], by_sorting([50, 40, 10], 2)[0]
    for probe in ([0.0, 0.0], [2.9, 39.9], [3.0, 40.0], [9.0, 99.0]):
        assert fn.row({"x": probe})["b"] == [int(p >= c) for p, c in zip(probe, cuts, strict=True)]


def test_ragged_lists_count_their_values() -> None:
    lists = [[1, 2], [], None, [3, None, 4]]
    assert boundaries_of(lists, pa.list_(pa.int32()), 4) == [2, 3, 4]


def test_one_bucket_has_no_boundary_and_takes_everything() -> None:
    table = pa.table({"x": [3.0, 1.0]})
    out, _ = tb.fit_transform(table, lambda i: {"b": tb.bucketize(i["x"], 1)})
    assert out["b"].to_pylist() == [0, 0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_buckets": 0}, "num_buckets is 0"),
        ({"num_buckets": True}, "num_buckets is True"),
        ({"num_buckets": 2, "epsilon": 0.0}, "epsilon is 0.0"),
        ({"num_buckets": 2, "epsilon": 1.5}, "epsilon is 1.5"),
    ],
)
def test_impossible_requests_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(tb.TraceError, match=message):
        boundaries_of([1.0], pa.float64(), **arguments)


@pytest.mark.parametrize("dtype", [pa.string(), pa.bool_(), pa.date32()], ids=str)
def test_only_numbers_have_quantiles(dtype: Any) -> None:
    with pytest.raises(tb.TraceError, match=r"takes numbers, not .*\n.*test_quantiles.py"):
        boundaries_of([], dtype, 3)
