"""Calendar arithmetic on counts of days and of units, for int64 arrays and for integers alike.

Days are counted from 1970-01-01 in the proleptic Gregorian calendar, for any year that fits.
This room knows integers only: time zones and Arrow types are `dates`' business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["PARTS", "UNITS_PER_SECOND", "Part", "date_of_days", "days_in_month", "days_of_date"]

UNITS_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def date_of_days(days: Any) -> tuple[Any, Any, Any]:
    """Year, month and day of some counts of days.

    H. Hinnant, "chrono-compatible low-level date algorithms", 2013: years begin in March, so that
    the leap day comes last.

    Example:
        >>> date_of_days(19_782)
        (2024, 2, 29)
    """
    shifted = days + 719_468
    era = shifted // 146_097
    day_of_era = shifted - era * 146_097
    year_of_era = (
        day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month_from_march + 2) // 5 + 1
    month = (month_from_march + 2) % 12 + 1
    return year_of_era + era * 400 + (month <= 2), month, day


def days_of_date(year: Any, month: Any, day: Any) -> Any:
    """The count of days of some dates; the inverse of `date_of_days`.

    Example:
        >>> days_of_date(2024, 2, 29)
        19782
    """
    from_march = year - (month <= 2)
    era = from_march // 400
    year_of_era = from_march - era * 400
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468


def days_in_month(year: Any, month: Any) -> Any:
    """How many days a month has.

    Example:
        >>> import numpy as np
        >>> days_in_month(np.array([1900, 2000]), 2).tolist()
        [28, 29]
    """
    following = days_of_date(year + (month == 12), month % 12 + 1, 1)
    return following - days_of_date(year, month, 1)


@dataclass(frozen=True)
class Part:
    """A part of a date or of a time of day.

    Attributes:
        of: Computes it from a date's count of days, or from the units since midnight and how
            many of them a second has.
        low: The least value it takes, or None where it is without bounds.
        high: The greatest.
        of_time: Whether it is part of the time of day.
        is_flag: Whether it is true or false.
    """

    of: Callable[..., Any]
    low: int | None = None
    high: int | None = None
    of_time: bool = False
    is_flag: bool = False


def _weekday(days: Any) -> Any:
    return (days + 3) % 7


def _day_of_year(days: Any) -> Any:
    year, _, _ = date_of_days(days)
    return days - days_of_date(year, 1, 1) + 1


def _iso_year(days: Any) -> Any:
    # A week belongs to the year of its Thursday.
    return date_of_days(days - _weekday(days) + 3)[0]


def _iso_week(days: Any) -> Any:
    return (_day_of_year(days - _weekday(days) + 3) - 1) // 7 + 1


def _month_days(days: Any) -> Any:
    return days_in_month(*date_of_days(days)[:2])


def _time(unit_seconds: int, count: int) -> Callable[[Any, int], Any]:
    return lambda units, per_second: units // (unit_seconds * per_second) % count


def _fraction(scale: int) -> Callable[[Any, int], Any]:
    def run(units: Any, per_second: int) -> Any:
        within = units % per_second
        return (
            within * (scale // per_second)
            if scale >= per_second
            else (within // (per_second // scale))
        )

    return run


PARTS: dict[str, Part] = {
    "year": Part(lambda days: date_of_days(days)[0]),
    "quarter": Part(lambda days: (date_of_days(days)[1] + 2) // 3, 1, 4),
    "month": Part(lambda days: date_of_days(days)[1], 1, 12),
    "day": Part(lambda days: date_of_days(days)[2], 1, 31),
    "weekday": Part(_weekday, 0, 6),
    "day_of_year": Part(_day_of_year, 1, 366),
    "week": Part(_iso_week, 1, 53),
    "iso_year": Part(_iso_year),
    "days_in_month": Part(_month_days, 28, 31),
    "is_weekend": Part(lambda days: _weekday(days) >= 5, is_flag=True),
    "is_leap_year": Part(
        lambda days: days_in_month(date_of_days(days)[0], 2) == 29,
        is_flag=True,
    ),
    "hour": Part(_time(3600, 24), 0, 23, of_time=True),
    "minute": Part(_time(60, 60), 0, 59, of_time=True),
    "second": Part(_time(1, 60), 0, 59, of_time=True),
    "millisecond": Part(_fraction(10**3), 0, 999, of_time=True),
    "microsecond": Part(_fraction(10**6), 0, 999_999, of_time=True),
    "nanosecond": Part(_fraction(10**9), 0, 999_999_999, of_time=True),
}
