"""Terms are found by three flat arrays, also where their hashes are the same."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.graph import lookup, number_ranges
from taurus_beam.graph.lookup import LookupTable, TermFinder
from taurus_beam.graph.term_hash import hash_terms
from taurus_beam.graph.threads import THREADS_VARIABLE


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.text(max_size=12), unique=True), st.lists(st.text(max_size=12)), st.integers(0, 9)
)
def test_places_are_those_of_a_dict(terms: list[str], others: list[str], cut: int) -> None:
    ids = {term: place for place, term in enumerate(terms)}
    asked = [*others, *terms, *others]
    expected = [ids.get(value, -1) for value in asked]
    array = pa.array(terms, pa.string())
    for layout in (
        array,
        array.cast(pa.large_string()),
        pa.chunked_array([array[:cut], array[cut:]], pa.string()),
    ):
        finder = TermFinder(layout, LookupTable.of(layout).check(len(terms)))
        assert finder.find(pa.array(asked, pa.string())).tolist() == expected
        assert [finder.place(value) for value in asked] == expected


@pytest.mark.parametrize("dtype", [pa.int8(), pa.int64(), pa.uint64(), pa.binary()], ids=str)
def test_other_types_are_found_too(dtype: Any) -> None:
    values: list[Any] = [3, 0, 100, 7]
    if dtype == pa.binary():
        values = [b"\xff\x00", b"", b"a" * 20, b"b"]
    finder = TermFinder(pa.array(values, dtype), LookupTable.of(pa.array(values, dtype)))
    assert finder.find(pa.array(values[::-1], dtype)).tolist() == [3, 2, 1, 0]
    assert [finder.place(v) for v in values] == [0, 1, 2, 3]
    assert finder.place(values[0] + values[2]) == -1


def colliding_terms() -> list[str]:
    """Different strings whose hashes agree in the bits that a table of two terms looks at."""
    terms = pa.array([f"t{i}" for i in range(400_000)])
    seen = hash_terms(terms) & np.uint64((1 << 63) | 0xFFFFFFFF)
    order = np.argsort(seen)
    first = np.flatnonzero(seen[order][1:] == seen[order][:-1])[0]
    return [terms[int(order[first])].as_py(), terms[int(order[first + 1])].as_py()]


def test_the_number_of_threads_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    terms = pa.chunked_array([[f"{n}" for n in range(3_000)], [f"{n} " for n in range(5_000)]])
    alone = LookupTable.of(terms)
    monkeypatch.setattr(lookup, "_MANY", 1)
    monkeypatch.setattr(lookup, "_BLOCK", 900)
    monkeypatch.setattr(number_ranges, "_BLOCK", 900)
    monkeypatch.setattr(number_ranges, "_RANGE_NUMBERS", 300)
    for threads in ("1", "2", "5"):
        monkeypatch.setenv(THREADS_VARIABLE, threads)
        found = LookupTable.of(terms)
        for name in ("starts", "tags", "places"):
            assert np.array_equal(getattr(found, name), getattr(alone, name))


def test_terms_of_equal_hash_are_told_apart() -> None:
    one, other = colliding_terms()
    both = TermFinder(pa.array([one, other]), LookupTable.of(pa.array([one, other])))
    assert both.find(pa.array([other, one, "x"])).tolist() == [1, 0, -1]
    assert (both.place(one), both.place(other)) == (0, 1)
    # Alone beside a third term, the one must not be taken for the other.
    alone = TermFinder(pa.array([one, "x"]), LookupTable.of(pa.array([one, "x"])))
    assert alone.find(pa.array([other, one])).tolist() == [-1, 0]
    assert alone.place(other) == -1


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("starts", lambda a: a[:-1]),
        ("starts", lambda a: a[::-1].copy()),
        ("starts", lambda a: a[:0]),
        ("tags", lambda a: a[1:]),
        ("places", lambda a: a + np.uint32(1)),
    ],
)
def test_what_cannot_be_a_table_of_the_terms_is_refused(name: str, change: Any) -> None:
    table = LookupTable.of(pa.array(["a", "b", "c", "d"]))
    damaged = dataclasses.replace(table, **{name: change(getattr(table, name))})
    with pytest.raises(ValueError, match="does not fit its 4 terms"):
        damaged.check(4)
