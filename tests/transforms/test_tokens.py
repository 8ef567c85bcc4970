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

PATTERNS = [
    r"\w+",
    r"\W+",
    r"\d",
    r".",
    r".+",
    r"[a-cé]+",
    r"[^a\]\s]+",
    r"[\]\-a]",
    r"[^\n]",
    r"\w+|\S",
    r"(a)(b)?",
    r"a*",
    r"\bab",
    r"^.",
    r"(?i)[K]+",
]
TEXTS = st.lists(st.none() | st.text("abcK é\n]-,\u0301日😀\u00a0", max_size=10), max_size=10)


def applied(values: Any, function: Callable[[Any], Any]) -> Any:
    table = pa.table({"x": pa.array(values, pa.string())})
    return tb.fit_transform(table, lambda i: {"o": function(i["x"])})[0]["o"].to_pylist()


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=30, deadline=None)
@given(values=TEXTS)
def test_tokens_are_the_matches_that_are_not_empty(pattern: str, values: list[str | None]) -> None:
    expected = [
        None if v is None else [m[0] for m in re.finditer(pattern, v) if m[0]] for v in values
    ]
    assert applied(values, lambda x: tb.tokenize(x, pattern)) == expected


@settings(max_examples=50, deadline=None)
@given(TEXTS, st.sampled_from([",", "a", "b]", "é", "\n"]))
def test_pieces_stand_between_separators(values: list[str | None], separator: str) -> None:
    expected = [None if v is None else v.split(separator) for v in values]
    assert applied(values, lambda x: tb.split(x, separator)) == expected


def test_tensorflow_splits_the_same() -> None:
    # tf.strings.split of TensorFlow 2.16.
    by_space = ["", " ", "a b", " a  b ", "a\tb\nc", "a\u00a0b a\u3000b"]
    assert applied(by_space, tb.split) == [
        [],
        [],
        ["a", "b"],
        ["a", "b"],
        ["a", "b", "c"],
        ["a\u00a0b", "a\u3000b"],
    ]
    assert applied(["", ",", "a,b", ",a,,b,"], lambda x: tb.split(x, ",")) == [
        [""],
        ["", ""],
        ["a", "b"],
        ["", "a", "", "b", ""],
    ]


def test_strings_are_normalized_and_lowered_before_they_are_cut() -> None:
    def words(x: Any) -> Any:
        return tb.tokenize(x, "[a-zé]+", lower=True, normalize="NFKC")

    assert applied(["CAFE\u0301 ﬁN", None], words) == [["café", "fin"], None]


def test_a_constant_is_cut_once_for_all_rows() -> None:
    table = pa.table({"x": [1, 2]})
    fn = tb.fit(
        table,
        lambda i: {"a": tb.split("a b"), "b": tb.tokenize("a b"), "c": tb.tokenize("a", "a|b")},
    )
    row = {"a": ["a", "b"], "b": ["a", "b"], "c": ["a"]}
    assert fn.transform(table).to_pylist() == [row, row]
    assert fn.row({"x": 1}) == row


MISTAKES: list[tuple[Callable[[Any], Any], str]] = [
    (lambda i: tb.tokenize(i["x"], "[a"), "no regular expression"),
    (lambda i: tb.tokenize(i["x"], None), "no regular expression"),
    (lambda i: tb.tokenize(i["n"]), "takes one string a row, not int64"),
    (lambda i: tb.split(i["x"], ""), "The separator is ''"),
    (lambda i: tb.split(tb.split(i["x"])), "takes one string a row, not string[]"),
]


@pytest.mark.parametrize(("function", "what"), MISTAKES)
def test_a_mistake_is_told_with_the_line(function: Callable[[Any], Any], what: str) -> None:
    schema = pa.schema({"x": pa.string(), "n": pa.int64()})
    with pytest.raises(TraceError, match=re.escape(what)) as caught:
        tb.fit(schema.empty_table(), lambda i: {"o": function(i)})
    assert caught.value.where is not None
    assert caught.value.where.startswith("test_tokens.py:")
