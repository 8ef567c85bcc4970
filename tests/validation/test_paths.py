"""Paths and their text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.validation.paths import from_proto, parse, serialize, to_proto

PATHS = st.lists(st.text(alphabet="ab.()' é", max_size=5), max_size=4).map(tuple)

# As TFDV 1.16 writes the keys of anomalies.
WRITTEN = [
    (("a", "b"), "a.b"),
    (("a.b",), "'a.b'"),
    (("c'd",), "'c''d'"),
    (("(e)",), "(e)"),
    (("f(g",), "'f(g'"),
    (("",), "''"),
    ((), ""),
]


@pytest.mark.parametrize(("path", "text"), WRITTEN)
def test_text(path: tuple[str, ...], text: str) -> None:
    assert serialize(path) == text
    assert parse(text) == path


@given(PATHS)
@settings(max_examples=50, deadline=None)
def test_there_and_back(path: tuple[str, ...]) -> None:
    assert parse(serialize(path)) == path
    assert from_proto(to_proto(path)) == path


@pytest.mark.parametrize("text", ["a.", ".a", "'a", "a'b", "a(b", "a..b"])
def test_no_path(text: str) -> None:
    with pytest.raises(tb.DataError, match="is not a path"):
        parse(text)
