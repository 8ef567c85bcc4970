"""Where TFT's search for a Tukey HH distribution stops early, ours is the one that fits.

A distribution fits when its L-skewness and L-kurtosis are those of the data. Those of the data are
taken from their definition by probability-weighted moments, those of a distribution by numeric
integration of its quantile function.
"""

from __future__ import annotations

from math import comb, pi, sqrt
from typing import Any

import numpy as np
import pytest

import taurus_beam as tb
from benchmarks.peers.cases.analyzers import tukey
from benchmarks.peers.frames import FRAMES

Answers = dict[str, dict[str, Any]]
FITS = ("skewed", "heavy tails")
Z = np.linspace(-38, 38, 400_001)


@pytest.mark.parametrize("frame", FITS)
def test_our_distribution_fits_better(frame: str, answers: Answers) -> None:
    data = FRAMES[frame]()
    wanted = ratios(sample_l_moments(np.asarray(data["x"], np.float64)))
    theirs = {n: v["constant"][0] for n, v in answers[f"Tukey, {frame}"]["fitted"].items()}
    mine = parameters(frame)
    ours_off, theirs_off = (np.abs(ratios(l_moments(fit)) - wanted).max() for fit in (mine, theirs))
    assert ours_off < 1e-6
    assert ours_off < theirs_off


@pytest.mark.parametrize("frame", FITS)
def test_location_and_scale_follow_from_the_tails(frame: str) -> None:
    sample = sample_l_moments(np.asarray(FRAMES[frame]()["x"], np.float64))
    np.testing.assert_allclose(l_moments(parameters(frame))[:2], sample[:2], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("frame", FITS)
def test_gaussian_inverts_the_distribution(frame: str) -> None:
    data, fit = FRAMES[frame](), parameters(frame)
    table, _ = tb.fit_transform(data, lambda i: {"g": tb.scale_to_gaussian(i["x"])})
    g = np.asarray(table["g"], np.float64)
    h = np.where(g < 0, fit["left"], fit["right"])
    x = fit["location"] + fit["scale"] * g * np.exp(h * g * g / 2)
    np.testing.assert_allclose(x, np.asarray(data["x"], np.float64), rtol=2e-6, atol=2e-6)


def parameters(frame: str) -> dict[str, float]:
    """What taurus_beam finds."""
    found: dict[str, float] = tb.fit(FRAMES[frame](), tukey).row({"x": 0.0})
    return found


def sample_l_moments(values: Any) -> list[float]:
    x = np.sort(values)
    n = len(x)
    weighted = [sum(v * comb(i, r) / comb(n - 1, r) for i, v in enumerate(x)) / n for r in range(4)]
    polynomials = ([1], [-1, 2], [1, -6, 6], [-1, 12, -30, 20])
    return [float(np.dot(row, weighted[: len(row)])) for row in polynomials]


def l_moments(fit: dict[str, float]) -> list[float]:
    step = Z[1] - Z[0]
    density = np.exp(-Z * Z / 2) / sqrt(2 * pi) * step
    h = np.where(Z < 0, fit["left"], fit["right"])
    # The density goes into the exponent, so that heavy tails do not overflow.
    spread = Z * np.exp((h - 1) * Z * Z / 2) / sqrt(2 * pi) * step
    weighted = fit["location"] * density + fit["scale"] * spread
    u = 2 * np.cumsum(density) - density - 1
    legendre = (np.ones_like(u), u, (3 * u * u - 1) / 2, (5 * u**3 - 3 * u) / 2)
    return [float(np.sum(weighted * p)) for p in legendre]


def ratios(moments: list[float]) -> Any:
    return np.array(moments[2:]) / moments[1]
