"""Numbers in strings as TFDV 1.16 reads and writes them, which was asked about each odd one."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.validation.numbers_in_text import as_float, as_int, escaped, float32, six_digits


@given(st.integers(-(2**63), 2**63 - 1))
@settings(max_examples=50, deadline=None)
def test_integers(value: int) -> None:
    assert as_int(str(value)) == value
    assert as_int(f" {value}\n") == value


@given(st.floats(width=32, allow_nan=False))
@settings(max_examples=50, deadline=None)
def test_floats(value: float) -> None:
    assert as_float(repr(value)) == value
    assert as_float(f"{value:+g}") == float32(float(f"{value:+g}"))


# What Python's int() reads and the format does not.
@pytest.mark.parametrize("text", ["1_000", "٣", "0x1", "--1", "+-1", "", " ", "1e3", str(2**63)])
def test_no_integer(text: str) -> None:
    assert as_int(text) is None


@pytest.mark.parametrize("text", ["1_0.5", "٣.0", "0x", "1e", "e1", ".", "1 2", "infinit"])
def test_no_float(text: str) -> None:
    assert as_float(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.", 1.0),
        (".5", 0.5),
        ("INF", math.inf),
        ("-Infinity", -math.inf),
        ("1e99", math.inf),
        ("-0x1p3", -8.0),
        ("0X.8", 0.5),
        ("0x1p9999", math.inf),
    ],
)
def test_odd_floats(text: str, value: float) -> None:
    assert as_float(text) == value


@pytest.mark.parametrize("text", ["nan", "-NaN", "nan(1)"])
def test_no_number_is_a_float(text: str) -> None:
    assert math.isnan(as_float(text))


def test_a_float_of_32_bits() -> None:
    assert as_float("0.1") == 0.10000000149011612


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1 + 0.2, "0.3"), (100000.0, "100000"), (1e6, "1e+06"), (1e-5, "1e-05"), (-0.0, "-0")],
)
def test_six_digits(value: float, text: str) -> None:
    assert six_digits(value) == text


def test_escapes() -> None:
    assert escaped("tab\t quote' back\\ bell\x07 del\x7f ü 🎈") == (
        "tab\\t quote\\' back\\\\ bell\\007 del\\177 ü 🎈"
    )
