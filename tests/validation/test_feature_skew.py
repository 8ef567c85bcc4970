"""Feature skew against facts printed by TFDV 1.16.1 and against a join by pandas."""

import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.errors import DataError, TraceError
from taurus_beam.validation.feature_skew import SkewOptions, compare_tables, feature_skew
from taurus_beam.validation.feature_skew_result import (
    ConfusionCount,
    FeatureSkew,
    MatchStats,
    SkewPair,
    merge_results,
)

NOTHING = {"f": None, "s": None, "n": None, "l": None, "e": None, "x": None, "id": None}
TYPES = pa.schema(
    [
        ("id", pa.string()),
        ("x", pa.int64()),
        ("f", pa.float64()),
        ("s", pa.string()),
        ("n", pa.int64()),
        ("l", pa.list_(pa.int64())),
        ("e", pa.list_(pa.int64())),
    ]
)
BASE = [
    {"id": "1", "x": 1, "f": 1.0, "s": "a"},
    {"id": "2", "x": 2, "f": 2.001, "s": "b"},
    {"id": "3", "x": 3, "s": "c"},
    {"id": "4", "x": 4},
    {"id": "4", "x": 5},
    {"x": 9},
    {"id": "9", "x": 1},
    {"id": "7", "l": [1, 2], "e": []},
]
TEST = [
    {"id": "1", "x": 1, "f": 1.0, "s": "a"},
    {"id": "2", "x": 5, "f": 2.002, "s": "b"},
    {"id": "3", "x": 3, "s": "c", "n": 4},
    {"id": "4", "x": 4},
    {"id": "5", "x": 1},
    {"id": "7", "l": [2, 1]},
]


def table(rows) -> pa.Table:
    return pa.Table.from_pylist([{**NOTHING, **row} for row in rows], TYPES)


def test_counts_as_tfdv():  # TFDV, without its row of another type
    result = feature_skew(table(BASE), table(TEST), ["id"], confusion_features=["s"])
    assert result.features == {
        "e": FeatureSkew("e"),
        "f": FeatureSkew("f", base_count=2, test_count=2, match_count=1, mismatch_count=1),
        "l": FeatureSkew("l", base_count=1, test_count=1, mismatch_count=1),
        "n": FeatureSkew("n", test_count=1, test_only=1),
        "s": FeatureSkew("s", base_count=3, test_count=3, match_count=3),
        "x": FeatureSkew("x", base_count=3, test_count=3, match_count=2, mismatch_count=1),
    }
    assert result.match_stats == MatchStats(
        base_with_id_count=7,
        test_with_id_count=6,
        identifiers_count=7,
        ids_missing_in_base_count=1,
        ids_missing_in_test_count=1,
        matching_pairs_count=6,
        compared_pairs_count=4,
        duplicate_id_count=1,
        base_missing_id_count=1,
    )
    assert result.confusion == (
        ConfusionCount("s", b"__MISSING_VALUE__", b"__MISSING_VALUE__", 1),
        ConfusionCount("s", b"a", b"a", 1),
        ConfusionCount("s", b"b", b"b", 1),
        ConfusionCount("s", b"c", b"c", 1),
    )
    assert result.skewed == ("f", "l", "n", "x")


def test_duplicates_and_rounding_as_tfdv():  # TFDV
    result = feature_skew(
        table(BASE),
        table(TEST),
        ["id"],
        features_to_ignore=["l"],
        float_round_ndigits=2,
        allow_duplicate_identifiers=True,
    )
    assert "l" not in result.features
    assert result.features["f"].match_count == 2
    assert result.features["x"] == FeatureSkew(
        "x", base_count=5, test_count=5, match_count=3, mismatch_count=2
    )
    assert result.match_stats.compared_pairs_count == 6


def test_identifiers_of_lists_are_in_order():  # TFDV
    base = pa.table({"id": [["1", "2"]], "g": ["x"], "c": [1]})
    test = pa.table({"id": [["2", "1"], ["1", "2"]], "g": ["x", "x"], "c": [1, 1]})
    result = feature_skew(base, test, ["g", "id"])
    assert result.features["c"].match_count == 1
    assert result.match_stats.ids_missing_in_base_count == 1


def test_identifiers_do_not_run_into_each_other():
    base = pa.table({"a": ["1", "11", ""], "b": ["11", "1", "x"], "c": [1, 2, 3]})
    result = feature_skew(base, base.rename_columns(["b", "a", "c"]), ["a", "b"])
    assert result.features["c"].mismatch_count == 2
    assert result.match_stats.matching_pairs_count == 2
    other = pa.table({"a": [1, 11], "b": ["11", "1"], "c": [1, 2]})
    assert feature_skew(base, other, ["a", "b"]).match_stats.matching_pairs_count == 0


def test_null_and_empty_are_no_value_and_no_sample():
    # TFDV counts such a pair nowhere, and yet takes it for a sample of skew.
    types = pa.schema([("id", pa.int64()), ("l", pa.list_(pa.int64()))])
    base = pa.Table.from_pylist([{"id": 1, "l": []}], types)
    test = pa.Table.from_pylist([{"id": 1, "l": None}], types)
    result = feature_skew(base, test, ["id"], sample_size=3)
    assert result.features == {"l": FeatureSkew("l")}
    assert result.samples == ()


def test_samples_say_what_differs():
    result = feature_skew(table(BASE), table(TEST), ["id"], sample_size=9)
    assert len(result.samples) == 3
    third = next(pair for pair in result.samples if pair.base["id"] == "3")
    assert third == SkewPair(
        base={**NOTHING, **BASE[2]},
        test={**NOTHING, **TEST[2]},
        test_only_features=("n",),
        matched_features=("s", "x"),
    )


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "k": st.none() | st.integers(0, 5),
            "x": st.none() | st.sampled_from([1.0, 2.0, float("nan")]),
            "s": st.none() | st.sampled_from(["a", "b"]),
        }
    ),
    max_size=10,
)
COLUMNS = pa.schema([("k", pa.int64()), ("x", pa.float64()), ("s", pa.string())])


@settings(max_examples=50, deadline=None)
@given(ROWS, ROWS, st.booleans())
def test_counts_equal_a_join_by_pandas(base, test, duplicates):
    tables = [pa.Table.from_pylist(rows, COLUMNS) for rows in (base, test)]
    result = feature_skew(*tables, ["k"], allow_duplicate_identifiers=duplicates)
    left, right = (
        pd.DataFrame(rows, columns=["k", "x", "s"], dtype=object).dropna(subset="k")
        for rows in (base, test)
    )
    assert result.match_stats.matching_pairs_count == len(left.merge(right, on="k"))
    if not duplicates:
        repeated = {*left.k[left.k.duplicated()], *right.k[right.k.duplicated()]}
        left, right = left[~left.k.isin(repeated)], right[~right.k.isin(repeated)]
        assert result.match_stats.duplicate_id_count == len(repeated)
    pairs = left.merge(right, on="k", suffixes=("_base", "_test"))
    for name in ("x", "s"):
        fates = [fate(*pair) for pair in pairs[[f"{name}_base", f"{name}_test"]].to_numpy()]
        skew = result.features[name]
        assert skew.match_count == fates.count("match")
        assert skew.mismatch_count == fates.count("mismatch")
        assert skew.base_only == fates.count("base")
        assert skew.test_only == fates.count("test")
        assert skew.base_count == skew.match_count + skew.mismatch_count + skew.base_only


def fate(a, b) -> str:
    if a is None or b is None:
        return "none" if a is b else "test" if a is None else "base"
    return "match" if a == b or (a != a and b != b) else "mismatch"


@settings(max_examples=40, deadline=None)
@given(ROWS, ROWS, st.randoms(use_true_random=False), st.integers(1, 3))
def test_the_result_depends_on_neither_order_nor_split(base, test, random, size):
    options = SkewOptions(["k"], sample_size=size, allow_duplicate_identifiers=True,
                          confusion_features=["s"])  # fmt: skip
    tables = [pa.Table.from_pylist(rows, COLUMNS) for rows in (base, test)]
    whole = merge_results([compare_tables(*tables, options)], size)
    parts = []
    for key in random.sample([None, *range(6)], 7):
        some = []
        for rows in (base, test):
            mine = [row for row in rows if row["k"] == key]
            some.append(pa.Table.from_pylist(random.sample(mine, len(mine)), COLUMNS))
        parts.append(pickle.loads(pickle.dumps(compare_tables(*some, options))))
    # repr, because NaN does not equal itself.
    assert repr(merge_results(parts, size)) == repr(whole)


def test_a_table_of_the_counts():
    frame = feature_skew(table(BASE), table(TEST), ["id"]).to_table().to_pandas()
    frame = frame.set_index("feature_name")
    assert frame.loc["x", "diff_count"] == 1
    assert frame.loc["x", "diff_fraction"] == pytest.approx(1 / 3)
    assert frame.loc["e", "diff_fraction"] == 0


def test_data_frames_and_empty_tables():
    result = feature_skew(
        pd.DataFrame({"k": [1, 2], "x": [1.0, np.nan]}), {"k": [2], "x": [3.0]}, ["k"]
    )
    assert result.features["x"].test_only == 1
    empty = feature_skew(COLUMNS.empty_table(), COLUMNS.empty_table(), ["k"], sample_size=1)
    assert empty.match_stats == MatchStats()


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"identifier_features": []}, TraceError, "At least one feature name"),
        ({"identifier_features": "k"}, TraceError, "identifier_features is a str"),
        ({"identifier_features": ["k"], "sample_size": -1}, TraceError, "sample_size"),
        ({"identifier_features": ["id"]}, DataError, "'id' is not a column"),
        ({"identifier_features": ["st"]}, DataError, "'st' is struct"),
        ({"identifier_features": ["k"], "confusion_features": ["x"]}, DataError, "'x' is double"),
        ({"identifier_features": ["k"], "confusion_features": ["l"]}, DataError, "several values"),
    ],
)
def test_faults_are_explained(options, error, text):
    data = pa.table({"k": [1], "x": [1.0], "st": [{"a": 1}], "l": [["a", "b"]]})
    with pytest.raises(error, match=text):
        feature_skew(data, data, **options)


def test_types_that_cannot_be_compared_are_named():
    data = pa.table({"k": [1], "i": pa.array([(1, 2, 3)], pa.month_day_nano_interval())})
    with pytest.raises(DataError, match="Values of type month_day_nano_interval") as caught:
        feature_skew(data, data, ["k"])
    assert "column 'i'" in str(caught.value)
