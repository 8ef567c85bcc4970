"""Choosing from terms in order, piece by piece, chooses what is chosen from all of them."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.analyzers.choice import Choice, frequency_order

NUMBERS = st.none() | st.integers(1, 4)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.text("ab1", min_size=1, max_size=4), st.integers(1, 5), max_size=40),
    NUMBERS,
    NUMBERS,
    NUMBERS,
    NUMBERS,
    st.none() | st.sampled_from(["^[ab]", "^.", "b1?$"]),
    st.integers(1, 9),
)
def test_pieces_in_order(counts, top_k, threshold, coverage_top_k, coverage_least, key, size):
    choice = Choice(top_k, threshold, coverage_top_k, coverage_least, key)
    table = pa.table({"term": pa.array(counts, pa.string()), "count": list(counts.values())})
    table = table.set_column(1, "count", table["count"].cast(pa.int64()))
    expected = choice.of(table)
    expected = expected.take(frequency_order(expected))
    ordered = table.take(frequency_order(table))
    pieces = [ordered.slice(start, size) for start in range(0, len(ordered), size)]
    found = pa.concat_tables([table.slice(0, 0), *choice.in_order(pieces)])
    assert found.equals(expected)
