"""Histograms against NumPy and recorded results of TFT."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb

INF = math.inf


def histogram(values: Any, dtype: Any = None, **options: Any) -> tuple[list[Any], list[Any]]:
    table = pa.table({"x": pa.array(values, dtype or pa.float64())})
    fn = tb.fit(table, lambda i: dict(zip("cb", tb.histogram(i["x"], **options), strict=True)))
    found = fn.row({})
    return found["c"], found["b"]


# Recorded from tft.histogram (TFT 1.16), which lowers its boundaries by 0.0001.
@pytest.mark.parametrize(
    ("values", "dtype", "boundaries", "counts", "edges"),
    [
        ([1, 2, 2.5, 3, 4, 10, -1], pa.float32(), 3, [6, 1], [-1, 4.5, 10]),
        ([1, 2, 2.5, 3, 4, 10, -1], pa.float32(), [0.0, 2.0, 4.0], [2, 5], [0, 2, 4]),
        ([1, 2, 2.5, 3, 4, 10, -1], pa.float32(), 2, [7], [-1, 10]),
        (
            [1, 2, 2.5, 3, 4, 10, -1],
            pa.float32(),
            None,
            [1, 0, 0, 0, 0, 0, 0, 0, 0, 6],
            np.linspace(0, 1, 11),
        ),
        ([5, 5, 5], pa.float32(), 3, [0, 3], [5, 5, 5]),
        ([1, 2, 2, 3, 7, 10, 10], pa.int64(), 3, [4, 3], [1, 5.5, 10]),
        ([1, 2, 2, 3, 7, 10, 10], pa.int64(), [0.5, 2.5], [7], [0.5, 2.5]),
        ([1, -INF, INF, 3, 4, 10, 2], pa.float32(), [0.0, 2.0, 4.0], [2, 5], [0, 2, 4]),
    ],
)
def test_tft_counts_the_same(
    values: Any, dtype: Any, boundaries: Any, counts: list[int], edges: Any
) -> None:
    found = histogram(values, dtype, boundaries=boundaries)
    assert found[0] == counts
    np.testing.assert_allclose(found[1], edges, rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "dtype", "counts", "categories"),
    [
        (["b", "a", "b", "", "c", "a"], pa.string(), [1, 2, 2, 1], ["", "a", "b", "c"]),
        ([10, 9, 9, -3, 100], pa.int64(), [1, 1, 1, 2], [-3, 10, 100, 9]),
        ([], pa.string(), [], []),
    ],
)
def test_tft_counts_the_same_categories(
    values: Any, dtype: Any, counts: list[int], categories: list[Any]
) -> None:
    assert histogram(values, dtype, categorical=True) == (counts, categories)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.none() | st.floats(-8e307, 8e307) | st.just(math.nan) | st.integers(0, 4).map(float),
        max_size=30,
    ),
    st.integers(2, 6),
)
def test_equally_spaced_buckets_are_numpys(values: list[Any], size: int) -> None:
    counts, edges = histogram(values, boundaries=size)
    known = np.array([v for v in values if v is not None and not math.isnan(v)])
    if not known.size:
        assert counts == [0] * (size - 1)
        assert all(map(math.isnan, edges))
        return
    expected = np.linspace(known.min(), known.max(), size)
    np.testing.assert_array_equal(edges, expected)
    if (np.diff(expected) > 0).all():
        assert counts == np.histogram(known, expected)[0].tolist()
    assert sum(counts) == known.size


@settings(max_examples=30, deadline=None)
@given(st.lists(st.none() | st.sampled_from(["", "a", "ab", "b", "ü", "Z"]), max_size=30))
def test_categories_are_counted_in_the_order_of_their_text(values: list[Any]) -> None:
    expected = sorted(
        Counter(v for v in values if v is not None).items(), key=lambda item: item[0].encode()
    )
    counts, categories = histogram(values, pa.string(), categorical=True)
    assert list(zip(categories, counts, strict=True)) == expected


def test_every_element_of_a_list_counts() -> None:
    values = [[1.0, 3.0], None, [], [5.0, None, math.nan]]
    assert histogram(values, pa.list_(pa.float64()), boundaries=[0, 2, 4])[0] == [1, 2]


def test_float32_values_meet_their_boundaries() -> None:
    tenths = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    counts, edges = histogram(tenths, pa.float32(), boundaries=None)
    assert counts == [0] + [1] * 9
    np.testing.assert_array_equal(edges, np.linspace(0, 1, 11).astype(np.float32))


@pytest.mark.parametrize(
    "options",
    [
        {"boundaries": 1},
        {"boundaries": [5.0]},
        {"boundaries": [4.0, 0.0, 2.0]},
        {"boundaries": [0.0, 0.0]},
        {"boundaries": ["a", "b"]},
        {"categorical": True},
    ],
)
def test_what_does_not_fit_is_refused_while_tracing(options: Any) -> None:
    with pytest.raises(tb.TraceError):
        histogram([1.0], **options)
    with pytest.raises(tb.TraceError):
        histogram(["a"], pa.string(), boundaries=3)


def test_a_span_beyond_float64_has_finite_boundaries() -> None:
    counts, edges = histogram([-1.7e308, -1.0, 1.7e308], boundaries=4)
    assert counts == [1, 1, 1]
    np.testing.assert_allclose(edges, [-1.7e308, -1.7e308 / 3, 1.7e308 / 3, 1.7e308], rtol=1e-12)


def test_the_largest_float64_is_a_boundary() -> None:
    # NumPy's last product of steps overflows for four boundaries, before it is replaced.
    counts, edges = histogram([0.0, 1.0, np.finfo(float).max], boundaries=4)
    assert counts == [2, 0, 1]
    assert edges[-1] == np.finfo(float).max
