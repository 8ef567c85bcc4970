"""Histograms of the statistics protos as plain data for the page.

Infinite values are counted beside the buckets that can be drawn.
"""

from __future__ import annotations

import math
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.report.names import shown

__all__ = ["buckets", "number", "quantiles", "ranked", "standard"]

_DIGITS = 9


def number(value: float) -> int | float | str:
    """A number that JSON can hold; what it cannot, as the word JavaScript reads.

    Example:
        >>> number(3.0), number(0.1), number(float("-inf")), number(float("nan"))
        (3, 0.1, '-Infinity', 'NaN')
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return int(value) if value == int(value) and abs(value) < 1e15 else float(value)


def buckets(histogram: statistics_pb2.Histogram) -> list[list[int | float | str]]:
    """Low end, high end and count of every bucket; counts are fractions where TFDV's are."""
    return [
        [number(x) for x in (_short(b.low_value), _short(b.high_value), _short(b.sample_count))]
        for b in histogram.buckets
    ]


def standard(histogram: statistics_pb2.Histogram) -> dict[str, Any]:
    """Buckets with finite ends, and how many values are NaN, -inf and +inf."""
    finite, below, above = [], 0.0, 0.0
    for bucket, plain in zip(histogram.buckets, buckets(histogram), strict=True):
        if math.isinf(bucket.low_value) and bucket.low_value < 0:
            below += bucket.sample_count
        elif math.isinf(bucket.high_value):
            above += bucket.sample_count
        else:
            finite.append(plain)
    found: dict[str, Any] = {"buckets": finite}
    for name, amount in (("nan", histogram.num_nan), ("below", below), ("above", above)):
        if amount:
            found[name] = number(amount)
    return found


def quantiles(histogram: statistics_pb2.Histogram) -> list[int | float | str]:
    """The ends of the buckets, smallest first; none for an empty histogram."""
    if not histogram.buckets:
        return []
    ends = [b.low_value for b in histogram.buckets] + [histogram.buckets[-1].high_value]
    return [number(_short(end)) for end in ends]


def ranked(histogram: statistics_pb2.RankHistogram, most: int) -> list[list[Any]]:
    """The most frequent values and their counts."""
    return [[shown(b.label), number(_short(b.sample_count))] for b in histogram.buckets[:most]]


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else value
