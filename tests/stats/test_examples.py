"""How columns of every layout are seen as features."""

from __future__ import annotations

import datetime
import decimal

import numpy as np
import pyarrow as pa
import pytest
from google.protobuf import text_format
from statistics_laws import batch
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.errors import DataError
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.options import StatsOptions

Type = statistics_pb2.FeatureNameStatistics

STRUCTS = pa.array(
    [[{"a": [1, 2], "b": "p"}, None], [], None, [{"a": None, "b": "q"}, {"a": [3], "b": None}]],
    pa.list_(pa.struct({"a": pa.list_(pa.int64()), "b": pa.string()})),
)


def feature(column, **options):
    examples = Examples(batch(x=column), StatsOptions(**options))
    return examples.features[("x",)]


@pytest.mark.parametrize(
    ("column", "kind", "numbers"),
    [
        (pa.array([1, None, 3], pa.int8()), Type.INT, [1, 3]),
        (pa.array([2**64 - 1], pa.uint64()), Type.INT, [2**64 - 1]),
        (pa.array([True, False, None]), Type.INT, [1, 0]),
        (pa.array([0.5, None], pa.float32()), Type.FLOAT, [0.5]),
        (pa.array([0.5], pa.float16()), Type.FLOAT, [0.5]),
        (pa.array([decimal.Decimal("1.25")]), Type.FLOAT, [1.25]),
        (pa.array([datetime.date(1970, 1, 3), None]), Type.INT, [2]),
        (pa.array([5], pa.timestamp("ms", "UTC")), Type.INT, [5]),
        (pa.array([5], pa.duration("s")), Type.INT, [5]),
        (pa.array([7], pa.time32("s")), Type.INT, [7]),
        (pa.array([7], pa.time64("us")), Type.INT, [7]),
        (pa.array([4, 9, 4]).dictionary_encode(), Type.INT, [4, 9, 4]),
        (pa.array([[1, None], None, [], [2]]), Type.INT, [1, 2]),
        (pa.array([[1, 2], None], pa.list_(pa.int64(), 2)), Type.INT, [1, 2]),
        (pa.array([[[1], []], None, [None, [2, 3]]]), Type.INT, [1, 2, 3]),
        (pa.RunEndEncodedArray.from_arrays([2, 3], [8, 9]), Type.INT, [8, 8, 9]),
    ],
)
def test_numbers(column, kind, numbers):
    seen = feature(column)
    assert seen.type == kind
    assert seen.numbers.tolist() == numbers


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["b", None, "a", "b"]),
        pa.array(["b", None, "a", "b"], pa.large_string()),
        pa.array(["b", None, "a", "b"], pa.string_view()),
        pa.array([b"b", None, b"a", b"b"]),
        pa.array([b"b", None, b"a", b"b"], pa.binary(1)),
        pa.array(["b", None, "a", "b"]).dictionary_encode(),
        pa.DictionaryArray.from_arrays([0, 1, 2, 3], ["b", None, "a", "b"]),
        pa.array([["b", None], ["a", "b"]]),
        pa.array([["b", None], None, ["a"], ["b"]], pa.large_list(pa.large_binary())),
    ],
)
def test_strings(column):
    seen = feature(column)
    assert seen.type == Type.STRING
    assert seen.has_terms
    terms, counts = seen.text.counts()
    names = [term.decode() if isinstance(term, bytes) else term for term in terms.to_pylist()]
    assert dict(zip(names, counts.tolist(), strict=True)) == {"a": 1, "b": 2}


def test_a_scalar_is_a_list_of_one():
    flat = feature(pa.array([1.5, None, 2.5]))
    lists = feature(pa.array([[1.5], None, [2.5]]))
    for seen in (flat, lists):
        (level,) = seen.levels
        assert (level.slots, level.present, level.total) == (3, 2, 2)
        assert level.lengths.tolist() == [1, 0, 1]
        assert seen.slot_of_value.tolist() == [0, 2]
        assert seen.null_values == 0


def test_nested_lists_have_levels():
    seen = feature(pa.array([[[1, 2], [3]], [[4, 5, 6]], None, [[7], None], []]))
    outer, inner = seen.levels
    assert (outer.slots, outer.present, outer.total) == (5, 4, 5)
    assert (inner.slots, inner.present, inner.total) == (5, 4, 7)
    assert seen.value_counts.tolist() == [3, 3, 0, 1, 0]
    assert seen.slot_of_value.tolist() == [0, 0, 0, 1, 1, 1, 3]


def test_fields_of_structs_know_their_rows():
    examples = Examples(batch(st=STRUCTS, w=[1.0, 2.0, 3.0, 4.0]), StatsOptions(weight_feature="w"))
    assert list(examples.features) == [("st",), ("st", "a"), ("st", "b"), ("w",)]
    struct, a, b, _ = examples.features.values()
    assert struct.type == Type.STRUCT
    assert struct.value_counts.tolist() == [2, 0, 0, 2]
    assert (a.slots, a.levels[0].present) == (4, 2)
    assert a.row_of_value.tolist() == [0, 0, 3]
    assert a.value_weights.tolist() == [1.0, 1.0, 4.0]
    assert b.text.plain.to_pylist() == ["p", "q"]
    assert b.slot_weights.tolist() == [1.0, 1.0, 4.0, 4.0]
    assert b.row_of_value.tolist() == [0, 3]


def test_flat_structs_and_maps():
    flat = pa.array([{"a": 1}, None, {"a": None}], pa.struct({"a": pa.int64()}))
    seen = Examples(batch(x=flat)).features
    assert (seen["x",].levels[0].present, seen["x", "a"].slots) == (2, 2)
    assert seen["x", "a"].levels[0].present == 1
    entries = pa.array([[("k", 1)], None, [("l", 2), ("m", 3)]], pa.map_(pa.string(), pa.int64()))
    seen = Examples(batch(x=entries)).features
    assert seen["x", "key"].row_of_value.tolist() == [0, 2, 2]
    assert seen["x", "value"].numbers.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("column", "present", "nulls"),
    [(pa.nulls(3), 0, 0), (pa.array([[None], [], None], pa.list_(pa.null())), 2, 1)],
)
def test_a_column_of_nulls_has_no_type(column, present, nulls):
    seen = feature(column)
    assert seen.type is None
    assert (seen.levels[0].present, seen.null_values) == (present, nulls)
    assert not seen.has_terms


def test_slices_are_seen_as_what_they_hold():
    rows = batch(
        x=[1, None, 3, 4],
        s=["a", "b", None, "b"],
        n=[[[1], None], None, [[2, 3]], []],
        d=pa.array(["u", "v", "v", "u"]).dictionary_encode(),
        t=[True, None, False, True],
        st=STRUCTS,
    )
    sliced = Examples(rows.slice(1, 2)).features
    copied = Examples(rows.take(pa.array([1, 2]))).features
    for path, seen in sliced.items():
        other = copied[path]
        assert [level.lengths.tolist() for level in seen.levels] == [
            level.lengths.tolist() for level in other.levels
        ]
        assert seen.present_values.to_pylist() == other.present_values.to_pylist()
        assert seen.row_of_value.tolist() == other.row_of_value.tolist()
        if seen.type == Type.INT:
            assert seen.numbers.tolist() == other.numbers.tolist()


def test_a_schema_makes_categories_and_images():
    schema = text_format.Parse(
        """feature { name: "x" type: FLOAT float_domain { is_categorical: true } }
        feature { name: "n" type: INT bool_domain {} }
        feature { name: "im" type: BYTES image_domain {} }
        feature { name: "no_int" type: INT int_domain { is_categorical: true } }""",
        schema_pb2.Schema(),
    )
    rows = batch(
        x=[1.0, 0.1, 1e20, np.nan], n=[0, 1, 1, None], im=[b"a"] * 4, no_int=[1.5, 2, 3, 4]
    )
    seen = Examples(rows, StatsOptions(schema=schema)).features
    assert seen["x",].text.plain.to_pylist() == ["1", "0.1", "1e+20", "nan"]
    terms, counts = seen["n",].text.counts()
    assert (terms.to_pylist(), counts.tolist()) == (["0", "1"], [1, 2])
    assert seen["im",].type == Type.BYTES
    assert [f.has_terms for f in seen.values()] == [True, True, False, False]


def test_only_allowed_features_are_seen():
    examples = Examples(batch(x=[1], y=[2]), StatsOptions(feature_allowlist=["y", "unknown"]))
    assert list(examples.features) == [("y",)]


def test_weights_may_differ_by_feature():
    options = StatsOptions(weight_feature="w", per_feature_weight_override={"x": "v"})
    examples = Examples(batch(x=[1, 2], y=[1, 2], w=[[1], [2]], v=[0.5, 0.25]), options)
    assert examples.weights.tolist() == [1.0, 2.0]
    assert examples.features["x",].value_weights.tolist() == [0.5, 0.25]
    assert examples.features["y",].value_weights.tolist() == [1.0, 2.0]
    assert set(examples.weight_totals) == {"w", "v"}


@pytest.mark.parametrize(
    "weights",
    [[1.0, None], [[1.0], []], [[1.0], [2.0, 3.0]], ["1", "2"], pa.nulls(2), [[1.0], [None]]],
)
def test_a_weight_column_has_one_number_a_row(weights):
    examples = Examples(batch(x=[1, 2], w=weights), StatsOptions(weight_feature="w"))
    with pytest.raises(DataError, match="'w' must have exactly one value in each example"):
        _ = examples.features


@pytest.mark.parametrize("weight", [np.nan, np.inf, -np.inf, 2.0**60])
def test_weights_are_finite(weight):
    examples = Examples(batch(x=[1, 2], w=[1.0, weight]), StatsOptions(weight_feature="w"))
    with pytest.raises(DataError, match="'w' has a weight of"):
        _ = examples.features


def test_faults_name_the_column():
    with pytest.raises(DataError, match="Weight column 'w' is missing"):
        _ = Examples(batch(x=[1]), StatsOptions(weight_feature="w")).features
    twice = pa.record_batch([pa.array([1]), pa.array([2])], ["x", "x"])
    with pytest.raises(DataError, match="Two columns are called 'x'"):
        _ = Examples(twice).features
    fields = pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"])
    with pytest.raises(DataError, match=r"Two columns are called 'x\.a'"):
        feature(fields)
    spans = pa.array([(1, 2, 3)], pa.month_day_nano_interval())
    with pytest.raises(DataError, match="Column 'x' is month_day_nano_interval"):
        feature(spans)
