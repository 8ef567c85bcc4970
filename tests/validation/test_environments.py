"""Which features an environment has, by the table of TFDV's documentation."""

from __future__ import annotations

import pytest
from validating import told, validated

import taurus_beam as tb
from benchmarks.peers.statistics_text import dataset, datasets, numbers

DEFAULTS = 'default_environment: "TRAINING" default_environment: "SERVING"'
FEATURE = 'feature { name: "label" type: INT presence { min_count: 1 } %s }'
WITHOUT = datasets(dataset(numbers("x")))
WITH = datasets(dataset(numbers("label"), numbers("x")))
OTHER = 'feature { name: "x" type: INT }'


@pytest.mark.parametrize(
    ("membership", "expected"),
    [
        ("", True),
        ('not_in_environment: "SERVING"', False),
        ('not_in_environment: "TRAINING"', True),
        # It joins one environment, and stays in the default ones.
        ('in_environment: "TRAINING"', True),
        ('in_environment: "SERVING" not_in_environment: "SERVING"', True),
    ],
)
def test_a_feature_is_asked_for_in_its_environments(membership: str, expected: bool) -> None:
    schema = DEFAULTS + FEATURE % membership + OTHER
    lacking = told(validated(WITHOUT, schema, environment="SERVING"))
    having = told(validated(WITH, schema, environment="SERVING"))
    missing = {"label": [("SCHEMA_MISSING_COLUMN", "Column is completely missing")]}
    strange = {
        "label": [
            (
                "SCHEMA_NEW_COLUMN",
                "New column label found in data but not in the environment SERVING in the schema.",
            )
        ]
    }
    assert lacking == (missing if expected else {})
    assert having == ({} if expected else strange)


def test_without_an_environment_every_feature_is_asked_for() -> None:
    schema = DEFAULTS + FEATURE % 'not_in_environment: "SERVING"' + OTHER
    assert list(told(validated(WITHOUT, schema))) == ["label"]


def test_an_unknown_environment() -> None:
    with pytest.raises(tb.DataError, match="Environment FOO not found in the schema"):
        validated(WITH, DEFAULTS, environment="FOO")
