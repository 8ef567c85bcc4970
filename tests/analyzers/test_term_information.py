"""Mutual information of terms and labels against sums written out in plain Python."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from taurus_beam.analyzers.term_information import (
    expected_information,
    recommended_min_diff,
    term_information,
)


def expectation(n: float, x: float, y: float) -> float:
    return expected_information(n, np.array([x], np.float64), np.array([y], np.float64)).item()


def gain(k: float, n: float, x: float, y: float) -> float:
    return k * (math.log2(k) + math.log2(n) - math.log2(x) - math.log2(y)) if k else 0.0


@pytest.mark.parametrize(
    ("n", "x", "y"),
    [(10, 4, 5), (10, 9, 8), (50, 1, 3), (300, 120, 20), (7, 7, 3), (2000, 3, 1500)],
)
def test_expectation_is_the_sum_over_the_hypergeometric_distribution(
    n: int, x: int, y: int
) -> None:
    ways = {
        k: math.comb(x, k) * math.comb(n - x, y - k)
        for k in range(max(0, x + y - n), min(x, y) + 1)
    }
    total = math.comb(n, y)
    expected = sum(float(Fraction(w, total)) * gain(k, n, x, y) for k, w in ways.items())
    assert expectation(n, x, y) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_expectation_of_many_rows_needs_only_the_likely_counts() -> None:
    # k is almost normal around m = x y / n, so that the mean of k log2(k / m) is the variance
    # over 2 m ln 2, up to terms of order 1 / m.
    for n in (1e7, 1e9, 1e17):
        expected = (1 - 0.4) * (1 - 0.3) / (2 * math.log(2))
        assert expectation(n, 0.4 * n, 0.3 * n) == pytest.approx(expected, rel=1e-5)
    assert expectation(1e9, 0, 3e8) == 0


def test_expectations_together_are_those_of_each_by_itself() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.uniform(-1, 2_000, 300), np.rint(rng.uniform(0, 50, 300))
    each = [expectation(2_000.5, *pair) for pair in zip(x.tolist(), y.tolist(), strict=True)]
    assert expected_information(2_000.5, x, y).tolist() == each


def test_expectation_is_the_same_with_all_counts_and_with_a_part() -> None:
    # 40 deviations of these are on both sides of the number of points that are computed.
    few, many = (expectation(4 * n, n, n) for n in (2_000_000, 4_000_000))
    assert few == pytest.approx(many, rel=1e-6)


def test_expectation_of_weights_is_that_of_the_rounded_range() -> None:
    n, x, y = 9.5, 3.7, 4.2
    chances = [1.0]
    for k in range(4):
        chances.append(chances[-1] * (x - k) * (y - k) / ((k + 1) * (n - x - y + k + 1)))
    expected = sum(p * gain(k, n, x, y) for k, p in enumerate(chances)) / sum(chances)
    assert expectation(n, x, y) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("adjusted", [False, True])
@pytest.mark.parametrize("min_diff", [0.0, 1.0, 2.5])
def test_information_is_the_sum_over_labels(adjusted: bool, min_diff: float) -> None:
    counts = np.random.default_rng(3).integers(0, 9, (12, 4)).astype(float)
    counts[:, 3] = 0
    terms = counts.sum(axis=1)
    labels = np.array([30.0, 25.0, 45.0, 0.0])
    which, label = np.nonzero(counts)
    got = term_information(
        terms, labels, (which, label, counts[which, label]), 100.0, min_diff, adjusted
    )
    for i, x in enumerate(terms):
        total = 0.0
        for j, y in enumerate(labels):
            k = min(max(counts[i, j] / x, 1e-6), 1 - 1e-6) * x
            if y and abs(x * y / 100 - k) >= min_diff:
                total += gain(k, 100, x, y)
                total -= expectation(100, x, y) if adjusted else 0
        assert got[i] == pytest.approx(total, rel=1e-12, abs=1e-12)


def test_a_term_of_every_row_tells_nothing() -> None:
    joint = (np.array([0, 0]), np.array([0, 1]), np.array([3.0, 5.0]))
    got = term_information(np.array([8.0]), np.array([3.0, 5.0]), joint, 8.0, 0.0, True)
    assert got.tolist() == [0.0]


def test_terms_that_mirror_each_other_tie_exactly() -> None:
    labels = np.array([10.0, 10.0, 10.0])
    joint = (
        np.repeat([0, 1, 2], 3),
        np.tile([0, 1, 2], 3),
        np.array([1.0, 2, 4, 4, 1, 2, 2, 4, 1]),
    )
    got = term_information(np.array([7.0, 7.0, 7.0]), labels, joint, 30.0, 0.0, False)
    assert len(set(got.tolist())) == 1


@pytest.mark.parametrize(("rows", "least"), [(0, 2), (10_000, 2), (505_000, 13), (10**7, 25)])
def test_the_default_difference_grows_with_the_rows(rows: int, least: int) -> None:
    assert recommended_min_diff(rows) == least
