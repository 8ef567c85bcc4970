"""Approximate top values: exact while values are few, within the stated error beyond."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from google.protobuf import text_format
from statistics_laws import assert_laws, batch, state_of, stats_of
from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.stats.approximate_terms import LARGE_BYTES, ApproximateTerms
from taurus_beam.stats.options import StatsOptions
from taurus_beam.stats.terms import BYTES_VALUE, Terms

OPTIONS = StatsOptions(use_sketch_based_topk_uniques=True)


def test_few_values_are_counted_exactly() -> None:
    options = StatsOptions(weight_feature="w", weighted_frequency_threshold=0.0)
    rows = batch(s=["a", "b", "b", "", None, "é"], w=[0.1, 0.2, 0.3, 4.0, 5.0, 0.6])
    found = stats_of(ApproximateTerms(options), rows, options=options)
    assert found == stats_of(Terms(options), rows, options=options)


def test_few_values_know_no_order() -> None:
    options = StatsOptions(weight_feature="w")
    words = [f"v{i * i % 23}" for i in range(60)]
    rows = batch(s=words, w=[0.1 * i for i in range(60)])
    order = np.random.default_rng(1).permutation(60).tolist()
    assert_laws(ApproximateTerms(options), rows, order, [7, 7, 40], options)


def test_what_is_no_text_and_what_is_too_long_have_one_label_each() -> None:
    column = pa.array([b"\xff", b"\xfe", b"a", b"x" * 2000, b"y" * 1025, b"z" * 1024])
    (feature,) = stats_of(ApproximateTerms(OPTIONS), batch(s=column)).features
    told = {top.value: top.frequency for top in feature.string_stats.top_values}
    assert told == {BYTES_VALUE: 2, LARGE_BYTES: 2, "a": 1, "z" * 1024: 1}
    assert feature.string_stats.unique == 6


@pytest.mark.parametrize(("kind", "told"), [("CATEGORICAL_YES", True), ("CATEGORICAL_NO", False)])
def test_the_schema_can_ask_for_long_values_or_for_none(kind: str, told: bool) -> None:
    text = f'feature {{ name: "s" type: BYTES string_domain {{ is_categorical: {kind} }} }}'
    options = StatsOptions(schema=text_format.Parse(text, schema_pb2.Schema()))
    rows = batch(s=["x" * 2000])
    found = stats_of(ApproximateTerms(options), rows, options=options)
    values = [top.value for f in found.features for top in f.string_stats.top_values]
    assert values == (["x" * 2000] if told else [])


def test_many_values_stay_in_bounded_memory_and_within_the_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    capacity = 256
    monkeypatch.setattr(ApproximateTerms, "capacity", capacity)
    random = np.random.default_rng(5)
    numbers = np.concatenate([random.zipf(1.5, 20_000), np.arange(30_000) + 10**6])
    words = [f"v{n}" for n in random.permutation(numbers).tolist()]
    generator = ApproximateTerms(OPTIONS)
    batches = [batch(s=words[i : i + 5000]) for i in range(0, len(words), 5000)]
    states = [state_of(generator, one) for one in batches]
    merged = generator.merge(states)
    assert len(generator.to_wire(merged)) <= capacity + 2
    stats = generator.result(merged).features[0].string_stats
    counts = Counter(words)
    error = len(words) / capacity
    for top in stats.top_values:
        assert counts[top.value] - error <= top.frequency <= counts[top.value]
    frequent = {word for word, n in counts.items() if n > error}
    assert frequent <= {bucket.label for bucket in stats.rank_histogram.buckets}
    # Three standard errors of the estimate.
    assert stats.unique == pytest.approx(len(counts), rel=3 / 128)


def test_the_number_of_distinct_values_knows_no_order() -> None:
    words = [f"v{n}" for n in range(40_000)]
    generator = ApproximateTerms(OPTIONS)
    forwards = stats_of(generator, batch(s=words[:25_000]), batch(s=words[25_000:]))
    backwards = stats_of(generator, *(batch(s=words[i::3]) for i in (2, 0, 1)))
    found = [each.features[0].string_stats.unique for each in (forwards, backwards)]
    assert found[0] == found[1] == pytest.approx(40_000, rel=3 / 128)
