"""Strings of one length are counted as Python counts them."""

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.stats.short_terms import counted

ROWS = 9_000
BYTES = st.integers(1, 32).flatmap(
    lambda length: st.lists(st.binary(min_size=length, max_size=length), min_size=1, max_size=6)
)


def repeated(values):
    return (values * (ROWS // len(values) + 1))[:ROWS]


def found(array):
    terms, counts = counted(array)
    assert terms.type == array.type
    assert len(set(terms.to_pylist())) == len(terms)
    return dict(zip(terms.to_pylist(), counts.tolist(), strict=True))


@settings(max_examples=50, deadline=None)
@given(BYTES, st.sampled_from([pa.binary(), pa.large_binary()]), st.integers(0, 3))
def test_few_strings_of_one_length(values, dtype, start):
    values = repeated(values)
    # All bits differ in the widest: those are too many to pack.
    if (result := counted(pa.array(values, dtype).slice(start))) is None:
        assert len(values[0]) > 8
        return
    terms, counts = result
    told = dict(zip(terms.to_pylist(), counts.tolist(), strict=True))
    assert told == Counter(values[start:])


def test_strings_that_share_a_hash_are_told_apart():
    values = [f"N{number:05d}" for number in range(4_000)] * 3
    assert found(pa.array(values)) == Counter(values)


def test_times_differ_in_few_bits():
    values = repeated([f"2013-{m:02d}-{m + 9:02d}T0{m}:00:00Z" for m in range(1, 10)])
    assert found(pa.array(values, pa.large_string())) == Counter(values)


def test_strings_that_are_all_alike():
    assert found(pa.array(["NYC"] * ROWS)) == {"NYC": ROWS}


@pytest.mark.parametrize(
    "values",
    [
        ["a", "bb"] * ROWS,
        [""] * ROWS,
        ["x" * 33] * ROWS,
        [f"{number:06d}" for number in range(1 << 18)],
        ["ab", "cd"],
    ],
    ids=["lengths", "empty", "long", "distinct", "few"],
)
def test_what_arrow_is_to_count(values):
    assert counted(pa.array(values)) is None
