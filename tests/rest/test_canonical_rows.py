"""Rows in canonical form: RFC 8785's own numbers, and one text for one value whatever its type."""

from __future__ import annotations

import datetime
import json
import struct

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.rest.canonical_rows import canonical, canonical_rows

# RFC 8785, appendix B: the bits of a double, and its text.
SAMPLES = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}


@pytest.mark.parametrize(("bits", "text"), SAMPLES.items())
def test_numbers_of_the_standard(bits: str, text: str) -> None:
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical(value) == text


@settings(max_examples=50, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_back(value: float) -> None:
    assert float(json.loads(canonical(value))) == value


def test_names_are_ordered_by_utf_16_and_text_is_escaped_as_little_as_can_be() -> None:
    # The example of RFC 8785, section 3.2.3.
    names = ["€", "\r", "\ufb33", "1", "😀", "\x80", "ö"]
    order = ["\\r", "1", "\x80", "ö", "€", "😀", "\ufb33"]
    found = canonical(dict.fromkeys(names, None))
    assert found == "{" + ",".join(f'"{name}":null' for name in order) + "}"
    assert canonical('€$\x0f\nA\'B"\\"/') == '"€$\\u000f\\nA\'B\\"\\\\\\"/"'


def test_what_json_lacks() -> None:
    values = [float("nan"), float("inf"), -float("inf"), 2**53 - 1, 2**53, -(2**63), True, None]
    assert canonical(values) == (
        '["NaN","Infinity","-Infinity",9007199254740991,"9007199254740992",'
        '"-9223372036854775808",true,null]'
    )


def test_a_value_is_one_text_in_types_of_any_width_and_unit() -> None:
    moment = datetime.datetime(2024, 2, 29, 12, 30, 15, 250_000)
    for unit in ("ms", "us", "ns"):
        for zone, end in ((None, ""), ("UTC", "Z"), ("Asia/Tokyo", "Z")):
            column = pa.array([moment, None], pa.timestamp(unit, zone))
            assert canonical_rows({"t": column}) == [
                f'{{"t":"2024-02-29T12:30:15.25{end}"}}',
                '{"t":null}',
            ]
    whole = pa.array([moment.replace(microsecond=0)])
    for unit in ("s", "ms", "us", "ns"):
        column = whole.cast(pa.timestamp(unit))
        assert canonical_rows({"t": column}) == ['{"t":"2024-02-29T12:30:15"}']
    for kind in (pa.float16(), pa.float32(), pa.float64()):
        assert canonical_rows({"x": pa.array([1.5, 2.0], kind)}) == ['{"x":1.5}', '{"x":2}']
    for kind in (pa.list_(pa.int8()), pa.large_list(pa.int64()), pa.list_(pa.int32(), 2)):
        column = pa.array([None, [1, 2], None, [3, None]], kind)
        expected = ["null", "[1,2]", "null", "[3,null]"]
        assert canonical_rows({"v": column}) == [f'{{"v":{text}}}' for text in expected]


def test_bytes_days_and_durations() -> None:
    columns = {
        "b": pa.array([b"\x00\xff"]),
        "d": pa.array([datetime.date(2024, 2, 29)]),
        "e": pa.array([90], pa.duration("s")),
        "l": pa.array([[b"a", None]]),
    }
    assert canonical_rows(columns) == ['{"b":"AP8=","d":"2024-02-29","e":90,"l":["YQ==",null]}']
