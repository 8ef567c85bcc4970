"""Numbers of values: of an example, of a shape, and of distinct ones."""

from __future__ import annotations

from benchmarks.peers.anomalies.case import AnomalyCase as Case
from benchmarks.peers.anomalies.parts import BYTES, INT, data
from benchmarks.peers.statistics_text import common, numbers, strings

NESTED = common(levels=[(0, 1, 2), (0, 3, 4)])
CASES = [
    Case(
        "too few and too many values",
        data(numbers("x", counts=common(lengths=(1, 3)))),
        INT % "value_count { min: 2 max: 2 }",
        reasons=(
            (
                "FEATURE_TYPE_LOW_NUMBER_VALUES",
                "Missing values",
                "Some examples have fewer values than expected.",
            ),
            (
                "FEATURE_TYPE_HIGH_NUMBER_VALUES",
                "Superfluous values",
                "Some examples have more values than expected.",
            ),
        ),
    ),
    Case(
        "too few and too many nested values",
        data(numbers("x", counts=NESTED)),
        INT % "value_counts { value_count { min: 2 } value_count { max: 3 } }",
        reasons=(
            (
                "FEATURE_TYPE_LOW_NUMBER_VALUES",
                "Missing values",
                "Some examples have fewer values than expected at nestedness level 0.",
            ),
            (
                "FEATURE_TYPE_HIGH_NUMBER_VALUES",
                "Superfluous values",
                "Some examples have more values than expected at nestedness level 1.",
            ),
        ),
    ),
    Case(
        "value_count of nested values",
        data(numbers("x", counts=NESTED)),
        INT % "value_count { min: 1 }",
        reasons=(
            (
                "VALUE_NESTEDNESS_MISMATCH",
                "Mismatched value nest level",
                "This feature has a value_count, but the nestedness level of the feature > 1. For "
                "features with nestedness levels greater than 1, value_counts, not value_count, "
                "should be specified.",
            ),
        ),
    ),
    Case(
        "value_counts of flat values",
        data(numbers("x")),
        INT % "value_counts { value_count { min: 1 } value_count { min: 1 } }",
        reasons=(
            (
                "VALUE_NESTEDNESS_MISMATCH",
                "Mismatched value nest level",
                "The values have a different nest level than expected. Value counts will not be "
                "checked.",
            ),
        ),
    ),
    Case(
        "shape of varying lengths",
        data(numbers("x", counts=common(lengths=(1, 2)))),
        INT % "shape { dim { size: 1 } }",
        reasons=(
            (
                "INVALID_FEATURE_SHAPE",
                "Feature shape dropped",
                "The feature has a shape, but it's not always present (if the feature is nested, "
                "then it should always be present at each nested level) or its value lengths vary.",
            ),
        ),
    ),
    Case(
        "shape of another length",
        data(numbers("x", counts=common(lengths=(2, 2)))),
        INT % "shape { dim { size: 3 } }",
        reasons=(
            (
                "INVALID_FEATURE_SHAPE",
                "Feature shape dropped",
                "The feature has fixed value length 2 but it's not compatible with the specified "
                "shape.",
            ),
        ),
    ),
    Case(
        "shape of the same length",
        data(numbers("x", counts=common(lengths=(4, 4)))),
        INT % "shape { dim { size: 2 } dim { size: 2 } }",
        reasons=(),
    ),
    Case(
        "too few and too many distinct values",
        data(strings("x", {"a": 6, "b": 4})),
        BYTES % "unique_constraints { min: 3 max: 1 }",
        reasons=(
            (
                "FEATURE_TYPE_LOW_UNIQUE",
                "Low number of unique values",
                "Expected at least 3 unique values but found only 2.",
            ),
            (
                "FEATURE_TYPE_HIGH_UNIQUE",
                "High number of unique values",
                "Expected no more than 1 unique values but found 2.",
            ),
        ),
    ),
    Case(
        "distinct values without an upper bound",
        data(strings("x", {"a": 6, "b": 4})),
        BYTES % "unique_constraints { min: 1 }",
        reasons=(),
        differs="TFDV takes a bound that is not set for 0",
    ),
    Case(
        "distinct values not counted",
        data(numbers("x")),
        INT % "unique_constraints { min: 1 max: 2 }",
        reasons=(
            (
                "FEATURE_TYPE_NO_UNIQUE",
                "No unique values",
                "UniqueConstraints specified for the feature, but unique values were not counted "
                "(i.e., feature is not string or categorical).",
            ),
        ),
    ),
]
