"""Mutual information of arrays against closed forms, all permutations, and TFDV 1.16.1."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.stats.information import Points, adjusted_information, information

T = np.arange(60)
X, Y = (T**3 * 0.6180339887) % 1, (T * T * 0.414213562) % 1
Z = X + 0.3 * Y
THIRDS, HIGH = T * 7 % 3, (X > 0.5).astype(int)


def points(*columns, seed=1):
    return Points.of(np.stack(columns, axis=1).astype(float), seed)


class TestAgainstTfdv:
    """``mutual_information_util.mutual_information(..., k=3, seed=1)``, recorded."""

    @pytest.mark.parametrize(
        ("x", "y", "expected"),
        [
            (points(X), points(Y), 0.0),
            (points(X), points(Z), 1.5877210778188187),
            (points(X), THIRDS, 0.0),
            (points(X), HIGH, 0.9455590132932518),
            (THIRDS, HIGH, 0.01475176886264462),
            (HIGH, HIGH, 0.9927744539878083),
            (points(X, Y), points(Z), 1.9459189140931201),
            (points(X, Y), HIGH, 0.8499804668343581),
        ],
    )
    def test_known_values(self, x, y, expected):
        assert information(x, y) == pytest.approx(expected, abs=1e-12)
        assert information(y, x) == pytest.approx(expected, abs=1e-12)

    def test_missing_numbers(self):
        # TFDV's noise gives 1.127 to 1.216, and 0.723 to 0.814, over 29 seeds.
        some = np.where(T % 5 == 0, np.nan, X)
        estimates = [information(points(some, seed=s), points(Z)) for s in range(1, 30)]
        assert np.mean(estimates) == pytest.approx(1.167, abs=0.03)
        estimates = [information(points(some, seed=s), HIGH) for s in range(1, 30)]
        assert np.mean(estimates) == pytest.approx(0.779, abs=0.03)


def test_normal_distributions_by_the_closed_form():
    rng = np.random.default_rng(5)
    x, noise = rng.normal(size=(2, 1500))
    assert information(points(x), points(x + noise)) == pytest.approx(0.5, abs=0.1)
    # Scale and place of a variable tell nothing.
    assert information(points(5e306 * x), points((x + noise) / 1e9)) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("other", [HIGH, points(X), points(np.full(60, 7.0))])
def test_constants_tell_nothing(other):
    for constant in (np.zeros(60, int), points(np.full(60, 3.0)), points(np.full(60, np.nan))):
        assert information(constant, other) == 0
        assert adjusted_information(other, constant, seed=1) == 0


def test_few_rows_tell_nothing():
    assert information(points([1.0, 2.0]), points([1.0, 2.0])) == 0
    assert information(points([1.0, 2.0]), np.array([0, 1])) == 0


CODES = st.lists(st.integers(0, 2), min_size=5, max_size=5)


@settings(max_examples=25, deadline=None)
@given(CODES, CODES)
def test_chance_of_codes_is_the_mean_over_all_permutations(x, y):
    def bits(x, y):
        both = list(zip(x, y, strict=True))
        return sum(
            both.count(p) / 5 * math.log2(both.count(p) * 5 / x.count(p[0]) / y.count(p[1]))
            for p in set(both)
        )

    chance = np.mean([bits(list(one), y) for one in itertools.permutations(x)])
    expected = max(0.0, bits(x, y) - chance)
    assert adjusted_information(np.array(x), np.array(y), 1) == pytest.approx(expected, abs=1e-9)


def test_chance_of_points_is_little_and_the_seed_decides_it():
    adjusted = [adjusted_information(HIGH, points(X), seed) for seed in (1, 2, 1)]
    assert adjusted[0] == adjusted[2]
    assert all(0.7 < bits <= information(HIGH, points(X)) for bits in adjusted)
