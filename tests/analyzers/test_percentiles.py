from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.errors import TraceError


def percentile(values: Any, q: float, **options: Any) -> Any:
    table = pa.table({"x": values})
    fn = tb.fit(table, lambda i: {"p": tb.percentile(i["x"], q, **options)})
    return fn.row({"x": None})["p"]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40),
    st.floats(0, 100),
    st.sampled_from(["linear", "lower", "higher"]),
)
def test_as_numpy(values: list[float], q: float, method: Any) -> None:
    expected = np.percentile(values, q, method=method)
    assert percentile(values, q, method=method) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_large_data_within_the_rank_error() -> None:
    x = np.random.default_rng(0).normal(1e6, 1, 200_000)
    for q in (5, 50, 99):
        rank = np.mean(x <= percentile(x, q))
        assert abs(rank - q / 100) < 0.001


def test_types_and_what_takes_no_part() -> None:
    values = [3, None, 1, 2, 9]
    assert percentile(values, 50) == 2.5
    assert percentile(values, 50, method="lower") == 2
    assert isinstance(percentile(values, 50, method="higher"), int)
    assert percentile([1.0, float("nan"), float("inf")], 0) == 1.0
    assert percentile([1.0, 2.0, float("inf")], 100) == float("inf")
    assert percentile(pa.array([None], pa.float64()), 50) is None
    assert percentile([7], 33) == 7.0


@pytest.mark.parametrize("q", [-1, 101, True, "50", float("nan")])
def test_no_percentage_is_refused(q: Any) -> None:
    with pytest.raises(TraceError, match="q is"):
        percentile([1.0], q)


def test_mode_counts_what_is_there() -> None:
    def mode(values: Any, dtype: Any = None) -> Any:
        table = pa.table({"x": pa.array(values, dtype)})
        return tb.fit(table, lambda i: {"m": tb.mode(i["x"])}).row({"x": None})["m"]

    assert mode(["b", "a", "", "", "b", None, None, None]) == ""
    assert mode([2.5, -1.0, float("nan"), float("nan"), float("nan")]) == -1.0
    assert mode([0.0, -0.0, 1.0, -5.0]) == 0.0
    assert mode([3, -4, 3, -4, 8], pa.int8()) == -4
    assert mode([True, False, True]) is True
    assert mode([2**64 - 1, 2**63, 2**64 - 1], pa.uint64()) == 2**64 - 1
    assert mode([[1, 2], [2], None], pa.list_(pa.int32())) == 2
    assert mode([None], pa.string()) is None


def test_knots_beside_infinities_are_in_order() -> None:
    table = pa.table({"x": [0.0, 0.5, 0.5, 0.5, -np.inf, -np.inf]})
    fn = tb.fit(table, lambda i: {"share": tb.quantile_transform(i["x"], 5)})
    (knots,) = (n.operation for n in fn.graph.nodes if n.type.shape == (None,))
    assert knots.values.array.tolist() == [-np.inf, -np.inf, 0.25, 0.5, 0.5]
    by_row = [fn.row(row)["share"] for row in table.to_pylist()]
    np.testing.assert_array_equal(by_row, fn.transform(table)["share"].to_numpy())
