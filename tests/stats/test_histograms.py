"""Histograms: counts against NumPy's, shares as recorded from TFDV 1.16.1."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.analyzers.bin_sums import BinSums
from taurus_beam.analyzers.rank_histogram import RankHistogram
from taurus_beam.stats.histograms import quantiles_histogram, standard_histogram
from taurus_beam.stats.ranked import Ranked

INF = math.inf


def ranked(values, capacity=1024):
    return Ranked.of_counts(RankHistogram.of(np.array(values, float), capacity))


def weighted(values, weights):
    digits = np.zeros((len(values), 4), np.int64)
    digits[:, 1] = weights  # units of 1
    return Ranked.of_weights(BinSums.merged([BinSums.of(np.array(values, float), digits)], 1024))


def rows(histogram):
    return [(b.low_value, b.high_value, b.sample_count) for b in histogram.buckets]


class TestStandard:
    @settings(max_examples=50, deadline=None)
    @given(
        values=st.lists(st.integers(-40, 40), min_size=1).filter(lambda v: len(set(v)) > 1),
        buckets=st.integers(1, 12),
    )
    def test_counts_are_exact_and_upper_edges_belong(self, values, buckets):
        told = rows(standard_histogram(ranked(values), buckets))
        edges = np.linspace(min(values), max(values), buckets + 1)
        # NumPy's buckets hold their lower edge: mirrored, they hold the upper one.
        counts, _ = np.histogram(-np.array(values, float), -edges[::-1])
        assert [count for *_, count in told] == counts[::-1].tolist()
        assert [low for low, *_ in told] == edges[:-1].tolist()
        assert [high for _, high, _ in told] == edges[1:].tolist()

    def test_equal_values_give_one_bucket(self):
        assert rows(standard_histogram(ranked([5, 5, 5]), 10)) == [(5, 5, 3)]

    def test_infinities_have_buckets_of_their_own(self):
        told = rows(standard_histogram(ranked([-INF, 1, 3, INF, INF]), 2))
        assert told == [(-INF, -INF, 1), (1, 2, 1), (2, 3, 1), (INF, INF, 2)]
        assert rows(standard_histogram(ranked([-INF, INF]), 2)) == [(-INF, -INF, 1), (INF, INF, 1)]

    def test_no_values(self):
        histogram = standard_histogram(ranked([]), 10, num_nan=3)
        assert rows(histogram) == []
        assert histogram.num_nan == 3

    def test_a_span_beyond_float64(self):
        told = rows(standard_histogram(ranked([-1.7e308, 0, 1.7e308]), 2))
        assert told == [(-1.7e308, 0, 2), (0, 1.7e308, 1)]

    def test_another_span(self):
        told = rows(standard_histogram(ranked([2, 3]), 2, span=(0.0, 4.0)))
        assert told == [(0, 2, 1), (2, 4, 1)]

    def test_weights(self):
        assert rows(standard_histogram(weighted([1, 2, 3], [5, 1, 2]), 2)) == [(1, 2, 6), (2, 3, 2)]

    def test_values_that_are_not_told_apart_keep_their_sum(self):
        values = np.random.default_rng(1).normal(size=5000)
        told = rows(standard_histogram(ranked(values, capacity=64), 10))
        exact, _ = np.histogram(values, 10)
        counts = [count for *_, count in told]
        assert sum(counts) == 5000
        assert np.abs(np.array(counts) - exact).max() < 5000 * 8 / 64


class TestQuantiles:
    @pytest.mark.parametrize(
        ("values", "buckets", "expected"),
        [
            ([1, 2], 2, [(1, 2, 1.5), (2, 2, 0.5)]),
            ([5, 5, 5], 4, [(5, 5, 0.75)] * 4),
            (
                [1, 2, 3, 4],
                10,
                [(1, 1, 1 / 2)] * 2
                + [(1, 2, 1 / 2), (2, 2, 1 / 2)]
                + [(2, 3, 1 / 3), (3, 3, 1 / 3), (3, 3, 1 / 3)]
                + [(3, 4, 1 / 3), (4, 4, 1 / 3), (4, 4, 1 / 3)],
            ),
            (
                [1, 1, 1, 2, 3, 3],
                10,
                [(1, 1, 0.75)] * 4
                + [(1, 2, 0.5), (2, 2, 0.5), (2, 3, 0.5)]
                + [(3, 3, 0.5)] * 3,
            ),
            (
                [-INF, 1, 3, INF, INF],
                10,
                [(-INF, -INF, 1), (-INF, 1, 0.5), (1, 1, 0.5), (1, 3, 0.5), (3, 3, 0.5)]
                + [(3, INF, 0.4)]
                + [(INF, INF, 0.4)] * 4,
            ),
            (range(1000), 10, [(0, 100, 101)] + [(100 * i, 100 * i + 100, 100) for i in range(1, 9)]
             + [(900, 999, 99)]),
        ],
    )  # fmt: skip
    def test_shares_are_tfdvs(self, values, buckets, expected):
        told = rows(quantiles_histogram(ranked(list(values)), buckets))
        assert [row[:2] for row in told] == [row[:2] for row in expected]
        assert [row[2] for row in told] == pytest.approx([row[2] for row in expected], abs=1e-12)

    def test_weights_are_tfdvs(self):
        told = rows(quantiles_histogram(weighted([1, 2, 3], [1, 2, 3]), 4))
        assert told == [(1, 2, 3), (2, 3, 1), (3, 3, 1), (3, 3, 1)]

    def test_no_values(self):
        histogram = quantiles_histogram(ranked([]), 10, num_nan=2)
        assert rows(histogram) == []
        assert histogram.num_nan == 2

    def test_the_widest_span(self):
        told = rows(standard_histogram(ranked([0.0, 1.7976931348623157e308]), 3))
        assert [count for *_, count in told] == [1, 0, 1]
        assert told[-1][1] == 1.7976931348623157e308

    @settings(max_examples=50, deadline=None)
    @given(values=st.lists(st.floats(allow_nan=False), min_size=1), buckets=st.integers(1, 12))
    def test_every_value_is_counted_once(self, values, buckets):
        for told in (
            rows(quantiles_histogram(ranked(values), buckets)),
            rows(standard_histogram(ranked(values), buckets)),
        ):
            assert sum(count for *_, count in told) == pytest.approx(len(values))
            assert all(count >= 0 and low <= high for low, high, count in told)


class TestRanked:
    @settings(max_examples=50, deadline=None)
    @given(values=st.lists(st.integers(-9, 9), min_size=1))
    def test_median_and_extremes(self, values):
        told = ranked(values)
        assert told.median == sorted(values)[len(values) // 2]
        assert (told.low, told.high) == (min(values), max(values))

    def test_weighted_median(self):
        assert weighted([1, 2, 3], [1, 1, 3]).median == 3
        assert weighted([1, 2, 3], [3, 1, 1]).median == 1

    @settings(max_examples=25, deadline=None)
    @given(values=st.lists(st.floats(1.0, 2.0), min_size=1, max_size=200))
    def test_ranks_inside_coarse_bins_are_within_the_bin(self, values):
        told, edges = ranked(values, capacity=4), np.linspace(0.9, 2.1, 30)
        exact = np.searchsorted(np.sort(values), edges, side="right")
        assert np.abs(told.at_most(edges) - exact).max() <= told.counts.max()
        assert (np.diff(told.at_most(edges)) >= 0).all()
