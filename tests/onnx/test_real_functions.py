"""Real functions in ONNX Runtime are as near to NumPy's as the table of docs/onnx.md says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.onnx.session import OnnxTransform

DOCUMENT = Path(__file__).parents[2] / "docs" / "onnx.md"
OF_TWO = ("power", "arctan2", "hypot", "logaddexp")
CANCELLING = {np.float64: (8, 2e-15), np.float32: (8, 1e-6)}
"""Of logaddexp: so many units in the last place, or this much where it is more."""


def documented() -> dict[str, tuple[int, int]]:
    """The most units in the last place, of float64 and of float32, by function."""
    rows = re.findall(r"^\| (`\w+`(?: `\w+`)*) \| (\d) \| (\d) \|$", DOCUMENT.read_text(), re.M)
    return {
        name: (int(double), int(single))
        for names, double, single in rows
        for name in re.findall(r"\w+", names)
    }


MOST_ULPS = documented()


def values(dtype: Any) -> Any:
    draw, n = np.random.default_rng(3), 20_000
    sign = draw.choice([-1, 1], n)
    bits = np.dtype(f"u{dtype().itemsize}")
    parts = [
        *(draw.normal(size=n), draw.lognormal(0, 4, n) * sign, draw.uniform(-1, 1, n)),
        *(draw.uniform(-1e-3, 1e-3, n), draw.uniform(-710, 710, n)),
        np.round(draw.uniform(-1000, 1000, n)),
        np.pi / 2 * np.round(draw.uniform(-1e6, 1e6, n)),
        draw.integers(0, np.iinfo(bits).max, n, bits, endpoint=True).view(dtype),
        [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-300, 2.0**-30, 1024.0, 1000.0],
    ]
    with np.errstate(over="ignore", invalid="ignore"):
        return np.concatenate([np.asarray(part).astype(dtype) for part in parts])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_functions_are_as_near_to_numpy_as_documented(dtype: Any) -> None:
    x = values(dtype)
    y = np.random.default_rng(4).permutation(x)
    table = pa.table({"x": x, "y": y})
    names = [*MOST_ULPS, "logaddexp"]

    def preprocess(inputs: Any) -> dict[str, Any]:
        both = [inputs["x"], inputs["y"]]
        return {name: getattr(np, name)(*both[: 1 + (name in OF_TWO)]) for name in names}

    found = OnnxTransform(tb.to_onnx(tb.fit(table, preprocess), required=["x", "y"]))(table)
    for name in names:
        with np.errstate(all="ignore"):
            expected = getattr(np, name)(*(x, y)[: 1 + (name in OF_TWO)])
        given = found[name].to_numpy()
        finite = np.isfinite(expected)
        assert np.array_equal(given[~finite], expected[~finite], equal_nan=True), name
        wide = np.longdouble
        distance = np.abs(given[finite].astype(wide) - expected[finite].astype(wide))
        most, least = MOST_ULPS.get(name, (0, 0))[dtype is np.float32], 0.0
        if name == "logaddexp":
            most, least = CANCELLING[dtype]
        allowed = np.maximum(most * np.spacing(np.abs(expected[finite])).astype(wide), least)
        assert (distance <= allowed).all(), (name, x[finite][np.argmax(distance - allowed)])


def test_the_document_names_every_function() -> None:
    assert len(MOST_ULPS) == 24
