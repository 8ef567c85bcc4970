"""Covariance and correlation of features against NumPy and facts recorded from TFDV 1.16.1."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statistics_laws import assert_laws, batch, stats_of

from taurus_beam.errors import TraceError
from taurus_beam.stats.cross import CrossFeatureStatsGenerator


def told(rows, **options):
    stats = stats_of(CrossFeatureStatsGenerator(**options), rows)
    return {
        (cross.path_x.step[0], cross.path_y.step[0]): (
            cross.count,
            cross.num_cross_stats.covariance,
            cross.num_cross_stats.correlation,
        )
        for cross in stats.cross_features
    }


def test_rows_of_one_value_take_part():
    rows = batch(x=[[1], [2], [3], [4, 5], None], y=[2.0, 4.0, 6.0, 7.0, 8.0], c=[7] * 5)
    # TFDV's covariance of c and y is -7e-15, and it has no correlation there.
    assert told(rows) == {
        ("c", "x"): (3, 0.0, 0.0),
        ("c", "y"): (5, 0.0, 0.0),
        ("x", "y"): (3, float(np.float32(4 / 3)), 1.0),
    }


def test_nan_and_infinities_take_no_part():
    rows = batch(x=[1.0, np.inf, 3.0, np.nan], y=[2.0, 4.0, 6.0, 8.0])
    assert told(rows) == {("x", "y"): (2, 2.0, 1.0)}


def test_strings_structs_and_lists_of_lists_are_no_numbers():
    rows = batch(x=[1, 2], s=["a", "b"], t=[{"y": 1}, {"y": 2}], n=[[[1]], [[2]]], b=[True, False])
    assert list(told(rows)) == [("b", "x")]


def test_chosen_crosses():
    rows = batch(a=[1, 2, 3], b=[1, 2, 4], c=[1, None, 9], d=[5, None, 2])
    assert list(told(rows, feature_crosses=[("b", "a"), ("d", "c"), ("a", "d"), ("a", "?")])) == [
        ("a", "b"),
        ("a", "d"),
        ("c", "d"),
    ]
    with pytest.raises(TraceError, match="is no feature cross"):
        CrossFeatureStatsGenerator([("a", "a")])


def test_values_beyond_float32_and_integers_beyond_float64():
    rows = batch(x=[1e200, -1e200], y=[1e200, -1e200])
    assert told(rows) == {("x", "y"): (2, np.inf, 1.0)}
    big = 2**62
    rows = batch(x=pa.array([big, big + 1, big + 2]), y=pa.array([0, 1, 2]))
    assert told(rows) == {("x", "y"): (3, float(np.float32(2 / 3)), 1.0)}


NUMBERS = st.none() | st.floats(-1e6, 1e6, width=32) | st.sampled_from([np.nan, np.inf])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1), st.data())
def test_equals_numpy_and_keeps_the_laws(rows, data):
    columns = {name: pa.array([r[i] for r in rows], pa.float64()) for i, name in enumerate("xyz")}
    order = data.draw(st.permutations(range(len(rows))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=3)))
    assert_laws(CrossFeatureStatsGenerator(), batch(**columns), order, cuts)
    numbers = np.array([[np.nan if v is None else v for v in row] for row in rows])
    for (x, y), (count, covariance, correlation) in told(batch(**columns)).items():
        pair = numbers[:, ["xyz".index(x), "xyz".index(y)]]
        pair = pair[np.isfinite(pair).all(axis=1)]
        assert count == len(pair)
        expected = np.cov(pair.T, bias=True)
        scale = np.abs(pair).max() ** 2
        assert covariance == pytest.approx(expected[0, 1], rel=1e-6, abs=1e-9 * scale)
        if expected[0, 0] > 1e-6 * scale and expected[1, 1] > 1e-6 * scale:
            assert correlation == pytest.approx(np.corrcoef(pair.T)[0, 1], rel=1e-5, abs=1e-6)
