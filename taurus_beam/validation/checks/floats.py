"""Float domains: values out of range, NaN and infinities, and strings that write no number."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from taurus_beam.validation.case import Case
from taurus_beam.validation.changes import assign, clear
from taurus_beam.validation.feature_view import FeatureView
from taurus_beam.validation.findings import Finding
from taurus_beam.validation.numbers_in_text import as_float, float32, six_digits

__all__ = ["float_range", "nan"]

Kind = anomalies_pb2.AnomalyInfo
_Stats = statistics_pb2.FeatureNameStatistics
_INVALID = "Invalid values"
_OUT_OF_RANGE = "Out-of-range values"


def nan(case: Case) -> Iterator[Finding]:
    """NaN in a feature whose domain forbids it."""
    domain = case.draft.float_domain
    if domain is not None and domain.disallow_nan and _has_nan(case.stats):
        yield Finding(
            Kind.FLOAT_TYPE_HAS_NAN,
            _INVALID,
            "Float feature has NaN values.",
            assign(domain, disallow_nan=False),
        )


def float_range(case: Case) -> Iterator[Finding]:
    """Floats, or strings that write them, beyond the bounds of the domain, compared in 32 bits."""
    domain = case.draft.float_domain
    if domain is None:
        return
    interval = _interval(case.stats)
    if isinstance(interval, str):
        yield Finding(
            Kind.FLOAT_TYPE_STRING_NOT_FLOAT,
            _INVALID,
            f'String values that were not floats were found, such as "{interval}".',
            clear(case.feature, "domain_info"),
        )
    elif interval is not None:
        yield from _bounds(domain, *interval)


def _bounds(domain: schema_pb2.FloatDomain, least: float, greatest: float) -> Iterator[Finding]:
    if domain.HasField("min") and least < domain.min:
        yield Finding(
            Kind.FLOAT_TYPE_SMALL_FLOAT,
            _OUT_OF_RANGE,
            f"Unexpectedly low values: {six_digits(least)}<{six_digits(domain.min)}"
            "(upto six significant digits)",
            assign(domain, min=least),
        )
    if domain.HasField("max") and greatest > domain.max:
        yield Finding(
            Kind.FLOAT_TYPE_BIG_FLOAT,
            _OUT_OF_RANGE,
            f"Unexpectedly high value: {six_digits(greatest)}>{six_digits(domain.max)}"
            "(upto six significant digits)",
            assign(domain, max=greatest),
        )
    if domain.disallow_inf and (math.isinf(least) or math.isinf(greatest)):
        yield Finding(
            Kind.FLOAT_TYPE_HAS_INF,
            _INVALID,
            "Float feature has Inf values.",
            assign(domain, disallow_inf=False),
        )


def _has_nan(stats: FeatureView) -> bool:
    if stats.proto.type == _Stats.FLOAT:
        return any(histogram.num_nan > 0 for histogram in stats.histograms)
    if stats.proto.type == _Stats.STRING:
        numbers = map(as_float, stats.string_counts)
        return any(number is not None and math.isnan(number) for number in numbers)
    return False


def _interval(stats: FeatureView) -> tuple[float, float] | str | None:
    """The least and greatest number, a value that is no number, or None without any."""
    if stats.proto.type == _Stats.FLOAT:
        return float32(stats.proto.num_stats.min), float32(stats.proto.num_stats.max)
    if stats.schema_type != schema_pb2.BYTES:
        return None
    read = {value: as_float(value) for value in stats.string_counts}
    # NaN is forbidden by `disallow_nan`, not by bounds.
    numbers = [number for number in read.values() if number is not None and number == number]
    if None in read.values():
        return next(value for value, number in read.items() if number is None)
    return (min(numbers), max(numbers)) if numbers else None
