"""Splits by time: cuts at times and at exact ranks, ties, gaps and types."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb

INSTANTS = st.lists(
    st.one_of(st.integers(-5, 5), st.integers(-(2**63), 2**63 - 1)), min_size=1, max_size=80
)


@given(INSTANTS, st.floats(0.05, 0.9))
@settings(max_examples=50, deadline=None)
def test_the_cut_is_the_time_at_the_rank(times: list[int], ratio: float) -> None:
    ratio = round(ratio, 2)
    splitter = tb.SplitByTime("t", {"past": ratio, "future": round(1 - ratio, 2)})
    parts = tb.split_table({"t": pa.array(times, pa.int64())}, splitter)

    ordered = sorted(times)
    wanted, rest = divmod(round(ratio * 100) * len(times), 100)
    wanted += rest * 2 >= 100  # the larger remainder; of equal ones the first split's
    cut = ordered[wanted] if wanted < len(times) else None
    past = [t for t in ordered if cut is None or t < cut]
    assert sorted(parts["past"]["t"].to_pylist()) == past
    assert parts["future"].num_rows == len(times) - len(past)


def test_cuts_are_exact_where_buckets_are_coarse() -> None:
    random = np.random.default_rng(0)
    # Half of the rows in one second of a year, so that one bucket of the first pass holds them.
    times = np.concatenate(
        [random.integers(0, 3 * 10**16, 50_000), 10**16 + random.integers(0, 10**9, 50_000)]
    )
    splitter = tb.SplitByTime("t", {"a": 0.4, "b": 0.3, "c": 0.3})
    parts = tb.split_table({"t": times.astype("datetime64[ns]")}, splitter)
    assert [part.num_rows for part in parts.values()] == [40_000, 30_000, 30_000]
    a, b, c = (part["t"].to_numpy() for part in parts.values())
    assert a.max() < b.min()
    assert b.max() < c.min()


@pytest.mark.parametrize("dtype", ["timestamp[s]", "timestamp[us]", "date32[day]", "date64[ms]"])
@pytest.mark.parametrize(
    "end", ["2026-02-01", dt.date(2026, 2, 1), dt.datetime(2026, 2, 1), "2026-02-01T00:00:00Z"]
)
def test_given_cuts_are_those_of_pandas(dtype: str, end: Any) -> None:
    days = pd.date_range("2026-01-20", "2026-02-10")
    types = {str(t): t for t in (pa.timestamp("s"), pa.timestamp("us"), pa.date32(), pa.date64())}
    table = pa.table({"t": pa.array(days.date).cast(types[dtype]), "n": range(len(days))})
    parts = tb.split_table(table, tb.SplitByTime("t", until={"train": end, "test": None}))
    assert parts["train"]["n"].to_pylist() == list(np.flatnonzero(days < "2026-02-01"))
    assert parts["test"]["n"].to_pylist() == list(np.flatnonzero(days >= "2026-02-01"))


def test_zones_are_heeded() -> None:
    instants = pa.array(["2026-01-01T22:30Z", "2026-01-01T23:30Z"]).cast(pa.timestamp("s", "UTC"))
    splitter = tb.SplitByTime("t", until={"a": "2026-01-02T00:00:00+01:00", "b": None})
    parts = tb.split_table(pa.table({"t": instants}), splitter)
    assert [part.num_rows for part in parts.values()] == [1, 1]


def test_the_gap_is_taken_from_the_end_of_each_split() -> None:
    data = {"t": np.arange(10)}
    splitter = tb.SplitByTime("t", until={"a": 4, "b": 8, "c": None}, gap=2)
    parts = tb.split_table(data, splitter)
    assert [part["t"].to_pylist() for part in parts.values()] == [[0, 1], [4, 5], [8, 9]]


@pytest.mark.parametrize("gap", [86_400, dt.timedelta(days=1)])
def test_the_gap_is_in_seconds_of_any_column(gap: Any) -> None:
    days = pa.array([0, 1, 2, 3], pa.date32())
    for dtype in (pa.date32(), pa.timestamp("s"), pa.timestamp("ns")):
        splitter = tb.SplitByTime("t", {"a": 0.5, "b": 0.5}, gap=gap)
        parts = tb.split_table(pa.table({"t": days.cast(dtype), "n": range(4)}), splitter)
        assert [part["n"].to_pylist() for part in parts.values()] == [[0], [2, 3]]


@pytest.mark.parametrize(("missing", "wanted"), [("drop", [1, 1]), ("b", [1, 2])])
def test_rows_without_a_time(missing: str, wanted: list[int]) -> None:
    data = pa.table({"t": [1, None, 2]})
    splitter = tb.SplitByTime("t", {"a": 0.5, "b": 0.5}, missing=missing)
    assert [part.num_rows for part in tb.split_table(data, splitter).values()] == wanted


TEXT = pa.table({"t": ["2026-01-01"], "n": [1], "d": pa.array([0], pa.date32())})


@pytest.mark.parametrize(
    ("attempt", "error", "said"),
    [
        (lambda: tb.SplitByTime("t"), tb.EngineError, "either ratios or until"),
        (lambda: tb.SplitByTime("t", {"a": 1.0}, {"a": None}), tb.EngineError, "either"),
        (lambda: tb.SplitByTime("t", until={"a": "x", "b": None}), tb.EngineError, "ends at 'x'"),
        (lambda: tb.SplitByTime("t", until={"a": 2, "b": 1, "c": None}), tb.EngineError, "ascend"),
        (lambda: tb.SplitByTime("t", until={"a": 1, "b": 2}), tb.EngineError, "the last has one"),
        (
            lambda: tb.SplitByTime("t", until={"a": 1, "b": "2026-01-01", "c": None}),
            tb.EngineError,
            "both times and numbers",
        ),
        (lambda: tb.SplitByTime("t", {"a": 1.0}, gap=-1), tb.EngineError, "gap is -1"),
        (
            lambda: tb.split_table(TEXT, tb.SplitByTime("t", {"a": 1.0})),
            tb.DataError,
            "'t' is string, which is no time",
        ),
        (
            lambda: tb.split_table(TEXT, tb.SplitByTime("d", until={"a": 1, "b": None})),
            tb.EngineError,
            "'d' is of times",
        ),
        (
            lambda: tb.split_table(TEXT, tb.SplitByTime("x", {"a": 1.0})),
            tb.DataError,
            "'x' is missing",
        ),
    ],
)
def test_what_cannot_be_meant_is_one_clear_error(
    attempt: Callable[[], Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        attempt()
