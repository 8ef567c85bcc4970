from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.errors import DataError, TraceError

NAN, INF = float("nan"), float("inf")
ONES = [1.0] * 6


def moments(x: Any, w: Any, dtype: Any = None) -> tuple[float, float]:
    table = pa.table({"x": pa.array(x, dtype), "w": w})

    def fn(inputs: Any) -> dict[str, Any]:
        return {
            name: function(inputs["x"], weights=inputs["w"], output_dtype=pa.float64())
            for name, function in (("m", tb.mean), ("v", tb.var))
        }

    row = tb.fit(table, fn).row({"x": None, "w": None})
    return row["m"], row["v"]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(-1e300, 1e300) | st.sampled_from([5e-324, -1e-200, 0.1, 0.0]),
            st.floats(1e-300, 1e18, exclude_max=True) | st.sampled_from([0.5, 1.0, 3.0]),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_mean_and_variance_are_the_exact_ones_rounded(pairs: list[tuple[float, float]]) -> None:
    x, w = ([Fraction(p[i]) for p in pairs] for i in (0, 1))
    mean = sum(a * b for a, b in zip(x, w, strict=True)) / sum(w)
    var = sum(b * (a - mean) ** 2 for a, b in zip(x, w, strict=True)) / sum(w)
    found = moments(*zip(*pairs, strict=True))
    # A sum is cut off below 2**-2256, far below anything that these bounds can see.
    assert found[0] == pytest.approx(float(mean), rel=1e-15, abs=1e-300)
    expected = float(var) if var < Fraction(1.7e308) else INF
    assert found[1] == pytest.approx(expected, rel=1e-15, abs=1e-300)


def test_rows_without_a_usable_weight_take_no_part() -> None:
    x = [1.0, 3.0, 100.0, 100.0, 100.0, 100.0, 100.0, NAN, INF, None]
    w = [1.0, 3.0, 0.0, -2.0, NAN, INF, None, 1.0, 1.0, 1.0]
    assert moments(x, w) == (2.5, 0.75)
    assert moments([1.0], [0.0]) == (0.0, 0.0)


def test_integer_columns_and_integer_weights() -> None:
    assert moments([1, 2, 4], pa.array([1, 1, 2], pa.int8()), pa.int16()) == (2.75, 1.6875)


def test_weights_of_vectors_by_row_and_by_element() -> None:
    x = np.array([[1.0, 2.0], [5.0, 6.0], [7.0, 1.0]])
    w = np.array([[1.0, 0.5], [2.0, 1.0], [1.0, 4.0]])
    pair = pa.list_(pa.float64(), 2)
    table = pa.table({"x": pa.array(list(x), pair), "e": pa.array(list(w), pair), "r": w[:, 0]})

    def fn(inputs: Any) -> dict[str, Any]:
        x, e, r = inputs["x"], inputs["e"], inputs["r"]
        return {
            "all": tb.mean(x, weights=e),
            "each": x - tb.mean(x, weights=e, reduce_instance_dims=False),
            "rows": x - tb.mean(x, weights=r, reduce_instance_dims=False),
        }

    out, _ = tb.fit_transform(table, fn)
    assert out["all"][0].as_py() == pytest.approx(np.average(x, weights=w))
    each = np.array(out["each"].to_pylist())
    assert np.allclose(each, x - np.average(x, axis=0, weights=w))
    rows = np.array(out["rows"].to_pylist())
    assert np.allclose(rows, x - np.average(x, axis=0, weights=w[:, 0]))


def boundaries(x: Any, w: Any, buckets: int, dtype: Any = None) -> list[Any]:
    table = pa.table({"x": pa.array(x, dtype), "w": w})

    def fn(inputs: Any) -> dict[str, Any]:
        cuts = tb.quantiles(inputs["x"], buckets, weights=inputs["w"])
        return {str(i): cuts[i] for i in range(buckets - 1)}

    return list(tb.fit(table, fn).row({"x": None, "w": None}).values())


# Boundaries of TFT 1.16 for the values 1 … 6.
TFT_CASES = [
    (ONES, {2: [4], 3: [3, 5], 4: [2, 4, 5], 5: [2, 3, 4, 5]}),
    ([5, 1, 1, 1, 1, 1], {2: [2], 3: [1, 3], 4: [1, 2, 4], 5: [1, 1, 3, 5]}),
    ([0.5, 0.25, 0.25, 0.25, 0.25, 0.5], {2: [4], 3: [2, 5], 4: [2, 4, 6], 5: [1, 3, 4, 6]}),
    ([0, 1, 0, 1, 1, 0], {2: [4], 3: [4, 5], 4: [2, 4, 5], 5: [2, 4, 4, 5]}),
    ([-1, 1, 1, 1, 1, 1], {2: [4], 3: [3, 5], 4: [3, 4, 5], 5: [3, 4, 5, 6]}),
    ([NAN, 1, 1, 1, 1, 1], {2: [4], 3: [3, 5], 4: [3, 4, 5], 5: [3, 4, 5, 6]}),
]


@pytest.mark.parametrize(
    ("weights", "buckets", "expected"),
    [(weights, n, cuts) for weights, cases in TFT_CASES for n, cuts in cases.items()],
)
def test_boundaries_equal_tft(weights: list[float], buckets: int, expected: list[float]) -> None:
    assert boundaries([1.0, 2, 3, 4, 5, 6], pa.array(weights, pa.float64()), buckets) == expected
    assert boundaries([1, 2, 3, 4, 5, 6], pa.array(weights, pa.float64()), buckets) == expected


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 5)), min_size=1, max_size=30),
    st.integers(2, 8),
)
def test_whole_weights_count_like_repetitions(pairs: list[tuple[int, int]], buckets: int) -> None:
    x, w = zip(*pairs, strict=True)
    repeated = [float(v) for v, n in pairs for _ in range(n)]
    table = pa.table({"x": repeated})

    def fn(inputs: Any) -> dict[str, Any]:
        cuts = tb.quantiles(inputs["x"], buckets)
        return {str(i): cuts[i] for i in range(buckets - 1)}

    expected = list(tb.fit(table, fn).row({"x": None}).values())
    assert boundaries([float(v) for v in x], w, buckets) == expected


def test_buckets_of_many_values_have_nearly_equal_weight() -> None:
    random = np.random.default_rng(3)
    x, w = random.normal(1e6, 1, 100_000), random.lognormal(0, 2, 100_000)
    out, _ = tb.fit_transform(
        pa.table({"x": x, "w": w}),
        lambda i: {"b": tb.bucketize(i["x"], 10, weights=i["w"])},
    )
    share = np.bincount(out["b"].to_numpy(), w) / w.sum()
    assert len(share) == 10
    assert np.abs(share - 0.1).max() < 0.01


def test_no_weight_gives_no_boundaries() -> None:
    assert boundaries([1.0, 2.0], [0.0, -1.0], 3) == [None, None]
    assert boundaries([1.0, 2.0], [1e-30, 1e-30], 3) == [None, None]  # below the unit


def test_wrong_weights_are_refused() -> None:
    with pytest.raises(DataError, match="A weight is 2e"):
        moments([1.0], [2e18])
    schema = pa.schema({"x": pa.float64(), "s": pa.string(), "l": pa.list_(pa.float64())})
    for name, what in (("s", "takes numbers as weights"), ("l", "do not fit a column of shape")):
        with pytest.raises(TraceError, match=what):
            tb.fit(schema.empty_table(), lambda i, n=name: {"m": tb.mean(i["x"], weights=i[n])})
    lists = pa.list_(pa.float64())
    table = pa.table({"x": pa.array([[1.0]], lists), "w": pa.array([[1.0, 2.0]], lists)})
    with pytest.raises(DataError, match="differ in number"):
        tb.fit(table, lambda i: {"m": tb.mean(i["x"], weights=i["w"])})
