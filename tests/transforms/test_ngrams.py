from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.errors import TraceError

ROWS = [["a", "b", "c"], [], ["a"], ["", "x", ""], ["a", "a", "a"]]
# tft.ngrams of ROWS with "_", TFT 1.16.
TFT_NGRAMS = {
    (1, 1): [["a", "b", "c"], [], ["a"], ["", "x", ""], ["a", "a", "a"]],
    (1, 2): [
        ["a", "a_b", "b", "b_c", "c"],
        [],
        ["a"],
        ["", "_x", "x", "x_", ""],
        ["a", "a_a", "a", "a_a", "a"],
    ],
    (2, 3): [
        ["a_b", "a_b_c", "b_c"],
        [],
        [],
        ["_x", "_x_", "x_"],
        ["a_a", "a_a_a", "a_a"],
    ],
    (3, 3): [["a_b_c"], [], [], ["_x_"], ["a_a_a"]],
    (4, 5): [[], [], [], [], []],
}
LISTS = st.lists(
    st.none() | st.lists(st.none() | st.sampled_from(["a", "b", "a_b", ""]), max_size=6), max_size=8
)


def applied(values: Any, function: Callable[[Any], Any]) -> Any:
    table = pa.table({"x": pa.array(values, pa.list_(pa.string()))})
    return tb.fit_transform(table, lambda i: {"o": function(i["x"])})[0]["o"].to_pylist()


@pytest.mark.parametrize("sizes", TFT_NGRAMS)
def test_sequences_are_those_of_tft(sizes: tuple[int, int]) -> None:
    assert applied(ROWS, lambda x: tb.ngrams(x, sizes, "_")) == TFT_NGRAMS[sizes]


def test_bags_of_words_are_those_of_tft() -> None:
    # tft.bag_of_words, TFT 1.16: "a_b" the token and "a_b" the sequence are one.
    rows = [["b", "a", "b", "", "c", ""], [], ["x", "a", "x", "a"], ["a_b", "c", "a", "b_c"]]
    assert applied(rows, lambda x: tb.bag_of_words(x, (1, 2), "_")) == [
        ["b", "b_a", "a", "a_b", "b_", "", "_c", "c", "c_"],
        [],
        ["x", "x_a", "a", "a_x"],
        ["a_b", "a_b_c", "c", "c_a", "a", "b_c"],
    ]
    spaced = applied([["x y", "x", "y"]], lambda x: tb.bag_of_words(x, (1, 2), " "))
    assert spaced == [["x y", "x y x", "x", "y"]]


@settings(max_examples=50, deadline=None)
@given(LISTS, st.integers(1, 4), st.integers(0, 3), st.sampled_from(["_", "", "--"]))
def test_missing_tokens_are_left_out(
    rows: list[list[str | None] | None], least: int, more: int, separator: str
) -> None:
    def sequences(row: list[str | None]) -> list[str]:
        tokens = [t for t in row if t is not None]
        return [
            separator.join(tokens[start : start + size])
            for start in range(len(tokens))
            for size in range(least, least + more + 1)
            if start + size <= len(tokens)
        ]

    expected = [None if row is None else sequences(row) for row in rows]
    sizes = (least, least + more)
    assert applied(rows, lambda x: tb.ngrams(x, sizes, separator)) == expected
    distinct = [None if e is None else list(dict.fromkeys(e)) for e in expected]
    assert applied(rows, lambda x: tb.bag_of_words(x, sizes, separator)) == distinct
    counts = [None if row is None else len(row) - row.count(None) for row in rows]
    assert applied(rows, tb.word_count) == counts


def test_a_vocabulary_of_sequences_has_each_once() -> None:
    rows = [["a_b", "c"], ["a", "b", "c"], ["a", "b_c"]]
    table = pa.table({"x": rows})
    fn = tb.fit(
        table,
        lambda i: {
            "v": tb.compute_and_apply_vocabulary(tb.ngrams(i["x"], (2, 3), "_"), vocab_filename="v")
        },
    )
    # a_b_c comes from each row in its own way: ("a_b", "c"), ("a", "b", "c") and ("a", "b_c").
    assert fn.vocabulary("v").terms.to_pylist() == ["a_b_c", "b_c", "a_b"]
    assert fn.vocabulary("v").counts.to_pylist() == [3, 1, 1]


MISTAKES: list[tuple[Callable[[Any], Any], str]] = [
    (lambda i: tb.ngrams(i["x"], (0, 1), " "), "ngram_range is (0, 1)"),
    (lambda i: tb.ngrams(i["x"], (2, 1), " "), "ngram_range is (2, 1)"),
    (lambda i: tb.ngrams(i["x"], (1, 2, 3), " "), "ngram_range is"),
    (lambda i: tb.ngrams(i["x"], 2, " "), "ngram_range is"),
    (lambda i: tb.ngrams(i["x"], (1, 1), None), "separator is None"),
    (lambda i: tb.bag_of_words(i["s"], (1, 1), " "), "takes lists, not string"),
    (lambda i: tb.ngrams(i["n"], (1, 1), " "), "takes lists of strings, not int64[]"),
    (lambda i: tb.word_count(i["s"]), "takes lists, not string"),
]


@pytest.mark.parametrize(("function", "what"), MISTAKES)
def test_a_mistake_is_told_with_the_line(function: Callable[[Any], Any], what: str) -> None:
    schema = pa.schema({"x": pa.list_(pa.string()), "n": pa.list_(pa.int64()), "s": pa.string()})
    with pytest.raises(TraceError, match=re.escape(what)) as caught:
        tb.fit(schema.empty_table(), lambda i: {"o": function(i)})
    assert caught.value.where is not None
    assert caught.value.where.startswith("test_ngrams.py:")
