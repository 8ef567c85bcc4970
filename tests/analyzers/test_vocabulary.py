"""Vocabularies against counting in Python: order, ties, limits, and what is never in one."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb

words = st.none() | st.sampled_from(["a", "b", "B", "ab", "", "é", "z\n", "日本", "𝄞"]) | st.text()


def vocabulary_of(values: Any, dtype: Any, **options: Any) -> dict[Any, int]:
    table = pa.table({"x": pa.array(values, dtype)})

    def preprocess(inputs: Any) -> dict[str, Any]:
        return {"id": tb.compute_and_apply_vocabulary(inputs["x"], **options)}

    found = tb.fit(table, preprocess).vocabulary("id")
    return dict(zip(found.terms.to_pylist(), found.counts.to_pylist(), strict=True))


def by_counting(values: list[Any]) -> list[tuple[Any, int]]:
    """Most frequent first; ties by UTF-8 bytes, larger first. Integers as decimal text."""

    def text(value: Any) -> bytes:
        return value if isinstance(value, bytes) else str(value).encode()

    counted = Counter(v for v in values if v is not None and v not in ("", b""))
    return sorted(counted.items(), key=lambda pair: (pair[1], text(pair[0])), reverse=True)


@settings(max_examples=60, deadline=None)
@given(st.lists(words, max_size=60))
def test_strings_by_frequency_then_by_their_bytes(values: list[Any]) -> None:
    assert list(vocabulary_of(values, pa.string()).items()) == by_counting(values)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.none() | st.binary(max_size=2), max_size=60))
def test_binary_values(values: list[Any]) -> None:
    assert list(vocabulary_of(values, pa.binary()).items()) == by_counting(values)


@pytest.mark.parametrize("dtype", [pa.int8(), pa.int64(), pa.uint64()], ids=str)
def test_integers_are_ordered_as_decimal_text(dtype: Any) -> None:
    limit = 2 ** (dtype.bit_width - (pa.types.is_signed_integer(dtype))) - 1
    values = [0, 9, 10, 100, limit, limit, None]
    values += [-1, -10, -limit] if pa.types.is_signed_integer(dtype) else []
    assert list(vocabulary_of(values, dtype).items()) == by_counting(values)


@settings(max_examples=40, deadline=None)
@given(st.lists(words, max_size=40), st.integers(1, 6), st.integers(0, 3))
def test_top_k_and_threshold(values: list[Any], top_k: int, threshold: int) -> None:
    found = vocabulary_of(values, pa.string(), top_k=top_k, frequency_threshold=threshold)
    often = [(term, n) for term, n in by_counting(values) if n >= threshold]
    assert list(found.items()) == often[:top_k]


@pytest.mark.parametrize("values", [[], [None, None], ["", ""]])
def test_a_vocabulary_may_be_empty(values: list[Any]) -> None:
    table = pa.table({"x": pa.array(values, pa.string())})
    fn = tb.fit(table, lambda i: {"id": tb.compute_and_apply_vocabulary(i["x"])})
    assert len(fn.vocabulary("x")) == 0
    assert [fn.row({"x": v})["id"] for v in ("a", "", None)] == [-1, -1, None]


def test_every_element_of_lists_and_vectors_counts() -> None:
    ragged = [["b", "a"], [], None, ["b", None, ""], ["c"]]
    assert list(vocabulary_of(ragged, pa.list_(pa.string()))) == ["b", "c", "a"]
    pairs = [["x", "y"], None, ["y", None]]
    assert vocabulary_of(pairs, pa.list_(pa.string(), 2)) == {"y": 2, "x": 1}


def test_names_come_from_the_column_and_do_not_collide() -> None:
    table = pa.table({"first name": ["a", "b", "b"]})

    def preprocess(inputs: Any) -> dict[str, Any]:
        x = inputs["first name"]
        return {
            "all": tb.compute_and_apply_vocabulary(x),
            "again": tb.compute_and_apply_vocabulary(x, default_value=-9),
            "top": tb.compute_and_apply_vocabulary(x, top_k=1),
            "joined": tb.compute_and_apply_vocabulary(x + "!"),
            "named": tb.compute_and_apply_vocabulary(x, vocab_filename="mine.txt"),
        }

    fn = tb.fit(table, preprocess)
    sizes = {name: len(vocabulary) for name, vocabulary in fn.vocabularies.items()}
    assert sizes == {"first_name": 2, "first_name_2": 1, "vocabulary": 2, "mine.txt": 2}
    with pytest.raises(tb.ArtifactError, match=r"no vocabulary 'nobody'.*\n.*first_name"):
        fn.vocabulary("nobody")


def test_one_name_for_two_vocabularies_is_refused() -> None:
    def preprocess(inputs: Any) -> dict[str, Any]:
        one = tb.compute_and_apply_vocabulary(inputs["s"], vocab_filename="v")
        two = tb.compute_and_apply_vocabulary(inputs["t"], vocab_filename="v")
        return {"one": one, "two": two}

    with pytest.raises(tb.TraceError, match=r"'v' is used for two.*\n.*test_vocabulary.py"):
        tb.fit(pa.table({"s": ["a"], "t": ["b"]}), preprocess)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"top_k": 0}, "top_k is 0"),
        ({"top_k": True}, "top_k is True"),
        ({"frequency_threshold": -1}, "frequency_threshold is -1"),
        ({"vocab_filename": "../x"}, "cannot name a file"),
        ({"vocab_filename": ""}, "cannot name a file"),
    ],
)
def test_impossible_requests_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(tb.TraceError, match=message) as caught:
        vocabulary_of(["a"], pa.string(), **options)
    assert "test_vocabulary.py" in str(caught.value.where)


@pytest.mark.parametrize("dtype", [pa.float64(), pa.bool_(), pa.date32()], ids=str)
def test_only_strings_and_integers_have_a_vocabulary(dtype: Any) -> None:
    with pytest.raises(tb.TraceError, match="takes strings or integers"):
        vocabulary_of([], dtype)
