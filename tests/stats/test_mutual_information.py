"""Mutual information of features and a label: encodings by hand, partitions and their laws."""

import numpy as np
import pyarrow as pa
import pytest
from google.protobuf import text_format
from hypothesis import given, settings
from hypothesis import strategies as st
from statistics_laws import assert_laws, batch, custom_stats, state_of, stats_of
from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.errors import DataError, TraceError
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.mutual_information import MutualInformation
from taurus_beam.stats.options import StatsOptions
from taurus_beam.stats.partitioned import NonStreamingCustomStatsGenerator
from taurus_beam.stats.row_sample import RowSample

SCHEMA = text_format.Parse(
    """feature { name: "y" type: INT shape { dim { size: 1 } } int_domain { is_categorical: true } }
    feature { name: "s" type: BYTES value_count { max: 1 } }
    feature { name: "x" type: FLOAT value_count { max: 1 } }
    feature { name: "tags" type: BYTES } feature { name: "bag" type: INT }""",
    schema_pb2.Schema(),
)
ROWS = 240
LABEL = [i % 2 for i in range(ROWS)]


def bits(*, options=None, **columns):
    one = MutualInformation("y", SCHEMA, **(options or {}))
    rows = batch(y=LABEL, **columns)
    told = custom_stats(one.compute(rows))
    return {feature: number for (feature, _), number in told.items()}


def test_each_kind_of_feature():
    noise = [(i * i * 0.414213562) % 1 for i in range(ROWS)]
    tells = bits(
        s=["ab"[i % 2] for i in range(ROWS)],
        x=[i % 2 + 0.5 * n for i, n in enumerate(noise)],
        tags=[["p", "q"] if i % 2 else ["q"] for i in range(ROWS)],
        bag=[[1, 2] if i % 2 else [50, 60, 70] for i in range(ROWS)],
    )
    assert tells.keys() == {"bag", "s", "tags", "x"}
    assert all(0.9 < number <= 1.01 for number in tells.values())
    tells_not = bits(
        s=["ab"[i // 2 % 2] for i in range(ROWS)],
        x=noise,
        tags=[["p", "q"] if i // 2 % 2 else ["q"] for i in range(ROWS)],
    )
    assert all(number < 0.1 for number in tells_not.values())


def test_being_missing_tells():
    tells = bits(
        s=[None if i % 2 else "a" for i in range(ROWS)],
        x=[np.nan if i % 2 else float(i) for i in range(ROWS)],
        tags=[None if i % 2 else ["a"] for i in range(ROWS)],
    )
    assert tells["s"] > 0.95
    assert tells["x"] > 0.8


@pytest.mark.parametrize(
    "columns",
    [
        {"s": pa.nulls(ROWS)},
        {"s": pa.nulls(ROWS, pa.string())},
        {"s": [str(i) for i in range(ROWS)]},
        {"x": [1.5] * ROWS},
        {"tags": [["a"]] * ROWS},
        {"bag": [[3]] * ROWS},
    ],
    ids=["null", "no strings", "all differ", "constant", "one tag", "one number"],
)
def test_what_tells_nothing(columns):
    assert set(bits(**columns).values()) == {0.0}


def test_a_label_of_which_no_two_rows_are_alike_is_not_told_about():
    one = MutualInformation("y", multivalent_features=(), categorical_features=["y"])
    stats = one.compute(batch(y=range(10), s=["a", "b"] * 5))
    assert custom_stats(stats) == {("s", "adjusted_mutual_information"): 0.0}


def test_normalised_by_the_label():
    options = {"normalize_by_max": True, "custom_stats_key": "share", "features_to_ignore": ["x"]}
    assert bits(options=options, s=["ab"[i % 2] for i in range(ROWS)], x=[1.0] * ROWS) == {"s": 1.0}


def test_rarest_categories_are_counted_together():
    tags = [["often", f"rare{i}"] if i % 2 else ["often"] for i in range(ROWS)]
    # With three counts the rare ones share a count, which tells the label; else it tells less.
    assert bits(options={"max_encoding_length": 3}, tags=tags)["tags"] > 0.9


def test_options_and_labels_that_cannot_be_meant():
    with pytest.raises(TraceError, match="Either multivalent_features or a schema"):
        MutualInformation("y")
    with pytest.raises(TraceError, match="'z' is not in the schema"):
        MutualInformation("z", SCHEMA)
    with pytest.raises(TraceError, match="max_encoding_length"):
        MutualInformation("y", SCHEMA, max_encoding_length=1)
    with pytest.raises(DataError, match="label 'y' is no column"):
        MutualInformation("y", SCHEMA).compute(batch(x=[1.0, 2.0, 3.0, 4.0]))


GENERATOR = NonStreamingCustomStatsGenerator(
    MutualInformation("y", SCHEMA),
    num_partitions=3,
    min_partitions_stat_presence=2,
    max_examples_per_partition=40,
)


def test_summaries_of_partitions():
    rows = batch(y=LABEL, s=["ab"[i % 2] for i in range(ROWS)])
    told = {name: v for (_, name), v in custom_stats(stats_of(GENERATOR, rows)).items()}
    assert list(told) == [
        f"{prefix}_adjusted_mutual_information"
        for prefix in ("min", "max", "mean", "median", "std_dev", "num_partitions")
    ]
    assert told["num_partitions_adjusted_mutual_information"] == 3
    # Four distinct rows at most: they are dealt one by one, so each part has all of them.
    assert told["min_adjusted_mutual_information"] > 0.9


def test_too_few_partitions_tell_nothing():
    assert not stats_of(GENERATOR, batch(y=[0, 1, 0, 1], s=["a", "b", "a", "b"])).features
    assert not stats_of(GENERATOR).features


def test_rows_are_dealt_once_and_evenly():
    sample = RowSample.empty(1000)
    sample.add(Examples(batch(x=[i % 7 for i in range(100)])))
    parts = [part.column("x").to_pylist() for part in sample.dealt(3, 1000)]
    assert [len(part) for part in parts] == [34, 33, 33]
    assert sorted(x for part in parts for x in part) == sorted(i % 7 for i in range(100))
    capped = [part.num_rows for part in sample.dealt(3, 10)]
    assert capped == [10, 10, 10]


def test_a_sample_keeps_counts_of_the_rows_that_it_keeps():
    rows = batch(x=[i % 50 for i in range(1000)])
    sample = state_of(NonStreamingCustomStatsGenerator(GENERATOR.stats_fn, 2, 1, 10), rows)
    sample.compact()
    assert (len(sample.hashes), set(sample.counts.tolist())) == (20, {20})


VALUES = st.tuples(
    st.sampled_from(["a", "b", None]), st.sampled_from([1.0, 2.5, None]), st.integers(0, 1)
)


@settings(max_examples=30, deadline=None)
@given(st.lists(VALUES, max_size=30), st.sampled_from([2, 10]), st.data())
def test_laws(rows, most, data):
    order = data.draw(st.permutations(range(len(rows))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=3)))
    columns = batch(
        s=pa.array([r[0] for r in rows], pa.string()).dictionary_encode(),
        x=pa.array([r[1] for r in rows], pa.float64()),
        y=pa.array([r[2] for r in rows], pa.int64()),
        w=pa.array([1.0] * len(rows), pa.float64()),
    )
    options = StatsOptions(feature_allowlist=["s", "x", "y"])
    one = NonStreamingCustomStatsGenerator(GENERATOR.stats_fn, 2, 1, most)
    assert_laws(one, columns, order, cuts, options)
