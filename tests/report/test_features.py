"""What is told of a feature is what its proto says, and nothing where it says nothing."""

from __future__ import annotations

import math

import pytest
from report_protos import Feature, numeric, string
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.report.features import record


def test_a_numeric_feature() -> None:
    told = record(numeric("fare", [0, 0, 2, 6], missing=1, nan=3))
    # Three of the four values are NaN: one is left.
    assert (told["kind"], told["type"], told["present"], told["missing"]) == (
        "numeric",
        "FLOAT",
        4,
        1,
    )
    assert (told["mean"], told["zeros"], told["min"], told["median"], told["max"]) == (
        2,
        2,
        0,
        2,
        6,
    )
    assert told["quantiles"] == [0, 1.5, 3, 4.5, 6]
    assert told["histogram"]["buckets"][1] == [1.5, 3, 1]
    assert told["histogram"]["nan"] == 3


def test_no_value_no_mean() -> None:
    feature = numeric("fare", [1, 2], nan=2)
    assert "mean" not in record(feature)
    feature.num_stats.common_stats.tot_num_values = 0
    assert "min" not in record(feature)


def test_infinite_values_are_counted_beside_the_buckets() -> None:
    feature = Feature(type=Feature.FLOAT)
    stats = feature.num_stats
    stats.common_stats.tot_num_values = 6
    stats.min, stats.max, stats.mean = -math.inf, math.inf, math.nan
    histogram = stats.histograms.add()
    for low, high, count in ((-math.inf, -math.inf, 1), (1, 3, 3), (math.inf, math.inf, 2)):
        histogram.buckets.add(low_value=low, high_value=high, sample_count=count)
    told = record(feature)
    assert told["histogram"] == {"buckets": [[1, 3, 3]], "below": 1, "above": 2}
    assert (told["min"], told["max"], told["mean"]) == ("-Infinity", "Infinity", "NaN")


def test_a_categorical_feature() -> None:
    told = record(string("city", {"Rome": 3, "Oslo": 1}, missing=2))
    assert (told["kind"], told["unique"], told["length"]) == ("categorical", 2, 3.5)
    assert told["top"] == [["Rome", 3], ["Oslo", 1]]


def test_top_values_stand_in_for_a_rank_histogram_that_was_left_out() -> None:
    feature = string("city", {"Rome": 3, "Oslo": 1})
    feature.string_stats.ClearField("rank_histogram")
    assert record(feature)["top"] == [["Rome", 3], ["Oslo", 1]]


def test_weights_tell_other_numbers_beside() -> None:
    feature = numeric("fare", [1, 2, 3, 4])
    feature.num_stats.common_stats.weighted_common_stats.num_non_missing = 2.5
    feature.num_stats.weighted_numeric_stats.mean = 3.25
    told = record(feature)
    assert told["mean"] == 2.5
    assert told["weighted"]["mean"] == 3.25
    assert told["weighted"]["present"] == 2.5


def test_bytes_structs_and_features_without_statistics() -> None:
    image = Feature(type=Feature.BYTES)
    image.bytes_stats.common_stats.tot_num_values = 2
    image.bytes_stats.avg_num_bytes, image.bytes_stats.max_num_bytes = 3.0, 4.0
    assert record(image)["bytes"] == {"mean": 3, "min": 0, "max": 4}

    struct = Feature(type=Feature.STRUCT)
    struct.struct_stats.common_stats.num_non_missing = 1
    assert record(struct)["kind"] == "struct"

    sparse = Feature()
    sparse.custom_stats.add(name="missing_value", num=1)
    assert record(sparse) == {
        "kind": "other",
        "type": "",
        "custom": [{"name": "missing_value", "number": 1}],
    }


def test_nested_lists_are_told_level_by_level() -> None:
    feature = numeric("n", [1, 2])
    for present, missing in ((3, 1), (4, 1)):
        feature.num_stats.common_stats.presence_and_valency_stats.add(
            num_non_missing=present, num_missing=missing, min_num_values=1, max_num_values=3
        )
    assert [(each["present"], each["missing"]) for each in record(feature)["levels"]] == [
        (3, 1),
        (4, 1),
    ]


@pytest.mark.parametrize("kind", ["num", "str", "histogram", "rank_histogram", "any"])
def test_every_kind_of_custom_statistic_is_told(kind: str) -> None:
    custom = statistics_pb2.CustomStatistic(name="c")
    if kind == "num":
        custom.num = math.nan
    elif kind == "str":
        custom.str = "text"
    elif kind == "histogram":
        custom.histogram.buckets.add(low_value=0, high_value=1, sample_count=2)
    elif kind == "rank_histogram":
        custom.rank_histogram.buckets.add(label="a", sample_count=2)
    else:
        custom.any.Pack(statistics_pb2.RankHistogram(name="packed"))
    (told,) = record(Feature(custom_stats=[custom]))["custom"]
    expected = {
        "num": {"number": "NaN"},
        "str": {"text": "text"},
        "histogram": {"buckets": [[0, 1, 2]]},
        "rank_histogram": {"top": [["a", 2]]},
    }
    if kind == "any":
        assert "packed" in told["text"]
    else:
        assert told == {"name": "c", **expected[kind]}
