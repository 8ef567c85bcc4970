"""Tables in memory: the same parts however they are cut and in any number of threads."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.graph.threads import THREADS_VARIABLE

ROWS = 150_000
TABLE = pa.table(
    {
        "n": np.arange(ROWS),
        "key": pa.array([f"{n % 701}" if n % 50 else None for n in range(ROWS)]),
        "label": pa.array(["a", "bb", None] * (ROWS // 3)),
        "day": np.arange(ROWS) // 100,
    }
)
RATIOS = {"train": 0.7, "test": 0.3}


@pytest.mark.parametrize(
    "splitter",
    [
        tb.SplitByHash(RATIOS, key="key", missing="test"),
        tb.KFold(12, key="key", missing="drop"),
        tb.SplitByHash(RATIOS),
        tb.SplitByTime("day", RATIOS, gap=3),
        tb.SplitByStratum(RATIOS, "label", key="n"),
        tb.SplitByGroup(RATIOS, "key"),
        tb.SampleRate(0.1, key="n"),
        tb.SampleSize(1000),
    ],
    ids=lambda each: each.kind,
)
def test_threads_and_chunks_change_nothing(splitter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(THREADS_VARIABLE, "1")
    wanted = tb.split_table(TABLE, splitter)
    cuts = [0, 5, 40_000, 40_000, 110_001, ROWS]
    slices = [TABLE.slice(a, b - a) for a, b in pairwise(cuts)]
    chunked = pa.concat_tables(slices)
    monkeypatch.setenv(THREADS_VARIABLE, "3")
    for name, part in tb.split_table(chunked, splitter).items():
        assert part.equals(wanted[name])
        part.validate(full=True)
        numbers = part["n"].to_numpy()
        assert (np.diff(numbers) > 0).all()
        assert part.equals(TABLE.take(numbers))


def test_the_first_fault_is_told_as_without_threads() -> None:
    keys = np.arange(ROWS, dtype=np.float64)
    keys[[70_000, 140_000]] = 0.5, 0.25
    with pytest.raises(tb.DataError, match=r"'key' has the value 0\.5"):
        tb.split_table({"key": keys}, tb.SplitByHash(RATIOS, key="key"))


@pytest.mark.parametrize("rows", [0, 1, 65_536, 65_537, 140_000])
def test_all_sizes_of_chunks_keep_their_rows(rows: int) -> None:
    parts = tb.split_table(TABLE.slice(5, rows), tb.SplitByHash(RATIOS, key="n"))
    found = np.concatenate([part["n"].to_numpy() for part in parts.values()])
    assert np.array_equal(np.sort(found), np.arange(5, 5 + rows))
