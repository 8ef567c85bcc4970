"""Integer domains: values out of range, and strings that should write integers and do not."""

from __future__ import annotations

from collections.abc import Iterator

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from taurus_beam.validation.case import Case
from taurus_beam.validation.changes import assign, clear
from taurus_beam.validation.feature_view import FeatureView
from taurus_beam.validation.findings import Finding
from taurus_beam.validation.numbers_in_text import as_int

__all__ = ["integer_range"]

Kind = anomalies_pb2.AnomalyInfo
_Stats = statistics_pb2.FeatureNameStatistics
_INVALID = "Invalid values"
_OUT_OF_RANGE = "Out-of-range values"
_LEAST, _GREATEST = -(2**63), 2**63 - 1


def integer_range(case: Case) -> Iterator[Finding]:
    """Integers, or strings that write them, beyond the bounds of the domain."""
    domain = case.draft.int_domain
    if domain is None:
        return
    interval = _interval(case.stats)
    if isinstance(interval, str):
        yield from _no_integer(case, domain, interval)
    elif interval is not None:
        yield from _bounds(domain, *interval)


def _no_integer(case: Case, domain: schema_pb2.IntDomain, example: str) -> Iterator[Finding]:
    if case.stats.schema_type == schema_pb2.BYTES:
        yield Finding(
            Kind.INT_TYPE_NOT_INT_STRING,
            _INVALID,
            f'String values that were not ints were found, such as "{example}".',
            clear(case.feature, "domain_info"),
        )
    elif domain.HasField("min") or domain.HasField("max"):
        yield Finding(
            Kind.DOMAIN_INVALID_FOR_TYPE,
            _INVALID,
            f'Integer had values that were not valid Int64, such as "{example}".',
            clear(case.feature, "domain_info"),
        )


def _bounds(domain: schema_pb2.IntDomain, least: int, greatest: int) -> Iterator[Finding]:
    if domain.HasField("min") and domain.min > least:
        yield Finding(
            Kind.INT_TYPE_SMALL_INT,
            _OUT_OF_RANGE,
            f"Unexpectedly small value: {least}.",
            assign(domain, min=least),
        )
    if domain.HasField("max") and domain.max < greatest:
        yield Finding(
            Kind.INT_TYPE_BIG_INT,
            _OUT_OF_RANGE,
            f"Unexpectedly large value: {greatest}.",
            assign(domain, max=greatest),
        )


def _interval(stats: FeatureView) -> tuple[int, int] | str | None:
    """The least and greatest integer, a value that is no 64-bit integer, or None without any."""
    kind, values = stats.proto.type, stats.string_counts
    if kind in (_Stats.FLOAT, _Stats.STRUCT):
        return None
    if kind == _Stats.INT and not values:
        numbers = stats.proto.num_stats
        for bound in (numbers.min, numbers.max):
            # 2**63 itself is what the greatest integer becomes as a double.
            if not _LEAST <= bound <= 2**63:
                return f"{bound:f}"
        return min(int(numbers.min), _GREATEST), min(int(numbers.max), _GREATEST)
    read = {value: as_int(value) for value in values}
    integers = [integer for integer in read.values() if integer is not None]
    if len(integers) < len(read):
        return next(value for value, integer in read.items() if integer is None)
    return (min(integers), max(integers)) if integers else None
