from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.analyzers.bin_sums import BinSums
from taurus_beam.analyzers.binned import bin_means, binned_values
from taurus_beam.analyzers.rank_histogram import RankHistogram
from taurus_beam.errors import ArtifactError

DTYPES = [np.float64, np.float32, np.int64, np.uint64, np.int8]


def numbers(dtype: Any, size: int, seed: int) -> Any:
    random = np.random.default_rng(seed)
    if np.dtype(dtype).kind == "f":
        return (random.lognormal(0, 2, size) * random.choice([-1, 1], size)).astype(dtype)
    limits = np.iinfo(dtype)
    return random.integers(limits.min, limits.max, size, dtype)


def equal(a: BinSums, b: BinSums) -> bool:
    ours, theirs = a.to_arrays(), b.to_arrays()
    return all(np.array_equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("capacity", [4, 1024])
def test_the_bins_are_those_of_a_rank_histogram(dtype: Any, capacity: int) -> None:
    values = numbers(dtype, 5000, 1)
    bins, histogram = binned_values(values, capacity), RankHistogram.of(values, capacity)
    for name in ("counts", "mins", "maxs"):
        assert np.array_equal(getattr(bins, name), getattr(histogram, name))


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_bin_knows_the_mean_of_its_values(dtype: Any) -> None:
    values = np.sort(numbers(dtype, 3000, 2))
    bins = binned_values(values, 8)
    parts = np.split(values.astype(np.longdouble), np.cumsum(bins.counts)[:-1])
    assert len(parts) < 1000
    expected = np.array([part.mean() for part in parts], np.float64)
    assert np.allclose(bin_means(bins), expected, rtol=1e-15, atol=0)


@settings(max_examples=30, deadline=None)
@given(
    values=st.lists(st.floats(allow_nan=False, width=32), max_size=60),
    cut=st.integers(0, 60),
    seed=st.integers(0, 9),
)
def test_no_order_or_split_leaves_a_trace(values: list[float], cut: int, seed: int) -> None:
    x = np.array(values, np.float32)
    digits = np.stack([np.arange(len(x)), np.arange(len(x)) * 2**31], axis=1)
    whole = BinSums.merged([BinSums.of(x, digits)], 2)
    order = np.random.default_rng(seed).permutation(len(x))
    parts = [
        BinSums.merged([BinSums.of(x[rows], digits[rows])], 2)
        for rows in (order[:cut], order[cut:])
    ]
    assert equal(BinSums.merged(parts, 2), whole)
    assert sum(whole.totals()) == sum(i * 2**32 + i * 2**31 for i in range(len(x)))


def test_storage_is_read_back_or_refused() -> None:
    bins = binned_values(np.array([1.0, 2.0, 2.0]))
    assert equal(BinSums.from_arrays(bins.to_arrays(), 2), bins)
    with pytest.raises(ArtifactError, match="damaged"):
        BinSums.from_arrays({**bins.to_arrays(), "counts": np.array([1])}, 2)


def test_batches_beyond_what_waits_unmerged_leave_no_trace() -> None:
    random = np.random.default_rng(4)
    table = pa.table({"x": random.lognormal(5, 3, 300_000), "w": random.exponential(1e6, 300_000)})

    def fn(inputs: Any) -> dict[str, Any]:
        cuts = tb.quantiles(inputs["x"], 20, weights=inputs["w"])
        return {"g": tb.scale_to_gaussian(inputs["x"]), "b": tb.apply_buckets(inputs["x"], cuts)}

    shuffled = table.take(pa.array(random.permutation(len(table))))
    assert tb.fit(shuffled, fn).digest == tb.fit(table, fn).digest
