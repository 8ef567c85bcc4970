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


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(0, 3)) | st.lists(st.sampled_from([0.5, -1.0, 2.0, float("nan")])),
    st.integers(1, 12),
)
def test_the_greatest_are_the_first_in_order(counts, top_k):
    kind = pa.float64() if any(isinstance(count, float) for count in counts) else pa.int64()
    terms = [str(n * 7 % len(counts)) for n in range(len(counts))]
    table = pa.table({"term": pa.array(terms, pa.string()), "count": pa.array(counts, kind)})
    expected = table.take(frequency_order(table)).slice(0, top_k)["term"].to_pylist()
    assert sorted(Choice(top_k).of(table)["term"].to_pylist()) == sorted(expected)
