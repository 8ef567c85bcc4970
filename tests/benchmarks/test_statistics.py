"""The facts of columns that are found by hand are those that taurus_beam and Polars tell."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

import taurus_beam as tb
from benchmarks import statistics_by_hand, statistics_facts
from benchmarks.peers import statistics_polars

COLUMNS = {
    "delay": [1.5, None, 0.0, -2.0, 0.0],
    "distance": [10, 20, 30, 40, 50],
    "origin": ["a", "bb", None, "a", "a"],
    "time_hour": ["2013-01-01T05:00:00Z"] * 5,
}
# Column by column: missing, mean, deviation, zeros, least, greatest, distinct, length.
EXPECTED = {
    "delay": (1, -0.125, 1.24373429638, 2, -2, 1.5, None, None),
    "distance": (0, 30, 14.1421356237, 0, 10, 50, None, None),
    "origin": (1, None, None, None, None, None, 2, 1.25),
    "time_hour": (0, None, None, None, None, None, 1, 20),
}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    table = pa.table(COLUMNS)
    found = {kind: tmp_path / f"flights.{kind}" for kind in ("csv", "parquet")}
    pd.DataFrame(COLUMNS).to_csv(found["csv"], index=False)
    pa.parquet.write_table(table, found["parquet"])
    return found


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("peer", [statistics_by_hand, statistics_polars])
def test_of_files(files, kind, peer):
    check(statistics_facts.table(getattr(peer, f"of_{kind}")(files[kind])))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_of_files_by_taurus(files, kind):
    check(statistics_facts.of_protos(tb.statistics(str(files[kind]))))


def test_of_a_frame():
    check(statistics_facts.table(statistics_by_hand.of_frame(pd.DataFrame(COLUMNS), workers=2)))


def check(facts: pa.Table) -> None:
    told = {row.pop("column"): tuple(row.values()) for row in facts.to_pylist()}

    assert told == {name: pytest.approx(values) for name, values in EXPECTED.items()}


def test_what_differs_is_named():
    expected = statistics_facts.table({"a": {"mean": 1.0, "unique": 100}})
    close = statistics_facts.table({"a": {"mean": 1.0, "unique": 101}})
    other = statistics_facts.table({"a": {"mean": 1.1}})

    statistics_facts.compare(expected, close, "whylogs")
    with pytest.raises(AssertionError, match="unique of a"):
        statistics_facts.compare(expected, close, "TFDV")
    with pytest.raises(AssertionError, match="mean of a"):
        statistics_facts.compare(expected, other, "whylogs")
