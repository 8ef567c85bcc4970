"""Anomalies of several checks of the same data, in one proto."""

from __future__ import annotations

from validating import validated

from benchmarks.peers.statistics_text import dataset, datasets, numbers
from taurus_beam.validation.anomalies import merge_anomalies

DATA = datasets(dataset(numbers("x", 1, 50), numbers("y", 0, 3)))
LOW = 'feature { name: "x" type: INT int_domain { min: 5 } } feature { name: "y" type: INT }'
HIGH = 'feature { name: "x" type: INT int_domain { max: 5 } } feature { name: "y" type: FLOAT }'
BOTH = (
    'feature { name: "x" type: INT int_domain { min: 5 max: 5 } } feature { name: "y" type: FLOAT }'
)


def test_merged_is_as_validated_at_once() -> None:
    low, high, both = (validated(DATA, schema) for schema in (LOW, HIGH, BOTH))
    merged = merge_anomalies(low, [high])
    assert dict(merged.anomaly_info) == dict(both.anomaly_info)
    assert merged.anomaly_info["x"].short_description == "Multiple errors"
    assert low == validated(DATA, LOW)


def test_of_the_data_set() -> None:
    few, many = (
        f"dataset_constraints {{ {bound} }}"
        for bound in ("min_examples_count: 11", "max_examples_count: 9")
    )
    empty = datasets(dataset())
    merged = merge_anomalies(validated(empty, few), [validated(empty, many)])
    assert len(merged.dataset_anomaly_info.reason) == 2
