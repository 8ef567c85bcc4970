"""Basic statistics: the values that TFDV 1.16.1 gives, but where a test says otherwise."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from google.protobuf import text_format
from statistics_laws import batch, state_of, stats_of
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.errors import DataError
from taurus_beam.stats.basic import BasicStats
from taurus_beam.stats.options import PerFeatureStatsConfig, StatsOptions

Type = statistics_pb2.FeatureNameStatistics
INF, NAN = math.inf, math.nan


def dataset(*batches, **options):
    chosen = StatsOptions(**options)
    return stats_of(BasicStats(chosen), *batches, options=chosen)


def features(*batches, **options):
    told = dataset(*batches, **options).features
    return {".".join(feature.path.step): feature for feature in told}


def feature(column, **options):
    return features(batch(x=column), **options)["x"]


def buckets(histogram):
    return [(b.low_value, b.high_value, b.sample_count) for b in histogram.buckets]


def schema(text):
    return text_format.Parse(text, schema_pb2.Schema())


class TestCommon:
    def test_presence_and_valency(self):
        told = feature(pa.array([[1], [2], [3], [4], None]))
        common = told.num_stats.common_stats
        assert told.type == Type.INT
        assert (common.num_non_missing, common.num_missing) == (4, 1)
        assert (common.min_num_values, common.max_num_values, common.tot_num_values) == (1, 1, 4)
        assert common.avg_num_values == 1.0
        assert buckets(common.num_values_histogram) == [(1, 1, 0.4)] * 10
        assert common.num_values_histogram.type == statistics_pb2.Histogram.QUANTILES

    def test_scalars_and_lists_of_one_are_alike(self):
        assert feature([1.5, None, 2.5]) == feature([[1.5], None, [2.5]])

    def test_ragged_lists(self):
        told = feature([["a"], ["b", "b"], ["cc"], None]).string_stats
        assert told.common_stats.avg_num_values == pytest.approx(1.3333334)
        assert told.common_stats.tot_num_values == 4
        assert told.avg_length == 1.25

    def test_empty_lists_are_present(self):
        told = feature(pa.array([[], []], pa.list_(pa.int64()))).num_stats
        assert told.common_stats.num_non_missing == 2
        assert (told.common_stats.min_num_values, told.common_stats.max_num_values) == (0, 0)
        assert buckets(told.common_stats.num_values_histogram) == [(0, 0, 0.2)] * 10
        assert not told.histograms

    def test_a_column_without_values_says_what_is_missing_only(self):
        for column, kind, stats in (
            (pa.nulls(2), Type.STRING, "string_stats"),
            (pa.nulls(2, pa.int32()), Type.INT, "num_stats"),
            (pa.nulls(2, pa.list_(pa.float32())), Type.FLOAT, "num_stats"),
            (pa.nulls(2, pa.struct({"a": pa.int64()})), Type.STRUCT, "struct_stats"),
        ):
            told = feature(column)
            assert told.type == kind
            expected = Type(type=kind)
            expected.path.step.append("x")
            getattr(expected, stats).common_stats.num_missing = 2
            assert told == expected

    def test_a_column_absent_from_a_batch_is_missing_there(self):
        told = features(batch(x=[1], y=[1]), batch(y=[2, 3]))
        assert told["x"].num_stats.common_stats.num_missing == 2
        assert told["y"].num_stats.common_stats.num_missing == 0

    def test_nested_lists(self):
        told = feature([[[1, 2], [3]], [[4, 5, 6]], None, [[7], None]])
        common = told.num_stats.common_stats
        assert (common.num_non_missing, common.num_missing, common.tot_num_values) == (3, 1, 7)
        assert common.avg_num_values == pytest.approx(7 / 3)
        assert (common.min_num_values, common.max_num_values) == (1, 3)
        assert buckets(common.num_values_histogram) == (
            [(1, 1, 1 / 3)] * 3 + [(1, 3, 2 / 7)] + [(3, 3, 2 / 7)] * 6
        )
        levels = [
            (s.num_non_missing, s.num_missing, s.min_num_values, s.max_num_values, s.tot_num_values)
            for s in common.presence_and_valency_stats
        ]
        assert levels == [(3, 1, 1, 2, 5), (4, 1, 1, 3, 7)]
        assert (told.num_stats.mean, told.num_stats.std_dev, told.num_stats.median) == (4, 2, 4)

    def test_lengths_of_inner_lists_are_custom_statistics(self):
        nested = [[[[1, 2], [3]], [[]]], [[[4, 5, 6]], None], None, [[[7], None]]]
        told = feature(nested, num_values_histogram_buckets=2)
        quantiles = {s.name: buckets(s.histogram) for s in told.custom_stats}
        assert list(quantiles) == [
            f"level_{k}_value_list_length_{kind}"
            for k in (2, 3)
            for kind in ("quantiles", "standard")
        ]
        assert quantiles["level_2_value_list_length_quantiles"] == [(1, 2, 3), (2, 2, 1)]
        # TFDV interpolates these; ours are counted.
        assert quantiles["level_3_value_list_length_standard"] == [(0, 1.5, 3), (1.5, 3, 2)]

    def test_structs(self):
        kind = pa.list_(pa.struct({"a": pa.list_(pa.int64()), "b": pa.list_(pa.string())}))
        rows = [
            [{"a": [1, 2], "b": None}, None],
            [],
            None,
            [{"a": [3], "b": ["q", "r"]}, {"a": [], "b": ["s"]}],
        ]
        told = features(batch(st=pa.array(rows, kind)))
        struct = told["st"].struct_stats.common_stats
        assert (struct.num_non_missing, struct.num_missing, struct.tot_num_values) == (3, 1, 4)
        child = told["st.a"].num_stats.common_stats
        assert (child.num_non_missing, child.num_missing, child.tot_num_values) == (3, 1, 3)
        child = told["st.b"].string_stats.common_stats
        assert (child.num_non_missing, child.num_missing, child.tot_num_values) == (2, 2, 3)

    def test_a_field_absent_from_a_batch_is_missing_in_its_structs(self):
        told = features(batch(s=[{"a": 1}]), batch(s=[{"b": 1}, {"b": 2}, None]))
        assert told["s.a"].num_stats.common_stats.num_missing == 2
        assert told["s.b"].num_stats.common_stats.num_missing == 1


class TestNumeric:
    def test_moments_and_extremes(self):
        told = feature([1, 2, 3, 4, None]).num_stats
        assert (told.mean, told.std_dev) == (2.5, 1.118033988749895)
        assert (told.min, told.max, told.median, told.num_zeros) == (1, 4, 3, 0)
        standard, quantiles = told.histograms
        assert standard.type == statistics_pb2.Histogram.STANDARD
        assert quantiles.type == statistics_pb2.Histogram.QUANTILES
        assert [count for *_, count in buckets(standard)] == [1, 0, 0, 1, 0, 0, 1, 0, 0, 1]

    def test_infinities(self):
        told = feature([-INF, 1.0, 3.0, INF, INF]).num_stats
        assert math.isnan(told.mean)
        assert (told.std_dev, told.min, told.max, told.median) == (0, -INF, INF, 3)
        standard = buckets(told.histograms[0])
        assert len(standard) == 12
        assert (standard[0], standard[-1]) == ((-INF, -INF, 1), (INF, INF, 2))

    def test_only_infinities(self):
        # TFDV gives one bucket from inf to -inf.
        told = feature([-INF, -INF]).num_stats
        assert buckets(told.histograms[0]) == [(-INF, -INF, 2)]

    def test_nan_is_counted_apart(self):
        told = feature([[1.0], [NAN]]).num_stats
        assert (told.mean, told.std_dev, told.median) == (1, 0, 1)
        assert [histogram.num_nan for histogram in told.histograms] == [1, 1]
        assert buckets(told.histograms[0]) == [(1, 1, 1)]

    def test_all_nan(self):
        expected = Type(type=Type.FLOAT)
        expected.path.step.append("x")
        expected.num_stats.common_stats.CopyFrom(feature([1.0, 2.0]).num_stats.common_stats)
        for kind in (statistics_pb2.Histogram.STANDARD, statistics_pb2.Histogram.QUANTILES):
            expected.num_stats.histograms.add(type=kind, num_nan=2)
        assert feature([NAN, NAN]) == expected

    def test_null_values_in_lists_count_as_nan(self):
        for column in ([[1, None], [None]], [[1.0, None], [None]]):
            told = feature(column).num_stats
            assert told.common_stats.tot_num_values == 3
            assert told.histograms[0].num_nan == 2
            assert told.mean == 1.0

    def test_lists_that_hold_nulls_only_take_part_whatever_type_arrow_gives_them(self):
        untyped = batch(x=pa.array([[None], [None, None]], pa.list_(pa.null())))
        typed = batch(x=pa.array([[None], [None, None]], pa.list_(pa.int64())))
        numbers = batch(x=[[1]])
        assert features(untyped, numbers) == features(numbers, typed)
        assert features(untyped, numbers)["x"].num_stats.histograms[0].num_nan == 3

    def test_zeros(self):
        assert feature([0.0, -0.0, 1.0, NAN]).num_stats.num_zeros == 2

    def test_large_unsigned(self):
        told = feature(pa.array([2**64 - 1, 2**63, 3], pa.uint64())).num_stats
        assert told.mean == 9.2233720368547758e18
        assert told.std_dev == pytest.approx(7.5308517327163208e18, rel=1e-12)
        assert (told.min, told.max) == (3, 1.8446744073709552e19)

    def test_sums_beyond_float64(self):
        told = feature([1.7e308, 1.7e308, -1.7e308]).num_stats
        assert told.mean == pytest.approx(1.7e308 / 3)
        assert told.std_dev == INF
        assert sum(count for *_, count in buckets(told.histograms[0])) == 3

    def test_features_without_histograms(self):
        told = feature([1, 2], per_feature_stats_config=PerFeatureStatsConfig(["x"])).num_stats
        assert not told.histograms
        assert (told.mean, told.median, told.max) == (1.5, 0, 2)


class TestStrings:
    def test_length_is_in_bytes_and_invalid_values_are_counted(self):
        told = feature([[b"\xff"], [b"a\xff\xfe", b"ok"], [b"\xff"]]).string_stats
        assert (told.avg_length, told.invalid_utf8_count) == (1.75, 3)
        assert feature(["ß"]).string_stats.avg_length == 2

    def test_null_values_in_lists_have_no_length(self):
        told = feature([["a", None], [None]]).string_stats
        assert told.common_stats.tot_num_values == 3
        assert told.avg_length == pytest.approx(1 / 3)

    def test_top_values_are_left_to_another_generator(self):
        told = feature(["a", "b"]).string_stats
        assert told.unique == 0
        assert not told.top_values
        assert not told.HasField("rank_histogram")


class TestDeclared:
    def test_categorical_integers(self):
        declared = schema('feature { name: "x" type: INT int_domain { is_categorical: true } }')
        told = feature([10, 10, -3], schema=declared)
        assert told.type == Type.INT
        assert told.string_stats.avg_length == 2
        assert told.WhichOneof("stats") == "string_stats"

    def test_categorical_floats(self):
        declared = schema('feature { name: "x" type: FLOAT float_domain { is_categorical: true } }')
        told = feature([[1.0, 0.1], [NAN], [1e20, 1e-7]], schema=declared)
        assert told.type == Type.FLOAT
        assert told.string_stats.avg_length == pytest.approx(3.8)
        single = pa.array([0.1, 2.0, 3.0], pa.float32())
        told = feature(single, schema=declared)
        assert told.string_stats.avg_length == pytest.approx(25 / 3)

    def test_numbers_of_another_type_than_declared_stay_numbers(self):
        declared = schema('feature { name: "x" type: INT int_domain { is_categorical: true } }')
        assert feature([1.5, 2.5], schema=declared).WhichOneof("stats") == "num_stats"

    def test_images(self):
        declared = schema('feature { name: "x" type: BYTES image_domain {} }')
        told = feature([b"ab", b"abcd", None], schema=declared)
        assert told.type == Type.BYTES
        bytes_stats = told.bytes_stats
        assert (bytes_stats.avg_num_bytes, bytes_stats.min_num_bytes) == (3, 2)
        assert (bytes_stats.max_num_bytes, bytes_stats.max_num_bytes_int) == (4, 4)
        with_null = feature([[b"ab"], [b"abcd"], [None]], schema=declared).bytes_stats
        assert (with_null.avg_num_bytes, with_null.min_num_bytes) == (2, 0)
        assert feature(pa.nulls(2), schema=declared).bytes_stats.common_stats.num_missing == 2
        untyped = batch(x=pa.array([[None]], pa.list_(pa.null())))
        typed = batch(x=pa.array([[None]], pa.list_(pa.binary())))
        image = batch(x=[[b"ab"]])
        assert features(untyped, image, schema=declared) == features(image, typed, schema=declared)
        same = pa.array([b"ab", b"abcd", None]).dictionary_encode()
        assert feature(same, schema=declared) == told


class TestWeights:
    def test_common(self):
        told = dataset(
            batch(x=[["a"], ["b", "b"], None, []], w=[1.5, 2.0, 4.0, 0.5]), weight_feature="w"
        )
        assert told.weighted_num_examples == 8
        x, w = told.features[1], told.features[0]
        assert list(x.path.step) == ["x"]
        common = x.string_stats.common_stats.weighted_common_stats
        assert (common.num_non_missing, common.num_missing) == (4, 4)
        assert (common.tot_num_values, common.avg_num_values) == (5.5, 1.375)
        assert w.num_stats.common_stats.weighted_common_stats.tot_num_values == 8

    def test_nested(self):
        told = features(
            batch(n=[[[1, 2], [3]], [[4, 5, 6]], None, [[7], None]], w=[1.5, 2.0, 4.0, 0.5]),
            weight_feature="w",
        )["n"]
        levels = told.num_stats.common_stats.weighted_presence_and_valency_stats
        assert [
            (s.num_non_missing, s.num_missing, s.avg_num_values, s.tot_num_values) for s in levels
        ] == [(4, 4, 1.5, 6), (5.5, 0.5, 2, 11)]
        numeric = told.num_stats.weighted_numeric_stats
        assert numeric.mean == pytest.approx(3.8636363636363638, rel=1e-12)
        assert numeric.std_dev == pytest.approx(1.7912782268398211, rel=1e-12)
        assert numeric.median == 4

    def test_fields_have_the_weights_of_their_rows(self):
        kind = pa.list_(pa.struct({"a": pa.list_(pa.int64())}))
        rows = [[{"a": [1, 2]}, None], [], None, [{"a": [3]}, {"a": []}]]
        told = features(batch(st=pa.array(rows, kind), w=[1.5, 2.0, 4.0, 0.5]), weight_feature="w")
        common = told["st.a"].num_stats.common_stats.weighted_common_stats
        assert (common.num_non_missing, common.num_missing) == (2.5, 1.5)
        assert (common.avg_num_values, common.tot_num_values) == (1.4, 3.5)

    def test_numeric(self):
        told = feature_with_weights([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
        assert told.mean == pytest.approx(2.3333333333333335)
        assert told.std_dev == pytest.approx(0.74535599249992979)
        assert told.median == 3
        assert [count for *_, count in buckets(told.histograms[0])] == [1, 2, 3]
        assert buckets(told.histograms[1]) == [(1, 2, 3), (2, 3, 1), (3, 3, 1), (3, 3, 1)]

    def test_weights_up_to_zero_count_for_the_mean_only(self):
        told = feature_with_weights([1.0, 2.0, 3.0, NAN], [1.0, 0.0, -3.0, 2.0])
        assert (told.mean, told.std_dev, told.median) == (4, 0, 1)
        assert [count for *_, count in buckets(told.histograms[0])] == [1, 0, 0]
        assert told.histograms[0].num_nan == 1

    def test_no_weight_at_all(self):
        # TFDV stops with an AssertionError.
        told = feature_with_weights([1.0, 2.0], [0.0, 0.0])
        assert (told.mean, told.median) == (0, 0)
        assert [len(histogram.buckets) for histogram in told.histograms] == [0, 0]

    def test_infinity(self):
        told = feature_with_weights([1.0, INF, 3.0], [1.0, 2.0, 3.0])
        assert math.isnan(told.mean)
        assert (told.std_dev, told.median) == (0, 3)
        assert buckets(told.histograms[0])[-1] == (INF, INF, 2)

    def test_all_nan_has_no_weighted_statistics(self):
        rows = batch(x=[NAN, NAN], w=[1.0, 1.0])
        told = features(rows, weight_feature="w")["x"].num_stats
        assert not told.HasField("weighted_numeric_stats")

    def test_a_weight_of_one_feature(self):
        told = dataset(
            batch(x=[1, 2, None], y=[1, 2, None], w=[1.0, 2.0, 5.0]),
            per_feature_weight_override={"x": "w"},
        )
        assert told.weighted_num_examples == 0
        _, x, y = told.features
        assert not y.num_stats.common_stats.HasField("weighted_common_stats")
        weighted = x.num_stats.common_stats.weighted_common_stats
        # TFDV gives -3: it takes the weights present from those of the data set, which it lacks.
        assert (weighted.num_non_missing, weighted.num_missing) == (3, 5)
        assert x.num_stats.weighted_numeric_stats.mean == pytest.approx(1.6666666666666667)


def feature_with_weights(column, weights):
    told = features(
        batch(x=column, w=weights),
        weight_feature="w",
        num_histogram_buckets=3,
        num_quantiles_histogram_buckets=4,
    )
    return told["x"].num_stats.weighted_numeric_stats


class TestConflicts:
    def test_two_types_name_the_column(self):
        with pytest.raises(
            DataError, match="Column 'x' is FLOAT in some batches and INT in others"
        ):
            features(batch(x=[1]), batch(x=[1.5]))

    def test_in_whatever_order_and_place(self):
        generator = BasicStats()
        states = [
            state_of(generator, batch(s=[{"a": "p"}])),
            state_of(generator, batch(s=[{"a": 1}])),
        ]
        with pytest.raises(DataError, match=r"Column 's\.a' is INT in some batches and STRING"):
            generator.merge(states)

    def test_two_depths(self):
        with pytest.raises(
            DataError, match="Column 'x' has 1 levels of lists in some batches and 2"
        ):
            features(batch(x=[[[1]]]), batch(x=[1]))

    def test_lists_of_nulls_fit_any_depth(self):
        untyped = batch(x=pa.array([[], [None, None], None], pa.list_(pa.null())))
        typed = batch(x=pa.array([[], [None, None], None], pa.list_(pa.list_(pa.int64()))))
        numbers = batch(x=[[[1, 2]]])
        assert features(untyped, numbers) == features(numbers, typed)

    def test_nulls_fit_everything(self):
        told = features(batch(x=pa.nulls(1)), batch(x=[[[1.5]]]), batch(x=pa.nulls(2)))["x"]
        assert told.type == Type.FLOAT
        assert told.num_stats.common_stats.num_missing == 3


def test_no_rows_and_no_columns():
    assert dataset().num_examples == 0
    assert not dataset().features
    empty = batch(x=pa.array([], pa.int64()), s=pa.array([], pa.string()))
    told = features(empty)
    assert told["x"].num_stats == statistics_pb2.NumericStatistics(
        common_stats=statistics_pb2.CommonStatistics()
    )
    assert told["s"].type == Type.STRING
