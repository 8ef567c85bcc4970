"""Columns that are new, missing, out of their environment, or there too seldom."""

from __future__ import annotations

from benchmarks.peers.anomalies.case import AnomalyCase as Case
from benchmarks.peers.anomalies.parts import DROPPED, INT, data
from benchmarks.peers.statistics_text import common, numbers, struct

CASES = [
    Case(
        "new column",
        data(numbers("x"), numbers("y")),
        INT % "",
        reasons=(
            (
                "SCHEMA_NEW_COLUMN",
                "New column",
                "New column (column in data but not in schema)",
            ),
        ),
    ),
    Case(
        "new struct with a field",
        data(struct("s"), numbers("s/x"), numbers("s/y")),
        "",
        reasons=(
            ("SCHEMA_NEW_COLUMN", "New column", "New column (column in data but not in schema)"),
        ),
    ),
    Case(
        "new columns, one needed",
        data(numbers("x"), numbers("y")),
        "",
        needed=(("y",),),
        warn_of_new=True,
        reasons=(
            ("SCHEMA_NEW_COLUMN", "New column", "New column (column in data but not in schema)"),
        ),
    ),
    Case(
        "column missing in environment",
        data(numbers("x")),
        (INT % 'not_in_environment: "SERVING"')
        + 'default_environment: "SERVING" default_environment: "TRAINING"',
        environment="SERVING",
        reasons=(
            (
                "SCHEMA_NEW_COLUMN",
                "Column missing in environment",
                "New column x found in data but not in the environment SERVING in the schema.",
            ),
        ),
    ),
    Case(
        "column missing",
        data(numbers("y")),
        INT % "presence { min_count: 1 }" + 'feature { name: "y" type: INT }',
        reasons=(("SCHEMA_MISSING_COLUMN", DROPPED, "Column is completely missing"),),
    ),
    Case(
        "not present",
        data(numbers("x", counts=common(0, 10))),
        INT % "presence { min_count: 1 }",
        reasons=(
            (
                "FEATURE_TYPE_NOT_PRESENT",
                DROPPED,
                "The feature was not present in any examples.",
            ),
        ),
    ),
    Case(
        "too few present",
        data(numbers("x", counts=common(3, 7))),
        INT % "presence { min_count: 5 min_fraction: 0.75 }",
        reasons=(
            (
                "FEATURE_TYPE_LOW_NUMBER_PRESENT",
                DROPPED,
                "The feature was present in fewer examples than expected: minimum count = 5, "
                "actual = 3",
            ),
            (
                "FEATURE_TYPE_LOW_FRACTION_PRESENT",
                DROPPED,
                "The feature was present in fewer examples than expected: minimum fraction = "
                "0.750000, actual = 0.300000",
            ),
        ),
    ),
    Case(
        "missing in so few that the fraction is 1",
        data(numbers("x", counts=common(10, 1)), examples=10),
        INT % "presence { min_fraction: 1 }",
        reasons=(
            (
                "FEATURE_TYPE_LOW_FRACTION_PRESENT",
                DROPPED,
                "The feature was expected everywhere, but was missing in 1 examples.",
            ),
        ),
    ),
]
