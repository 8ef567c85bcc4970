"""Strings of a batch in the physical forms that other libraries give them."""

from __future__ import annotations

import pyarrow as pa
import pytest

from taurus_beam.graph.text import Text

VALUES = ["b", None, "a", "b", "ü", None]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
@pytest.mark.parametrize("start", [0, 1])
def test_dictionaries_of_any_string_type(kind, start):
    indices = pa.array([1, None, 0, 1, 2, None], pa.uint32())
    terms = pa.array(["a", "b", "ü"]).cast(kind)
    text = Text(pa.DictionaryArray.from_arrays(indices, terms).slice(start))
    expected = VALUES[start:]
    assert text.plain.to_pylist() == expected
    assert text.plain.type == pa.string()
    assert text.missing.tolist() == [value is None for value in expected]
    found = text.distinct.take(pa.array(text.codes)).to_pylist()
    assert [None if m else f for f, m in zip(found, text.missing, strict=True)] == expected
    assert text.is_encoded


def test_it_is_encoded_once_somebody_asked():
    text = Text(pa.array(VALUES))
    assert not text.is_encoded
    assert len(text.codes) == len(VALUES)
    assert text.is_encoded
