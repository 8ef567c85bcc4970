from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.transforms.gaussian import InverseTukey

NAN, INF = float("nan"), float("inf")


def gaussian(values: Any, dtype: Any = None, **options: Any) -> Any:
    table = pa.table({"x": pa.array(values, dtype or pa.float64())})
    return tb.fit_transform(table, lambda i: {"g": tb.scale_to_gaussian(i["x"], **options)})[0]["g"]


# Results of TFT 1.16 on one batch of float64; for those with heavy tails its search for the
# parameters leaves an error of some 1e-5.
TFT_CASES: list[tuple[list[float], list[float]]] = [
    ([3, 5, 10, 11], [-1.270639658, -0.672691583, 0.822178602, 1.121152639]),
    ([3, 5], [-1, 1]),
    ([4], [0]),
    ([3, 3, 3], [0, 0, 0]),
    (
        [-20, -3, -2, -1, 0, 1, 2, 3, 20],
        [
            *[-2.080235271, -1.031367786, -0.80205901, -0.46839718, 0],
            *[0.46839718, 0.80205901, 1.031367786, 2.080235271],
        ],
    ),
    (
        [-9, -3, -2, -1, 0, 1, 2, 3, 5, 30],
        [
            *[-1.831362797, -1.043458437, -0.803237507, -0.503222112, -0.143340237],
            *[0.236904256, 0.559166931, 0.799976385, 1.121418393, 2.13147168],
        ],
    ),
    (
        [-40, -5, -2, -1, 0, 1, 2, 3, 4, 6, 8, 60],
        [
            *[-2.221539261, -1.248634312, -0.897291258, -0.717644095, -0.482922187, -0.180885798],
            *[0.159413296, 0.463099683, 0.697207403, 1.013272563, 1.218155157, 2.308420889],
        ],
    ),
]


@pytest.mark.parametrize(("values", "expected"), TFT_CASES)
def test_values_equal_tft(values: list[float], expected: list[float]) -> None:
    assert gaussian(values).to_pylist() == pytest.approx(expected, rel=1e-5, abs=2e-5)


@settings(max_examples=50, deadline=None)
@given(st.floats(-35, 35), st.floats(0, 0.99), st.floats(0, 0.99))
def test_the_distribution_is_inverted(z: float, left: float, right: float) -> None:
    h = left if z < 0 else right
    with np.errstate(over="ignore"):
        x = float(z * np.exp(np.float64(h * z * z / 2)))
    if np.isinf(x):
        return
    run = InverseTukey(None).scalar(*[pa.float64()] * 7)
    found = run(x, 0.0, 1.0, left, right, 0.0, 1.0)
    assert found == pytest.approx(z, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("x", [1e300, 1.7e308, 1e155, -1e307])
def test_far_out_it_solves_the_equation_in_logarithms(x: float) -> None:
    z = InverseTukey(None).scalar(*[pa.float64()] * 7)(x, 0.0, 1.0, 0.3, 0.3, 0.0, 1.0)
    assert np.log(abs(z)) + 0.3 * z * z / 2 == pytest.approx(np.log(abs(x)), rel=1e-14)
    assert np.sign(z) == np.sign(x)


def test_heavy_tails_become_normal() -> None:
    random = np.random.default_rng(1)
    z = random.normal(size=50_000)
    x = 3 + 2 * z * np.exp(np.where(z < 0, 0.3, 0.1) * z * z / 2)
    assert np.abs(gaussian(x).to_numpy() - z).max() < 0.2
    assert np.abs(gaussian(x).to_numpy() - z).mean() < 0.02


def test_what_is_no_finite_number_stays_what_it_is() -> None:
    values = [1.0, 2.0, NAN, None, 3.0, INF, -INF, 4.0, 100.0]
    found = gaussian(values).to_pylist()
    alone = gaussian([1.0, 2.0, 3.0, 4.0, 100.0]).to_pylist()
    assert [found[i] for i in (0, 1, 4, 7, 8)] == alone
    assert np.isnan(found[2])
    assert (found[3], found[5], found[6]) == (None, INF, -INF)


def test_types() -> None:
    assert gaussian([1, 2, 50], pa.int64()).type == pa.float32()
    assert gaussian([1, 2, 50], pa.float32()).type == pa.float32()
    assert gaussian([1, 2], pa.float32(), output_dtype=pa.float64()).type == pa.float64()
    rows = [[1.0, 7.0], [3.0, 7.0]]
    vectors = gaussian(rows, pa.list_(pa.float64(), 2), elementwise=True).to_pylist()
    assert vectors == [[-1.0, 0.0], [1.0, 0.0]]
