"""One hash for arrays and for single values, whatever the layout of the array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.graph.term_hash import hash_term, hash_terms


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=30)), st.integers(0, 5))
def test_strings_hash_alike_alone_in_slices_and_in_large_arrays(terms: list[str], cut: int) -> None:
    array = pa.array(terms, pa.string())
    expected = [hash_term(term) for term in terms]
    assert hash_terms(array).tolist() == expected
    assert hash_terms(array.cast(pa.large_binary())).tolist() == expected
    assert hash_terms(array.slice(cut)).tolist() == expected[cut:]
    halves = pa.chunked_array([array[:cut], array[cut:]], pa.string())
    assert hash_terms(halves).tolist() == expected


@pytest.mark.parametrize("dtype", [pa.string(), pa.large_string()])
def test_a_buffer_may_end_in_the_middle_of_an_element(dtype: Any) -> None:
    _, offsets, body = pa.array(["a", "bc"], dtype).buffers()
    longer = pa.py_buffer(offsets.to_pybytes() + b"...")
    array = pa.Array.from_buffers(dtype, 2, [None, longer, body])
    assert hash_terms(array).tolist() == [hash_term("a"), hash_term("bc")]
    assert hash_terms(array[1:]).tolist() == [hash_term("bc")]


@pytest.mark.parametrize("count", [1, 40])  # few long strings are hashed another way than many
def test_long_strings_hash_word_by_word(count: int) -> None:
    terms = [("ab" * 300)[: 500 + i] for i in range(count)] + ["c"] * 40
    array = pa.array(["before", *terms])[1:]
    assert hash_terms(array).tolist() == [hashed_by_definition(t.encode()) for t in terms]
    assert [hash_term(t) for t in terms] == [hashed_by_definition(t.encode()) for t in terms]


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 16, 43])
def test_terms_of_one_length_hash_as_each_alone(length: int) -> None:
    terms = [bytes((n * k) % 251 for k in range(length)) for n in range(100)]
    for dtype in (pa.binary(), pa.large_binary()):
        found = hash_terms(pa.array([b"before", *terms], dtype).slice(1)).tolist()
        assert found == list(map(hash_term, terms))


def test_terms_of_all_lengths_hash_alike_in_any_number() -> None:
    # More than are hashed at a time, the last ones at the very end of the array's bytes.
    texts = [b"x" * (n % 19) + b"%d" % (n % 7) * (n % 3) for n in range(20_000)]
    expected = {text: hashed_by_definition(text) for text in {*texts}}
    for dtype in (pa.binary(), pa.large_binary()):
        array = pa.array([b"before", *texts], dtype)[1:]
        assert hash_terms(array).tolist() == [expected[text] for text in texts]
    numbers = range(-10_000, 10_000)
    assert hash_terms(pa.array(numbers)).tolist() == [hash_term(n) for n in numbers]


def hashed_by_definition(data: bytes) -> int:
    """The hash that tables in stored artifacts have, as it was first written down."""
    mixed = 0x9E3779B97F4A7C15 ^ len(data)
    for start in range(0, len(data), 8):
        word = int.from_bytes(data[start : start + 8], "little")
        mixed = (mixed ^ word) * 0xD6E8FEB86659FD93 % 2**64
        mixed ^= mixed >> 32
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB % 2**64
    return mixed ^ mixed >> 31


@pytest.mark.parametrize("dtype", [pa.int8(), pa.int64(), pa.uint16(), pa.uint64(), pa.bool_()])
def test_numbers_hash_by_their_value(dtype: Any) -> None:
    values = [0, 1, 1] if pa.types.is_boolean(dtype) else [0, 1, 100]
    values += [-1, -100] if pa.types.is_signed_integer(dtype) else []
    array = pa.array(values, dtype) if dtype != pa.bool_() else pa.array([bool(v) for v in values])
    assert hash_terms(array).tolist() == [hash_term(v) for v in values]


def test_hashes_never_change() -> None:
    # The first two outputs of splitmix64 with seed 0, as published with its reference code.
    gamma = 0x9E3779B97F4A7C15
    assert hash_term("") == hash_term(0) == 0xE220A8397B1DCDAF
    assert hash_term(gamma ^ (2 * gamma % 2**64)) == 0x6E789E6AA1B965F4
    # Golden: lookup tables with these hashes are in artifacts; a change would lose their terms.
    assert hash_term("a") == hash_term(b"a") == 0x0DC91D5AF3206A53
    assert hash_term("customer-00017") == 0xC579050CE1FE68F9


@pytest.mark.parametrize("bits", [slice(0, 8), slice(28, 36), slice(56, 64)], ids=str)
def test_all_bits_are_spread_over_similar_terms(bits: slice) -> None:
    hashes = hash_terms(pa.array([f"customer-{i:06}" for i in range(1 << 14)]))
    buckets = np.bincount(
        ((hashes >> np.uint64(bits.start)) & np.uint64(255)).astype(int), minlength=256
    )
    # 16,384 balls in 256 bins: 64 each, standard deviation 8; six of them either way.
    assert np.abs(buckets - 64).max() < 48
