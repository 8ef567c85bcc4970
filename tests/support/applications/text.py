"""Samples of strings, tokens, hashes and times written as text."""

from __future__ import annotations

import datetime
from typing import Any

import pyarrow as pa
from arrow_columns import BINARY, DATE, STRING, TIME

import taurus_beam as tb
from applications.application import (
    F16,
    F32,
    F64,
    I8,
    I64,
    RAGGED_LONGS,
    STRING_PAIR,
    STRING_TRIPLE,
    STRINGS,
    THREE_INTS,
    U64,
    Sample,
)

_ZONED = pa.timestamp("ns", "Europe/Berlin")
_START = datetime.datetime(2000, 1, 1)
_DAYS = ("year", "quarter", "day", "weekday", "week", "iso_year", "is_leap_year")
_CLOCK = ("hour", "second", "millisecond", "nanosecond")


def _february(day: Any) -> Any:
    """Days of February as text, most of which do not exist."""
    return "2024-02-2" + tb.cast(day, STRING)


SAMPLES: dict[str, list[Sample]] = {
    "change_case": [(tb.lower, [STRING, STRINGS]), (tb.upper, [STRING, STRING_PAIR])],
    "strip": [(tb.strip, [STRING, STRINGS]), (lambda s: tb.strip(s, "aé\u3000"), [STRING])],
    "normalize_unicode": [
        (tb.normalize_unicode, [STRING]),
        (lambda s: tb.normalize_unicode(s, "NFKD"), [STRINGS]),
    ],
    "regex_replace": [
        (lambda s: tb.regex_replace(s, r"(\w)(\W)", r"\2\1"), [STRING]),
        (lambda s: tb.regex_replace(s, "x*", "-"), [STRING]),
        (lambda s: tb.regex_replace(s, r"[^\w,]", "é_"), [STRING]),
        (lambda s: tb.regex_replace(s, r"\s+", ""), [STRINGS]),
    ],
    "string_length": [(tb.string_length, [STRING, STRINGS])],
    "split": [
        (tb.split, [STRING]),
        (lambda s: tb.split(s, ","), [STRING]),
        (lambda s: tb.split(s, "aa"), [STRING]),
    ],
    "tokenize": [
        (tb.tokenize, [STRING]),
        (lambda s: tb.tokenize(s, "."), [STRING]),
        (lambda s: tb.tokenize(s, "[^a, ]+"), [STRING]),
        (lambda s: tb.tokenize(s, r"\b(a|é)\w*|"), [STRING]),
        (lambda s: tb.tokenize(s, r"\S+", lower=True, normalize="NFKC"), [STRING]),
    ],
    "ngrams": [
        (lambda x: tb.ngrams(x, (1, 2), "_"), [STRINGS]),
        (lambda x: tb.ngrams(x, (2, 3), ""), [STRINGS]),
        (lambda x: tb.ngrams(x, (3, 9), " "), [STRING_TRIPLE]),
        (lambda x: tb.bag_of_words(x, (1, 2), ","), [STRINGS]),
    ],
    "word_count": [(tb.word_count, [STRINGS, pa.list_(F64, 3), RAGGED_LONGS])],
    "hash_strings": [
        (lambda x: tb.hash_strings(x, 10), [STRING, BINARY, STRINGS, STRING_PAIR]),
        (lambda x: tb.hash_strings(x, 10, hash="farmhash64"), [STRING, BINARY, STRINGS]),
    ],
    "hash_strings_with_key": [
        (lambda x: tb.hash_strings(x, 99, key=(1, 2**64 - 1)), [STRING, BINARY, STRINGS]),
    ],
    "cross": [
        (lambda *x: tb.cross(*x, num_buckets=99), [(STRING, I8), (U64, STRING), (STRINGS, STRING)]),
        (lambda *x: tb.cross(*x, num_buckets=9, hash="farmhash64"), [(STRINGS, STRING, I8)]),
        (lambda x, y: tb.cross(x, "a", y, num_buckets=9), [(THREE_INTS, STRING_PAIR)]),
    ],
    "date_part": [
        *((lambda x, p=p: tb.date_part(x, p), [DATE, TIME, _ZONED]) for p in _DAYS),
        *((lambda x, p=p: tb.date_part(x, p), [TIME, _ZONED]) for p in _CLOCK),
        (lambda x: tb.date_part(x, "hour", "Asia/Kathmandu"), [TIME, _ZONED]),
        (lambda x: tb.date_part(x, "month"), [pa.list_(DATE), pa.list_(TIME, 2)]),
    ],
    "elapsed": [
        (lambda x: tb.elapsed(x, _START, "weeks"), [TIME]),
        (lambda x, y: tb.elapsed(x, y, "days"), [(DATE, DATE), (_ZONED, _ZONED)]),
        (tb.elapsed, [(_ZONED, pa.timestamp("s", "UTC")), (TIME, TIME)]),
    ],
    "cyclic": [(lambda x: tb.cyclic(x, 24), [I8, I64, F16, F32, F64])],
    "parse_timestamp": [
        (lambda s: tb.parse_timestamp(s, errors="null"), [STRING]),
        (lambda day: tb.parse_timestamp(_february(day), errors="null"), [I8]),
        (
            lambda s: tb.parse_timestamp(s, "%d.%m.%y %H:%M", "ns", "Europe/Berlin", "null"),
            [STRING, STRINGS],
        ),
    ],
}
