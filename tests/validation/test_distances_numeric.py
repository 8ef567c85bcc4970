"""Kolmogorov-Smirnov and Wasserstein against scipy where histograms are exact, and by hand."""

import math
from collections import Counter

import numpy as np
import pytest
from feature_protos import categories, numbers, points
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from taurus_beam.validation.distances import STANDARD, Distance
from taurus_beam.validation.distances_numeric import kolmogorov_smirnov, wasserstein

INF = math.inf
SAMPLES = st.lists(st.integers(-20, 20), min_size=1, max_size=30)
LAWS = settings(max_examples=40, deadline=None)


@LAWS
@given(SAMPLES, SAMPLES)
def test_exact_histograms_give_what_scipy_gives_for_the_data(a, b):
    left, right = points(Counter(a)), points(Counter(b))
    ks = kolmogorov_smirnov(left, right)
    assert ks is not None
    # The statistic of ks_2samp, without its p-value, which warns for few values.
    functions = [stats.ecdf(sample).cdf.evaluate(np.union1d(a, b)) for sample in (a, b)]
    assert ks.value == pytest.approx(np.max(np.abs(functions[0] - functions[1])), abs=1e-12)
    moved = wasserstein(left, right)
    assert moved is not None
    assert moved.value == pytest.approx(stats.wasserstein_distance(a, b), abs=1e-9)


@pytest.mark.parametrize(  # by hand, of uniform densities
    ("current", "control", "ks", "at", "moved"),
    [
        (numbers((0, 10, 4)), numbers((0, 20, 4)), 0.5, "10", 5.0),
        (numbers((0, 1, 4)), numbers((2, 3, 7)), 1.0, "1", 2.0),
        # Densities cross at 0.5: F - G = x(1 - x) on (0, 0.5) and its mirror image below zero.
        (numbers((0, 0.5, 1), (0.5, 1, 1)), points({0.5: 2}), 0.5, "0.5", 0.25),
        (numbers((0, 1, 3), (1, 1, 1)), numbers((0, 1, 4)), 0.25, "1", 0.125),
        # The lines of F - G cross inside (0, 4): 0 at the ends of a hill of 1/4 and its mirror.
        (numbers((0, 4, 1)), numbers((1, 3, 1)), 0.25, "1", 0.5),
    ],
)
def test_uniform_densities(current, control, ks, at, moved):
    distance = kolmogorov_smirnov(current, control, source=STANDARD)
    assert distance is not None
    assert distance.value == pytest.approx(ks)
    assert distance.at == at
    distance = wasserstein(current, control, source=STANDARD)
    assert distance is not None
    assert distance.value == pytest.approx(moved)


BUCKETS = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 9)), min_size=1, max_size=5)


@LAWS
@given(BUCKETS, BUCKETS, st.integers(-10, 10))
def test_histograms_give_what_a_fine_grid_gives(a, b, start):
    features, functions = [], []
    grid = np.linspace(-20, 60, 16_001)
    for buckets, low in ((a, 0), (b, start)):
        edges = low + np.cumsum([0, *(width for width, _ in buckets)])
        counts = [count for _, count in buckets]
        features.append(numbers(*zip(edges[:-1], edges[1:], counts, strict=True)))
        functions.append(np.interp(grid, edges, np.cumsum([0, *counts]) / sum(counts)))
    gap = np.abs(functions[0] - functions[1])
    ks = kolmogorov_smirnov(*features, source=STANDARD)
    moved = wasserstein(*features, source=STANDARD)
    assert ks is not None
    assert moved is not None
    assert ks.value == pytest.approx(gap.max(), abs=1e-9)  # the grid has all boundaries
    assert moved.value == pytest.approx(np.trapezoid(gap, grid), abs=1e-4)


def test_infinities_are_numbers_and_nan_is_not():
    left, right = points({-INF: 1, 0: 2, INF: 1}, nan=96), points({-INF: 2, 0: 2})
    assert kolmogorov_smirnov(left, right) == Distance(0.25, "-inf")
    assert wasserstein(left, right) == Distance(INF, "-inf")
    same_ends = points({-INF: 1, 1: 2, INF: 1}), points({-INF: 2, 3: 4, INF: 2})
    assert wasserstein(*same_ends) == Distance(1.0, "(1, 3)")


def test_a_side_without_numbers_has_no_distance():
    for empty in (points({}, nan=3), numbers(), categories({"a": 1})):
        for measure in (kolmogorov_smirnov, wasserstein):
            assert measure(empty, points({1: 1})) is None
            assert measure(points({1: 1}), empty) is None


@LAWS
@given(SAMPLES, SAMPLES)
def test_symmetric_and_zero_for_equals(a, b):
    left, right = points(Counter(a)), points(Counter(b))
    for measure in (kolmogorov_smirnov, wasserstein):
        assert measure(left, left) == Distance(0.0)
        there, back = measure(left, right), measure(right, left)
        assert there is not None
        assert back is not None
        assert there.value == pytest.approx(back.value)


def test_weighted_histograms_on_demand():
    current = numbers((0, 10, 4), weighted=True)
    control = numbers((0, 20, 4), weighted=True)
    assert kolmogorov_smirnov(current, control, source=STANDARD) is None
    assert kolmogorov_smirnov(current, control, weighted=True, source=STANDARD) == Distance(
        0.5, "10"
    )
