"""Validation slice by slice."""

from __future__ import annotations

from typing import Any

import pytest
from validating import schema, statistics, told

import taurus_beam as tb
from benchmarks.peers.statistics_text import common, dataset, datasets, numbers, strings

SCHEMA = (
    'feature { name: "x" type: BYTES presence { min_fraction: 0.5 } domain: "d" '
    "drift_comparator { infinity_norm { threshold: 0.3 } } } "
    'string_domain { name: "d" value: "a" value: "b" }'
)


def part(name: str, values: dict[str, float], missing: int = 0, examples: int = 10) -> str:
    counts = common(examples - missing, missing)
    return dataset(strings("x", values, counts=counts), examples=examples, name=name)


def found(of: str, against: str = SCHEMA, **arguments: Any) -> dict[str, list[tuple[str, str]]]:
    controls = {
        name: statistics(text) if name.endswith("statistics") else text
        for name, text in arguments.items()
    }
    return told(tb.validate_corresponding_slices(statistics(of), schema(against), **controls))


def test_each_slice_is_validated_by_itself() -> None:
    of = datasets(part("All Examples", {"a": 90, "b": 10}, examples=100), part("c_1", {"z": 10}))
    assert found(of) == {
        "'slice(c_1)::x'": [
            (
                "ENUM_TYPE_UNEXPECTED_STRING_VALUES",
                "Examples contain values missing from the schema: z (~100%). ",
            )
        ]
    }


def test_fractions_are_of_the_examples_of_the_slice() -> None:
    """TFDV divides by the number of all examples: 9 of 10 would be 9 of 100."""
    whole = part("All Examples", {"a": 90}, examples=100)
    assert found(datasets(whole, part("c_1", {"a": 9}, missing=1))) == {}
    [key] = found(datasets(whole, part("c_1", {"a": 4}, missing=6)))
    assert key == "'slice(c_1)::x'"


def test_slices_are_compared_with_the_same_slice() -> None:
    of = datasets(part("All Examples", {"a": 5, "b": 5}), part("c_1", {"a": 9, "b": 1}))
    before = datasets(part("All Examples", {"a": 5, "b": 5}), part("c_1", {"a": 1, "b": 9}))
    [(key, [(kind, text)])] = found(of, previous_statistics=before).items()
    assert (key, kind) == ("'slice(c_1)::x'", "COMPARATOR_L_INFTY_HIGH")
    assert "is 0.8 " in text


def test_slices_that_only_one_side_has() -> None:
    of = datasets(part("All Examples", {"a": 10}), part("c_1", {"a": 10}))
    before = datasets(part("All Examples", {"a": 10}), part("c_2", {"a": 10}))
    assert found(of, previous_statistics=before) == {
        "'slice(c_1)::x'": [("COMPARATOR_CONTROL_DATA_MISSING", "previous data is missing.")],
        "'slice(c_2)::x'": [("SCHEMA_MISSING_COLUMN", "Column is completely missing")],
    }


def test_measurements_name_the_slice() -> None:
    of = statistics(datasets(part("All Examples", {"a": 10}), part("c_1", {"a": 10})))
    result = tb.validate_corresponding_slices(of, schema(SCHEMA), previous_statistics=of)
    assert [list(info.path.step) for info in result.drift_skew_info] == [
        ["slice(All Examples)::x"],
        ["slice(c_1)::x"],
    ]


def test_environments_and_constraints_of_the_data_set_count() -> None:
    """TFDV leaves both out when it copies the schema for the slices."""
    against = (
        'default_environment: "E" feature { name: "x" type: INT not_in_environment: "E" } '
        "dataset_constraints { min_examples_count: 11 }"
    )
    of = datasets(dataset(numbers("x"), name="All Examples"), dataset(numbers("x"), name="c_1"))
    keys = found(of, against, environment="E")
    assert sorted(keys) == ["", "'slice(All Examples)::x'", "'slice(c_1)::x'"]


def test_unsliced_statistics_are_one_slice() -> None:
    assert list(found(datasets(part("", {"z": 10})))) == ["'slice()::x'"]


def test_slices_without_one_of_all_examples() -> None:
    with pytest.raises(tb.DataError, match="none of all examples"):
        found(datasets(part("c_1", {"a": 1}), part("c_2", {"a": 1})))
