"""Parts of dates and times, in any time zone: `date_part`, `elapsed`, `cyclic`.

Timestamps are carried as integers of their unit; a zone's rules come from the time zone database
that Arrow uses, for batches and for single rows alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import EngineError, TraceError
from taurus_beam.graph import compute as pc
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.lowered import Lowered, rows_to_elements
from taurus_beam.graph.operation import BatchFunction, Domain, Operation, RowFunction, operation
from taurus_beam.graph.types import ColumnType, ValueType, is_numeric
from taurus_beam.graph.values import Values
from taurus_beam.transforms.calendar import PARTS, UNITS_PER_SECOND
from taurus_beam.transforms.elementwise import ArrayKernel, Elementwise, column_types
from taurus_beam.transforms.scaled import array_rounding, scaled_dtype

__all__ = ["cyclic", "date_part", "elapsed", "known_zone"]

_SECONDS = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


def date_part(x: Column, part: str, timezone: str | None = None) -> Column:
    """One part of a date or time, such as the month or the hour.

    Args:
        x: Dates or timestamps: scalars, vectors or ragged lists.
        part: ``year``, ``quarter``, ``month``, ``day``, ``weekday`` (Monday is 0), ``day_of_year``,
            ``week`` and ``iso_year`` (ISO 8601), ``days_in_month``, ``is_weekend`` (Saturday and
            Sunday), ``is_leap_year``; of timestamps also ``hour``, ``minute``, ``second``, and
            ``millisecond``, ``microsecond``, ``nanosecond`` since the full second.
        timezone: Name of the zone whose clocks are read, such as ``"Europe/Berlin"``; summer time
            and former rules are observed. By default the zone of the type; timestamps without one
            are read as they are. With a zone given, these count as UTC.

    Returns:
        int64 of ``x``'s shape, bool for ``is_…``. Missing stays missing. The proleptic Gregorian
        calendar holds for all years.

    Raises:
        TraceError: If ``x`` has no such part, or the part or the zone is unknown.

    Example:
        >>> import datetime, taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"t": [datetime.datetime(2024, 7, 31, 22, 30)]})
        >>> def fn(inputs):
        ...     return {
        ...         "hour": tb.date_part(inputs["t"], "hour"),
        ...         "there": tb.date_part(inputs["t"], "hour", "Europe/Berlin"),
        ...         "month": tb.date_part(inputs["t"], "month", "Europe/Berlin"),
        ...     }
        >>> tb.fit_transform(table, fn)[0].to_pylist()
        [{'hour': 22, 'there': 0, 'month': 8}]
    """
    if part not in PARTS:
        raise TraceError(f"There is no part {part!r} of a date.", expected=", ".join(PARTS))
    return apply(DatePart(part, known_zone(timezone)), x)


def elapsed(later: Column, earlier: Any, unit: str = "seconds") -> Column:
    """The time from one moment to another as a number.

    Args:
        later: Timestamps or dates.
        earlier: The same type, or a Python date or datetime. Timestamps with different zones are
            moments all the same.
        unit: ``"weeks"``, ``"days"``, ``"hours"``, ``"minutes"`` or ``"seconds"`` of fixed length:
            a day has 24 hours, also when clocks are changed.

    Returns:
        float64, negative where ``later`` comes first. Missing where either is.

    Raises:
        TraceError: If the types do not go together, or the unit is unknown.

    Example:
        >>> import datetime, taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"t": [datetime.datetime(2024, 1, 2, 12), None]})
        >>> start = datetime.datetime(2024, 1, 1)
        >>> out, _ = tb.fit_transform(table, lambda i: {"d": tb.elapsed(i["t"], start, "days")})
        >>> out["d"].to_pylist()
        [1.5, None]
    """
    if unit not in _SECONDS:
        raise TraceError(f"The unit is {unit!r}.", expected=", ".join(_SECONDS))
    return apply(Elapsed(unit), later, earlier)


def cyclic(x: Column, period: float) -> Column:
    """A number that comes around as a point on the circle, so that 23 h and 0 h are neighbours.

    Args:
        x: Numeric column of one value a row, such as an hour of the day.
        period: After how much it comes around, above 0: 24 for hours.

    Returns:
        Vectors ``[sin(2π x / period), cos(2π x / period)]``: float64 for float64 columns, float32
        for others. A missing value gives a missing vector; NaN and ±inf give NaN.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"hour": [0, 6, 30]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"h": tb.cyclic(i["hour"], 24)})
        >>> [[round(v, 6) for v in pair] for pair in out["h"].to_pylist()]
        [[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]]
    """
    if (
        isinstance(period, bool)
        or not isinstance(period, int | float)
        or not (0 < period < math.inf)
    ):
        raise TraceError(f"The period is {period!r}.", expected="a number above 0")
    return apply(Cyclic(float(period)), x)


@operation
@dataclass(frozen=True)
class DatePart(Elementwise):
    """A part of a date or time."""

    name = "date_part"
    part: str
    timezone: str | None

    def result(self, *dtypes: Any) -> Any:
        (dtype,) = dtypes
        is_date = bool(pa.types.is_date32(dtype))
        if not (is_date or pa.types.is_timestamp(dtype)):
            raise TraceError(
                f"'date_part' takes dates and timestamps, not {dtype}.",
                fix="Parse strings first: tb.parse_timestamp(x).",
            )
        if is_date and PARTS[self.part].of_time:
            raise TraceError(f"A date has no {self.part}.", expected="timestamps")
        if is_date and self.timezone:
            raise TraceError("A date has no time zone.", expected="timestamps")
        return pa.bool_() if PARTS[self.part].is_flag else pa.int64()

    def domain(self, *types: ValueType) -> Domain | None:
        low, high = PARTS[self.part].low, PARTS[self.part].high
        return None if low is None else Domain(low, high)

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        (dtype,) = dtypes
        part = PARTS[self.part]
        if pa.types.is_date32(dtype):
            return lambda days: part.of(days.astype(np.int64))
        per_second = UNITS_PER_SECOND[dtype.unit]
        zone = self.timezone or dtype.tz

        def run(instants: Any) -> Any:
            local = instants if zone is None else _local(instants, dtype.unit, zone)
            days = local // (86_400 * per_second)
            if not part.of_time:
                return part.of(days)
            return part.of(local - days * (86_400 * per_second), per_second)

        return run

    def onnx_kernel(self, *dtypes: Any) -> ArrayKernel:
        (dtype,) = dtypes
        zone = self.timezone or (None if pa.types.is_date32(dtype) else dtype.tz)
        if zone not in (None, "UTC"):
            raise EngineError(
                f"ONNX knows no clocks of {zone}.",
                fix="Give the model local times: timestamps without a zone, or in UTC.",
            )
        if zone is None:
            return self.kernel(dtype)
        return DatePart(self.part, None).kernel(pa.timestamp(dtype.unit))

    def scalar(self, *dtypes: Any) -> RowFunction:
        (dtype,) = dtypes
        part = PARTS[self.part]
        if pa.types.is_date32(dtype):
            return part.of
        per_second = UNITS_PER_SECOND[dtype.unit]
        zone = self.timezone or dtype.tz

        def run(instant: int) -> Any:
            if zone is not None:
                instant = int(_local(np.array([instant]), dtype.unit, zone)[0])
            days = instant // (86_400 * per_second)
            if not part.of_time:
                return part.of(days)
            return part.of(instant - days * (86_400 * per_second), per_second)

        return run


@operation
@dataclass(frozen=True)
class Elapsed(Elementwise):
    """The time between two moments."""

    name = "elapsed"
    unit: str

    def result(self, *dtypes: Any) -> Any:
        later, earlier = dtypes
        dates = [bool(pa.types.is_date32(d)) for d in dtypes]
        times = [bool(pa.types.is_timestamp(d)) for d in dtypes]
        if not (all(dates) or all(times)) or (
            all(times) and (later.tz is None) != (earlier.tz is None)
        ):
            raise TraceError(
                f"'elapsed' cannot compare {later} and {earlier}.",
                expected="two dates, or two timestamps that both have a time zone or both none",
                fix="Cast one of them with tb.cast.",
            )
        return pa.float64()

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        split = [_seconds_of(dtype) for dtype in dtypes]
        length = _SECONDS[self.unit]

        def run(*moments: Any) -> Any:
            (seconds, rest), (earlier, earlier_rest) = (
                of(units.astype(np.int64)) for of, units in zip(split, moments, strict=True)
            )
            return ((seconds - earlier) + (rest - earlier_rest) / 10**9) / length

        return run

    def scalar(self, *dtypes: Any) -> RowFunction:
        run = self.kernel(*dtypes)
        return lambda later, earlier: run(np.array([later]), np.array([earlier])).item()


@operation
@dataclass(frozen=True)
class Cyclic(Operation):
    """Sine and cosine of the share of a period."""

    name = "cyclic"
    period: float

    def infer(self, *types: ValueType) -> ColumnType:
        (column,) = column_types(self.name, types)
        if not column.is_scalar or not is_numeric(column.dtype):
            raise TraceError(
                f"'cyclic' takes numbers, one a row, not {column}.",
                fix="Take one element of a vector: x[0]; one part of a date: tb.date_part(x, ...).",
            )
        return ColumnType(scaled_dtype(self.name, column.dtype, None), (2,))

    def batch(self, *types: ValueType) -> BatchFunction:
        result = self.infer(*types)
        finish = array_rounding(result.dtype)

        def run(rows: int, x: Values) -> Values:
            points = finish(self._points(x.array)).reshape(-1)
            missing = None if x.missing is None else np.repeat(x.missing, 2)
            return Values(
                result, points, x.rows, missing, missing_rows=x.missing, constant=x.constant
            )

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        (x,) = inputs
        result = self.infer(x.type)
        points = array_rounding(result.dtype)(self._points(x.data))
        return Lowered(result, points, rows_to_elements(x.missing, 2), None, x.missing)

    def row(self, *types: ValueType) -> RowFunction:
        finish = array_rounding(self.infer(*types).dtype)
        return lambda x: finish(self._points(np.array([x])))[0].tolist()

    def _points(self, x: Any) -> Any:
        angles = np.remainder(x.astype(np.float64), self.period) * (2 * np.pi / self.period)
        return np.stack([np.sin(angles), np.cos(angles)], axis=1)


def _local(instants: Any, unit: str, zone: str) -> Any:
    """What a zone's clocks show at some instants, both as integers of the unit."""
    there = pa.array(instants).cast(pa.timestamp(unit, zone))
    return pc.local_timestamp(there).cast(pa.int64()).to_numpy(zero_copy_only=False)


def known_zone(timezone: str | None) -> str | None:
    """A zone's name; TraceError where the time zone database has none such."""
    if timezone is not None:
        try:
            _local(np.zeros(1, np.int64), "s", timezone)
        except (pa.ArrowException, TypeError, ValueError):
            raise TraceError(
                f"The time zone {timezone!r} is not known.",
                expected='a name of the time zone database, such as "Europe/Berlin" or "UTC"',
            ) from None
    return timezone


def _seconds_of(dtype: Any) -> Callable[[Any], tuple[Any, Any]]:
    """What splits dates or timestamps into whole seconds and nanoseconds."""
    if pa.types.is_date32(dtype):
        return lambda days: (days * 86_400, np.zeros_like(days))
    rate = UNITS_PER_SECOND[dtype.unit]
    return lambda units: (units // rate, units % rate * (10**9 // rate))
