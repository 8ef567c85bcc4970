"""Natural language: coverage, lengths, and how often tokens occur."""

from __future__ import annotations

from benchmarks.peers.anomalies.case import AnomalyCase as Case
from benchmarks.peers.anomalies.parts import data
from benchmarks.peers.statistics_text import language, strings

NL = 'feature { name: "x" type: BYTES natural_language_domain { %s } }'
NO_NL = (
    "STATS_NOT_AVAILABLE",
    "Natural language stats are not computed.",
    "Constraints specified in natural language domain cannot be verified because natural language "
    "stats have not been computed.",
)
TOKEN = language(
    'token_statistics { string_token: "a" fraction_of_sequences: 0.6666667 '
    "per_sequence_min_frequency: 0 per_sequence_max_frequency: 5 }"
)
LOW, HIGH = (
    "lower than the threshold set in the Schema",
    "higher than the threshold set in the Schema",
)
CASES = [
    Case(
        "language not counted",
        data(strings("x")),
        NL % "coverage { min_coverage: 0.5 }",
        reasons=(NO_NL,),
    ),
    Case(
        "token not counted",
        data(strings("x", more=TOKEN)),
        NL % 'token_constraints { string_value: "b" }',
        reasons=(NO_NL,),
    ),
    Case(
        "coverage",
        data(
            strings("x", more=language("feature_coverage: 0.8571429 avg_token_length: 1.6666667"))
        ),
        NL % "coverage { min_coverage: 0.9 min_avg_token_length: 3 }",
        reasons=(
            (
                "FEATURE_COVERAGE_TOO_LOW",
                "Feature coverage is too low.",
                f"Fraction of tokens in the vocabulary: 0.857143 is {LOW}: 0.9.",
            ),
            (
                "FEATURE_COVERAGE_TOO_SHORT_AVG_TOKEN_LENGTH",
                "Average token length is too short.",
                f"Average token length is: 1.66667 which is {LOW}: 3.",
            ),
        ),
    ),
    Case(
        "token too seldom",
        data(strings("x", more=TOKEN)),
        NL % 'token_constraints { string_value: "a" min_fraction_of_sequences: 0.9 '
        "min_per_sequence: 1 }",
        reasons=(
            (
                "SEQUENCE_VALUE_TOO_SMALL_FRACTION",
                "Value occurs in too small a fraction of sequences.",
                f"Fraction of sequences with value: a is: 0.666667 which is {LOW}: 0.9.",
            ),
            (
                "SEQUENCE_VALUE_TOO_FEW_OCCURRENCES",
                "Value has too few per-sequence occurrences.",
                f"Value: a occurs at least: 0 times within a sequence, which is {LOW}: 1.",
            ),
        ),
    ),
    Case(
        "token too often",
        data(strings("x", more=TOKEN)),
        NL % 'token_constraints { string_value: "a" max_fraction_of_sequences: 0.5 '
        "max_per_sequence: 2 }",
        reasons=(
            (
                "SEQUENCE_VALUE_TOO_LARGE_FRACTION",
                "Value occurs in too large a fraction of sequences.",
                f"Fraction of sequences with value: a is: 0.666667 which is {HIGH}: 0.5.",
            ),
            (
                "SEQUENCE_VALUE_TOO_MANY_OCCURRENCES",
                "Value has too many per-sequence occurrences.",
                f"Value: a occurs at most: 5 times within a sequence, which is {HIGH}: 2.",
            ),
        ),
    ),
]
