from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.errors import TraceError

STRINGS = [
    "",
    "a",
    "b",
    "hello",
    "hello world, this is a long string",
    "é日本",
    "01234567",
    "012345678",
    "0123456701234567",
]
# tft.hash_strings(STRINGS, buckets, key=key), TFT 1.16.
TFT_BUCKETS = {
    (1000000007, (123, 456)): [
        732601309,
        447171535,
        816345055,
        585986923,
        535160695,
        177534772,
        668612366,
        135940423,
        565604741,
    ],
    (1000000007, (0, 0)): [
        936377330,
        987164203,
        995294191,
        833529414,
        189907911,
        36665201,
        746866967,
        145462367,
        999690685,
    ],
    (2**62, (123, 456)): [
        887865449656487406,
        2150915142212405420,
        4412704064268515280,
        3917950836011642579,
        1136373576344189669,
        4560116615098350853,
        2614717622534877588,
        2172765811345300995,
        1490406372852863273,
    ],
}


@pytest.mark.parametrize(("buckets", "key"), TFT_BUCKETS)
def test_buckets_are_those_of_tft(buckets: int, key: tuple[int, int]) -> None:
    table = pa.table({"x": STRINGS, "b": pa.array([s.encode() for s in STRINGS])})
    fn = tb.fit(
        table,
        lambda i: {n: tb.hash_strings(i[n], buckets, key=key) for n in ("x", "b")},
    )
    out = fn.transform(table)
    assert out["x"].to_pylist() == TFT_BUCKETS[buckets, key]
    assert out["b"].to_pylist() == TFT_BUCKETS[buckets, key]
    assert [fn.row({"x": s, "b": None})["x"] for s in STRINGS] == TFT_BUCKETS[buckets, key]


def test_siphash_of_its_authors() -> None:
    # The 64-bit vectors of Aumasson and Bernstein's reference: key 00 01 … 0f, inputs of
    # 0, 1, 8 and 15 ascending bytes. Two hashes modulo coprime numbers tell one of 64 bits.
    expected = {
        0: 0x726FDB47DD0E0E31,
        1: 0x74F839C593DC67FD,
        8: 0x93F5F5799A932462,
        15: 0xA129CA6149BE45E5,
    }
    key = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
    table = pa.table({"x": pa.array([bytes(range(n)) for n in expected])})
    for buckets in (2**62, 2**62 - 1):
        out, _ = tb.fit_transform(
            table, lambda i, n=buckets: {"h": tb.hash_strings(i["x"], n, key=key)}
        )
        assert out["h"].to_pylist() == [value % buckets for value in expected.values()]


MISTAKES: list[tuple[Callable[[Any], Any], str]] = [
    (lambda i: tb.hash_strings(i["x"], 0, key=(1, 2)), "num_buckets is 0"),
    (lambda i: tb.hash_strings(i["x"], 2.0), "num_buckets is 2.0"),
    (lambda i: tb.hash_strings(i["x"], 9, key=(1,)), "key is (1,)"),
    (lambda i: tb.hash_strings(i["x"], 9, key=(-1, 2)), "key is (-1, 2)"),
    (lambda i: tb.hash_strings(i["x"], 9, key=(1, 2**64)), "key is (1, 1844"),
    (lambda i: tb.hash_strings(i["x"], 9, key=7), "key is 7"),
    (lambda i: tb.hash_strings(i["x"], 9, key="secret"), "key is"),
    (lambda i: tb.hash_strings(i["x"], 9, "murmur3", (1, 2)), "and a key is given"),
    (lambda i: tb.hash_strings(i["n"], 9, key=(1, 2)), "takes strings, not int64"),
]


@pytest.mark.parametrize(("function", "what"), MISTAKES)
def test_a_mistake_is_told_with_the_line(function: Callable[[Any], Any], what: str) -> None:
    schema = pa.schema({"x": pa.string(), "n": pa.int64()})
    with pytest.raises(TraceError, match=re.escape(what)) as caught:
        tb.fit(schema.empty_table(), lambda i: {"o": function(i)})
    assert caught.value.where is not None
    assert caught.value.where.startswith("test_hashing_with_key.py:")
