"""Natural language domains: coverage by the vocabulary, lengths, and how often tokens occur.

All of it is read from the custom statistic ``nl_statistics``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from taurus_beam.validation.case import Case
from taurus_beam.validation.changes import assign, clear
from taurus_beam.validation.findings import WARNING, Finding
from taurus_beam.validation.numbers_in_text import six_digits

__all__ = ["coverage", "not_available", "sequence_lengths", "tokens"]

Kind = anomalies_pb2.AnomalyInfo
_Stats: TypeAlias = statistics_pb2.NaturalLanguageStatistics
_TokenStats: TypeAlias = statistics_pb2.NaturalLanguageStatistics.TokenStatistics
_Token: TypeAlias = str | int
_NOT_COMPUTED = "Natural language stats are not computed."


def not_available(case: Case) -> Iterator[Finding]:
    """The domain has constraints, but the statistics cannot tell whether they hold."""
    domain = case.feature.natural_language_domain
    coverage = domain.coverage
    constrained = (
        coverage.HasField("min_coverage")
        or coverage.HasField("min_avg_token_length")
        or len(domain.token_constraints) > 0
    )
    if constrained and case.stats.custom("nl_statistics") is None:
        yield _unknown(case)


def coverage(case: Case) -> Iterator[Finding]:
    """Too small a share of the tokens is in the vocabulary, or tokens are too short on average."""
    found = _statistics(case)
    asked = case.feature.natural_language_domain.coverage
    if found is None:
        return
    if asked.HasField("min_coverage") and asked.min_coverage > found.feature_coverage:
        yield Finding(
            Kind.FEATURE_COVERAGE_TOO_LOW,
            "Feature coverage is too low.",
            f"Fraction of tokens in the vocabulary: {six_digits(found.feature_coverage)} is lower "
            f"than the threshold set in the Schema: {six_digits(asked.min_coverage)}.",
            assign(asked, min_coverage=found.feature_coverage),
        )
    length = found.avg_token_length
    if asked.HasField("min_avg_token_length") and length < asked.min_avg_token_length:
        yield Finding(
            Kind.FEATURE_COVERAGE_TOO_SHORT_AVG_TOKEN_LENGTH,
            "Average token length is too short.",
            f"Average token length is: {six_digits(length)} which is lower than the threshold set "
            f"in the Schema: {six_digits(asked.min_avg_token_length)}.",
            assign(asked, min_avg_token_length=length),
        )


def tokens(case: Case) -> Iterator[Finding]:
    """A token is in too few or too many sequences, or too often or too seldom in one."""
    found = _statistics(case)
    if found is None:
        return
    counted = {_named(token): token for token in found.token_statistics}
    for constraint in case.feature.natural_language_domain.token_constraints:
        name = _constrained(constraint)
        if name is None:
            continue
        if name not in counted:
            yield _unknown(case)
            return
        yield from _fractions(constraint, counted[name], name)
        yield from _occurrences(constraint, counted[name], name)


def sequence_lengths(case: Case) -> Iterator[Finding]:
    """A sequence has fewer or more tokens than the domain allows (not in TFDV).

    Statistics count all tokens, so a constraint that leaves some out cannot be checked.
    """
    domain = case.feature.natural_language_domain
    asked = domain.sequence_length_constraints
    if not asked.HasField("min_sequence_length") and not asked.HasField("max_sequence_length"):
        return
    found = _statistics(case)
    if found is None or asked.excluded_int_value or asked.excluded_string_value:
        yield Finding(
            Kind.STATS_NOT_AVAILABLE,
            _NOT_COMPUTED,
            "The sequence length constraints cannot be verified: the statistics have no lengths "
            "of sequences without the excluded values.",
            clear(domain, "sequence_length_constraints"),
            WARNING,
        )
        return
    shortest, longest = found.min_sequence_length, found.max_sequence_length
    if asked.HasField("min_sequence_length") and shortest < asked.min_sequence_length:
        yield Finding(
            Kind.FEATURE_TYPE_LOW_NUMBER_VALUES,
            "Missing values",
            f"The shortest sequence has {shortest} tokens. The min allowed number is: "
            f"{asked.min_sequence_length}.",
            assign(asked, min_sequence_length=shortest),
        )
    if asked.HasField("max_sequence_length") and longest > asked.max_sequence_length:
        yield Finding(
            Kind.FEATURE_TYPE_HIGH_NUMBER_VALUES,
            "Superfluous values",
            f"The longest sequence has {longest} tokens. The max allowed number is: "
            f"{asked.max_sequence_length}.",
            assign(asked, max_sequence_length=longest),
        )


def _fractions(
    constraint: schema_pb2.SequenceValueConstraints, token: _TokenStats, name: _Token
) -> Iterator[Finding]:
    fraction = token.fraction_of_sequences
    least, most = constraint.min_fraction_of_sequences, constraint.max_fraction_of_sequences
    says = f"Fraction of sequences with value: {name} is: {six_digits(fraction)} which is"
    if constraint.HasField("min_fraction_of_sequences") and least > fraction:
        yield Finding(
            Kind.SEQUENCE_VALUE_TOO_SMALL_FRACTION,
            "Value occurs in too small a fraction of sequences.",
            f"{says} lower than the threshold set in the Schema: {six_digits(least)}.",
            assign(constraint, min_fraction_of_sequences=fraction),
        )
    if constraint.HasField("max_fraction_of_sequences") and most < fraction:
        yield Finding(
            Kind.SEQUENCE_VALUE_TOO_LARGE_FRACTION,
            "Value occurs in too large a fraction of sequences.",
            f"{says} higher than the threshold set in the Schema: {six_digits(most)}.",
            assign(constraint, max_fraction_of_sequences=fraction),
        )


def _occurrences(
    constraint: schema_pb2.SequenceValueConstraints, token: _TokenStats, name: _Token
) -> Iterator[Finding]:
    least, most = constraint.min_per_sequence, constraint.max_per_sequence
    fewest, most_seen = token.per_sequence_min_frequency, token.per_sequence_max_frequency
    if constraint.HasField("min_per_sequence") and least > fewest:
        yield Finding(
            Kind.SEQUENCE_VALUE_TOO_FEW_OCCURRENCES,
            "Value has too few per-sequence occurrences.",
            f"Value: {name} occurs at least: {six_digits(fewest)} times within a sequence, which "
            f"is lower than the threshold set in the Schema: {least}.",
            assign(constraint, min_per_sequence=int(fewest)),
        )
    if constraint.HasField("max_per_sequence") and most < most_seen:
        yield Finding(
            Kind.SEQUENCE_VALUE_TOO_MANY_OCCURRENCES,
            "Value has too many per-sequence occurrences.",
            f"Value: {name} occurs at most: {six_digits(most_seen)} times within a sequence, which "
            f"is higher than the threshold set in the Schema: {most}.",
            assign(constraint, max_per_sequence=int(most_seen)),
        )


def _unknown(case: Case) -> Finding:
    return Finding(
        Kind.STATS_NOT_AVAILABLE,
        _NOT_COMPUTED,
        "Constraints specified in natural language domain cannot be verified because natural "
        "language stats have not been computed.",
        clear(case.feature, "domain_info"),
    )


def _statistics(case: Case) -> _Stats | None:
    """The language statistics; None if there are none, or the domain has just been cleared."""
    custom = case.stats.custom("nl_statistics")
    statistics = _Stats()
    if custom is None or not case.feature.HasField("natural_language_domain"):
        return None
    return statistics if custom.any.Unpack(statistics) else None


def _named(token: _TokenStats) -> _Token | None:
    which = token.WhichOneof("token")
    return getattr(token, which) if which else None


def _constrained(constraint: schema_pb2.SequenceValueConstraints) -> _Token | None:
    which = constraint.WhichOneof("value")
    return getattr(constraint, which) if which else None
