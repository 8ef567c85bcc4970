"""Top values, ranks and distinct values; expected ones are counted in Python, or TFDV's own."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest
from google.protobuf import text_format
from hypothesis import given, settings
from hypothesis import strategies as st
from statistics_laws import assert_laws, batch, state_of, stats_of
from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.errors import DataError
from taurus_beam.stats.options import StatsOptions
from taurus_beam.stats.terms import BYTES_VALUE, Terms

WORDS = st.sampled_from([b"", b"a", b"b", b"cc", "é".encode(), b"\xff", b"\xfe\x00", b"d" * 40])
ROWS = st.lists(
    st.tuples(st.none() | st.lists(WORDS, max_size=3), st.sampled_from([0.0, 0.1, 0.25, 2.0, 7.5])),
    max_size=30,
)


def strings(options: StatsOptions | None = None, **columns: Any) -> Any:
    """The string statistics of the only feature that has any."""
    options = options or StatsOptions()
    (feature,) = stats_of(Terms(options), batch(**columns), options=options).features
    return feature.string_stats


def tops(stats: Any) -> list[tuple[str, float]]:
    return [(top.value, top.frequency) for top in stats.top_values]


def ranks(stats: Any) -> list[tuple[str, float]]:
    buckets = stats.rank_histogram.buckets
    assert [(b.low_rank, b.high_rank) for b in buckets] == [(i, i) for i in range(len(buckets))]
    return [(bucket.label, bucket.sample_count) for bucket in buckets]


def test_ties_go_to_the_larger_value() -> None:
    found = strings(s=[["a"], ["b", "b"], ["cc"], None])
    assert found.unique == 3
    assert tops(found) == ranks(found) == [("b", 2), ("cc", 1), ("a", 1)]


def test_thresholds_and_sizes() -> None:
    options = StatsOptions(frequency_threshold=2, num_top_values=1, num_rank_histogram_buckets=2)
    found = strings(options, s=["a", "a", "b", "c", "c", "c"])
    assert (tops(found), ranks(found), found.unique) == ([("c", 3)], [("c", 3), ("a", 2)], 3)


def test_each_invalid_value_has_an_entry_of_its_own() -> None:
    # TFDV 1.16 on Beam for the same rows.
    column = pa.array([[b"\xff", b"\xfe", b"a"], [b"\xff", b"\xfe", b"b"]])
    found = strings(s=column)
    assert found.unique == 4
    assert tops(found) == [(BYTES_VALUE, 2), (BYTES_VALUE, 2), ("b", 1), ("a", 1)]


def test_weights_order_lists_of_their_own() -> None:
    options = StatsOptions(weight_feature="w", feature_allowlist=["s"])
    found = strings(options, s=["a", "b", "b", "c"], w=[5.0, 1.0, 1.5, 0.5])
    assert tops(found) == [("b", 2), ("c", 1), ("a", 1)]
    # TFDV drops a value whose weight is below the threshold of 1.
    assert tops(found.weighted_string_stats) == [("a", 5.0), ("b", 2.5)]
    assert ranks(found.weighted_string_stats) == [("a", 5.0), ("b", 2.5)]


def test_a_weight_that_is_no_number_is_refused() -> None:
    options = StatsOptions(weight_feature="w", feature_allowlist=["s"])
    with pytest.raises(DataError, match="Weight column 'w' has a weight of nan"):
        strings(options, s=["a"], w=[float("nan")])


def test_declared_categories_are_told_as_text() -> None:
    text = """
        feature { name: "i" type: INT int_domain { is_categorical: true } }
        feature { name: "f" type: FLOAT float_domain { is_categorical: true } }
        feature { name: "image" type: BYTES image_domain {} }
        feature { name: "other" type: INT int_domain { is_categorical: true } }
    """
    options = StatsOptions(schema=text_format.Parse(text, schema_pb2.Schema()))
    rows = batch(
        i=[[10], [10], [-3]],
        f=pa.array([1.5, 2.0, 2.0], pa.float32()),
        image=[b"x", b"y", b"z"],
        other=[0.5, 1.5, 2.5],
    )
    found = stats_of(Terms(options), rows, options=options)
    told = {feature.path.step[0]: tops(feature.string_stats) for feature in found.features}
    # Of an image, and of data of another type than the schema's, no values are told.
    assert told == {"i": [("10", 2), ("-3", 1)], "f": [("2", 2), ("1.5", 1)]}


def test_a_feature_without_values_has_no_lists() -> None:
    rows = batch(s=pa.array([None, []], pa.list_(pa.string())), n=pa.nulls(2))
    assert not stats_of(Terms(StatsOptions()), rows).features


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_counts_and_weights_are_exact(rows: list[tuple[list[bytes] | None, float]]) -> None:
    options = StatsOptions(
        weight_feature="w", weighted_frequency_threshold=0.0, feature_allowlist=["s"]
    )
    column = pa.array([terms for terms, _ in rows], pa.list_(pa.binary()))
    given_rows = batch(s=column, w=pa.array([w for _, w in rows], pa.float64()))
    counts: Counter[bytes] = Counter()
    weights: dict[bytes, Fraction] = {}
    for terms, weight in rows:
        counts.update(terms or ())
        for term in terms or ():
            weights[term] = weights.get(term, Fraction(0)) + Fraction(weight)
    found = stats_of(Terms(options), given_rows, options=options)
    if not counts:
        assert not found.features
        return
    stats = found.features[0].string_stats
    assert stats.unique == len(counts)
    assert ranks(stats) == in_order(counts)
    sums = {term: float(weight) for term, weight in weights.items()}
    assert ranks(stats.weighted_string_stats) == in_order(sums)


@settings(max_examples=40, deadline=None)
@given(ROWS, st.data())
def test_order_and_split_do_not_show(rows: Any, data: st.DataObject) -> None:
    options = StatsOptions(weight_feature="w", num_top_values=2, num_rank_histogram_buckets=3)
    column = pa.array([terms for terms, _ in rows], pa.list_(pa.binary()))
    whole = batch(s=column, w=pa.array([w for _, w in rows], pa.float64()))
    order = data.draw(st.permutations(range(len(rows))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=3)))
    assert_laws(Terms(options), whole, order, cuts, options)


@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(1, 5), st.booleans())
def test_trimmed_shards_lose_nothing_that_is_told(rows: Any, count: int, weighted: bool) -> None:
    options = StatsOptions(
        weight_feature="w" if weighted else None, num_top_values=1, num_rank_histogram_buckets=2
    )
    generator = Terms(options)
    column = pa.array([terms for terms, _ in rows], pa.list_(pa.binary()))
    whole = batch(s=column, t=column, w=pa.array([w for _, w in rows], pa.float64()))
    expected = stats_of(generator, whole, options=options)
    shards = generator.shards(state_of(generator, whole, options=options), count)
    trimmed = [generator.from_wire(generator.to_wire(generator.trim(part))) for part in shards]
    merged = generator.trim(generator.merge(trimmed))
    assert generator.result(merged) == expected
    # At most two values by count and two by weight, each a count and three digits, of two features.
    assert generator.keys(merged) <= 2 * (2 * 4 + 2 * 4)


def in_order(amounts: Any) -> list[tuple[str, float]]:
    ordered = sorted(amounts.items(), key=lambda item: (item[1], item[0]), reverse=True)
    return [(label(term), amount) for term, amount in ordered]


def label(term: bytes) -> str:
    try:
        return term.decode()
    except UnicodeDecodeError:
        return BYTES_VALUE
