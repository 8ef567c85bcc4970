"""Timestamps from text: `parse_timestamp`.

The distinct strings of a batch are taken apart by a regular expression in Arrow and checked
against the calendar; neither the platform's ``strptime`` nor its locale has a say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa

from taurus_beam.errors import DataError, TraceError
from taurus_beam.graph import compute as pc
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.operation import RowFunction, operation
from taurus_beam.graph.text import Text
from taurus_beam.transforms.calendar import UNITS_PER_SECOND, days_in_month, days_of_date
from taurus_beam.transforms.dates import known_zone
from taurus_beam.transforms.elementwise import ArrayKernel, Elementwise

__all__ = ["parse_timestamp"]

Integers: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _any_case(text: str) -> str:
    # Not (?i): ignoring case would also match letters that only look alike, such as the long s.
    return "".join(f"[{c.upper()}{c}]" for c in text)


def _any_of(names: tuple[str, ...]) -> str:
    """Names in full or by their first three letters."""
    return "|".join(f"{_any_case(n[:3])}(?:{_any_case(n[3:])})?" for n in names)


_DIRECTIVES = {
    "Y": "(?P<year>[0-9]{4})",
    "y": "(?P<short_year>[0-9]{2})",
    "m": "(?P<month>[0-9]{1,2})",
    "b": f"(?P<month_name>{_any_of(_MONTHS)})",
    "B": f"(?P<month_name>{_any_of(_MONTHS)})",
    "d": "(?P<day>[0-9]{1,2})",
    "j": "(?P<day_of_year>[0-9]{1,3})",
    "a": f"(?:{_any_of(_WEEKDAYS)})",
    "A": f"(?:{_any_of(_WEEKDAYS)})",
    "H": "(?P<hour>[0-9]{1,2})",
    "I": "(?P<half_hour>[0-9]{1,2})",
    "p": "(?P<half>[AaPp][Mm])",
    "M": "(?P<minute>[0-9]{1,2})",
    "S": "(?P<second>[0-9]{1,2})",
    "f": "(?P<fraction>[0-9]{1,9})",
    "z": "(?P<offset>[Zz]|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])",
    "%": "%",
}
_SHORTHANDS = {"%F": "%Y-%m-%d", "%T": "%H:%M:%S", "%R": "%H:%M", "%D": "%m/%d/%y"}
_ISO = (
    "(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    "(?:[Tt ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    "(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    " ?(?P<offset>[Zz]|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])?)?"
)


def parse_timestamp(
    x: Column,
    format: str | None = None,
    unit: Literal["s", "ms", "us", "ns"] = "us",
    timezone: str | None = None,
    errors: Literal["raise", "null"] = "raise",
) -> Column:
    """Timestamps from strings.

    Args:
        x: String column: scalars, vectors or ragged lists.
        format: As for ``strptime``: ``%Y %y %m %b %B %d %j %a %A %H %I %p %M %S %f %z``, ``%F``,
            ``%T``, ``%R``, ``%D`` and ``%%``; names are English, numbers may lack leading zeros
            (but not those of years), ``%f`` has one to nine digits. By default ISO 8601: a date,
            then maybe a time after ``T`` or a space, with a fraction and an offset from UTC.
        unit: Resolution of the result; finer digits are cut off.
        timezone: Name of the zone whose clocks the strings show, where they have no offset. Of a
            time that occurs twice when clocks are set back the first is taken; a time that is
            skipped gives the moment when clocks are set forward.
        errors: ``"raise"`` for a DataError at a string that is no such time, ``"null"`` to take
            it for missing.

    Returns:
        ``timestamp[unit]`` with the time zone given, if any. Strings with an offset give that
        moment, without a time zone in UTC. Missing stays missing. The whole string has to fit;
        February 30 is no date, nor is second 60 a time.

    Raises:
        TraceError: If an argument is unknown.
        DataError: A string does not fit, for ``errors="raise"``.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["2024-02-29", "29.2.2024", None], "d": ["7 Mar 99", "?", ""]})
        >>> def fn(inputs):
        ...     return {
        ...         "s": tb.parse_timestamp(inputs["s"], errors="null", unit="s"),
        ...         "d": tb.parse_timestamp(inputs["d"], "%d %b %y", "s", errors="null"),
        ...     }
        >>> for row in tb.fit_transform(table, fn)[0].to_pylist():
        ...     print(row["s"], row["d"])
        2024-02-29 00:00:00 1999-03-07 00:00:00
        None None
        None None
    """
    if unit not in UNITS_PER_SECOND:
        raise TraceError(f"The unit is {unit!r}.", expected="s, ms, us or ns")
    if errors not in ("raise", "null"):
        raise TraceError(f"errors is {errors!r}.", expected='"raise" or "null"')
    if format is not None:
        _pattern(format)
    return apply(ParseTimestamp(format, unit, known_zone(timezone), errors), x)


@operation
@dataclass(frozen=True)
class ParseTimestamp(Elementwise):
    """A timestamp from a string."""

    name = "parse_timestamp"
    no_onnx = "ONNX reads no dates from strings"
    format: str | None
    unit: str
    timezone: str | None
    errors: Literal["raise", "null"]

    def result(self, *dtypes: Any) -> Any:
        if not pa.types.is_string(dtypes[0]):
            raise TraceError(f"'parse_timestamp' takes strings, not {dtypes[0]}.")
        return pa.timestamp(self.unit, self.timezone)

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        pattern = _ISO if self.format is None else _pattern(self.format)

        def run(text: Text) -> Any:
            if not len(text.distinct):
                return np.zeros(len(text), np.int64), np.ones(len(text), np.bool_)
            instants, fits = self._parsed(text.distinct, pattern)
            fits = fits[text.codes]
            if self.errors == "raise" and not fits.all():
                self._refuse(text, fits)
            return instants[text.codes], None if fits.all() else ~fits

        return run

    def scalar(self, *dtypes: Any) -> RowFunction:
        match = re.compile(_ISO if self.format is None else _pattern(self.format)).fullmatch

        def one(x: str) -> int | None:
            found = match(x)
            if found is not None:
                fields = {n: _read(n, t) for n, t in found.groupdict().items() if t}
                instant, fits = self._instants(fields)
                if fits:
                    return self._at_home(instant, "offset" in fields)
            if self.errors == "raise":
                raise self._unfit(x)
            return None

        return one

    def _parsed(self, strings: Any, pattern: str) -> tuple[Integers, Any]:
        """Instants in the unit, and which strings fit."""
        found = pc.extract_regex(strings, f"^(?:{pattern})$")
        fields = {
            found.type.field(i).name: column.fill_null("")
            for i, column in enumerate(found.flatten())
        }
        has_offset = np.zeros(len(strings), np.bool_)
        if "offset" in fields:
            has_offset = pc.not_equal(fields["offset"], "").to_numpy(zero_copy_only=False)
        instants, fits = self._instants({n: _numbers(n, texts) for n, texts in fields.items()})
        fits = fits & found.is_valid().to_numpy(zero_copy_only=False)
        instants = np.where(fits, instants, 0)
        if self.timezone is None:
            return instants, fits
        return np.where(has_offset, instants, self._zoned(instants)), fits

    def _instants(self, fields: Mapping[str, Any]) -> tuple[Any, Any]:
        """Instants in the unit, and which are such: of integers by name, or of arrays of them."""
        days, of_year = _days(fields)
        seconds, of_day = _seconds(fields)
        moment = days * 86_400 + seconds - fields.get("offset", 0)
        rate = UNITS_PER_SECOND[self.unit]
        reach = np.iinfo(np.int64).max // rate - 2 * 86_400
        fits = of_year & of_day & (moment <= reach) & (moment >= -reach)
        return moment * rate + fields.get("fraction", 0) // (10**9 // rate), fits

    def _at_home(self, instant: int, has_offset: bool) -> int:
        if self.timezone is None or has_offset:
            return instant
        return int(self._zoned(np.array([instant]))[0])

    def _zoned(self, shown: Integers) -> Integers:
        """Instants from what the time zone's clocks show."""
        there = pc.assume_timezone(
            pa.array(shown).cast(pa.timestamp(self.unit)),
            self.timezone,
            ambiguous="earliest",
            nonexistent="latest",
        )
        instants: Integers = there.cast(pa.int64()).to_numpy(zero_copy_only=False)
        return instants

    def _refuse(self, text: Text, fits: Any) -> None:
        unfit = ~fits if text.missing is None else ~fits & ~text.missing
        if unfit.any():
            raise self._unfit(text.plain[int(np.argmax(unfit))].as_py())

    def _unfit(self, value: str) -> DataError:
        return DataError(
            f"{value!r:.60} is no timestamp.",
            expected="ISO 8601" if self.format is None else f"the format {self.format!r}",
            fix='Give the right format, or errors="null" to take it for missing.',
        )


def _pattern(format: str) -> str:
    """The regular expression of a format; TraceError for one that gives no date."""
    for shorthand, meaning in _SHORTHANDS.items():
        format = format.replace(shorthand, meaning)
    parts, used = [], ""
    for directive, literal in re.findall(r"%(.?)|([^%]+)", format, re.DOTALL):
        if literal:
            parts.append(re.escape(literal))
        elif directive not in _DIRECTIVES:
            raise TraceError(
                f"The format {format!r} has the unknown directive %{directive}.",
                expected=", ".join(f"%{d}" for d in _DIRECTIVES),
            )
        else:
            parts.append(_DIRECTIVES[directive])
            used += directive
    for choices in ("Yy", "mbBj", "dj", "HI", "M", "S", "f", "z", "p"):
        if sum(used.count(c) for c in choices) > 1:
            raise TraceError(f"The format {format!r} says the same thing twice: %{choices[0]}.")
    if not ("Y" in used or "y" in used) or ("d" in used and not set("mbB") & set(used)):
        raise TraceError(f"The format {format!r} gives no date.", expected="%Y-%m-%d or the like")
    if ("I" in used) != ("p" in used):
        raise TraceError(f"The format {format!r} needs both %I and %p, or neither.")
    return "".join(parts)


_DEFAULTS = {"short_year": "70", "month": "1", "day": "1", "day_of_year": "1", "half_hour": "12"}


def _read(name: str, text: str) -> int:
    """What one field says, as an integer; an offset in seconds, a fraction in nanoseconds."""
    if name == "month_name":
        return [month[:3] for month in _MONTHS].index(text[:3].lower()) + 1
    if name == "half":
        return int(text[0] in "Pp")
    if name == "fraction":
        return int(text.ljust(9, "0"))
    if name == "offset":
        digits = text[1:].replace(":", "")
        seconds = int(digits[:2] or 0) * 3600 + int(digits[2:] or 0) * 60
        return -seconds if text[0] == "-" else seconds
    return int(text)


def _numbers(name: str, texts: Any) -> Integers:
    """What a field says in each string; the default where it is absent."""
    if name in ("month_name", "half", "offset"):  # of few distinct values
        codes = texts.dictionary_encode()
        known = [_read(name, t) if t else 0 for t in codes.dictionary.to_pylist()]
        said: Integers = np.array(known, np.int64)[codes.indices.to_numpy(zero_copy_only=False)]
        return said
    if name == "fraction":
        texts = pc.utf8_rpad(texts, 9, "0")
    else:
        texts = pc.if_else(pc.equal(texts, ""), _DEFAULTS.get(name, "0"), texts)
    numbers: Integers = texts.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return numbers


def _days(fields: Mapping[str, Any]) -> tuple[Any, Any]:
    """Counts of days, and which dates there are."""
    year = fields.get("year", 1970)
    if "short_year" in fields:
        short = fields["short_year"]
        year = short + 1900 + 100 * (short < 69)  # as POSIX has it
    month = fields.get("month_name", fields.get("month", 1))
    day = fields.get("day", 1)
    known = (month - 1) % 12 + 1
    fits = (month == known) & (day >= 1) & (day <= days_in_month(year, known))
    days = days_of_date(year, known, day)
    if "day_of_year" in fields:
        number = fields["day_of_year"]
        fits = fits & (number >= 1) & (number <= 337 + days_in_month(year, 2))
        days = days + number - 1
    return days, fits


def _seconds(fields: Mapping[str, Any]) -> tuple[Any, Any]:
    """Seconds since midnight, and which times there are."""
    hour, minute, second = (fields.get(name, 0) for name in ("hour", "minute", "second"))
    fits = (hour < 24) & (minute < 60) & (second < 60)
    if "half_hour" in fields:
        half = fields["half_hour"]
        fits = fits & (half >= 1) & (half <= 12)
        hour = half % 12 + 12 * fields["half"]
    return hour * 3600 + minute * 60 + second, fits
