from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.errors import TraceError

NAN, INF = float("nan"), float("inf")
X = [0.0, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0, 11.0, NAN, INF, -INF]


def placed(values: Any, boundaries: Any) -> Any:
    fn = tb.fit(
        pa.table({"x": values}),
        lambda i: {"u": tb.apply_buckets_with_interpolation(i["x"], boundaries)},
    )
    return fn.transform(pa.table({"x": values}))["u"].to_pylist()


# What TFT 1.16 gives for the values of X.
TFT_CASES = {
    (5,): [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0],
    (1, 5): [0, 0, 0.125, 0.25, 0.5, 1, 1, 1, 1, 0.5, 1, 0],
    (1, 2, 10): [0, 0, 0.25, 0.5, 0.5625, 0.6875, 0.8125, 1, 1, 0.5, 1, 0],
    (1, 2, 2, 10): [0, 0, 1 / 6, 2 / 3, 0.7083333, 0.7916667, 0.875, 1, 1, 0.5, 1, 0],
    (1, 1, 2, 10): [0, 1 / 3, 0.5, 2 / 3, 0.7083333, 0.7916667, 0.875, 1, 1, 0.5, 1, 0],
    (1, 2, 10, 10): [0, 0, 1 / 6, 1 / 3, 0.375, 0.4583333, 0.5416667, 1, 1, 0.5, 1, 0],
    (5, 5, 5): [0, 0, 0, 0, 0, 1, 1, 1, 1, 0.5, 1, 0],
    (1, 2, 2, 2, 10): [0, 0, 0.125, 0.75, 0.78125, 0.84375, 0.90625, 1, 1, 0.5, 1, 0],
    (-INF, 2, INF): [0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0],
}


@pytest.mark.parametrize("boundaries", TFT_CASES, ids=str)
@pytest.mark.parametrize("dtype", [pa.float32(), pa.float64()])
def test_values_equal_tft(boundaries: tuple[float, ...], dtype: Any) -> None:
    expected = pytest.approx(TFT_CASES[boundaries], abs=1e-7)
    assert placed(pa.array(X, dtype), list(boundaries)) == expected


def test_integers_equal_tft() -> None:
    expected = [0, 0, 0.5, 0.5625, 1, 1]
    assert placed([0, 1, 2, 3, 10, 12], [1, 2, 10]) == expected


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=8, unique=True),
    st.lists(st.floats(-2e9, 2e9), max_size=10),
)
def test_distinct_boundaries_are_linear_interpolation(cuts: list[float], x: list[float]) -> None:
    cuts = sorted(cuts)
    expected = np.interp(x, cuts, np.linspace(0, 1, len(cuts)))
    assert placed(pa.array(x, pa.float64()), cuts) == pytest.approx(list(expected), abs=1e-9)


def test_boundaries_from_the_data() -> None:
    table = pa.table({"x": [1.0, 2.0, 3.0, 4.0, 5.0, NAN, None]})
    fn = tb.fit(
        table,
        lambda i: {"u": tb.apply_buckets_with_interpolation(i["x"], tb.quantiles(i["x"], 4))},
    )
    # TFT's quantiles of these are 2, 3 and 4 too.
    assert fn.transform(table)["u"].to_pylist() == [0, 0, 0.5, 1, 1, 0.5, None]
    nothing = tb.fit(
        table.slice(6),
        lambda i: {"u": tb.apply_buckets_with_interpolation(i["x"], tb.quantiles(i["x"], 4))},
    )
    assert nothing.transform(table)["u"].to_pylist() == [1.0] * 6 + [None]


@pytest.mark.parametrize(
    ("boundaries", "what"),
    [([2, 1], "not ascending"), ([], "no finite"), ([INF], "no finite"), ([1, NAN], "ascending")],
)
def test_useless_boundaries_are_refused(boundaries: list[float], what: str) -> None:
    with pytest.raises(TraceError, match=what):
        placed([1.0], boundaries)


def test_one_bucket_has_no_boundary() -> None:
    with pytest.raises(TraceError, match="no bucket boundaries"):
        tb.fit(
            pa.table({"x": [1.0]}),
            lambda i: {"u": tb.apply_buckets_with_interpolation(i["x"], tb.quantiles(i["x"], 1))},
        )
