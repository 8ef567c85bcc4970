from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.errors import TraceError

TEXTS = st.lists(st.none() | st.text(max_size=12), max_size=12)
PATTERNS = [r"\s", r"\s+", r"[^\w\s]+", r"[\dé]", r".", r"[a-z]+(?=\d)", r"(?i)[ks]", r"a*"]


def applied(values: Any, function: Callable[[Any], Any]) -> Any:
    table = pa.table({"x": pa.array(values, pa.string())})
    return tb.fit_transform(table, lambda i: {"o": function(i["x"])})[0]["o"].to_pylist()


def each(values: Any, function: Callable[[str], Any]) -> list[Any]:
    return [None if v is None else function(v) for v in values]


def test_case_of_strings_that_begin_within_their_bytes():
    # As Arrow's Rust implementation slices, and a client may send: its ASCII kernels misread this.
    offsets = np.array([2, 4, 4, 8], np.int32)
    strings = pa.StringArray.from_buffers(3, pa.py_buffer(offsets), pa.py_buffer(b"noRts\xc3\xbcD"))
    assert strings.to_pylist() == ["Rt", "", "süD"]
    table = pa.table({"x": strings})
    fn = tb.fit(table, lambda i: {"up": tb.upper(i["x"]), "low": tb.lower(i["x"])})
    found = fn.transform(table)
    assert found["up"].to_pylist() == ["RT", "", "SÜD"]
    assert found["low"].to_pylist() == ["rt", "", "süd"]


def test_strings_whose_offsets_end_in_the_middle_of_one():
    offsets = pa.py_buffer(np.array([0, 3, 4], np.int32).tobytes() + b"...")
    strings = pa.StringArray.from_buffers(2, offsets, pa.py_buffer(b"a bc"))
    table = pa.table({"x": strings})
    fn = tb.fit(table, lambda i: {"y": tb.regex_replace(i["x"], r"\s+", "_")})
    assert fn.transform(table)["y"].to_pylist() == ["a_b", "c"]


@settings(max_examples=50, deadline=None)
@given(TEXTS)
def test_strings_become_what_python_makes_of_them(values: list[str | None]) -> None:
    assert applied(values, tb.lower) == each(values, str.lower)
    assert applied(values, tb.upper) == each(values, str.upper)
    assert applied(values, tb.string_length) == each(values, len)
    assert applied(values, tb.strip) == each(values, lambda v: v.strip(" \t\n\r\f\v"))
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        expected = each(values, lambda v, form=form: unicodedata.normalize(form, v))
        assert applied(values, lambda x, form=form: tb.normalize_unicode(x, form)) == expected


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("replacement", ["", "-", "日x", r"<\g<0>>"])
@settings(max_examples=15, deadline=None)
@given(values=st.lists(st.none() | st.text("ab ſK1é\n\u2003日", max_size=9), max_size=9))
def test_every_match_is_replaced(pattern: str, replacement: str, values: list[str | None]) -> None:
    replaced = applied(values, lambda x: tb.regex_replace(x, pattern, replacement))
    assert replaced == each(values, lambda v: re.sub(pattern, replacement, v))


def test_tensorflow_gives_the_same_for_these() -> None:
    # tf.strings.lower and upper (encoding="utf-8"), strip, length and regex_replace, 2.16.
    assert applied(["ÀÉİßΣ", "AB"], tb.lower) == ["àéi̇ßς", "ab"]
    assert applied(["àéiıßς", "ŉ"], tb.upper) == ["ÀÉIISSΣ", "ʼN"]
    assert applied([" a \t\n", "\u00a0a\u3000", "\x0ba\x0c"], tb.strip) == [
        "a",
        "\u00a0a\u3000",
        "a",
    ]
    assert applied(["é日本", "👨‍👩‍👧", ""], tb.string_length) == [3, 5, 0]
    assert applied(["a1b22"], lambda x: tb.regex_replace(x, r"([a-z])(\d+)", r"\2\1")) == ["1a22b"]


MISTAKES: list[tuple[Callable[[Any], Any], str]] = [
    (lambda i: tb.regex_replace(i["x"], "(a", ""), "no regular expression"),
    (lambda i: tb.regex_replace(i["x"], 7, ""), "no regular expression"),
    (lambda i: tb.regex_replace(i["x"], "a", r"\1"), "cannot replace"),
    (lambda i: tb.regex_replace(i["x"], "a", None), "cannot replace"),
    (lambda i: tb.strip(i["x"], ""), "characters is ''"),
    (lambda i: tb.normalize_unicode(i["x"], "NFX"), "Unknown Unicode normal form"),
    (lambda i: tb.lower(i["n"]), "takes strings, not int64"),
    (lambda i: tb.string_length(i["b"]), "takes strings, not binary"),
]


@pytest.mark.parametrize(("function", "what"), MISTAKES)
def test_a_mistake_is_told_with_the_line(function: Callable[[Any], Any], what: str) -> None:
    schema = pa.schema({"x": pa.string(), "n": pa.int64(), "b": pa.binary()})
    with pytest.raises(TraceError, match=re.escape(what)) as caught:
        tb.fit(schema.empty_table(), lambda i: {"o": function(i)})
    assert caught.value.where is not None
    assert caught.value.where.startswith("test_text.py:")
