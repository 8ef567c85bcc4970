from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.preprocessing import PowerTransformer

import taurus_beam as tb
from taurus_beam.analyzers.power_exponent import power_exponent
from taurus_beam.errors import DataError


def exponent(x: Any, method: Any) -> float:
    fn = tb.fit(pa.table({"x": x}), lambda i: {"l": power_exponent(i["x"], method)})
    return fn.row({"x": None})["l"]


def data() -> dict[str, Any]:
    random = np.random.default_rng(5)
    return {
        "lognormal": random.lognormal(size=3000),
        "normal": random.normal(size=3000),
        "negative": -random.lognormal(size=2000),
        "mixed": random.standard_t(4, 20_000) + random.exponential(size=20_000),
        "counts": random.poisson(3, 5000).astype(np.float64),
        "huge": random.lognormal(20, 5, 5000),
    }


@pytest.mark.parametrize("method", ["yeo-johnson", "box-cox"])
@pytest.mark.parametrize("name", data())
def test_as_scikit_learn(name: str, method: Any) -> None:
    x = data()[name]
    if method == "box-cox" and x.min() <= 0:
        with pytest.raises(DataError, match="'box-cox' met the value"):
            exponent(x, method)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = PowerTransformer(method=method).fit(x[:, None]).lambdas_[0]
    assert exponent(x, method) == pytest.approx(expected, abs=2e-7)


@pytest.mark.parametrize("x", [[], [4.0], [4.0, 4.0, None, float("nan"), float("inf")]])
def test_nothing_varies(x: list[float]) -> None:
    assert exponent(pa.array(x, pa.float64()), "yeo-johnson") == 1.0
