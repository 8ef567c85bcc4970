"""Slices by values; keys and rows as TFDV 1.16 gives them, or by hand."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from taurus_beam.errors import DataError, TraceError
from taurus_beam.stats.options import StatsOptions
from taurus_beam.stats.slicing import get_feature_value_slicer, slice_functions, slices

BATCH = pa.record_batch(
    {
        "id": [0, 1, 2, 3],
        "z": [[1], [2], None, [1]],
        "b": pa.array([[b"x"], [b"y", b"x", b"x"], [b"y"], None]),
        "f": [1.5, 2.0, None, 1.5],
        "flag": [True, False, True, None],
    }
)


def sliced(features: dict[str, Any], rows: Any = BATCH) -> dict[str, list[int]]:
    return {key: part["id"].to_pylist() for key, part in get_feature_value_slicer(features)(rows)}


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        # A row lies once in the slice of each of its values, and without one in none.
        ({"b": None}, {"b_x": [0, 1], "b_y": [1, 2]}),
        ({"z": None}, {"z_1": [0, 3], "z_2": [1]}),
        ({"f": None}, {"f_1.5": [0, 3], "f_2.0": [1]}),
        ({"flag": None}, {"flag_0": [1], "flag_1": [0, 2]}),
        # str and bytes are the same value.
        ({"b": ["x"]}, {"b_x": [0, 1]}),
        ({"b": [b"x"]}, {"b_x": [0, 1]}),
        ({"z": [2, 3]}, {"z_2": [1]}),
        ({"z": None, "b": None}, {"b_x_z_1": [0], "b_x_z_2": [1], "b_y_z_2": [1]}),
        ({"z": [1], "b": ["y"]}, {}),
        ({"z": [7], "b": None}, {}),
        ({}, {}),
        ({"absent": None}, {}),
    ],
)
def test_keys_and_rows(features: dict[str, Any], expected: dict[str, list[int]]) -> None:
    assert sliced(features) == expected


def test_no_rows_have_no_slices() -> None:
    assert sliced({"z": None, "b": None}, BATCH.slice(0, 0)) == {}


def test_the_rows_of_a_part_of_a_batch() -> None:
    assert sliced({"b": None}, BATCH.slice(1, 2)) == {"b_x": [1], "b_y": [1, 2]}


def test_dictionaries_are_their_values() -> None:
    encoded = pa.record_batch({"id": [0, 1], "b": pa.array(["u", "v"]).dictionary_encode()})
    assert sliced({"b": None}, encoded) == {"b_u": [0], "b_v": [1]}


def test_a_value_that_is_no_text_is_refused() -> None:
    rows = pa.record_batch({"b": pa.array([b"\xff"])})
    with pytest.raises(DataError, match="Column 'b' has a value that is not valid UTF-8"):
        list(get_feature_value_slicer({"b": None})(rows))


def test_a_number_with_a_fraction_is_no_value_to_slice_by() -> None:
    with pytest.raises(TraceError, match=r"1\.5 is no value to slice 'f' by"):
        get_feature_value_slicer({"f": [1.5]})  # type: ignore[list-item]  # the mistake meant here


def test_a_struct_is_refused() -> None:
    with pytest.raises(DataError, match="'s' holds structs"):
        list(get_feature_value_slicer({"s": None})(pa.record_batch({"s": [{"a": 1}]})))


def test_a_configuration() -> None:
    config = {
        "slicing_specs": [
            {},
            {"feature_keys": ["z"]},
            {"feature_keys": ["z"], "feature_values": {"b": "x"}},
        ]
    }
    functions = slice_functions(StatsOptions(slicing_config=config))
    found = {key: part["id"].to_pylist() for f in functions for key, part in f(BATCH)}
    assert found == {"z_1": [0, 3], "z_2": [1], "b_x_z_1": [0], "b_x_z_2": [1]}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"slicing_specs": [{"slice_keys_sql": "SELECT 1"}]}, "Slicing by SQL"),
        ({"slicing_specs": [{"features": ["z"]}]}, "has no 'features'"),
    ],
)
def test_a_configuration_that_is_not_understood(config: Any, message: str) -> None:
    with pytest.raises(TraceError, match=message):
        slice_functions(StatsOptions(slicing_config=config))


def test_all_examples_are_a_slice_of_whatever_is_sliced() -> None:
    assert [key for key, _ in slices([], BATCH)] == [""]
    assert [key for key, _ in slices([lambda rows: [("mine", rows)]], BATCH)] == [
        "All Examples",
        "mine",
    ]


def test_a_function_that_gives_no_slices_is_named() -> None:
    def keys_only(rows: Any) -> list[str]:
        return ["mine"]

    with pytest.raises(DataError, match="Slice function 'keys_only' gave str"):
        list(slices([keys_only], BATCH))
