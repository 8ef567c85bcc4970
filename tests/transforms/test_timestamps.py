from __future__ import annotations

import datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.errors import DataError, TraceError

UTC = datetime.timezone.utc


def parsed(strings: Any, *arguments: Any, **options: Any) -> list[Any]:
    options.setdefault("errors", "null")
    table = pa.table({"s": pa.array(strings, options.pop("dtype", pa.string()))})
    fn = tb.fit(table, lambda i: {"t": tb.parse_timestamp(i["s"], *arguments, **options)})
    return list(fn.transform(table)["t"].to_pylist())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.datetimes(), max_size=8))
def test_iso_as_python_writes_it(moments: list[datetime.datetime]) -> None:
    assert parsed([m.isoformat() for m in moments], errors="raise") == moments
    assert parsed([m.isoformat(" ") for m in moments], errors="raise") == moments
    days = [m.date().isoformat() for m in moments]
    midnights = [datetime.datetime(m.year, m.month, m.day) for m in moments]
    assert parsed(days) == midnights


FORMATS = [
    "%Y-%m-%d %H:%M:%S.%f",
    "%d/%m/%Y %I.%M %p",
    "%A, %d %B %Y, %H:%M",
    "%a %b %d %H:%M:%S %Y",
    "%j of %Y, %H:%M",
    "%Y%m%d",
    "%y-%m-%d",
    "(%F) [%T] 100%% $^",
]


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=25, deadline=None)
@given(moment=st.datetimes(datetime.datetime(1970, 1, 1), datetime.datetime(2068, 1, 1)))
def test_formats_as_python(format: str, moment: datetime.datetime) -> None:
    text = moment.strftime(format)
    for shorthand, meaning in (("%F", "%Y-%m-%d"), ("%T", "%H:%M:%S")):  # strftime's alone
        format = format.replace(shorthand, meaning)
    expected = datetime.datetime.strptime(text, format)
    assert parsed([text, "", text + "!"], format) == [expected, None, None]


@pytest.mark.parametrize(
    "text",
    [
        *["", " ", "2024-02-30", "2023-02-29", "2024-13-01", "2024-00-10", "2024-01-00"],
        *["2024-01-01T24:00", "2024-01-01 12:60", "2024-01-01T12:00:60", "2024-1-1", "24-01-01"],
        *["2024-01-01 ", " 2024-01-01", "2024-01-01T", "2024-01-01Z", "2024-01-01\n", "today"],
        *["2024-01-01T12:00+25:00", "2024-01-01T12:00+01:60", "２０２４-01-01"],
    ],
)
def test_what_is_no_time(text: str) -> None:
    assert parsed([text, "2024-01-01"]) == [None, datetime.datetime(2024, 1, 1)]
    with pytest.raises(DataError, match="is no timestamp"):
        parsed([text], errors="raise")


def test_offsets_are_moments() -> None:
    strings = ["2024-07-01T12:00:00+02:00", "2024-07-01 10:00Z", "2024-07-01T05:30-0430", None]
    assert parsed(strings) == [datetime.datetime(2024, 7, 1, 10)] * 3 + [None]
    zoned = parsed(strings, timezone="Asia/Tokyo")
    assert zoned == [datetime.datetime(2024, 7, 1, 10, tzinfo=UTC)] * 3 + [None]
    assert parsed(["1.7.2024 +0200"], "%d.%m.%Y %z") == [datetime.datetime(2024, 6, 30, 22)]


def test_local_times_of_a_zone() -> None:
    strings = ["2024-07-01T12:00", "2024-01-01", "2024-03-31 02:30", "2024-10-27 02:30"]
    expected = [
        datetime.datetime(2024, 7, 1, 10),
        datetime.datetime(2023, 12, 31, 23),
        datetime.datetime(2024, 3, 31, 1),  # skipped: when clocks are set forward
        datetime.datetime(2024, 10, 27, 0, 30),  # twice: the first
    ]
    found = parsed(strings, timezone="Europe/Berlin")
    assert [m.astimezone(UTC).replace(tzinfo=None) for m in found] == expected


@pytest.mark.parametrize(("unit", "fraction"), [("s", 0), ("ms", 123000), ("us", 123456)])
def test_finer_digits_are_cut_off(unit: Any, fraction: int) -> None:
    expected = datetime.datetime(1969, 12, 31, 23, 59, 59, fraction)
    assert parsed(["1969-12-31T23:59:59.123456789"], unit=unit) == [expected]


def test_what_the_unit_cannot_hold_is_no_time() -> None:
    assert parsed(["1600-01-01", "9999-12-31"], unit="ns") == [None, None]
    assert parsed(["0001-01-01"], unit="us") == [datetime.datetime(1, 1, 1)]


def test_two_digit_years_and_twelve_hours() -> None:
    years = [m.year for m in parsed(["1.1.68", "1.1.69", "1.1.00"], "%d.%m.%y")]
    assert years == [2068, 1969, 2000]
    noon = parsed(["2024-01-01 12am", "2024-01-01 12 PM", "2024-01-01 0am"], "%F %I%p")
    assert noon == [datetime.datetime(2024, 1, 1, 0), None, None]
    leap = parsed(["2024-366", "2023-366", "2023-0", "2023-1"], "%Y-%j")
    assert leap == [datetime.datetime(2024, 12, 31), None, None, datetime.datetime(2023, 1, 1)]


def test_lists_dictionaries_and_rows() -> None:
    lists = pa.list_(pa.string())
    day = datetime.datetime(2024, 1, 1)
    assert parsed([["2024-01-01", None, "?"], None, []], dtype=lists) == [
        [day, None, None],
        None,
        [],
    ]
    array = pa.array(["bad", "2024-01-01", None, "2024-01-01"]).dictionary_encode()[1:]
    table = pa.table({"s": array})
    fn = tb.fit(table, lambda i: {"t": tb.parse_timestamp(i["s"])})
    assert fn.transform(table)["t"].to_pylist() == [day, None, day]
    assert fn.row({"s": "2024-01-01"}) == {"t": day}
    with pytest.raises(DataError, match="'bad' is no timestamp"):
        fn.row({"s": "bad"})


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"format": "%Y-%Q"}, "unknown directive %Q"),
    ({"format": "%Y %"}, "unknown directive"),
    ({"format": "%H:%M"}, "gives no date"),
    ({"format": "%Y %d"}, "gives no date"),
    ({"format": "%Y %y"}, "twice"),
    ({"format": "%Y-%m-%d %I"}, "both %I and %p"),
    ({"unit": "m"}, "unit is 'm'"),
    ({"errors": "ignore"}, "errors is 'ignore'"),
    ({"timezone": "Mars"}, "zone 'Mars'"),
]


@pytest.mark.parametrize(("options", "what"), MISTAKES)
def test_mistakes_are_told(options: dict[str, Any], what: str) -> None:
    with pytest.raises(TraceError, match=what):
        parsed(["2024-01-01"], **options)
