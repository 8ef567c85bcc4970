"""Ids of many rows, which are looked up in another way than those of few: the same ids."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb

TERMS = ["b", "a", "ü", "d d"]
words = st.lists(st.sampled_from([*TERMS, "", "other", "more", None]), min_size=1, max_size=40)


@pytest.mark.parametrize("options", [{}, {"default_value": 7}, {"num_oov_buckets": 3}])
@given(words=words, start=st.integers(0, 9), encoded=st.booleans())
@settings(max_examples=25, deadline=None)
def test_ids_do_not_depend_on_how_many_rows_there_are(options, words, start, encoded):
    def ids(inputs):
        return {"id": tb.compute_and_apply_vocabulary(inputs["s"], **options)}

    fn = tb.fit({"s": TERMS * 3}, ids)
    rows = (words * 200)[start:]
    column = pa.array(words * 200, pa.string()).slice(start)
    column = column.dictionary_encode() if encoded else column
    known = {word: fn.row({"s": word})["id"] for word in set(words)}
    assert fn.transform(pa.record_batch({"s": column}))["id"].to_pylist() == [
        known[word] for word in rows
    ]


@pytest.mark.parametrize("options", [{}, {"default_value": 7}, {"num_oov_buckets": 3}])
@pytest.mark.parametrize("term", ["t{}", "a term that is longer than a few words: {}"])
def test_batches_of_fewer_rows_than_terms_give_what_rows_give(options, term):
    def ids(inputs):
        return {"id": tb.compute_and_apply_vocabulary(inputs["s"], **options)}

    fn = tb.fit({"s": [term.format(i) for i in range(900)]}, ids)
    rows = [None if i % 7 == 0 else term.format(i * 37 % 1200) for i in range(400)]
    expected = [fn.row({"s": value})["id"] for value in rows]
    batch = pa.record_batch({"s": pa.array([*rows[:3], *rows])}).slice(3)
    for _ in range(20):  # many enough for another way of looking up to pay
        assert fn.transform(batch)["id"].to_pylist() == expected
