"""Rare strings are replaced; what is rare is counted here with pandas."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.errors import TraceError

LETTERS = st.none() | st.sampled_from(["a", "b", "c", "é", "", "other"])


@settings(max_examples=50, deadline=None)
@given(
    st.lists(LETTERS, max_size=30),
    st.none() | st.integers(1, 5),
    st.none() | st.sampled_from([0.0, 0.1, 0.25, 1 / 3, 1.0]),
    st.none() | st.integers(1, 4),
)
def test_values_that_fulfil_all_conditions_are_kept(
    values: list[Any], count: int | None, share: float | None, top: int | None
) -> None:
    conditions = {"min_count": count, "min_frequency": share, "top_k": top}
    if not any(c is not None for c in conditions.values()):
        return
    counts = pd.Series(values, dtype=object).value_counts()
    kept = [
        (n, v) for v, n in counts.items() if n >= (count or 0) and n / counts.sum() >= (share or 0)
    ]
    best = {v for _, v in sorted(kept, key=lambda c: (c[0], c[1].encode()), reverse=True)[:top]}
    table = pa.table({"s": pa.array(values, pa.string())})
    fn = tb.fit(table, lambda i: {"o": tb.rare_to_other(i["s"], **conditions)})
    expected = [v if v is None or v in best else "other" for v in values]
    assert fn.transform(table)["o"].to_pylist() == expected
    assert fn.row({"s": "never seen"}) == {"o": "other"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "Nothing says what is rare"),
        ({"min_count": 0}, "min_count is 0"),
        ({"min_frequency": 1.5}, "min_frequency is 1.5"),
        ({"min_frequency": float("nan")}, "min_frequency is nan"),
        ({"top_k": True}, "top_k is True"),
        ({"min_count": 1, "other": b"x"}, "other is b'x'"),
    ],
)
def test_conditions_that_make_no_sense_are_refused(arguments: Any, message: str) -> None:
    with pytest.raises(TraceError, match=message):
        tb.fit(pa.table({"s": ["a"]}), lambda i: {"o": tb.rare_to_other(i["s"], **arguments)})


def test_numbers_are_refused() -> None:
    with pytest.raises(TraceError, match="takes strings, not int64"):
        tb.fit(pa.table({"s": [1]}), lambda i: {"o": tb.rare_to_other(i["s"], min_count=2)})
