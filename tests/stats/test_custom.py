"""Generators of one's own: custom statistics, tallies, and how they join the other statistics."""

import operator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statistics_laws import assert_laws, batch, custom_stats, stats_of
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.errors import TraceError
from taurus_beam.stats.custom import custom_stat, histogram, rank_histogram
from taurus_beam.stats.dataset import DatasetStatistics
from taurus_beam.stats.empty_values import EmptyValueCounterGenerator
from taurus_beam.stats.options import StatsOptions
from taurus_beam.stats.tally import FeatureTallyGenerator

BIG = 2**70


@dataclass(frozen=True)
class Evens(FeatureTallyGenerator):
    """Counts even integers, and remembers the largest and a very large sum."""

    def merging(self, name):
        return max if name == "largest" else operator.add

    def count(self, feature):
        if feature.type != statistics_pb2.FeatureNameStatistics.INT or not len(feature.numbers):
            return {}
        return {
            "even": int(np.count_nonzero(feature.numbers % 2 == 0)),
            "largest": int(feature.numbers.max()),
            "big": -BIG * len(feature.numbers),
        }

    def custom_stats(self, facts):
        yield custom_stat("even", facts["even"])
        yield custom_stat("largest", facts["largest"])
        yield custom_stat("big", facts["big"] // BIG)


class TestCustomStat:
    @pytest.mark.parametrize(
        ("value", "kind"),
        [
            (1, "num"),
            (np.float32(0.5), "num"),
            (float("nan"), "num"),
            ("text", "str"),
            (histogram([0, 1], [2]), "histogram"),
            (rank_histogram([("a", 1)]), "rank_histogram"),
            (statistics_pb2.NaturalLanguageStatistics(), "any"),
        ],
    )
    def test_kinds(self, value, kind):
        assert custom_stat("x", value).WhichOneof("val") == kind

    def test_other_values(self):
        with pytest.raises(TraceError, match="Custom statistic 'x'"):
            custom_stat("x", [1])
        with pytest.raises(TraceError, match="cannot have 2 edges"):
            histogram([0, 1], [1, 2])

    def test_ranks_are_left_out_where_there_are_none(self):
        ranked, plain = (
            rank_histogram([("b", 2), ("a", 1)], ranked=ranked).buckets[1]
            for ranked in (True, False)
        )
        assert (ranked.low_rank, ranked.high_rank) == (1, 1)
        assert (plain.low_rank, plain.high_rank, plain.label) == (0, 0, "a")


class TestOwnGenerator:
    def test_joins_what_others_tell_of_a_feature(self):
        statistics = DatasetStatistics(StatsOptions(generators=[Evens()]))
        rows = batch(x=[1, 2, 4], s=["a", "b", "c"])
        [dataset] = statistics.result(statistics.add(statistics.zero(), rows)).datasets
        assert dataset.features[0].num_stats.max == 4
        assert custom_stats(dataset) == {
            ("x", "even"): 2,
            ("x", "largest"): 4,
            ("x", "big"): -3,
        }

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.none() | st.integers(-9, 9)), st.data())
    def test_laws(self, numbers, data):
        order = data.draw(st.permutations(range(len(numbers))))
        cuts = sorted(data.draw(st.lists(st.integers(0, len(numbers)), max_size=3)))
        rows = batch(x=pa.array(numbers, pa.int64()))
        assert_laws(Evens(), rows, order, cuts)
        assert_laws(EmptyValueCounterGenerator(), rows, order, cuts)


class TestEmptyValues:
    """Recorded from TFDV 1.16.1."""

    @pytest.mark.parametrize(
        ("values", "name", "count"),
        [
            ([[[], [1]], None, [None, []]], "list_empty", 3),
            ([[-1.0], [float("nan")], [-1.0, 2.0]], "int_-1", 2),
            ([[b"", b""], None, []], "str_empty", 2),
            ([[], None, [-1]], "int_-1", 1),
        ],
    )
    def test_counts(self, values, name, count):
        told = custom_stats(stats_of(EmptyValueCounterGenerator(), batch(f=values)))
        assert told == {("f", name): count}

    def test_nothing_is_empty(self):
        assert not stats_of(EmptyValueCounterGenerator(), batch(x=[1], s=["a"])).features
