"""Lift; expected values were recorded from TFDV 1.16.1 unless they say otherwise."""

import pyarrow as pa
import pytest
from google.protobuf import text_format
from hypothesis import given, settings
from hypothesis import strategies as st
from statistics_laws import assert_laws, batch, custom_stats, state_of, stats_of
from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.errors import DataError, TraceError
from taurus_beam.stats.lift import LiftStatsGenerator
from taurus_beam.stats.options import StatsOptions

X = ["a", "a", "b", "b"]
Y = [1, 1, 1, 0]


def lift(**options):
    return LiftStatsGenerator("y", x_paths=["x"], **options)


def series(cross):
    """Of a cross feature, by y and in order: its count, and x, lift, counts of x and of both."""
    told = {}
    for one in cross.categorical_cross_stats.lift.lift_series:
        y = getattr(one, one.WhichOneof("y_value"))
        if one.WhichOneof("y_value") == "y_bucket":
            y = (y.low_value, y.high_value)
        told[y] = (
            one.y_count or one.weighted_y_count,
            [
                (
                    getattr(v, v.WhichOneof("x_value")),
                    v.lift,
                    v.x_count or v.weighted_x_count,
                    v.x_and_y_count or v.weighted_x_and_y_count,
                )
                for v in one.lift_values
            ],
        )
    return told


def told(generator, options=None, **columns):
    stats = stats_of(generator, batch(**columns), options=options)
    return [series(cross) for cross in stats.cross_features]


def test_of_a_categorical_label():
    assert told(lift(), x=X, y=Y) == [
        {
            0: (1, [("b", 2.0, 2, 1), ("a", 0.0, 2, 0)]),
            1: (3, [("a", 4 / 3, 2, 2), ("b", 2 / 3, 2, 1)]),
        }
    ]


def test_of_a_numeric_label_in_buckets():
    inf = float("inf")
    [got] = told(lift(y_boundaries=[5]), x=[*X, "a"], y=[0.0, 1.0, 5.0, 10.0, float("nan")])
    # TFDV has no example without a value of y here; with one, five examples instead of four.
    assert got == {
        (-inf, 5.0): (2, [("a", (2 / 3) / (2 / 5), 3, 2), ("b", 0.0, 2, 0)]),
        (5.0, inf): (2, [("b", 2.5, 2, 2), ("a", 0.0, 3, 0)]),
    }


def test_lists_are_sets_and_missing_values_are_no_values():
    x = [["a", "a", "b"], ["a"], ["b"], [], None]
    y = [["p", "q"], ["p"], ["q"], ["p"], ["q"]]
    assert told(lift(), x=x, y=y) == [
        {
            "p": (3, [("a", 1 / 0.6, 2, 2), ("b", 0.5 / 0.6, 2, 1)]),
            "q": (3, [("b", 1 / 0.6, 2, 2), ("a", 0.5 / 0.6, 2, 1)]),
        }
    ]


@pytest.mark.parametrize(
    ("options", "p", "q"),
    [
        (
            {"top_k_per_y": 1, "bottom_k_per_y": 1},
            [(1, 2.0, 1, 1), (3, (1 / 3) / 0.5, 3, 1)],
            [(3, (2 / 3) / 0.5, 3, 2), (1, 0.0, 1, 0)],
        ),
        ({"top_k_per_y": 1}, [(1, 2.0, 1, 1)], [(3, (2 / 3) / 0.5, 3, 2)]),
        # TFDV leaves out x that occur just min_x_count times: here it would be 2.
        ({"min_x_count": 3}, [(3, (1 / 3) / 0.5, 3, 1)], [(3, (2 / 3) / 0.5, 3, 2)]),
    ],
)
def test_choice_of_values(options, p, q):
    x, y = [1, 2, 2, 3, 3, 3], ["p", "p", "q", "q", "q", "p"]
    assert told(lift(**options), x=x, y=y) == [{"p": (3, p), "q": (3, q)}]


def test_weights():
    options = StatsOptions(weight_feature="w")
    unweighted, weighted = told(lift(weighted=True), options, x=X, y=Y, w=[1.0, 2.0, 3.0, 2.0])
    assert unweighted[1] == (3, [("a", 4 / 3, 2, 2), ("b", 2 / 3, 2, 1)])
    # By hand: all weights are 8. TFDV divides by 4 examples: 0.8, 0 and 0.667, 0.4.
    assert weighted == {
        0: (2.0, [("b", (2 / 5) / (2 / 8), 5.0, 2.0), ("a", 0.0, 3.0, 0)]),
        1: (6.0, [("a", 1 / (6 / 8), 3.0, 3.0), ("b", (3 / 5) / (6 / 8), 5.0, 3.0)]),
    }


def test_what_weighs_nothing_has_no_weighted_lift():
    options = StatsOptions(weight_feature="w")
    _, weighted = told(lift(weighted=True), options, x=X, y=Y, w=[0, 0, 1, 0])
    assert weighted == {1: (1.0, [("b", 1.0, 1.0, 1.0)])}


def test_custom_statistics():
    generator = lift(y_boundaries=[5], output_custom_stats=True)
    rows = batch(x=X, y=[0.0, 1.0, 5.0, 10.0])
    assert custom_stats(stats_of(generator, rows)) == {
        ("x", "Lift (Y=[-inf,5.0))"): [("a", 2.0), ("b", 0.0)],
        ("x", "Lift (Y=[5.0,inf])"): [("b", 2.0), ("a", 0.0)],
    }


def test_invalid_utf8_has_one_value_each():
    [got] = told(lift(), x=[b"\xff", b"\xfe", b"b", b"b"], y=Y)
    unknown = "__BYTES_VALUE__"
    assert got[1][1] == [(unknown, 4 / 3, 1, 1), (unknown, 4 / 3, 1, 1), ("b", 2 / 3, 2, 1)]


def test_colons_and_digits_in_values_are_told_apart():
    [got] = told(lift(), x=["1:a", "1", ":"], y=["", "a:", "1"])
    assert got["a:"][1][0] == ("1", 3.0, 1, 1)
    assert got[""][1][0] == ("1:a", 3.0, 1, 1)


SCHEMA = text_format.Parse(
    """feature { name: "y" type: INT int_domain { is_categorical: true } }
    feature { name: "st" type: STRUCT struct_domain { feature { name: "s" type: BYTES } } }
    feature { name: "x" type: BYTES } feature { name: "n" type: INT }""",
    schema_pb2.Schema(),
)


def test_features_of_a_schema():
    generator = LiftStatsGenerator("y", SCHEMA)
    rows = batch(y=Y, x=X, n=Y, st=[{"s": "p"}] * 4)
    paths = [tuple(c.path_x.step) for c in stats_of(generator, rows).cross_features]
    assert paths == [("st", "s"), ("x",)]


@pytest.mark.parametrize(
    ("given_options", "message"),
    [
        ({"y_path": "y", "schema": SCHEMA, "y_boundaries": [1]}, "cannot be applied"),
        ({"y_path": "n", "schema": SCHEMA}, "must be provided"),
        ({"y_path": "z", "schema": SCHEMA}, "not in the schema"),
        ({"y_path": "y"}, "Either a schema or x_paths"),
    ],
)
def test_options_that_cannot_be_meant(given_options, message):
    with pytest.raises(TraceError, match=message):
        LiftStatsGenerator(**given_options)


def test_boundaries_of_strings():
    with pytest.raises(DataError, match="holds strings"):
        told(lift(y_boundaries=[1]), x=X, y=X)


@pytest.mark.parametrize("columns", [{"x": X}, {"y": Y}, {"x": [], "y": []}])
def test_nothing_to_tell(columns):
    assert told(lift(), **columns) == []


def lists(values):
    return st.none() | st.lists(st.sampled_from(values), max_size=3)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(lists(["a", "b", ""]), lists([0, 1, -5]), st.floats(0, 1e3))), st.data())
def test_laws(rows, data):
    order = data.draw(st.permutations(range(len(rows))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=3)))
    columns = batch(
        x=pa.array([r[0] for r in rows], pa.list_(pa.string())),
        y=pa.array([r[1] for r in rows], pa.list_(pa.int64())),
        w=pa.array([r[2] for r in rows], pa.float64()),
    )
    generator = lift(weighted=True, output_custom_stats=True)
    options = StatsOptions(weight_feature="w")
    assert_laws(generator, columns, order, cuts, options)
    state = state_of(generator, columns, options=options)
    parts = [generator.trim(part) for part in generator.shards(state, 3)]
    together = generator.merge(parts)
    assert generator.result(together) == stats_of(generator, columns, options=options)
