"""Buckets, ids, hashes and one-hot vectors against searching, counting and definitions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import farmhash
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb


def outcome(function: Callable[..., Any], *columns: Any) -> Any:
    """What a function of columns gives for some arrays, as a list."""
    table = pa.table({f"c{i}": column for i, column in enumerate(columns)})

    def preprocess(inputs: Any) -> dict[str, Any]:
        return {"out": function(*(inputs[name] for name in table.column_names))}

    return tb.fit_transform(table, preprocess)[0]["out"].to_pylist()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.none() | st.floats()),
    st.lists(st.floats(allow_nan=False), min_size=1, max_size=50).map(sorted),
)
def test_a_bucket_is_how_many_boundaries_are_not_above(values: Any, cuts: list[float]) -> None:
    expected = [
        None if v is None else len(cuts) if math.isnan(v) else sum(c <= v for c in cuts)
        for v in values
    ]
    column = pa.array(values, pa.float64())
    assert outcome(lambda x: tb.apply_buckets(x, cuts), column) == expected


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-(2**63), 2**63 - 1)), st.integers(-(2**53), 2**53))
def test_large_integers_meet_integer_boundaries_exactly(values: list[int], cut: int) -> None:
    values = [*values, cut - 1, cut]
    assert outcome(lambda x: tb.apply_buckets(x, [cut]), pa.array(values, pa.int64())) == [
        int(v >= cut) for v in values
    ]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.none() | st.integers(-99, 99), min_size=1), st.integers(1, 8))
def test_bucketize_by_sorting(values: list[Any], num_buckets: int) -> None:
    present = sorted(v for v in values if v is not None)
    if not present:
        return
    cuts = [present[k * len(present) // num_buckets] for k in range(1, num_buckets)]
    expected = [None if v is None else int(np.searchsorted(cuts, v, "right")) for v in values]
    assert outcome(lambda x: tb.bucketize(x, num_buckets), pa.array(values, pa.int64())) == expected


@pytest.mark.parametrize("values", [[], [None], [math.nan]])
def test_boundaries_of_no_data_count_as_0(values: Any) -> None:
    table = pa.table({"x": pa.array(values, pa.float64())})
    fn = tb.fit(table, lambda i: {"b": tb.bucketize(i["x"], 4)})
    assert [fn.row({"x": v})["b"] for v in (-1e9, 0.0, math.nan, None)] == [0, 3, 3, None]


def test_a_position_without_data_leaves_the_others_alone() -> None:
    table = pa.table({"x": pa.array([[1.0, None], [2.0, None]], pa.list_(pa.float64(), 2))})
    fn = tb.fit(table, lambda i: {"b": tb.bucketize(i["x"], 2, elementwise=True)})
    assert fn.transform(table)["b"].to_pylist() == [[0, None], [1, None]]
    assert fn.row({"x": [1.5, -1.0]}) == {"b": [0, 0]}


def test_shapes_of_boundaries_are_checked() -> None:
    ragged = pa.array([[1.0]], pa.list_(pa.float64()))
    with pytest.raises(tb.TraceError, match="do not fit a column of shape"):
        outcome(lambda x: tb.apply_buckets(x, tb.min(x)), ragged)
    with pytest.raises(tb.TraceError, match="takes numbers, not string"):
        outcome(lambda x: tb.apply_buckets(x, [1]), pa.array(["a"]))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.none() | st.text(max_size=2)), st.lists(st.none() | st.text(max_size=2)))
def test_ids_are_places_and_the_rest_is_default_or_hashed(learned: Any, applied: Any) -> None:
    table = pa.table({"s": pa.array(learned, pa.string())})

    def preprocess(inputs: Any) -> dict[str, Any]:
        s = inputs["s"]
        terms = tb.vocabulary(s)
        return {
            "default": tb.apply_vocabulary(s, terms, default_value=-5),
            "hashed": tb.apply_vocabulary(s, terms, num_oov_buckets=3, hash="farmhash64"),
        }

    fn = tb.fit(table, preprocess)
    places = {t: i for i, t in enumerate(fn.vocabulary("s").terms.to_pylist())}
    out = fn.transform(pa.table({"s": pa.array(applied, pa.string())}))
    assert out["default"].to_pylist() == [None if s is None else places.get(s, -5) for s in applied]
    assert out["hashed"].to_pylist() == [
        None if s is None else places.get(s, len(places) + farmhash.fingerprint64(s) % 3)
        for s in applied
    ]


def test_a_vocabulary_larger_than_the_batch_is_looked_up_the_same() -> None:
    learned = [f"term-{i:04}" for i in range(2000)]
    table = pa.table({"s": learned})
    fn = tb.fit(table, lambda i: {"id": tb.compute_and_apply_vocabulary(i["s"])})
    few = fn.transform(pa.table({"s": ["term-0005", "?", None]}))["id"].to_pylist()
    assert few == [1994, -1, None]  # all occur once, so the largest comes first
    assert fn.transform(table)["id"].to_pylist() == list(range(1999, -1, -1))


def test_categories_are_domains_of_the_output_schema() -> None:
    table = pa.table({"s": ["a", "b", "a"], "x": [1.0, 2.0, 3.0]})

    def preprocess(inputs: Any) -> dict[str, Any]:
        s = inputs["s"]
        return {
            "id": tb.compute_and_apply_vocabulary(s),
            "oov": tb.compute_and_apply_vocabulary(s, num_oov_buckets=4),
            "bucket": tb.bucketize(inputs["x"], 3),
            "hash": tb.hash_strings(s, 10),
        }

    schema = tb.fit(table, preprocess).output_schema
    domains = {f.name: (f.int_domain.min, f.int_domain.max) for f in schema.feature}
    assert domains == {"id": (-1, 1), "oov": (0, 5), "bucket": (0, 2), "hash": (0, 9)}
    assert all(f.int_domain.is_categorical for f in schema.feature)


def murmur3_32(data: bytes) -> int:
    """MurmurHash3_x86_32 with seed 0, as its author published it."""

    def mix(block: int) -> int:
        block = block * 0xCC9E2D51 & 0xFFFFFFFF
        block = (block << 15 | block >> 17) & 0xFFFFFFFF
        return block * 0x1B873593 & 0xFFFFFFFF

    h, whole = 0, len(data) // 4 * 4
    for start in range(0, whole, 4):
        h ^= mix(int.from_bytes(data[start : start + 4], "little"))
        h = (h << 13 | h >> 19) & 0xFFFFFFFF
        h = (h * 5 + 0xE6546B64) & 0xFFFFFFFF
    if data[whole:]:
        h ^= mix(int.from_bytes(data[whole:], "little"))
    h ^= len(data)
    h = (h ^ h >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    h = (h ^ h >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return h ^ h >> 16


@settings(max_examples=40, deadline=None)
@given(st.lists(st.none() | st.text()), st.integers(1, 10**6))
def test_hashes_are_those_they_claim_to_be(values: Any, buckets: int) -> None:
    column = pa.array(values, pa.string())
    assert outcome(lambda s: tb.hash_strings(s, buckets), column) == [
        None if v is None else murmur3_32(v.encode()) % buckets for v in values
    ]
    assert outcome(lambda s: tb.hash_strings(s, buckets, hash="farmhash64"), column) == [
        None if v is None else farmhash.fingerprint64(v) % buckets for v in values
    ]


def test_bytes_hash_as_the_string_they_encode() -> None:
    strings = pa.array(["é", "", None, "abc"])
    for name in ("murmur3", "farmhash64"):
        hashed = [
            outcome(lambda s, name=name: tb.hash_strings(s, 10**6, hash=name), column)
            for column in (strings, strings.cast(pa.binary()), strings.dictionary_encode())
        ]
        assert hashed[0] == hashed[1] == hashed[2]


@pytest.mark.parametrize("dtype", [pa.int8(), pa.int64(), pa.uint8()], ids=str)
@pytest.mark.parametrize("result", [None, pa.float64(), pa.int8(), np.float16], ids=str)
def test_one_hot_is_a_row_of_the_identity(dtype: Any, result: Any) -> None:
    values = [0, 2, None, 3, 100, *([-1] if pa.types.is_signed_integer(dtype) else [])]
    identity = np.eye(3).tolist()
    expected = [None if v is None else identity[v] if 0 <= v < 3 else [0.0] * 3 for v in values]
    column = pa.array(values, dtype)
    assert outcome(lambda x: tb.one_hot(x, 3, result), column) == expected


@pytest.mark.parametrize("dtype", [pa.float64(), pa.string(), pa.list_(pa.int64())], ids=str)
def test_one_hot_takes_one_integer_a_row(dtype: Any) -> None:
    with pytest.raises(tb.TraceError, match="takes one integer a row"):
        outcome(lambda x: tb.one_hot(x, 3), pa.array([], dtype))
