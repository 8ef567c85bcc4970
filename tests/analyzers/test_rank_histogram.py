"""Rank histograms: canonical under any order and split, exact where small, honest where not."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.analyzers.rank_histogram import DEFAULT_CAPACITY, RankHistogram, capacity_for
from taurus_beam.analyzers.rank_histogram_builder import RankHistogramBuilder
from taurus_beam.errors import ArtifactError, DataError, TraceError

ROWS = 60_000


def distributions() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(11)
    normal, lognormal = rng.normal(size=ROWS), rng.lognormal(0, 3, ROWS)
    far = rng.normal(1e9, 1, ROWS)
    return {
        "normal": normal,
        "lognormal": lognormal,
        "uniform": rng.uniform(-1, 1, ROWS),
        "float32": normal.astype(np.float32),
        "float16": normal.astype(np.float16),
        "cluster in one octave": far,
        "bimodal": np.where(rng.random(ROWS) < 0.5, far, lognormal),
        "heavy ties": np.where(rng.random(ROWS) < 0.7, 3.25, normal),
        "infinite tails": np.where(normal > 1, np.inf, np.where(normal < -1, -np.inf, normal)),
        "small integers": rng.integers(0, 1300, ROWS),
        "int8": rng.integers(-128, 128, ROWS).astype(np.int8),
        "wide integers": rng.integers(0, 50_000, ROWS),
        "huge integers": rng.integers(-(2**63), 2**63 - 1, ROWS),
        "neighbours above 2**53": 2**60 + rng.integers(0, 5000, ROWS),
        "uint64": rng.integers(0, 2**64 - 1, ROWS, dtype=np.uint64),
        "whole floats": rng.integers(-40_000, 20_000, ROWS).astype(np.float64),
        "denormals": rng.integers(0, 2**20, ROWS).astype(np.uint64).view(np.float64),
    }


DISTRIBUTIONS = distributions()
every_distribution = pytest.mark.parametrize("name", DISTRIBUTIONS)


def exact_boundaries(values: np.ndarray, num_buckets: int) -> np.ndarray:
    ranks = [k * len(values) // num_buckets for k in range(1, num_buckets)]
    return np.sort(values)[ranks] + values.dtype.type(0)


def true_error(values: np.ndarray, boundaries: np.ndarray) -> float:
    """By how many rows, as a share, the worst boundary misses the position it stands for."""
    ordered = np.sort(values)
    ranks = np.arange(1, len(boundaries) + 1) * len(values) // (len(boundaries) + 1)
    below = np.searchsorted(ordered, boundaries, side="left")
    up_to = np.searchsorted(ordered, boundaries, side="right")
    return int(np.maximum(below - ranks, ranks + 1 - up_to).clip(0).max()) / len(values)


def octave_and_bits(value: float) -> tuple[tuple[bool, int], int]:
    """Sign with exponent or bit length, and the integer whose low bits a level drops."""
    if isinstance(value, float):
        (bits,) = struct.unpack("<q", struct.pack("<d", value + 0.0))
        return (value < 0, bits >> 52), bits
    return (value < 0, (~value if value < 0 else value).bit_length()), value


@every_distribution
@pytest.mark.parametrize("num_buckets", [2, 10, 100])
def test_no_boundary_is_further_off_than_certified(name: str, num_buckets: int) -> None:
    values = DISTRIBUTIONS[name]
    histogram = RankHistogram.of(values, capacity_for(0.01))
    boundaries = histogram.boundaries(num_buckets)
    assert boundaries.dtype == values.dtype
    assert (boundaries[1:] >= boundaries[:-1]).all()
    assert true_error(values, boundaries) <= histogram.rank_error(num_buckets) <= 0.01


@every_distribution
def test_order_split_and_merge_tree_leave_no_trace(name: str) -> None:
    values = DISTRIBUTIONS[name]
    whole = RankHistogram.of(values)
    shuffled = np.random.default_rng(3).permutation(values)
    parts = [
        RankHistogram.of(part) for part in np.array_split(shuffled, [0, 1, 700, 9_000, 50_000])
    ]
    left = parts[0].merge(*parts[1:4]).merge(parts[4].merge(parts[5]))
    right = RankHistogram.merge_all(parts[::-1])
    assert left == whole
    assert right == whole
    for key, array in whole.to_arrays().items():
        assert array.tobytes() == right.to_arrays()[key].tobytes()


@every_distribution
def test_a_histogram_counts_every_value_within_its_bin(name: str) -> None:
    values = np.sort(DISTRIBUTIONS[name])
    histogram = RankHistogram.of(values)
    ends = np.cumsum(histogram.counts)
    assert histogram.count == len(values)
    assert (histogram.mins == values[ends - histogram.counts]).all()
    assert (histogram.maxs == values[ends - 1]).all()


@every_distribution
def test_an_octave_ignores_no_more_bits_than_it_must(name: str) -> None:
    values = DISTRIBUTIONS[name]
    members: dict[tuple[bool, int], set[int]] = {}
    for value in np.unique(values).tolist():
        octave, bits = octave_and_bits(value)
        members.setdefault(octave, set()).add(bits)
    bins = coarse = 0
    for bits_of_octave in members.values():
        prefixes, level = bits_of_octave, 0
        while len(prefixes) > DEFAULT_CAPACITY:
            prefixes, level = {prefix >> 1 for prefix in prefixes}, level + 1
        bins += len(prefixes)
        coarse += level
    histogram = RankHistogram.of(values)
    assert len(histogram.counts) == bins
    assert histogram.levels.sum() == coarse


@every_distribution
def test_a_builder_fed_in_batches_builds_the_same(name: str) -> None:
    values = np.tile(DISTRIBUTIONS[name], 3)  # more than one buffer
    builder = RankHistogramBuilder(values.dtype)
    for batch in np.array_split(values[:100_000], 7):
        builder.add(batch)
    builder.add_histogram(RankHistogram.of(values[150_000:]))
    halfway = builder.build()
    builder.add(values[100_000:150_000])
    assert halfway == RankHistogram.of(np.concatenate([values[:100_000], values[150_000:]]))
    assert builder.build() == RankHistogram.of(values)


@every_distribution
def test_large_batches_are_binned_as_they_come(name: str) -> None:
    values = np.tile(DISTRIBUTIONS[name], 6)
    batches = np.split(values, [100_000, 100_010, 340_000])
    given = [batch.copy() for batch in batches]
    builder = RankHistogramBuilder(values.dtype)
    for batch in given:
        builder.add(batch)

    assert builder.build() == RankHistogram.of(values)
    assert all(map(np.array_equal, given, batches))


@settings(deadline=None)
@given(
    st.lists(st.floats(allow_nan=False) | st.integers(-3, 3).map(float), min_size=1, max_size=200),
    st.integers(1, 30),
    st.integers(0, 200),
)
def test_few_distinct_floats_give_exact_boundaries(
    values: list[float], num_buckets: int, cut: int
) -> None:
    array = np.array(values)
    parts = RankHistogram.of(array[:cut]), RankHistogram.of(array[cut:])
    histogram = RankHistogram.merge_all(parts)
    assert histogram == RankHistogram.of(np.sort(array)[::-1])
    assert histogram.rank_error(num_buckets) == 0.0
    np.testing.assert_array_equal(
        histogram.boundaries(num_buckets), exact_boundaries(array, num_buckets)
    )


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-9, 9), min_size=1, max_size=200),
    st.integers(1, 30),
)
def test_few_distinct_integers_give_exact_boundaries(values: list[int], num_buckets: int) -> None:
    array = np.array(values)
    np.testing.assert_array_equal(
        RankHistogram.of(array).boundaries(num_buckets), exact_boundaries(array, num_buckets)
    )


def test_exactly_as_many_distinct_values_as_fit_are_exact() -> None:
    values = 1 + np.arange(DEFAULT_CAPACITY) * 2.0**-20
    assert len(RankHistogram.of(values).levels) == 0
    one_more = np.append(values, 1.75)
    assert len(RankHistogram.of(one_more).levels) == 1


def test_the_cases_of_tensorflow_transform() -> None:
    assert RankHistogram.of(np.arange(1, 10)).boundaries(3).tolist() == [4, 7]
    assert RankHistogram.of(np.arange(1, 5)).boundaries(4).tolist() == [2, 3, 4]
    assert RankHistogram.of(np.full(8, 5.5)).boundaries(4).tolist() == [5.5, 5.5, 5.5]


def test_an_outlier_in_the_cluster_s_octave_is_owned_up_to() -> None:
    rng = np.random.default_rng(5)
    outliers = np.linspace(6e8, 9.9e8, 2000)
    values = np.concatenate([rng.normal(1e9, 1, 10_000), outliers])
    histogram = RankHistogram.of(values)
    assert histogram.rank_error(10) > 0.1
    assert true_error(values, histogram.boundaries(10)) <= histogram.rank_error(10)


def test_negative_zero_is_zero() -> None:
    histogram = RankHistogram.of(np.array([-0.0, 0.5, 0.0]))
    assert histogram.counts.tolist() == [2, 1]
    assert not np.signbit(histogram.mins).any()


def test_no_values_have_no_boundaries() -> None:
    nothing = RankHistogram.empty(np.dtype(np.float32))
    assert nothing.count == 0
    assert nothing.rank_error(10) == 0.0
    assert nothing.boundaries(10).shape == (0,)
    assert nothing == RankHistogram.of(np.empty(0, np.float32)).merge(nothing)
    some = RankHistogram.of(np.ones(3, np.float32))
    assert nothing.merge(some) == some


def test_adding_leaves_the_callers_array_alone() -> None:
    values = np.array([2.5, -0.0, 1.5])
    RankHistogram.of(values)
    assert values.tolist() == [2.5, 0.0, 1.5]
    assert np.signbit(values[1])


@every_distribution
def test_stored_arrays_come_back_as_the_same_histogram(name: str) -> None:
    histogram = RankHistogram.of(DISTRIBUTIONS[name])
    assert RankHistogram.from_arrays(histogram.to_arrays()) == histogram


def test_different_data_dtypes_and_capacities_are_unequal() -> None:
    histogram = RankHistogram.of(np.array([1, 2]))
    assert histogram != RankHistogram.of(np.array([1, 3]))
    assert histogram != RankHistogram.of(np.array([1.0, 2.0]))
    assert histogram != RankHistogram.of(np.array([1, 2]), capacity=2048)
    assert histogram != "histogram"


def test_damaged_arrays_are_refused() -> None:
    arrays = RankHistogram.of(np.array([1.0, 2.0])).to_arrays()
    without = {name: array for name, array in arrays.items() if name != "mins"}
    for damaged in (
        without,
        arrays | {"counts": arrays["counts"][:1]},
        arrays | {"levels": np.ones(1, np.uint8)},
    ):
        with pytest.raises(ArtifactError, match="damaged"):
            RankHistogram.from_arrays(damaged)


def test_histograms_of_different_kinds_do_not_mix() -> None:
    one = RankHistogram.of(np.array([1.0]))
    with pytest.raises(DataError, match="different kinds"):
        one.merge(RankHistogram.of(np.array([1])))
    with pytest.raises(DataError, match="met int64"):
        RankHistogramBuilder(np.dtype(np.float64)).add(np.array([1]))


def test_impossible_requests_are_refused() -> None:
    with pytest.raises(TraceError, match="0 buckets"):
        RankHistogram.of(np.array([1.0])).boundaries(0)
    with pytest.raises(TraceError, match="cannot be met"):
        capacity_for(0.0)


def test_capacity_grows_with_the_asked_precision_up_to_a_limit() -> None:
    assert [capacity_for(e) for e in (0.5, 0.01, 0.001, 1e-12)] == [1024, 1024, 8192, 2**20]
