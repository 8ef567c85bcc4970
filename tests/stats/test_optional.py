"""Which generators options ask for, and that what they tell joins the other statistics."""

import pytest
from google.protobuf import text_format
from statistics_laws import batch
from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.errors import TraceError
from taurus_beam.stats.dataset import DatasetStatistics
from taurus_beam.stats.optional import optional_generators
from taurus_beam.stats.options import StatsOptions

EVERYTHING = text_format.Parse(
    """feature { name: "x" type: BYTES } feature { name: "y" type: BYTES }
    feature { name: "n" type: INT }
    feature { name: "t" type: BYTES
              natural_language_domain { coverage { oov_string_tokens: "?" } } }
    sparse_feature { name: "s" index_feature { name: "i" } value_feature { name: "v" } }
    weighted_feature { name: "w" feature { step: "v" } weight_feature { step: "i" } }""",
    schema_pb2.Schema(),
)


def schema(text):
    return text_format.Parse(text, schema_pb2.Schema())


def names(**options):
    return [type(one).__name__ for one in optional_generators(StatsOptions(**options))]


def test_what_asks_for_what():
    assert names() == []
    assert names(label_feature="y") == []
    assert names(schema=schema('feature { name: "x" type: INT }')) == []
    assert names(enable_semantic_domain_stats=True) == ["SemanticDomainStatsGenerator"]
    assert names(schema=EVERYTHING, label_feature="y") == [
        "SparseFeatureStatsGenerator",
        "NLStatsGenerator",
        "WeightedFeatureStatsGenerator",
        "LiftStatsGenerator",
    ]


def test_a_label_that_is_no_category():
    with pytest.raises(TraceError, match="Boundaries must be provided"):
        names(schema=EVERYTHING, label_feature="n")


def test_weights_weigh_lift():
    for options in ({"weight_feature": "n"}, {"per_feature_weight_override": {"x": "n"}}):
        given = StatsOptions(schema=EVERYTHING, label_feature="y", **options)
        assert optional_generators(given)[-1].weighted


def test_custom_statistics_stand_with_the_features_others_tell_of():
    rows = batch(
        x=["the quick fox"] * 100,
        y=["2018-11-30"] * 100,
        t=[["a", "?"]] * 100,
        v=[[1, 2]] * 100,
        i=[[0]] * 100,
    )
    options = StatsOptions(schema=EVERYTHING, label_feature="y", enable_semantic_domain_stats=True)
    statistics = DatasetStatistics(options)
    [dataset] = statistics.result(statistics.add(statistics.zero(), rows)).datasets
    told = {
        feature.path.step[0]: [stat.name for stat in feature.custom_stats]
        for feature in dataset.features
    }
    lift = "Lift (Y=2018-11-30)"
    assert told == {
        "x": ["domain_info", "natural_language_match_rate", lift],
        "y": ["domain_info", "time_match_ratio"],
        "t": ["nl_statistics", lift],
        "v": [],
        "i": [],
        "s": ["missing_value", "missing_index", "max_length_diff", "min_length_diff"],
        "w": [
            "missing_weight",
            "missing_value",
            "min_weight_length_diff",
            "max_weight_length_diff",
        ],
    }
    assert [cross.path_x.step[0] for cross in dataset.cross_features] == ["t", "x"]
    assert dataset.features[0].string_stats.unique == 1
