from __future__ import annotations

from math import comb, pi, sqrt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.analyzers.binned import binned_values
from taurus_beam.analyzers.l_moments import LMoments, l_moments
from taurus_beam.analyzers.tukey import TukeyParameters, tukey_parameters


def sample_l_moments(values: Any) -> list[float]:
    """By probability-weighted moments, as they are defined."""
    x = np.sort(np.asarray(values, np.longdouble))
    n = len(x)
    weighted = [sum(v * comb(i, r) / comb(n - 1, r) for i, v in enumerate(x)) / n for r in range(4)]
    rows = ([1], [-1, 2], [1, -6, 6], [-1, 12, -30, 20])
    return [float(sum(c * b for c, b in zip(row, weighted, strict=False))) for row in rows]


def as_list(moments: LMoments) -> list[float]:
    return [moments.mean, moments.scale, moments.third, moments.fourth]


@pytest.mark.parametrize("size", [4, 5, 30, 2000])
def test_l_moments_of_distinct_values_are_exact(size: int) -> None:
    x = np.random.default_rng(size).lognormal(0, 2, size)
    found = as_list(l_moments(binned_values(x)))
    assert np.allclose(found, sample_l_moments(x), rtol=1e-12)


def test_l_moments_from_wide_bins_are_close() -> None:
    x = np.random.default_rng(0).normal(100, 10, 50_000)
    ours, exact = (
        as_list(l_moments(binned_values(x))),
        as_list(l_moments(binned_values(x, 1 << 20))),
    )
    assert len(binned_values(x).counts) < 20_000
    assert len(binned_values(x, 1 << 20).counts) == len(x)
    assert np.allclose(ours, exact, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], [0, 0, 0, 0]), ([3.0], [3, 0, 0, 0]), ([1, 5], [3, 2, 0, 0]), ([0, 0, 3], [1, 1, 1, 0])],
)
def test_l_moments_of_few_values(values: list[float], expected: list[float]) -> None:
    assert as_list(l_moments(binned_values(np.array(values, np.float64)))) == expected


def distribution_l_moments(fit: TukeyParameters) -> list[float]:
    """L-moments of a Tukey HH distribution by numeric integration over the normal one."""
    z = np.linspace(-38, 38, 2_000_001)
    density = np.exp(-z * z / 2) / sqrt(2 * pi) * (z[1] - z[0])
    h = np.where(z < 0, fit.left, fit.right)
    # The density goes into the exponent, so that heavy tails do not overflow.
    spread = z * np.exp((h - 1) * z * z / 2) / sqrt(2 * pi) * (z[1] - z[0])
    weighted = fit.location * density + fit.scale * spread
    g = 2 * np.cumsum(density) - density - 1
    legendre = [np.ones_like(g), g, (3 * g * g - 1) / 2, (5 * g**3 - 3 * g) / 2]
    return [float(np.sum(weighted * p)) for p in legendre]


@pytest.mark.parametrize(
    "fit",
    [
        TukeyParameters(0.0, 1.0, 0.0, 0.0),
        TukeyParameters(-3.0, 2.0, 0.2, 0.3),
        TukeyParameters(5.0, 0.1, 0.6, 0.1),
        TukeyParameters(0.0, 1.0, 0.8, 0.8),
    ],
)
def test_a_distribution_is_found_by_its_l_moments(fit: TukeyParameters) -> None:
    found = tukey_parameters(LMoments(*distribution_l_moments(fit)))
    for name in ("location", "scale", "left", "right"):
        assert getattr(found, name) == pytest.approx(getattr(fit, name), abs=1e-5)


def test_too_skewed_a_sample_keeps_its_kurtosis_on_one_side() -> None:
    found = tukey_parameters(LMoments(0.0, 1.0, -0.4, 0.2))
    assert found.right == 0.0
    _, scale, third, fourth = distribution_l_moments(found)
    assert (scale, fourth) == pytest.approx((1.0, 0.2), abs=1e-6)
    assert -0.4 < third < 0


# Results of TFT 1.16 on one batch of float64. Its search for h ends at an error of 1e-6 in the
# L-moments' ratios, which is up to 2e-5 in the parameters.
FACTS = [
    ([3, 5, 10, 11], 7.25, 4.28343013968833031, 0.0, 0.0),
    ([3, 3, 3], 3.0, 1.0, 0.0, 0.0),
    ([3, 5], 4.0, 1.77245385090551566, 0.0, 0.0),
    ([-20, -3, -2, -1, 0, 1, 2, 3, 20], 0.0, 1.970073435845477, 0.73262847371635, 0.73262847371635),
    (
        [-9, -3, -2, -1, 0, 1, 2, 3, 5, 30],
        0.37308282717424923,
        2.591952146841696,
        0.40572017009281297,
        0.7393334444949846,
    ),
    (
        [-40, -5, -2, -1, 0, 1, 2, 3, 4, 6, 8, 60],
        1.5320515202604976,
        2.905285054169833,
        0.7544657915382652,
        0.8127085522296404,
    ),
]


@pytest.mark.parametrize(("values", "location", "scale", "left", "right"), FACTS)
def test_parameters_equal_tft(
    values: list[float], location: float, scale: float, left: float, right: float
) -> None:
    def fn(inputs: Any) -> dict[str, Any]:
        x = inputs["x"]
        h = tb.tukey_h_params(x)
        return {"m": tb.tukey_location(x), "s": tb.tukey_scale(x), "l": h[0], "r": h[1]}

    row = tb.fit(pa.table({"x": np.array(values, np.float64)}), fn).row({"x": 0.0})
    assert list(row.values()) == pytest.approx([location, scale, left, right], rel=5e-5, abs=1e-12)


def test_positions_and_types() -> None:
    rows = [[1.0, 5.0], [2.0, 5.0], [4.0, 5.0]]
    table = pa.table({"x": pa.array(rows, pa.list_(pa.float32(), 2)), "n": [1, 2, 3]})

    def fn(inputs: Any) -> dict[str, Any]:
        location = tb.tukey_location(inputs["x"], reduce_instance_dims=False)
        return {
            "x": inputs["x"] - location,
            "n": tb.tukey_scale(inputs["n"]),
            "d": tb.tukey_scale(inputs["n"], output_dtype=pa.float64()),
        }

    out, _ = tb.fit_transform(table, fn)
    assert out["x"][0].as_py() == pytest.approx([1 - 7 / 3, 0.0], abs=1e-6)
    assert [out.schema.field(n).type for n in "nd"] == [pa.float32(), pa.float64()]


def test_what_is_no_finite_number_takes_no_part() -> None:
    table = pa.table({"x": [1.0, None, 2.0, float("nan"), 4.0, float("inf"), 9.0]})
    same = pa.table({"x": [1.0, 2.0, 4.0, 9.0]})

    def scale(data: pa.Table) -> float:
        return tb.fit(data, lambda i: {"s": tb.tukey_scale(i["x"])}).row({"x": 1.0})["s"]

    assert scale(table) == scale(same)
