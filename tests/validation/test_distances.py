"""The three distances of TFDV; the expected values marked "TFDV" were printed by TFDV 1.16.1."""

import math

import numpy as np
import pytest
from feature_protos import categories, numbers, points
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from taurus_beam.validation.distances import (
    QUANTILES,
    Distance,
    jensen_shannon_divergence,
    l_infinity,
    normalized_absolute_difference,
)

INF = math.inf
COUNTS = st.dictionaries(st.text("abcé", max_size=3), st.integers(1, 50), min_size=1, max_size=8)
LAWS = settings(max_examples=40, deadline=None)


@pytest.mark.parametrize(  # TFDV
    ("current", "control", "linf", "nad", "jsd"),
    [
        ({"a": 6, "b": 4}, {"a": 3, "b": 5, "c": 2}, (0.3, "a"), 0.15, 0.14078264774827984),
        ({"a": 4}, {"b": 4}, (1.0, "b"), 0.5, 1.0),
        ({"a": 1, "b": 1}, {"a": 2}, (0.5, "b"), 0.25, 0.31127812445913283),
        ({"a": 1, "é": 1, "z": 2}, {"a": 2, "é": 2}, (0.5, "z"), 0.25, 0.31127812445913283),
        ({"a": 10}, {"a": 30}, (0.0, ""), 0.5, 0.0),
    ],
)
def test_categories_as_tfdv(current, control, linf, nad, jsd):
    features = categories(current), categories(control)
    assert l_infinity(*features).value == pytest.approx(linf[0], abs=1e-15)
    assert l_infinity(*features).at == linf[1]
    assert normalized_absolute_difference(*features).value == pytest.approx(nad, abs=1e-15)
    divergence = jensen_shannon_divergence(*features)
    assert divergence is not None
    assert divergence.value == pytest.approx(jsd, abs=1e-12)


@pytest.mark.parametrize(  # TFDV
    ("current", "control", "jsd"),
    [
        (numbers((0, 10, 10)), numbers((0, 20, 10)), 0.3112781244591328),
        (numbers((0, 10, 10)), numbers((10, 20, 10)), 1.0),
        (
            numbers((0, 1, 3), (1, 2, 5), (2, 3, 2)),
            numbers((-1, 0.5, 3), (0.5, 2, 5), (2, 5, 2)),
            0.2078812047960561,
        ),
        (
            numbers((0, 1, 3), (1, 1, 5), (1, 3, 2)),
            numbers((0, 1, 3), (1, 1, 2), (1, 1, 1), (2, 2, 4), (2, 5, 2)),
            0.3091474017323543,
        ),
        (numbers((0, 1, 3), (5, 6, 1)), numbers((0, 2, 3), (2, 8, 3)), 0.4591479170272448),
        (points({5: 2}), points({6: 3}), 1.0),
        (points({5: 2}), points({5: 3}), 0.0),
    ],
)
def test_finite_numbers_as_tfdv(current, control, jsd):
    divergence = jensen_shannon_divergence(current, control)
    assert divergence is not None
    assert divergence.value == pytest.approx(jsd, abs=1e-12)


def test_quantiles_histograms_are_compared_on_demand():  # TFDV
    current = numbers((0, 1, 3), quantiles=[(0, 1, 3)])
    control = numbers((0, 1, 3), quantiles=[(0, 2, 3)])
    assert jensen_shannon_divergence(current, control) == Distance(0.0)
    divergence = jensen_shannon_divergence(current, control, source=QUANTILES)
    assert divergence is not None
    assert divergence.value == pytest.approx(0.31127812445913283, abs=1e-12)


@pytest.mark.parametrize(
    ("current", "control"),
    [
        (numbers((0, 1, 0)), numbers((0, 1, 1))),
        (numbers(), numbers((0, 1, 1))),
        (categories({}), categories({"a": 1})),
        (categories({"a": 1}), numbers((0, 1, 1))),
    ],
)
def test_no_divergence_without_histograms_in_common(current, control):  # TFDV measures nothing
    assert jensen_shannon_divergence(current, control) is None
    assert jensen_shannon_divergence(control, current) is None


def test_numbers_have_no_shares():  # TFDV: 0 for two numeric sides, a missing side is zeros
    assert l_infinity(numbers((0, 10, 10)), numbers((0, 20, 5))) == Distance(0.0)
    assert normalized_absolute_difference(numbers(), numbers()) == Distance(0.0)
    assert l_infinity(categories({"a": 6, "b": 4}), numbers((0, 10, 10))) == Distance(0.6, "a")


@pytest.mark.parametrize(
    "feature",
    [points({1: 1}, nan=1), points({-INF: 1, 3: 2, INF: 4}, nan=2), points({}, nan=3)],
)
def test_nan_and_infinities_equal_themselves(feature):
    # TFDV gives 0.5 for [1, NaN] against itself; see the docstring.
    assert jensen_shannon_divergence(feature, feature) == Distance(0.0)


def test_special_values_are_cells_of_their_own():
    current = points({-INF: 1, 0.5: 2, INF: 3}, nan=2)
    control = points({-INF: 1, 0.5: 2, INF: 1}, nan=4)
    expected = jensenshannon([1 / 8, 2 / 8, 3 / 8, 2 / 8], [1 / 8, 2 / 8, 1 / 8, 4 / 8], base=2)
    divergence = jensen_shannon_divergence(current, control)
    assert divergence is not None
    assert divergence.value == pytest.approx(expected**2, abs=1e-12)
    assert divergence.at == "inf"
    only_nan = jensen_shannon_divergence(points({}, nan=2), points({1: 1}, nan=1))
    assert only_nan is not None
    assert only_nan.at == "1"


def test_the_place_of_a_numeric_divergence_is_a_range():
    divergence = jensen_shannon_divergence(numbers((0, 10, 10)), numbers((0, 20, 10)))
    assert divergence is not None
    assert divergence.at == "(10, 20)"


def test_weighted_histograms_are_read_on_demand():
    current, control = categories({"a": 3, "b": 1}, True), categories({"a": 1, "b": 3}, True)
    assert l_infinity(current, control, weighted=True) == Distance(0.5, "b")
    assert l_infinity(current, control) == Distance(0.0)
    assert jensen_shannon_divergence(current, control) is None
    assert normalized_absolute_difference(current, control, weighted=True).value == 0.25
    heavy = numbers((0, 10, 10), weighted=True), numbers((0, 20, 10), weighted=True)
    divergence = jensen_shannon_divergence(*heavy, weighted=True)
    assert divergence is not None
    assert divergence.value == pytest.approx(0.3112781244591328, abs=1e-12)


def test_widths_beyond_a_float_do_not_overflow():
    wide = numbers((-1e308, 1e308, 4))
    narrow = numbers((-1e308, 0, 4))
    divergence = jensen_shannon_divergence(wide, narrow)
    assert divergence is not None
    assert divergence.value == pytest.approx(0.31127812445913283, abs=1e-12)


@LAWS
@given(COUNTS, COUNTS)
def test_categorical_distances_equal_their_formulas(a, b):
    labels = sorted({*a, *b})
    counts = [np.array([side.get(label, 0) for label in labels], float) for side in (a, b)]
    p, q = (side / side.sum() for side in counts)
    features = categories(a), categories(b)
    assert l_infinity(*features).value == pytest.approx(np.max(np.abs(p - q)))
    assert normalized_absolute_difference(*features).value == pytest.approx(
        np.max(np.abs(counts[0] - counts[1])) / (counts[0].sum() + counts[1].sum())
    )
    divergence = jensen_shannon_divergence(*features)
    assert divergence is not None
    # scipy gives the square root, and rounds below zero for equal sides.
    expected = np.nan_to_num(jensenshannon(p, q, base=2)) ** 2
    assert divergence.value == pytest.approx(expected, abs=1e-9)


@LAWS
@given(COUNTS, COUNTS)
def test_distances_are_symmetric_and_zero_for_equals(a, b):
    left, right = categories(a), categories(b)
    for distance in (l_infinity, normalized_absolute_difference, jensen_shannon_divergence):
        assert distance(left, left) == Distance(0.0)
        there, back = distance(left, right), distance(right, left)
        assert there is not None
        assert back is not None
        assert there.value == back.value
        assert there.at == back.at
