"""Covariance and principal axes against NumPy and recorded results of TFT."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb


def value(data: Any, function: Any) -> np.ndarray:
    """The matrix that a function of the vector column ``x`` gives, seen through unit vectors."""
    width = data["x"].type.list_size if isinstance(data, pa.Table) else data["x"].shape[1]
    fn = tb.fit(data, lambda i: {"m": tb.dot(i["x"], function(i["x"]))})
    return fn.transform({"x": np.eye(width)})["m"]


def vectors(rows: Any, width: int, dtype: Any = None) -> pa.Table:
    return pa.table({"x": pa.array(rows, pa.list_(dtype or pa.float64(), width))})


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3),
        min_size=1,
        max_size=20,
    )
)
def test_covariance_is_numpys(rows: list[list[float]]) -> None:
    expected = np.cov(np.array(rows).T, ddof=0)
    scale = np.abs(rows).max() ** 2
    np.testing.assert_allclose(
        value(vectors(rows, 3), tb.covariance), expected, rtol=1e-9, atol=1e-12 * max(scale, 1e-30)
    )


def test_tft_gives_the_same() -> None:
    # Recorded from tft.covariance and tft.pca (TFT 1.16, float32).
    rows = [[1.0, 2.0], [3.0, 6.0], [5.0, 1.0], [-2.0, 0.5]]
    covariance = value(vectors(rows, 2, pa.float32()), tb.covariance)
    np.testing.assert_allclose(covariance, [[6.6875, 1.84375], [1.84375, 4.671875]], rtol=1e-6)
    axes = value(vectors(rows, 2, pa.float32()), lambda x: tb.pca(x, 2))
    tft = [[-0.8601260185241699, 0.5100816488265991], [-0.5100816488265991, -0.8601260185241699]]
    np.testing.assert_allclose(np.abs(axes), np.abs(tft), rtol=1e-6)
    assert (np.diag(axes) > 0).all()


def test_a_large_mean_costs_no_digits() -> None:
    rows = [[1e8 + k, float(k)] for k in range(4)]
    np.testing.assert_array_equal(value(vectors(rows, 2), tb.covariance), np.full((2, 2), 1.25))


def test_integers_beyond_53_bits_are_exact() -> None:
    rows = [[2**62 + k, k] for k in range(4)]
    table = vectors(rows, 2, pa.int64())
    fn = tb.fit(table, lambda i: {"m": tb.dot(i["x"], tb.covariance(i["x"], pa.float64()))})
    assert fn.row({"x": [1, 0]}) == {"m": [1.25, 1.25]}


def test_rows_that_are_not_complete_take_no_part() -> None:
    nan, inf = float("nan"), float("inf")
    known = [[1.0, 2.0], [3.0, 7.0]]
    table = vectors([*known, [None, 1.0], None, [nan, 4.0], [5.0, -inf]], 2)
    np.testing.assert_array_equal(
        value(table, tb.covariance), value(vectors(known, 2), tb.covariance)
    )


def test_no_rows_and_constant_rows() -> None:
    for rows in ([], [[1.0, 2.0]] * 3):
        table = vectors(rows, 2)
        np.testing.assert_array_equal(value(table, tb.covariance), np.zeros((2, 2)))
        axes = value(table, lambda x: tb.pca(x, 2))
        np.testing.assert_allclose(axes.T @ axes, np.eye(2))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 4))
def test_axes_are_the_eigenvectors_by_variance(seed: int, size: int) -> None:
    random = np.random.default_rng(seed)
    x = random.normal(size=(40, 4)) * [1.0, 3.0, 9.0, 27.0] @ random.normal(size=(4, 4))
    axes = value({"x": x}, lambda column: tb.pca(column, size))
    covariance = np.cov(x.T, ddof=0)
    variances = np.sort(np.linalg.eigvalsh(covariance))[::-1][:size]
    np.testing.assert_allclose(covariance @ axes, axes * variances, atol=1e-9 * variances[0])
    np.testing.assert_allclose(axes.T @ axes, np.eye(size), atol=1e-12)
    assert (axes[np.abs(axes).argmax(axis=0), np.arange(size)] > 0).all()


def test_dtype() -> None:
    for dtype, asked, expected in [
        (pa.float32(), None, pa.float32()),
        (pa.float64(), None, pa.float64()),
        (pa.int64(), None, pa.float32()),
        (pa.float32(), np.float64, pa.float64()),
        (pa.float64(), pa.float32(), pa.float32()),
    ]:
        seen = []

        def fn(inputs: Any, asked: Any = asked, seen: list[Any] = seen) -> Any:
            seen.extend([tb.covariance(inputs["x"], asked), tb.pca(inputs["x"], 1, asked)])
            return inputs

        tb.fit(vectors([], 2, dtype), fn)
        assert [column.dtype for column in seen] == [expected] * 2


def test_variances_beyond_float64() -> None:
    with pytest.raises(tb.DataError, match="beyond the range"):
        tb.fit(
            vectors([[1e300, 0.0], [-1e300, 1.0]], 2),
            lambda i: {"y": tb.dot(i["x"], tb.pca(i["x"], 1))},
        )


@pytest.mark.parametrize(
    "function",
    [
        lambda i: tb.covariance(i["s"]),
        lambda i: tb.covariance(i["x"], pa.int64()),
        lambda i: tb.covariance(tb.stack([tb.mean(i["s"])])),
        lambda i: tb.pca(i["x"], 3),
        lambda i: tb.pca(i["x"], 0),
    ],
)
def test_what_does_not_fit_is_refused_while_tracing(function: Any) -> None:
    schema = pa.schema({"x": pa.list_(pa.float64(), 2), "s": pa.float64()})
    with pytest.raises(tb.TraceError):
        tb.fit(schema.empty_table(), lambda i: {"y": tb.dot(i["x"], function(i))})
