"""Options have TFDV's names, defaults and checks; JSON goes both ways."""

from __future__ import annotations

import dataclasses

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.errors import DataError, TraceError
from taurus_beam.stats.options import PerFeatureStatsConfig, StatsOptions

SCHEMA = text_format.Parse(
    """
    feature { name: "i" type: INT int_domain { is_categorical: true } }
    feature { name: "flag" type: INT bool_domain {} }
    feature { name: "tokens" type: INT natural_language_domain {} }
    feature { name: "plain" type: INT int_domain { min: 1 } }
    feature { name: "f" type: FLOAT float_domain { is_categorical: true } }
    feature { name: "text_flag" type: BYTES bool_domain {} }
    feature { name: "trip" type: STRUCT struct_domain {
      feature { name: "photo" type: BYTES image_domain {} }
      feature { name: "zone" type: BYTES domain: "zones" }
    } }
    feature { name: "free" type: BYTES }
    feature { name: "own" type: BYTES string_domain { is_categorical: CATEGORICAL_NO } }
    string_domain { name: "zones" is_categorical: CATEGORICAL_YES }
    """,
    schema_pb2.Schema(),
)

# Recorded from the signature of StatsOptions in TFDV 1.16.1.
TFDV_DEFAULTS = {
    "generators": None,
    "schema": None,
    "label_feature": None,
    "weight_feature": None,
    "slice_functions": None,
    "sample_rate": None,
    "num_top_values": 20,
    "frequency_threshold": 1,
    "weighted_frequency_threshold": 1.0,
    "num_rank_histogram_buckets": 1000,
    "num_values_histogram_buckets": 10,
    "num_histogram_buckets": 10,
    "num_quantiles_histogram_buckets": 10,
    "epsilon": 0.01,
    "infer_type_from_schema": False,
    "desired_batch_size": None,
    "enable_semantic_domain_stats": False,
    "semantic_domain_stats_sample_rate": None,
    "per_feature_weight_override": None,
    "vocab_paths": None,
    "add_default_generators": True,
    "feature_allowlist": None,
    "experimental_use_sketch_based_topk_uniques": None,
    "experimental_slice_functions": None,
    "experimental_result_partitions": 1,
    "experimental_num_feature_partitions": 1,
    "slicing_config": None,
    "experimental_filter_read_paths": False,
    "per_feature_stats_config": None,
}


def test_names_and_defaults_are_tfdvs():
    options = StatsOptions()
    assert {name: getattr(options, name) for name in TFDV_DEFAULTS} == TFDV_DEFAULTS
    assert options.use_sketch_based_topk_uniques is False


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sample_rate", 0.0),
        ("sample_rate", 1.5),
        ("semantic_domain_stats_sample_rate", -1.0),
        ("num_values_histogram_buckets", 1),
        ("num_histogram_buckets", 0),
        ("num_quantiles_histogram_buckets", 0),
        ("num_top_values", 2.5),
        ("desired_batch_size", 0),
        ("experimental_result_partitions", 0),
        ("experimental_num_feature_partitions", 0),
        ("epsilon", 0.0),
        ("schema", "feature {}"),
        ("generators", 5),
        ("feature_allowlist", "x"),
        ("experimental_slice_functions", ["x"]),
        ("slicing_config", "x"),
    ],
)
def test_what_cannot_be_meant_is_refused(name, value):
    with pytest.raises(TraceError, match=name):
        StatsOptions(**{name: value})


def test_options_do_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        StatsOptions().num_top_values = 3


def test_older_names_mean_the_newer_ones():
    def slicer(batch):
        return [("all", batch)]

    options = StatsOptions(
        slice_functions=[slicer], experimental_use_sketch_based_topk_uniques=True
    )
    assert options.experimental_slice_functions == [slicer]
    assert options.use_sketch_based_topk_uniques is True
    assert dataclasses.replace(options, num_top_values=1).num_top_values == 1
    with pytest.raises(TraceError, match="only one"):
        StatsOptions(slice_functions=[slicer], experimental_slice_functions=[slicer])
    with pytest.raises(TraceError, match="only one"):
        StatsOptions(slicing_config={"slicing_specs": []}, experimental_slice_functions=[slicer])


def test_json_holds_every_option():
    options = StatsOptions(
        schema=SCHEMA,
        weight_feature="w",
        num_top_values=3,
        per_feature_weight_override={"x": "v", ("trip", "fare"): "u"},
        slicing_config={"slicing_specs": [{"feature_keys": ["origin"]}]},
        feature_allowlist=["x", "trip"],
        vocab_paths={"words": "words.txt"},
    )
    again = StatsOptions.from_json(options.to_json())
    assert again == options
    assert again.weight_of(("trip", "fare")) == "u"
    assert again.facts.images == {("trip", "photo")}


def test_json_of_tfdv_is_understood():
    # Recorded from TFDV 1.16.1, with num_top_values, weight_feature and one override given.
    text = (
        '{"_generators": null, "_feature_allowlist": null, "_schema": null, "label_feature": null, '
        '"weight_feature": "w", "_slice_functions": null, "_sample_rate": null, '
        '"num_top_values": 7, "frequency_threshold": 1, "weighted_frequency_threshold": 1.0, '
        '"num_rank_histogram_buckets": 1000, "_num_values_histogram_buckets": 10, '
        '"_num_histogram_buckets": 10, "_num_quantiles_histogram_buckets": 10, "epsilon": 0.01, '
        '"infer_type_from_schema": false, "_desired_batch_size": null, '
        '"enable_semantic_domain_stats": false, "_semantic_domain_stats_sample_rate": null, '
        '"_vocab_paths": null, "_add_default_generators": true, '
        '"_use_sketch_based_topk_uniques": false, "_slice_sqls": null, '
        '"_experimental_num_feature_partitions": 1, "_experimental_result_partitions": 1, '
        '"_slicing_config": null, "_experimental_filter_read_paths": false, '
        '"_per_feature_stats_config": null, "TYPE_NAME": "StatsOptions", '
        '"per_feature_weight_override_json": {"[\\"x\\"]": "v"}}'
    )
    assert StatsOptions.from_json(text) == StatsOptions(
        num_top_values=7, weight_feature="w", per_feature_weight_override={"x": "v"}
    )


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"TYPE_NAME": "Other"}', '{"no_such": 1}', '{"schema_json": "{"}'],
)
def test_json_of_something_else_is_refused(text):
    with pytest.raises(DataError):
        StatsOptions.from_json(text)


def test_functions_have_no_json():
    for name, value in {
        "generators": [],
        "experimental_slice_functions": [print],
        "per_feature_stats_config": PerFeatureStatsConfig(),
    }.items():
        with pytest.raises(TraceError, match=name):
            StatsOptions(**{name: value}).to_json()


def test_an_allowlist_names_columns_or_paths():
    options = StatsOptions(feature_allowlist=["x", ("trip", "fare")])
    allowed = [("x",), ("trip",), ("trip", "fare"), ("trip", "fare", "tax")]
    assert all(map(options.allows, allowed))
    assert not any(map(options.allows, [("y",), ("trip", "tip"), ("fare",)]))
    assert StatsOptions().allows(("anything",))


def test_histograms_by_feature():
    only = PerFeatureStatsConfig(["x"], "include")
    assert StatsOptions(per_feature_stats_config=only).has_histograms(("x",))
    assert not StatsOptions(per_feature_stats_config=only).has_histograms(("y",))
    others = PerFeatureStatsConfig(["x"])
    assert not StatsOptions(per_feature_stats_config=others).has_histograms(("x",))
    with pytest.raises(TraceError, match="histogram_mode"):
        PerFeatureStatsConfig(["x"], "both")


def test_what_a_schema_declares():
    facts = StatsOptions(schema=SCHEMA).facts
    assert facts.categorical == {
        ("i",): schema_pb2.INT,
        ("flag",): schema_pb2.INT,
        ("tokens",): schema_pb2.INT,
        ("f",): schema_pb2.FLOAT,
    }
    assert facts.images == {("trip", "photo")}
    assert facts.string_categories == {
        ("trip", "zone"): schema_pb2.StringDomain.CATEGORICAL_YES,
        ("free",): schema_pb2.StringDomain.CATEGORICAL_UNSPECIFIED,
        ("own",): schema_pb2.StringDomain.CATEGORICAL_NO,
    }
