"""Polars frames, whose texts and categories are views to Arrow, wherever data may be a frame."""

from __future__ import annotations

from typing import Any

import polars as pl
import pyarrow as pa
import pytest

import taurus_beam as tb

COLUMNS = {"n": list(range(40)), "k": ["a", "b", None, "a longer text of the same"] * 10}
CODES = ["JFK", "LGA"] * 20
FRAME = pl.DataFrame(COLUMNS | {"c": pl.Series(CODES, dtype=pl.Categorical)})
TABLE = pa.table(COLUMNS | {"c": CODES})
SPLIT = tb.SplitByHash({"train": 0.7, "eval": 0.3}, key="n")


@pytest.mark.parametrize(
    "splitter",
    [
        SPLIT,
        tb.SplitByHash({"train": 0.7, "eval": 0.3}, key=["c", "n"]),
        tb.SplitByStratum({"train": 0.7, "eval": 0.3}, stratum="k", key="n"),
    ],
)
def test_are_split_as_tables_are(splitter: Any) -> None:
    found = tb.split_table(FRAME, splitter)

    assert {name: part.to_pylist() for name, part in found.items()} == {
        name: part.to_pylist() for name, part in tb.split_table(TABLE, splitter).items()
    }


def test_are_filtered_as_tables_are() -> None:
    def late(inputs: Any) -> Any:
        return inputs["n"] > 30

    assert tb.filter_table(FRAME, late).to_pylist() == tb.filter_table(TABLE, late).to_pylist()


def test_leak_as_tables_do() -> None:
    of_frames = tb.find_leaks({"train": FRAME, "eval": FRAME[:3]}, ["k"])

    assert of_frames == tb.find_leaks({"train": TABLE, "eval": TABLE[:3]}, ["k"])


def test_have_the_statistics_and_rows_of_tables() -> None:
    statistics = tb.statistics(TABLE)

    assert tb.statistics(FRAME) == statistics
    good, rejected = tb.validate_rows(FRAME, tb.infer_schema(statistics))
    assert good.to_pylist() == TABLE.to_pylist()
    assert not len(rejected)


def test_without_rows_are_split_and_described() -> None:
    assert {name: len(part) for name, part in tb.split_table(FRAME[:0], SPLIT).items()} == {
        "train": 0,
        "eval": 0,
    }
    assert tb.statistics(FRAME[:0]) == tb.statistics(TABLE[:0])
