"""Splits in the order of time: the past to learn from, the future to be tried on."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from taurus_beam.errors import DataError, EngineError
from taurus_beam.graph.term_hash import Hashes
from taurus_beam.graph.values import present_mask
from taurus_beam.serving.frames import no_rows
from taurus_beam.splits.keys import column_of
from taurus_beam.splits.ranked import Ordered, Ranked, cut_ranks
from taurus_beam.splits.ranks import Cuts, one_stratum
from taurus_beam.splits.ratios import apportioned, check_names, exact_ratios
from taurus_beam.splits.splitter import (
    GAP,
    Assigned,
    check_missing,
    cuts_reached,
    with_missing,
)
from taurus_beam.stats.feature_column import Mask

__all__ = ["SplitByTime"]

Instants = npt.NDArray[np.int64]

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_LONGEST = 10**9
_SIGN = np.uint64(1 << 63)
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


@dataclass(frozen=True)
class SplitByTime(Ranked):
    """Earlier rows in earlier splits: cut at given times, or so that each split has its share.

    Rows of the same time are never parted: a row at a cut belongs to the later split. With
    ``ratios`` a cut is the time of the row at that rank, found exactly in two passes; a split
    then is smaller than its share where many rows have the time of the cut.

    Args:
        time: A column of timestamps, dates or integers. Times without a zone count as UTC.
        ratios: The share of each split, the earliest first, which sum to 1; or
        until: the time at which each split ends, the earliest first: ISO 8601 text, a
            ``datetime``, a ``date``, or an integer for a column of integers; None for the last.
        gap: How much before each cut is left out, in seconds (or a ``timedelta``, or in the
            column's own unit for integers), so that what is known only later about the last rows
            of a split tells nothing of the next.
        missing: Where rows without a time go: a split, "drop" (the default) or "error".

    Raises:
        EngineError: Not one of ``ratios`` and ``until`` is given, or one cannot be meant.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> data = pa.table({"day": [3, 1, 5, 4, 2]})
        >>> split = tb.SplitByTime("day", {"train": 0.6, "test": 0.4})
        >>> {name: table["day"].to_pylist() for name, table in
        ...  tb.split_table(data, split).items()}
        {'train': [3, 1, 2], 'test': [5, 4]}
        >>> split = tb.SplitByTime("day", until={"train": 4, "test": None}, gap=1)
        >>> {name: table["day"].to_pylist() for name, table in
        ...  tb.split_table(data, split).items()}
        {'train': [1, 2], 'test': [5, 4]}
    """

    kind = "time"
    time: str
    ratios: Mapping[str, float] | None = None
    until: Mapping[str, Any] | None = None
    gap: Any = 0
    missing: str | None = "drop"

    def __post_init__(self) -> None:
        if not isinstance(self.time, str) or not self.time:
            raise EngineError(f"The time is {self.time!r}.", expected="the name of a column")
        if (self.ratios is None) == (self.until is None):
            raise EngineError(
                "A split by time takes either ratios or until.",
                expected='ratios={"train": 0.8, "test": 0.2}, or '
                'until={"train": "2026-01-01", "test": None}',
            )
        if self.ratios is not None:
            exact_ratios(self.ratios)
            object.__setattr__(self, "ratios", dict(self.ratios))
        if self.until is not None:
            object.__setattr__(self, "until", _ends(self.until))
        object.__setattr__(self, "gap", _gap(self.gap))
        check_missing(self.missing, self.names)

    @property
    def passes(self) -> int:  # type: ignore[override]  # a constant of most classes, not of this
        return 0 if self.until is not None else 2

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.ratios or self.until or ())

    @property
    def columns(self) -> tuple[str, ...] | None:
        return (self.time,)

    def check(self, schema: Any) -> None:
        _, per_second = _instants(column_of(no_rows(schema), self.time), self.time)
        self._given_cuts(per_second)

    def ordered(self, batch: Any, identity: Hashes | None) -> Ordered:
        instants, known, _ = self._read(batch)
        return Ordered(one_stratum(len(instants)), instants.view(np.uint64) ^ _SIGN, known)

    def ranks(self, counts: Mapping[bytes, int]) -> Mapping[bytes, Sequence[int]]:
        shares = exact_ratios(self.ratios or {})
        return {text: cut_ranks(apportioned([n], shares)[0]) for text, n in counts.items()}

    def assign(self, batch: Any, identity: Hashes | None, plan: Cuts | None) -> Assigned:
        instants, known, per_second = self._read(batch)
        cuts = self._given_cuts(per_second) if plan is None else _cut_instants(plan)
        codes = cuts_reached(cuts, instants)
        if self.gap and len(cuts):
            gap = round(self.gap * (per_second or 1))
            next_cut = cuts[np.minimum(codes, len(cuts) - 1)]
            codes = np.where((codes < len(cuts)) & (next_cut - instants <= gap), GAP, codes)
        return with_missing(codes, known, self.missing, self.names, "time")

    def record(self, plan: Cuts | None, schema: Any) -> dict[str, Any]:
        if plan is None:
            return {}
        cuts = _cut_instants(plan).tolist()
        dtype = schema.field(self.time).type if schema and self.time in schema.names else pa.int64()
        if not pa.types.is_integer(dtype):
            times = np.array(cuts, f"datetime64[{getattr(dtype, 'unit', 's')}]")
            is_day = pa.types.is_date(dtype)
            cuts = (times.astype("datetime64[D]") if is_day else times).astype(str).tolist()
        return {"cuts": cuts}

    def _read(self, batch: Any) -> tuple[Instants, Mask, int | None]:
        column = column_of(batch, self.time)
        instants, per_second = _instants(column, self.time)
        return instants, present_mask(column), per_second

    def _given_cuts(self, per_second: int | None) -> Instants:
        return np.array([_count(end, per_second, self.time) for end in self._given], np.int64)

    @cached_property
    def _given(self) -> list[Any]:
        return list((self.until or {}).values())[:-1]


def _ends(until: Any) -> dict[str, str | int | None]:
    """Where splits end, as JSON data.

    Raises:
        EngineError: They are no ascending times, or the last has an end or another has none.
    """
    if not isinstance(until, Mapping):
        raise EngineError(
            f"until is a {type(until).__name__}.",
            expected='a dict, such as {"train": "2026-01-01", "test": None}',
        )
    check_names(list(until))
    ends = {name: _plain(name, end) for name, end in until.items()}
    *cuts, last = ends.values()
    if last is not None or None in cuts:
        raise EngineError(
            "A split other than the last has no end, or the last has one.",
            where=repr(ends),
            expected="a time for each split but the last, which ends with the data: None",
        )
    if len({type(cut) for cut in cuts}) > 1:
        raise EngineError("until has both times and numbers.", where=repr(ends))
    comparable: list[Any] = [_moment(cut) if isinstance(cut, str) else cut for cut in cuts]
    if any(not a < b for a, b in pairwise(comparable)):
        raise EngineError("The ends of splits do not ascend.", where=repr(ends))
    return ends


def _plain(name: str, end: Any) -> str | int | None:
    if isinstance(end, datetime.date):  # a datetime is one too
        return end.isoformat()
    if end is None or (isinstance(end, int) and not isinstance(end, bool)):
        return end
    if isinstance(end, str):
        with suppress(ValueError):
            _moment(end)
            return end
    raise EngineError(
        f"Split {name!r} ends at {end!r}.",
        expected="ISO 8601 text such as 2026-01-31 or 2026-01-31T12:00:00Z, a datetime, a date, or "
        "an integer for a column of integers",
    )


def _moment(text: str) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)


def _gap(gap: Any) -> int | float:
    if isinstance(gap, datetime.timedelta):
        gap = gap.total_seconds()
    if isinstance(gap, bool) or not isinstance(gap, int | float) or not 0 <= gap < _LONGEST:
        raise EngineError(
            f"The gap is {gap!r}.", expected="seconds from 0 on, or a datetime.timedelta"
        )
    return gap


def _instants(column: Any, name: str) -> tuple[Instants, int | None]:
    """The times as integers (0 where there is none) and how many make a second; None of numbers."""
    kinds = pa.types
    if kinds.is_date(column.type):
        column = column.cast(pa.timestamp("s"))
    per_second = _PER_SECOND[column.type.unit] if kinds.is_timestamp(column.type) else None
    if per_second is None and (not kinds.is_integer(column.type) or column.type == pa.uint64()):
        raise DataError(
            f"The time: column {name!r} is {column.type}, which is no time.",
            expected="timestamps, dates or integers",
            fix="Write the data with timestamps; of CSV files, those in ISO 8601 are found.",
        )
    numbers = column.cast(pa.int64())
    filled = numbers.fill_null(0) if numbers.null_count else numbers
    return filled.to_numpy(zero_copy_only=False), per_second


def _count(end: str | int, per_second: int | None, name: str) -> int:
    """A given cut in the unit of the column.

    Raises:
        EngineError: A time is given for numbers, or a number for times.
    """
    if isinstance(end, int) != (per_second is None):
        raise EngineError(
            f"A split ends at {end!r}, and column {name!r} is of "
            + ("integers." if per_second is None else "times."),
            expected="an integer" if per_second is None else "ISO 8601 text, a datetime or a date",
        )
    if isinstance(end, int):
        return end
    micros = (_moment(end) - _EPOCH) // datetime.timedelta(microseconds=1)
    return -(-micros * (per_second or 1) // 10**6)


def _cut_instants(plan: Cuts) -> Instants:
    cuts = next(iter(plan.values.values()), np.zeros(0, np.uint64))
    return (cuts ^ _SIGN).view(np.int64)
