"""Real functions in ONNX Runtime are as near to NumPy's as docs/onnx.md says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.onnx.session import OnnxTransform

OF_ONE = (
    *("sqrt", "cbrt", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p"),
    *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh"),
    *("degrees", "radians", "rint"),
)
OF_TWO = ("power", "arctan2", "hypot", "logaddexp")
EXACT = {"sqrt", "degrees", "radians", "rint"}
# Where the result is nearly 0 but its terms are not, an error of the terms is one of many units.
SMALL = {"sin": 1e-15, "cos": 1e-15, "logaddexp": 1e-15}
MOST_ULPS = {np.float64: 5, np.float32: 4}


def values(dtype: Any) -> Any:
    draw, n = np.random.default_rng(3), 20_000
    wide = draw.lognormal(0, 4, n) * draw.choice([-1, 1], n)
    parts = [draw.normal(size=n), wide, draw.uniform(-1, 1, n), draw.uniform(-1e-3, 1e-3, n)]
    special = [0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-300, 2.0**-30, 1024.0, 1000.0]
    with np.errstate(over="ignore"):
        return np.concatenate([*parts, special]).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_functions_are_within_a_few_units_of_numpy(dtype: Any) -> None:
    x = values(dtype)
    y = np.random.default_rng(4).permutation(x)
    table = pa.table({"x": x, "y": y})

    def preprocess(inputs: Any) -> dict[str, Any]:
        one = {name: getattr(np, name)(inputs["x"]) for name in OF_ONE}
        return one | {name: getattr(np, name)(inputs["x"], inputs["y"]) for name in OF_TWO}

    found = OnnxTransform(tb.to_onnx(tb.fit(table, preprocess), required=["x", "y"]))(table)
    for name in (*OF_ONE, *OF_TWO):
        with np.errstate(all="ignore"):
            expected = getattr(np, name)(*((x,) if name in OF_ONE else (x, y)))
        given = found[name].to_numpy()
        finite = np.isfinite(expected)
        assert np.array_equal(given[~finite], expected[~finite], equal_nan=True), name
        distance = np.abs(given[finite].astype(float) - expected[finite].astype(float))
        allowed = MOST_ULPS[dtype] * np.spacing(np.abs(expected[finite])).astype(float)
        if name in EXACT:
            allowed = np.zeros_like(allowed)
        if name == "tan" and dtype is np.float64:
            allowed = np.maximum(allowed, SMALL["sin"] * (1 + expected[finite] ** 2))
        elif dtype is np.float64 or name == "logaddexp":
            least = SMALL.get(name, 0.0) * (1 if dtype is np.float64 else 1e9)
            allowed = np.maximum(allowed, least)
        assert (distance <= allowed).all(), (name, x[finite][np.argmax(distance - allowed)])
