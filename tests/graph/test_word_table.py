"""Strings are found in a table of words as in a list of them, byte for byte."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.graph.word_table import WordTable

# Zeros, which words are filled up with, and lengths on both sides of a word's.
CONTENTS = st.binary(max_size=31) | st.text("a\0", max_size=17).map(str.encode)


@settings(max_examples=50, deadline=None)
@given(st.lists(CONTENTS, min_size=1, unique=True), st.lists(CONTENTS | st.binary(max_size=99)))
def test_it_finds_what_is_there_and_nothing_else(terms: list[bytes], others: list[bytes]) -> None:
    table = WordTable.of(pa.array(terms, pa.binary()))
    assert table is not None
    asked = [*others, *terms]
    expected = [terms.index(value) if value in terms else -1 for value in asked]
    assert table.find(pa.array(asked, pa.binary())).tolist() == expected


@pytest.mark.parametrize("longest", [1, 7, 8, 15, 16, 31])
def test_many_terms_of_any_length_are_told_apart(longest: int) -> None:
    terms = list(dict.fromkeys(f"{i:x}".rjust(longest, "-")[-longest:] for i in range(3000)))
    table = WordTable.of(pa.array(terms))
    assert table is not None
    absent = [term + "?" for term in terms]
    found = table.find(pa.array([*terms, *absent] * 3))  # more than are looked at in one go
    assert found.tolist() == [*range(len(terms)), *[-1] * len(absent)] * 3


def test_slices_and_missing_values_do_not_shift_the_others() -> None:
    table = WordTable.of(pa.array(["x", "b", "a"])[1:])
    assert table is not None
    values = pa.array(["far", "too", None, "a", None, "b", "c", "a"])
    assert table.find(values[3:4]).tolist() == [1]
    assert table.find(values[2:])[[1, 3, 4, 5]].tolist() == [1, 0, -1, 1]
    assert table.find(values[:0]).tolist() == []
    assert table.find(pa.array([], pa.string())).tolist() == []


def test_long_texts_are_neither_found_nor_copied_whole() -> None:
    table = WordTable.of(pa.array(["b", "a" * 31]))
    assert table is not None
    long = ["a" * 3_000_000, "a" * 255, "a" * 256, "a" * 287]
    values = pa.array([*long, "b", *long, "a" * 31, *["b" * 3000] * 999])
    expected = [*[-1] * 4, 0, *[-1] * 4, 1, *[-1] * 999]
    assert table.find(values).tolist() == expected


def test_what_does_not_fit_has_no_table() -> None:
    assert WordTable.of(pa.array([], pa.string())) is None
    assert WordTable.of(pa.array(["a" * 32])) is None
    assert WordTable.of(pa.array([1, 2])) is None
    assert WordTable.of(pa.array(["twice", "twice"])) is None


def test_terms_that_were_picked_to_collide_take_no_memory() -> None:
    def hashed(term: bytes) -> int:
        word = int.from_bytes(term, "little") | (len(term) + 1) << 56
        return word * 0x9E3779B97F4A7C15 % 2**64

    terms = [b"%06d" % i for i in range(200_000)]
    alike = [term for term in terms if hashed(term) >> 56 == 0]
    assert len(alike) > 500
    assert WordTable.of(pa.array(alike)) is None
    assert WordTable.of(pa.array(terms[: len(alike)])) is not None
