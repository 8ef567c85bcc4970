"""Views of statistics: what TFDV's views give for the same protos."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import path_pb2, statistics_pb2

import taurus_beam as tb
from taurus_beam.errors import DataError


def parsed(text: str) -> Any:
    return text_format.Parse(text, statistics_pb2.DatasetFeatureStatisticsList())


STATS = parsed(
    """
    datasets {
      features { path { step: "a" step: "b" } type: STRING
        string_stats { unique: 2 common_stats { num_missing: 3 } }
        custom_stats { name: "q" num: 2 } custom_stats { name: "r" str: "text" } }
      features { path { step: "a.b" } num_stats { mean: 1 } }
      features { path { step: "old" } validation_derived_source {
        deriver_name: "d" source_path { step: "a" step: "b" } } }
      cross_features { path_x { step: "x" } path_y { step: "y" } count: 7 }
    }
    """
)
DATASET = tb.DatasetListView(STATS).get_default_slice_or_die()


@pytest.mark.parametrize(
    ("text", "default"),
    [
        ("", None),
        ("datasets { num_examples: 3 }", ""),
        ('datasets { name: "a" }', "a"),
        ('datasets { name: "a" } datasets { name: "All Examples" }', "All Examples"),
        ('datasets { name: "a" } datasets { name: "b" }', None),
    ],
)
def test_the_default_slice(text: str, default: str | None) -> None:
    view = tb.DatasetListView(parsed(text))
    found = view.get_default_slice()
    assert (found.proto().name if found else None) == default
    if default is None:
        with pytest.raises(DataError, match="no data set of all examples"):
            view.get_default_slice_or_die()


@pytest.mark.parametrize(
    ("feature", "unique"),
    [
        (("a", "b"), 2),
        (["a", "b"], 2),
        (path_pb2.Path(step=["a", "b"]), 2),
        ("a", None),
        ("nowhere", None),
    ],
)
def test_features_by_path(feature: Any, unique: int | None) -> None:
    found = DATASET.get_feature(feature)
    assert (found.string_statistics().unique if found else None) == unique


def test_a_name_with_a_dot_is_a_name() -> None:
    found = DATASET.get_feature("a.b")
    assert found.numeric_statistics().mean == 1
    assert found.string_statistics() is None
    assert list(DATASET.list_features()) == [("a", "b"), ("a.b",), ("old",)]


def test_the_parts_of_a_feature() -> None:
    found = DATASET.get_feature(("a", "b"))
    assert found.common_statistics().num_missing == 3
    assert found.custom_statistic("q").num == 2
    assert found.custom_statistic("nothing") is None
    assert (found.numeric_statistics(), found.bytes_statistics()) == (None, None)
    assert tb.get_custom_stats(found.proto(), "r") == "text"
    assert DATASET.get_feature("old").common_statistics() is None


def test_derived_and_cross_features() -> None:
    assert DATASET.get_derived_feature("d", [("a", "b")]).proto().path.step == ["old"]
    assert DATASET.get_derived_feature("d", ["a"]) is None
    assert list(DATASET.list_cross_features()) == [(("x",), ("y",))]
    assert DATASET.get_cross_feature("x", "y").proto().count == 7
    assert DATASET.get_cross_feature("y", "x") is None


def test_what_is_not_there() -> None:
    with pytest.raises(DataError, match="Feature zz not found in the dataset statistics"):
        tb.get_feature_stats(STATS.datasets[0], "zz")
    with pytest.raises(DataError, match="Invalid slice key 'zz'"):
        tb.get_slice_stats(STATS, "zz")
    with pytest.raises(DataError, match="Custom statistics zz not found"):
        tb.get_custom_stats(STATS.datasets[0].features[0], "zz")


def test_what_is_there_twice() -> None:
    twice = parsed('datasets { features { name: "a" } features { path { step: "a" } } }')
    with pytest.raises(DataError, match="twice"):
        tb.get_feature_stats(twice.datasets[0], "a")
    with pytest.raises(DataError, match="2 data sets"):
        tb.get_slice_stats(parsed('datasets { name: "k" } datasets { name: "k" }'), "k")


def test_a_slice_is_a_list_of_one() -> None:
    both = parsed('datasets { name: "k" num_examples: 1 } datasets { name: "l" }')
    assert tb.get_slice_stats(both, "k") == parsed('datasets { name: "k" num_examples: 1 }')
