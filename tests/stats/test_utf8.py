"""Python's own decoder is the judge of what is UTF-8."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.stats.utf8 import invalid_utf8

EDGES = [
    b"",
    b"a\nb\x00",
    b"\x80",
    b"\xc0\x80",
    b"\xc2\x80",
    b"\xe0\x9f\xbf",
    b"\xe0\xa0\x80",
    b"\xed\x9f\xbf",
    b"\xed\xa0\x80",
    b"\xef\xbf\xbf",
    b"\xf0\x8f\xbf\xbf",
    b"\xf0\x90\x80\x80",
    b"\xf4\x8f\xbf\xbf",
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
    b"\xe2\x82",
    "日😀".encode(),
]


def is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize("dtype", [pa.binary(), pa.large_binary()])
@settings(max_examples=50, deadline=None)
@given(values=st.lists(st.none() | st.sampled_from(EDGES) | st.binary(max_size=6)))
def test_what_python_cannot_decode_is_invalid(dtype, values):
    invalid = invalid_utf8(pa.array([b"cut off", *values], dtype)[1:])
    expected = [value is not None and not is_utf8(value) for value in values]
    assert (invalid is not None) == any(expected)
    assert invalid is None or invalid.tolist() == expected


@pytest.mark.parametrize("dtype", [pa.string(), pa.large_string()])
def test_a_string_column_may_hold_invalid_bytes_too(dtype):
    binary = pa.large_binary() if dtype == pa.large_string() else pa.binary()
    broken = pa.array([b"a", b"\xff"], binary).view(dtype)
    assert invalid_utf8(broken).tolist() == [False, True]
