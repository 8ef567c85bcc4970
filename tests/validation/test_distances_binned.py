"""The population stability index and chi-squared against scipy and by hand."""

import math

import numpy as np
import pytest
from feature_protos import categories, numbers, points
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from taurus_beam.validation.distances import STANDARD
from taurus_beam.validation.distances_binned import chi_squared, population_stability_index

COUNTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 50), min_size=1)
LAWS = settings(max_examples=40, deadline=None)


def index(current, control, **options) -> float:
    distance = population_stability_index(current, control, **options)
    assert distance is not None
    return distance.value


@LAWS
@given(COUNTS, COUNTS)
def test_categories_equal_their_formulas(a, b):
    labels = sorted({*a, *b})
    table = np.array([[side.get(label, 0) for label in labels] for side in (a, b)], float)
    p, q = np.maximum(table / table.sum(axis=1, keepdims=True), 1e-4)
    assert index(categories(a), categories(b)) == pytest.approx(
        stats.entropy(p / p.sum(), q / q.sum()) + stats.entropy(q / q.sum(), p / p.sum())
        if min(p.min(), q.min()) > 1e-4
        else np.sum((p - q) * np.log(p / q))
    )
    test = chi_squared(categories(a), categories(b))
    assert test is not None
    expected = stats.chi2_contingency(table, correction=False)
    assert test.statistic == pytest.approx(expected.statistic, abs=1e-9)
    assert test.degrees_of_freedom == expected.dof
    assert test.p_value == pytest.approx(expected.pvalue, rel=1e-9, abs=1e-12)
    if len(labels) > 1:
        cramer = stats.contingency.association(table.astype(int), "cramer")
        assert test.cramers_v == pytest.approx(cramer, abs=1e-9)


@pytest.mark.parametrize("degrees", [1, 2, 3, 10, 11, 999])
def test_p_values_equal_scipy(degrees):
    names = [f"{place:04}" for place in range(degrees + 1)]
    now = {name: 40 + place % 7 for place, name in enumerate(names)}
    before = {name: 40 + place % 5 for place, name in enumerate(names)}
    test = chi_squared(categories(now), categories(before))
    assert test is not None
    assert test.p_value == pytest.approx(stats.chi2.sf(test.statistic, degrees), rel=1e-9)


def test_deciles_of_the_control_make_the_bins():
    # Control: ten buckets of 10 over 0..100. Current: all of it in the lowest half.
    control = numbers(quantiles=[(10 * i, 10 * i + 10, 10) for i in range(10)])
    current = numbers(quantiles=[(5 * i, 5 * i + 5, 10) for i in range(10)])
    half_missing = 5 * (0.2 - 0.1) * math.log(2) + 5 * (1e-4 - 0.1) * math.log(1e-4 / 0.1)
    assert index(current, control) == pytest.approx(half_missing)
    assert index(control, control) == 0


def test_values_beyond_the_ends_of_the_control_fall_in_its_outer_bins():
    control = numbers((0, 10, 5), (10, 20, 5))
    current = numbers((-10, 10, 5), (10, 30, 5))
    assert index(current, control, source=STANDARD) == 0


@pytest.mark.parametrize("other", [4, 6])
def test_a_constant_that_becomes_another_is_seen(other):
    for source in (None, STANDARD):
        options = {} if source is None else {"source": source}
        value = index(points({other: 3}), points({5: 7}), **options)
        assert value == pytest.approx(2 * (1 - 1e-4) * math.log(1e4))
    distance = population_stability_index(points({5: 1}), points({5: 3, 9: 1}))
    assert distance is not None
    assert distance.at == "(5, 9]"


def test_integers_on_bucket_boundaries_do_not_differ_by_how_buckets_hold_them():
    # 1, 1, 1, 2, 2, 2 as quantile buckets: (1, 2] holds twos, as do the points at 2.
    control = numbers(quantiles=[(1, 1, 3), (1, 2, 1), (2, 2, 2)])
    current = numbers(quantiles=[(1, 1, 3), (1, 2, 3)])
    assert index(current, control) == 0


def test_nan_and_infinities_are_bins():
    control = points({1: 4, math.inf: 2}, nan=2)
    current = points({1: 4, math.inf: 2}, nan=6)
    p, q = np.array([4, 2, 6]) / 12, np.array([4, 2, 2]) / 8
    assert index(current, control) == pytest.approx(np.sum((p - q) * np.log(p / q)))
    distance = population_stability_index(current, control)
    assert distance is not None
    assert distance.at == "NaN"


def test_nothing_in_common_is_no_measure():
    for one, other in [
        (categories({"a": 1}), points({1: 1})),
        (numbers(), points({1: 1})),
        (categories({}), categories({"a": 1})),
    ]:
        assert population_stability_index(one, other) is None
        assert chi_squared(one, other) is None
