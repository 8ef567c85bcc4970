"""The order of strings against Python's order of bytes; that of terms against a sort of pairs."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.analyzers import choice, text_order
from taurus_beam.analyzers.choice import frequency_order, taken
from taurus_beam.analyzers.text_order import descending
from taurus_beam.graph import number_ranges

# Few different bytes, with the least and the greatest, so that much is alike and some end early.
TEXTS = st.lists(st.integers(0, 3).map(lambda n: b"\x00a\x80\xff"[n]), max_size=20).map(bytes)


@pytest.fixture(params=[1, 3], scope="module")
def threads(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_order, "_MANY", 8)
        patch.setattr(number_ranges, "_RANGE_NUMBERS", 8)
        yield request.param


@settings(max_examples=50, deadline=None)
@given(
    st.sets(TEXTS, max_size=60) | st.sets(st.binary(max_size=12), max_size=60),
    st.sampled_from([b"", b"a", b"\x00", b"more than a word \xff"]),
    st.integers(0, 3),
)
def test_order_is_that_of_bytes(threads, texts, prefix, skipped):
    texts = [prefix + text for text in texts]
    array = pa.array([*[b"zz"] * skipped, *texts, b"behind"], pa.large_binary())
    array = array.slice(skipped, len(texts))
    assert array.take(pa.array(descending(array, threads))).to_pylist() == sorted(
        texts, reverse=True
    )


def test_rows_taken_by_several_threads_are_those_of_one(monkeypatch):
    monkeypatch.setattr(choice, "_TAKEN_AT_ONCE", 7)
    table = pa.table({"term": [f"{n}" for n in range(100)], "count": range(100)})
    pieces = pa.concat_tables([table.slice(0, 30), table.slice(30)])
    order = pa.array(np.random.default_rng(3).permutation(100))
    assert taken(pieces, order, threads=3).equals(table.take(order))
    assert taken(pieces, order[:0], threads=3).equals(table.slice(0, 0))


@pytest.mark.parametrize("most", [1, 3, 200_000])
@pytest.mark.parametrize("as_type", [int, float, lambda n: n - 2])
def test_many_terms_by_count_then_by_text(most, as_type):
    rng = np.random.default_rng(most)
    numbers = rng.permutation(6_000)
    terms = [f"{n // 7:04}/common to all/{n}" if n % 3 else f"{n}é" for n in numbers]
    counts = [as_type(int(n)) for n in rng.integers(0, most, len(terms))]
    table = pa.table({"term": terms, "count": counts})
    pieces = pa.concat_tables([table.slice(0, 1_000), table.slice(1_000)])
    order = sorted(zip(counts, [t.encode() for t in terms], strict=True), reverse=True)
    for given_table in (table, pieces):
        found = given_table.take(frequency_order(given_table))
        assert [t.encode() for t in found["term"].to_pylist()] == [text for _, text in order]
        assert found["count"].to_pylist() == [count for count, _ in order]
