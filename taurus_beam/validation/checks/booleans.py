"""Bool domains: numbers other than 0 and 1, and strings other than the two allowed."""

from __future__ import annotations

from collections.abc import Iterator

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from taurus_beam.validation.case import Case
from taurus_beam.validation.changes import Change, assign, clear
from taurus_beam.validation.feature_view import FeatureView
from taurus_beam.validation.findings import Finding
from taurus_beam.validation.numbers_in_text import as_int, six_digits

__all__ = ["bool_floats", "bool_integers", "bool_strings"]

Kind = anomalies_pb2.AnomalyInfo
_Stats = statistics_pb2.FeatureNameStatistics
_NON_BOOLEAN = "Non-boolean values"


def bool_integers(case: Case) -> Iterator[Finding]:
    """Integers below 0 or above 1."""
    if case.stats.proto.type != _Stats.INT:
        return
    least, greatest = _integers(case.stats)
    if least < 0:
        kind, example = Kind.BOOL_TYPE_SMALL_INT, least
    elif greatest > 1:
        kind, example = Kind.BOOL_TYPE_BIG_INT, greatest
    else:
        return
    yield Finding(
        kind,
        _NON_BOOLEAN,
        f"Integers (such as {six_digits(example)}) not in {{0, 1}}: converting to an integer.",
        _to_int_domain(case.feature, least, greatest),
    )


def bool_floats(case: Case) -> Iterator[Finding]:
    """Floats other than 0 and 1, as far as extrema and histograms tell."""
    if case.stats.proto.type != _Stats.FLOAT:
        return
    seen = _no_bool(case.stats.proto.num_stats)
    if seen:
        yield Finding(
            Kind.BOOL_TYPE_UNEXPECTED_FLOAT,
            _NON_BOOLEAN,
            f"{seen}: converting to float_domain.",
            _to_float_domain(case),
        )


def bool_strings(case: Case) -> Iterator[Finding]:
    """Strings other than the domain's values of true and false."""
    if case.stats.proto.type != _Stats.STRING:
        return
    domain = case.feature.bool_domain
    fields = ("false_value", "true_value")
    allowed = sorted({getattr(domain, field) for field in fields if domain.HasField(field)})
    strange = next((value for value in case.stats.string_counts if value not in allowed), None)
    if strange is not None:
        listed = ", ".join(f'"{value}"' for value in allowed)
        yield Finding(
            Kind.BOOL_TYPE_UNEXPECTED_STRING,
            _NON_BOOLEAN,
            f'Saw unexpected value "{strange}" instead of {{{listed}}}.',
            clear(case.feature, "domain_info"),
        )


def _integers(stats: FeatureView) -> tuple[float, float]:
    # A bool feature's integers are counted as strings when the statistics know the schema.
    integers = [i for i in map(as_int, stats.string_counts) if i is not None]
    if integers:
        return min(integers), max(integers)
    return stats.proto.num_stats.min, stats.proto.num_stats.max


def _no_bool(numbers: statistics_pb2.NumericStatistics) -> str | None:
    """What tells that some float is neither 0 nor 1; None if nothing does."""
    for extreme in (numbers.min, numbers.max):
        if extreme not in (0.0, 1.0):
            return f"Floats (such as {six_digits(extreme)}) not in {{0, 1}}"
    for histogram in numbers.histograms:
        if histogram.num_nan > 0:
            return "Floats (such as NaN) not in {0, 1}"
        for bucket in histogram.buckets:
            if bucket.sample_count <= 0:
                continue
            if bucket.high_value < 0:
                return "Float values < 0 not in {0, 1}"
            if bucket.low_value > 1:
                return "Float values > 1 not in {0, 1}"
            if bucket.low_value > 0 and bucket.high_value < 1:
                return "Float values falling between 0 and 1"
    return None


def _to_int_domain(feature: schema_pb2.Feature, least: float, greatest: float) -> Change:
    return assign(feature, int_domain=schema_pb2.IntDomain(min=int(least), max=int(greatest)))


def _to_float_domain(case: Case) -> Change:
    numbers = case.stats.proto.num_stats
    domain = schema_pb2.FloatDomain(min=numbers.min, max=numbers.max)
    return assign(case.feature, float_domain=domain)
