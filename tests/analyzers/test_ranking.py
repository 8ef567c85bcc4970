"""Ordered tables are merged as one sort of all their rows would order them, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.analyzers.ranking import Ascending, ByFrequency, merged_runs

Row = tuple[Any, Any]


def ordered(rows: list[Row]) -> list[Row]:
    """By count, then by text, both descending."""
    return sorted(
        rows,
        key=lambda r: (r[1], r[0] if isinstance(r[0], bytes) else str(r[0]).encode()),
        reverse=True,
    )


def run(rows: list[Row], schema: pa.Schema, size: int, taken: list[int]) -> Iterator[pa.Table]:
    rows = ordered(rows)
    for start in range(0, len(rows), size):
        taken.append(1)
        columns = zip(*rows[start : start + size], strict=True)
        yield pa.table(
            [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema
        )


TERMS = {
    "text": (pa.string(), st.text(max_size=3)),
    "binary": (pa.binary(), st.binary(max_size=3)),
    "integers": (pa.int64(), st.integers(-200, 200)),
}
COUNTS = {
    "counts": (pa.int64(), st.integers(1, 4)),
    "weights": (pa.float64(), st.sampled_from([-1e300, -0.5, 0.0, 1.5, 1e300])),
}


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("counts", COUNTS)
def test_merging_is_sorting(terms: str, counts: str) -> None:
    dtype, values = TERMS[terms]
    kind, numbers = COUNTS[counts]
    schema = pa.schema({"term": dtype, "count": kind})

    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(st.tuples(values, numbers), max_size=60, unique_by=lambda row: row[0]),
        st.integers(1, 5),
        st.integers(1, 7),
        st.data(),
    )
    def check(rows: list[Row], parts: int, size: int, data: st.DataObject) -> None:
        place = data.draw(
            st.lists(st.integers(0, parts - 1), min_size=len(rows), max_size=len(rows))
        )
        runs = [
            run([r for r, p in zip(rows, place, strict=True) if p == part], schema, size, [])
            for part in range(parts)
        ]
        tables = list(merged_runs(runs, ByFrequency()))
        found = pa.concat_tables([schema.empty_table(), *tables])
        assert list(zip(*(c.to_pylist() for c in found.columns), strict=True)) == ordered(rows)

    check()


def test_two_batches_of_each_table_are_held() -> None:
    schema = pa.schema({"term": pa.string(), "count": pa.int64()})
    taken: list[int] = []
    rows = [(f"{i:03}", i) for i in range(100)]
    runs = [run(rows[part::2], schema, 5, taken) for part in range(2)]
    given_out = 0
    for table in merged_runs(runs, ByFrequency()):
        given_out += len(table)
        # Of either table two batches of five rows, and the one that was just given out.
        assert 5 * len(taken) - given_out <= 20
    assert given_out == 100


KEYS = {**TERMS, "truth values": (pa.bool_(), st.booleans())}


@pytest.mark.parametrize("keys", KEYS)
def test_merging_by_a_column_is_sorting_by_it(keys: str) -> None:
    dtype, values = KEYS[keys]
    order = Ascending("key")

    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(values, max_size=60, unique=True),
        st.integers(1, 5),
        st.integers(1, 7),
        st.data(),
    )
    def check(rows: list[Any], parts: int, size: int, data: st.DataObject) -> None:
        place = data.draw(
            st.lists(st.integers(0, parts - 1), min_size=len(rows), max_size=len(rows))
        )
        runs = []
        for part in range(parts):
            chosen = sorted(row for row, p in zip(rows, place, strict=True) if p == part)
            pieces = [chosen[start : start + size] for start in range(0, len(chosen), size)]
            runs.append(iter([pa.table({"key": pa.array(piece, dtype)}) for piece in pieces]))
        found = [key for table in merged_runs(runs, order) for key in table["key"].to_pylist()]
        # Python compares strings by code points, which is how their UTF-8 bytes compare.
        assert found == sorted(rows)

    check()
