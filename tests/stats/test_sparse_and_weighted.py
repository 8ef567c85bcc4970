"""Sparse and weighted features; expected values were recorded from TFDV 1.16.1."""

import pyarrow as pa
import pytest
from google.protobuf import text_format
from hypothesis import given, settings
from hypothesis import strategies as st
from statistics_laws import assert_laws, batch, custom_stats, stats_of
from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.errors import DataError
from taurus_beam.stats.sparse_features import SparseFeature, SparseFeatureStatsGenerator
from taurus_beam.stats.weighted_features import (
    WeightedFeature,
    WeightedFeatureStatsGenerator,
)

SPARSE = """sparse_feature {
  name: "s" index_feature { name: "i" } index_feature { name: "h" } value_feature { name: "v" }
}"""
WEIGHTED = 'weighted_feature { name: "wf" feature { step: "v" } weight_feature { step: "w" } }'
VALUES = [[1, 2], None, [3], [], None]


def sparse(schema):
    parsed = text_format.Parse(schema, schema_pb2.Schema())
    return SparseFeatureStatsGenerator(SparseFeature.all_of(parsed))


def weighted(schema=WEIGHTED):
    parsed = text_format.Parse(schema, schema_pb2.Schema())
    return WeightedFeatureStatsGenerator(WeightedFeature.all_of(parsed))


def told(generator, rows):
    return {name: v for (_, name), v in custom_stats(stats_of(generator, rows)).items()}


def ints(*lists):
    return pa.array(lists, pa.list_(pa.int64()))


class TestSparse:
    def test_what_is_missing_and_how_lengths_differ(self):
        rows = batch(v=VALUES, i=[[0, 1], [5], None, [], None], h=ints([0, 1, 2], *[None] * 4))
        assert told(sparse(SPARSE), rows) == {
            "missing_value": 1.0,
            "missing_index": [("h", 3.0), ("i", 1.0)],
            "max_length_diff": [("h", 1.0), ("i", 1.0)],
            "min_length_diff": [("h", -1.0), ("i", -1.0)],
        }

    def test_indices_that_are_no_columns(self):
        assert told(sparse(SPARSE), batch(v=[[1, 2], None])) == {
            "missing_value": 0.0,
            "missing_index": [("h", 1.0), ("i", 1.0)],
            "max_length_diff": [("h", -2.0), ("i", -2.0)],
            "min_length_diff": [("h", -2.0), ("i", -2.0)],
        }

    @pytest.mark.parametrize("rows", [batch(v=ints(None), i=ints(None), h=ints(None)), None])
    def test_no_row_has_the_feature(self, rows):
        stats = told(sparse(SPARSE), batch(x=[1]) if rows is None else rows)
        assert stats["max_length_diff"] == [("h", 0.0), ("i", 0.0)]
        assert stats["missing_value"] == 0.0

    def test_in_a_struct_each_of_its_values_is_a_row(self):
        schema = """feature { name: "st" type: STRUCT struct_domain { sparse_feature {
            name: "s" index_feature { name: "i" } value_feature { name: "v" } } } }"""
        structs = [
            [{"v": [1, 2], "i": [1]}, {"v": None, "i": [1]}],
            [{"v": [1], "i": [1, 2, 3]}],
            None,
        ]
        assert custom_stats(stats_of(sparse(schema), batch(st=structs))) == {
            ("st.s", "missing_value"): 1.0,
            ("st.s", "missing_index"): [("i", 0.0)],
            ("st.s", "max_length_diff"): [("i", 2.0)],
            ("st.s", "min_length_diff"): [("i", -1.0)],
        }


class TestWeighted:
    def test_what_is_missing_and_how_lengths_differ(self):
        rows = batch(v=VALUES, w=[[0.0, 1.0, 2.0], [5.0], None, [], None])
        assert told(weighted(), rows) == {
            "missing_weight": 1.0,
            "missing_value": 1.0,
            "min_weight_length_diff": -1.0,
            "max_weight_length_diff": 1.0,
        }

    def test_weights_that_are_no_column(self):
        assert told(weighted(), batch(v=VALUES)) == {
            "missing_weight": 3.0,
            "missing_value": 0.0,
            "min_weight_length_diff": -2.0,
            "max_weight_length_diff": 0.0,
        }

    def test_components_that_do_not_stand_beside_each_other(self):
        schema = WEIGHTED.replace('step: "w"', 'step: "st" step: "w"')
        rows = batch(v=[1, 2], st=[[{"w": 1}, {"w": 2}], [{"w": 3}]])
        with pytest.raises(DataError, match=r"'wf' do not stand beside each other: 'v', 'st.w'"):
            stats_of(weighted(schema), rows)


LISTS = st.none() | st.lists(st.just(1), max_size=3)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(LISTS, LISTS, LISTS)), st.data())
def test_laws(rows, data):
    order = data.draw(st.permutations(range(len(rows))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=3)))
    columns = {name: ints(*(row[i] for row in rows)) for i, name in enumerate("vih")}
    assert_laws(sparse(SPARSE), batch(**columns), order, cuts)
    assert_laws(weighted(), batch(v=columns["v"], w=columns["h"]), order, cuts)
