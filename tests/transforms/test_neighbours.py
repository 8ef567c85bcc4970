"""Joined sequences of neighbours: both forms hold what a loop over the rows gives."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.graph.types import RAGGED, ColumnType
from taurus_beam.graph.values import from_arrow
from taurus_beam.transforms.lists import Lists, lists_of
from taurus_beam.transforms.neighbours import Sequences

rows = st.lists(st.lists(st.sampled_from(["", "a", "b", "a b", "né"]), max_size=9), max_size=12)


def lists(tokens: list[list[str]]) -> Lists:
    array = pa.array(tokens, pa.list_(pa.string()))
    return lists_of(from_arrow(array, ColumnType(pa.string(), RAGGED)))


def in_a_loop(tokens: list[list[str]], least: int, greatest: int, separator: str) -> list[str]:
    return [
        separator.join(row[first : first + size])
        for row in tokens
        for first in range(len(row))
        for size in range(least, greatest + 1)
        if first + size <= len(row)
    ]


@settings(max_examples=50, deadline=None)
@given(rows, st.integers(1, 4), st.integers(0, 3), st.sampled_from(["", " ", "→"]))
def test_either_form_has_every_sequence_where_it_stands(
    tokens: list[list[str]], least: int, further: int, separator: str
) -> None:
    expected = in_a_loop(tokens, least, least + further, separator)
    sequences = Sequences(lists(tokens), least, least + further, separator)
    assert sequences.joined.plain.to_pylist() == expected
    made = sequences.joined
    assert len(made) == len(expected)
    assert made.distinct.take(pa.array(made.codes)).to_pylist() == expected
    assert len(set(made.distinct.to_pylist())) == len(made.distinct)


@given(
    rows, st.integers(1, 3), st.integers(0, 2), st.sampled_from(["", " ", "→"]), st.integers(1, 40)
)
@settings(max_examples=60, deadline=None)
def test_cut_out_of_joined_rows_they_are_the_same(
    tokens: list[list[str]], least: int, further: int, separator: str, cached: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("taurus_beam.transforms.joined_neighbours._FEW", 0)
        patch.setattr("taurus_beam.transforms.joined_neighbours._CACHED", cached)
        made = Sequences(lists(tokens), least, least + further, separator).joined
        assert made.plain.to_pylist() == in_a_loop(tokens, least, least + further, separator)


@pytest.mark.parametrize("few", [0, 1 << 10])
@pytest.mark.parametrize("limit", ["_CACHED", "_MOST_CUTS", "_JOINED_BYTES"])
def test_rows_taken_and_joined_apart_give_the_same(limit: str, few: int, monkeypatch) -> None:
    monkeypatch.setattr("taurus_beam.transforms.joined_neighbours._FEW", few)
    monkeypatch.setattr(f"taurus_beam.transforms.joined_neighbours.{limit}", 2)
    tokens = [["a", "né", "c"], [], ["b", "b", "a b", ""], ["c"], ["d", "e"]]
    expected = in_a_loop(tokens, 1, 3, "--")
    made = Sequences(lists(tokens), 1, 3, "--").joined
    assert made.plain.to_pylist() == expected
    assert made.nbytes == len("".join(expected).encode()) + 4 * len(expected)


@pytest.mark.parametrize("size", [1, 3, 40])
def test_one_long_row_among_short_ones(size: int) -> None:
    tokens = [["a", "b"], [str(n) for n in range(40)], ["c"], []]
    joined = Sequences(lists(tokens), 1, size, " ").joined
    assert joined.plain.to_pylist() == in_a_loop(tokens, 1, size, " ")


def test_the_bytes_are_known_before_they_are_made() -> None:
    made = Sequences(lists([["ab", "c"], ["né"]]), 1, 2, "--").joined
    offsets = 4 * 4
    assert made.nbytes == len(b"abab--cc" + "né".encode()) + offsets
