"""Numbers seen through NumPy are those of the Arrow array, wherever its elements begin."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.graph.shared_numbers import numbers_of
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import numpy_dtype
from taurus_beam.graph.vocabulary import Vocabulary

TYPES = (pa.int8(), pa.uint16(), pa.int32(), pa.int64(), pa.float32(), pa.float64(), pa.date32())


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@given(numbers=st.lists(st.integers(0, 100) | st.none()), start=st.integers(0, 5))
@settings(max_examples=25, deadline=None)
def test_they_are_what_arrow_says(dtype, numbers, start):
    array = pa.array(numbers, pa.int32()).cast(dtype).slice(start)
    found = numbers_of(array, numpy_dtype(dtype))
    assert found.dtype == numpy_dtype(dtype)
    assert len(found) == len(array)
    seen = [
        n for n, there in zip(found.tolist(), array.is_valid().to_pylist(), strict=True) if there
    ]
    assert seen == [n for n in numbers[start:] if n is not None]


@given(texts=st.lists(st.sampled_from("abc") | st.none()), start=st.integers(0, 3))
@settings(max_examples=25, deadline=None)
def test_places_in_a_dictionary_and_in_a_vocabulary(texts, start):
    encoded = pa.array(texts, pa.string()).dictionary_encode()
    text = Text(encoded.slice(start))
    known = text.distinct.to_pylist()
    present = [(t, c) for t, c in zip(texts[start:], text.codes.tolist(), strict=True) if t]
    assert [known[code] for _, code in present] == [t for t, _ in present]
    asked = [*texts, *"ab" * 200]  # of so many a hash table is asked
    places = Vocabulary("v", pa.array(["b", "a"]), pa.array([2, 1])).places_of_rows(pa.array(asked))
    assert places is not None
    assert places.tolist() == [{"b": 0, "a": 1}.get(t, -1) for t in asked]
