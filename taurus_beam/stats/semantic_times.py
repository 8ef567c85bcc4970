"""Whether strings are dates or times of one format, or integers are Unix times.

The 17 formats of dates and 3 of times are TFDV's, alone, joined by ``T`` or a space, and the one
of ``ctime``. A string is matched as a whole, which TFDV does but for a line break at its end;
seconds 60 and 61 match (TFDV's pattern means them but takes 600 and 601), and only a full stop
parts fractions of seconds.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.stats.custom import custom_stat
from taurus_beam.stats.semantic import (
    UNFIT,
    CountedValues,
    DomainStatsGenerator,
    check_thresholds,
)

__all__ = ["TIME_FORMATS", "TimeStatsGenerator"]

_Type = statistics_pb2.FeatureNameStatistics

_DATES = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%y-%m-%d", "%y/%m/%d"),
    *("%m-%d-%Y", "%m/%d/%Y", "%m%d%Y", "%m-%d-%y", "%m/%d/%y"),
    *("%d-%m-%Y", "%d/%m/%Y", "%d%m%Y", "%d-%B-%Y", "%d-%m-%y", "%d/%m/%y", "%d-%B-%y"),
)
_TIMES = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f")
_CTIME = "%a %b %d %H:%M:%S %Y"

TIME_FORMATS = (
    *_DATES,
    *_TIMES,
    _CTIME,
    *(f"{date}{between}{time}" for date in _DATES for time in _TIMES for between in "T "),
)
"""All formats of strings. Of formats that equally many values match, the first is told."""

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DIRECTIVES = {
    "%a": "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)",
    "%b": f"(?:{'|'.join(month[:3] for month in _MONTHS)})",
    "%B": f"(?:{'|'.join(_MONTHS)})",
    "%Y": "[0-9]{4}",
    "%y": "[0-9]{2}",
    "%m": "(?:1[0-2]|0?[1-9])",
    "%d": "(?:3[01]|[12][0-9]|[0 ]?[1-9])",
    "%H": "(?:2[0-3]|[01]?[0-9])",
    "%M": "[0-5]?[0-9]",
    "%S": "(?:6[01]|[0-5]?[0-9])",
    "%f": "[0-9]{1,6}",
}
# The same where every digit has been made a 0: which strings a format can match by their form.
_FORMS = {
    **_DIRECTIVES,
    "%Y": "0000",
    "%y": "00",
    "%m": "00?",
    "%d": "[0 ]?0",
    "%H": "00?",
    "%M": "00?",
    "%S": "00?",
    "%f": "0{1,6}",
}
_SHORTEST, _LONGEST = len("1:2"), len("30-September-2018T23:59:58.123456")

# From 1990-01-01 to before 2030-01-01, UTC.
_FIRST_DAY, _LAST_DAY = 7_305, 21_915
_UNITS_PER_DAY = {
    schema_pb2.TimeDomain.UNIX_DAYS: 1,
    schema_pb2.TimeDomain.UNIX_SECONDS: 86_400,
    schema_pb2.TimeDomain.UNIX_MILLISECONDS: 86_400 * 10**3,
    schema_pb2.TimeDomain.UNIX_MICROSECONDS: 86_400 * 10**6,
    schema_pb2.TimeDomain.UNIX_NANOSECONDS: 86_400 * 10**9,
}


@dataclass(frozen=True)
class TimeStatsGenerator(DomainStatsGenerator):
    """Recognises times.

    Tells ``domain_info`` (``time_domain {string_format: '%Y-%m-%d'}`` or ``time_domain
    {integer_format: 1}``) and ``time_match_ratio``: the share of values of that format. One empty
    string or one that is no UTF-8 rules the domain out.

    Args:
        match_ratio: The share of values that must be of the most frequent format, above 0.
        values_threshold: How many values there must be.
    """

    domain: ClassVar[str] = "time"

    match_ratio: float = 0.8
    values_threshold: int = 100

    def __post_init__(self) -> None:
        check_thresholds("TimeStatsGenerator", self.match_ratio, self.values_threshold)

    def count_values(self, values: CountedValues) -> Mapping[str, int]:
        """How many values there are, and how many of each format."""
        if values.type == _Type.INT:
            return {"considered": values.total, **_unix_times(values)}
        text = values.text()
        if text is None or values.count(pc.equal(pc.binary_length(text), 0)):
            return {UNFIT: 1} if values.total else {}
        return {"considered": values.total, **_matches(text, values)}

    def custom_stats(self, facts: Mapping[str, int]) -> Iterator[Any]:
        """The domain and the share of values of the most frequent format."""
        considered = facts["considered"]
        if facts[UNFIT] or considered < self.values_threshold:
            return
        known = (*TIME_FORMATS, *map(str, _UNITS_PER_DAY))
        best = max(known, key=lambda one: facts[one])  # the first of equal ones
        ratio = facts[best] / considered
        if ratio >= self.match_ratio:
            kind = f"string_format: '{best}'" if "%" in best else f"integer_format: {best}"
            yield custom_stat("domain_info", f"time_domain {{{kind}}}")
            yield custom_stat("time_match_ratio", ratio)


def _unix_times(values: CountedValues) -> dict[str, int]:
    """How many integers are Unix times of each unit."""
    numbers = values.array.to_numpy(zero_copy_only=False)
    facts = {}
    for unit, per_day in _UNITS_PER_DAY.items():
        inside = (numbers >= _FIRST_DAY * per_day) & (numbers < _LAST_DAY * per_day)
        facts[str(unit)] = values.count(inside)
    return facts


def _matches(text: Any, values: CountedValues) -> dict[str, int]:
    """How many strings match each format that some match."""
    length = pc.binary_length(text)
    short = pc.and_(pc.greater_equal(length, _SHORTEST), pc.less_equal(length, _LONGEST))
    places = np.flatnonzero(short.to_numpy(zero_copy_only=False))
    # Few strings look like a time; only those are matched with the formats of their form.
    likely = pc.match_substring_regex(text.take(pa.array(places)), _any_format())
    places = places[likely.to_numpy(zero_copy_only=False)]
    text = text.take(pa.array(places))
    forms = pc.replace_substring_regex(text, "[0-9]", "0").dictionary_encode()
    codes = forms.indices.to_numpy(zero_copy_only=False)
    of_format: dict[str, list[int]] = {}
    for code, form in enumerate(forms.dictionary.to_pylist()):
        for one in _formats_of(form):
            of_format.setdefault(one, []).append(code)
    facts = {}
    for one, wanted in of_format.items():
        mine = np.flatnonzero(np.isin(codes, wanted))
        matching = pc.match_substring_regex(text.take(pa.array(mine)), f"^{_pattern(one)}$")
        matched = mine[matching.to_numpy(zero_copy_only=False)]
        facts[one] = int(values.counts[places[matched]].sum())
    return facts


@functools.lru_cache
def _any_format() -> str:
    dates, times = ("|".join(map(_pattern, part)) for part in (_DATES, _TIMES))
    return f"^(?:(?:{dates})(?:[T ](?:{times}))?|{times}|{_pattern(_CTIME)})$"


@functools.lru_cache(maxsize=4096)
def _formats_of(form: str) -> tuple[str, ...]:
    """The formats that a string can match whose digits have been made 0."""
    return tuple(one for one, pattern in _form_patterns() if pattern.match(form))


@functools.lru_cache
def _form_patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [(one, re.compile(f"^{_pattern(one, exact=False)}$")) for one in TIME_FORMATS]


@functools.lru_cache(maxsize=512)
def _pattern(time_format: str, exact: bool = True) -> str:
    directives = _DIRECTIVES if exact else _FORMS
    parts = re.split("(%[a-zA-Z])", time_format)
    return "".join(directives.get(part) or re.escape(part) for part in parts)
