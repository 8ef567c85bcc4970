"""All generators and slices together: one layout, whatever the order and split of the data."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.errors import DataError, TraceError
from taurus_beam.stats.dataset import DatasetStatistics
from taurus_beam.stats.empty_values import EmptyValueCounterGenerator
from taurus_beam.stats.options import StatsOptions
from taurus_beam.stats.slicing import get_feature_value_slicer

ROWS = pa.record_batch(
    {
        "z": [3, 1, 2, 3, None, 1] * 5,
        "a": [["x", "y"], None, [], ["x"], [""], ["z"]] * 5,
        "st": [{"k": 1.5, "w": "u"}, None, {"k": None, "w": "v"}] * 10,
        "w": np.linspace(0.1, 3.0, 30),
    }
)

OF_Z = schema_pb2.Schema(feature=[schema_pb2.Feature(name="z", type=schema_pb2.INT)])
BY_Z = {"slicing_specs": [{"feature_keys": ["z"]}]}


def of(options: StatsOptions, *batches: Any) -> Any:
    statistics = DatasetStatistics(options)
    state = statistics.zero()
    for batch in batches:
        state = statistics.add(state, batch)
    return statistics.result(state)


def paths(dataset: Any) -> list[str]:
    return [".".join(feature.path.step) for feature in dataset.features]


def test_features_stand_in_the_order_of_the_columns_with_all_their_fields() -> None:
    (dataset,) = of(StatsOptions(), ROWS).datasets
    assert (dataset.name, dataset.num_examples) == ("", 30)
    assert paths(dataset) == ["z", "a", "st", "st.k", "st.w", "w"]
    strings = dataset.features[1].string_stats
    assert (strings.unique, strings.common_stats.num_missing, strings.avg_length) == (
        4,
        5,
        pytest.approx(0.8),
    )


def test_no_rows_give_one_data_set_of_none() -> None:
    empty = statistics_pb2.DatasetFeatureStatisticsList(datasets=[{}])
    assert of(StatsOptions()) == of(StatsOptions(), ROWS.slice(0, 0)) == empty


def test_slices_stand_behind_all_examples_by_key() -> None:
    slicer = get_feature_value_slicer({"z": [1, 3]})
    found = of(StatsOptions(experimental_slice_functions=[slicer]), ROWS)
    assert [(d.name, d.num_examples) for d in found.datasets] == [
        ("All Examples", 30),
        ("z_1", 10),
        ("z_3", 10),
    ]
    is_three = pa.array([z == 3 for z in ROWS["z"].to_pylist()])
    (alone,) = of(StatsOptions(), ROWS.filter(is_three)).datasets
    alone.name = "z_3"
    assert found.datasets[2] == alone


def test_weights_and_an_allowlist() -> None:
    options = StatsOptions(weight_feature="w", feature_allowlist=["a", "nowhere"])
    (dataset,) = of(options, ROWS).datasets
    assert paths(dataset) == ["a"]
    assert dataset.weighted_num_examples == pytest.approx(sum(np.linspace(0.1, 3.0, 30)))
    weighted = dataset.features[0].string_stats.weighted_string_stats.top_values
    assert {top.value for top in weighted} == {"", "x", "y", "z"}


def test_generators_of_ones_own_tell_more_of_the_same_features() -> None:
    own = StatsOptions(generators=[EmptyValueCounterGenerator()])
    (dataset,) = of(own, ROWS).datasets
    (without,) = of(StatsOptions(), ROWS).datasets
    custom = {stat.name: stat.num for stat in dataset.features[1].custom_stats}
    assert custom["str_empty"] == 5
    for feature in dataset.features:
        del feature.custom_stats[:]
    assert dataset == without


def test_without_default_generators_only_features_that_are_told_of_stay() -> None:
    options = StatsOptions(generators=[EmptyValueCounterGenerator()], add_default_generators=False)
    (dataset,) = of(options, ROWS).datasets
    assert dataset.num_examples == 30
    assert all(feature.custom_stats for feature in dataset.features)
    assert "a" in paths(dataset)


def test_what_is_no_generator_is_refused_before_data_are_read() -> None:
    with pytest.raises(TraceError, match="A str is no statistics generator"):
        DatasetStatistics(StatsOptions(generators=["basic"]))  # type: ignore[list-item]  # meant


def test_columns_that_change_their_type_are_refused() -> None:
    with pytest.raises(DataError, match="x"):
        of(StatsOptions(), pa.record_batch({"x": [1]}), pa.record_batch({"x": ["a"]}))


def test_batches_may_lack_columns() -> None:
    one, other = pa.record_batch({"x": [1], "y": [2]}), pa.record_batch({"y": [3], "u": [4]})
    (dataset,) = of(StatsOptions(), one, other).datasets
    assert dataset == of(StatsOptions(), other, one).datasets[0]
    missing = {
        p: f.num_stats.common_stats.num_missing
        for p, f in zip(paths(dataset), dataset.features, strict=True)
    }
    assert missing == {"x": 1, "y": 0, "u": 1}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (StatsOptions(), None),
        (StatsOptions(feature_allowlist=["a"]), ["a"]),
        (StatsOptions(feature_allowlist=["a", ("st", "k")], weight_feature="w"), ["a", "st", "w"]),
        (
            StatsOptions(
                feature_allowlist=["a"], slicing_config={"slicing_specs": [{"feature_keys": ["z"]}]}
            ),
            None,
        ),
        (StatsOptions(feature_allowlist=["a", "st", "z", "w"]), None),
        (StatsOptions(schema=OF_Z), None),
        (StatsOptions(schema=OF_Z, infer_type_from_schema=True), ["z"]),
        (StatsOptions(schema=OF_Z, experimental_filter_read_paths=True), ["z"]),
    ],
)
def test_only_the_columns_that_are_needed_are_read(
    options: StatsOptions, expected: list[str] | None
) -> None:
    assert DatasetStatistics(options).columns_read(["z", "a", "st", "w"]) == expected


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(30)), st.lists(st.integers(0, 30), max_size=3), st.booleans())
def test_order_and_split_do_not_show(order: list[int], cuts: list[int], sketch: bool) -> None:
    options = StatsOptions(
        experimental_slice_functions=[get_feature_value_slicer({"a": None})],
        weight_feature="w",
        sample_rate=0.7,
        use_sketch_based_topk_uniques=sketch,
        enable_semantic_domain_stats=True,
    )
    statistics = DatasetStatistics(options)
    shuffled = ROWS.take(pa.array(order))
    edges = [0, *sorted(cuts), 30]
    parts = [shuffled.slice(low, high - low) for low, high in itertools.pairwise(edges)]
    merged = statistics.merge([statistics.add(statistics.zero(), part) for part in parts])
    found = statistics.result(merged).SerializeToString(deterministic=True)
    assert found == of(options, ROWS).SerializeToString(deterministic=True)
