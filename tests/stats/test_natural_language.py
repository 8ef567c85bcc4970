"""Natural-language statistics; expected values were recorded from TFDV 1.16.1."""

import gzip

import pyarrow as pa
import pytest
from google.protobuf import text_format
from hypothesis import given, settings
from hypothesis import strategies as st
from statistics_laws import assert_laws, batch, state_of, stats_of
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.errors import DataError, TraceError
from taurus_beam.stats.language_feature import LanguageFeature, load_vocabulary
from taurus_beam.stats.natural_language import NLStatsGenerator
from taurus_beam.stats.tfrecord import write_records

WORDS = """coverage { oov_string_tokens: "<unk>" excluded_string_tokens: "<pad>" }
    token_constraints { string_value: "a" } token_constraints { string_value: "zzz" }
    sequence_length_constraints { excluded_string_value: "<pad>" }"""
NUMBERS = """vocabulary: "v" coverage { oov_string_tokens: "bb" excluded_int_tokens: 2 }
    token_constraints { string_value: "a" } token_constraints { int_value: 1 }
    sequence_length_constraints { excluded_int_value: 2 }"""


def generator(domain, kind="BYTES", vocab_paths=None):
    text = f'feature {{ name: "f" type: {kind} natural_language_domain {{ {domain} }} }}'
    schema = text_format.Parse(text, schema_pb2.Schema())
    return NLStatsGenerator(LanguageFeature.all_of(schema, vocab_paths), 4, 4, 10)


def told(one, *batches):
    [feature] = stats_of(one, *batches).features
    [stat] = feature.custom_stats
    assert (list(feature.path.step), stat.name) == (["f"], "nl_statistics")
    result = statistics_pb2.NaturalLanguageStatistics()
    assert stat.any.Unpack(result)
    return result


def buckets(histogram):
    return [(b.low_value, b.high_value, round(b.sample_count, 6)) for b in histogram.buckets]


def ranks(histogram):
    return [(b.low_rank, b.label, b.sample_count) for b in histogram.buckets]


@pytest.fixture
def vocabulary(tmp_path):
    path = tmp_path / "v.txt"
    path.write_text("a\nbb\nccc\n")
    return {"v": str(path)}


def test_of_words():
    rows = [
        ["a", "b", "<unk>"],
        ["a", "a", "ccc", "<pad>"],
        [],
        None,
        ["<unk>"],
        ["dd", "<pad>", "<pad>"],
    ]
    got = told(generator(WORDS), batch(f=rows))
    assert (got.feature_coverage, got.avg_token_length) == (0.75, 1.5)
    assert buckets(got.token_length_histogram) == [(1, 1, 2), (1, 1, 2), (1, 2, 1), (2, 3, 1)]
    assert (got.min_sequence_length, got.max_sequence_length) == (1, 3)
    assert buckets(got.sequence_length_histogram) == [
        (1, 1, 2),
        (1, 3, 0.666667),
        (3, 3, 0.666667),
        (3, 3, 0.666667),
    ]
    assert ranks(got.rank_histogram) == [(0, "a", 3), (1, "b", 1), (2, "ccc", 1), (3, "dd", 1)]
    unknown, first, third = "['<unk>']", "['a', 'b', '<unk>']", "['a', 'a', 'ccc', '<pad>']"
    assert list(got.reported_sequences)[:2] == [unknown, first]
    assert list(got.reported_sequences)[4:7] == [unknown, first, third]
    assert len(got.reported_sequences) == 8
    a, never = got.token_statistics
    assert never == statistics_pb2.NaturalLanguageStatistics.TokenStatistics(string_token="zzz")
    assert (a.string_token, a.frequency, a.fraction_of_sequences) == ("a", 3, pytest.approx(0.4))
    frequencies = (
        a.per_sequence_min_frequency,
        a.per_sequence_avg_frequency,
        a.per_sequence_max_frequency,
    )
    assert frequencies == (0, 1.5, 2)
    assert buckets(a.positions) == [(0, 0.25, 2), (0.25, 0.5, 1)]


def test_of_numbers_of_words(vocabulary):
    got = told(generator(NUMBERS, "INT", vocabulary), batch(f=[[0, 1, 2], [0, 0, 7], [9]]))
    assert (got.feature_coverage, got.avg_token_length) == (0.5, 1)
    assert buckets(got.token_length_histogram) == [(1, 1, 0.75)] * 4
    assert (got.min_sequence_length, got.max_sequence_length) == (1, 3)
    assert buckets(got.sequence_length_histogram) == [
        (1, 1, 1),
        (1, 2, 1),
        (2, 3, 0.5),
        (3, 3, 0.5),
    ]
    assert ranks(got.rank_histogram) == [(0, "a", 3)]
    assert got.reported_sequences[0] == "[9]"
    assert list(got.reported_sequences)[3:] == ["[9]", "['a', 'a', 7]", "['a', 'bb', 'ccc']"]
    a, one = got.token_statistics
    assert (a.string_token, a.frequency, buckets(a.positions)) == (
        "a",
        3,
        [(0, 0.25, 2), (0.25, 0.5, 1)],
    )
    assert (one.int_token, one.frequency, buckets(one.positions)) == (1, 1, [(0.25, 0.5, 1)])
    assert one.fraction_of_sequences == pytest.approx(1 / 3)


def test_words_by_number_of_a_vocabulary(vocabulary):
    # By hand: "bb" is number 1, which is excluded; "zz" has no number.
    domain = (
        'vocabulary: "v" coverage { excluded_int_tokens: 1 } token_constraints { int_value: 2 }'
    )
    got = told(generator(domain, "BYTES", vocabulary), batch(f=[["a", "bb", "ccc"], ["zz"]]))
    assert (got.feature_coverage, got.avg_token_length) == (1, 2)
    assert [(t.int_token, t.frequency) for t in got.token_statistics] == [(2, 1)]


def test_numbers_without_a_vocabulary_have_no_words():
    domain = """coverage { excluded_int_tokens: 2 }
        token_constraints { string_value: "a" } token_constraints { int_value: 1 }"""
    got = told(generator(domain, "INT"), batch(f=[[0, 1, 2], [1, 1, 7], [9]]))
    assert not got.feature_coverage
    assert not got.HasField("rank_histogram")
    assert sorted(got.reported_sequences[:3]) == ["[0, 1, 2]", "[1, 1, 7]", "[9]"]
    [token] = got.token_statistics
    assert (token.int_token, token.frequency, token.per_sequence_max_frequency) == (1, 3, 2)
    assert buckets(token.positions) == [(0, 0.25, 1), (0.25, 0.5, 2)]


def test_equally_frequent_words_are_sorted():
    rows = [["a", "b", "c"], ["c"], ["b"], ["d"], ["a"], ["e"], ["d"]]
    got = told(generator('coverage { oov_string_tokens: "<unk>" }'), batch(f=rows))
    labels = [(0, "a", 2), (1, "b", 2), (2, "c", 2), (3, "d", 2), (4, "e", 1)]
    assert ranks(got.rank_histogram) == labels
    assert buckets(got.sequence_length_histogram) == [(1, 1, 2), (1, 1, 2), (1, 1, 2), (1, 3, 1)]


def test_length_zero_is_a_length():
    # By hand; TFDV forgets a minimum of 0 when a longer sequence follows.
    got = told(generator(WORDS), batch(f=[["<pad>"], ["a"]]))
    assert (got.min_sequence_length, got.max_sequence_length) == (0, 1)


def test_no_sequences_have_empty_statistics():
    empty = statistics_pb2.NaturalLanguageStatistics()
    assert told(generator(WORDS), batch(f=pa.nulls(2, pa.list_(pa.string())))) == empty


@pytest.mark.parametrize("rows", [[1.5, 2.5], [None, None]])
def test_floats_and_nothing_have_no_statistics(rows):
    assert not stats_of(generator(WORDS), batch(f=rows)).features


def test_which_features_have_statistics():
    assert generator("").features == ()
    # TFDV has none here, and validation then finds no statistics of the token.
    [feature] = generator("token_constraints { int_value: 1 }", "INT").features
    assert feature.tokens == (1,)


def test_vocabulary_files(tmp_path):
    records = write_records([b"a", b" bb "])
    for name, content in {
        "plain.tfrecord": records,
        "zipped.tfrecord.gz": gzip.compress(records),
        "text.txt": b"a\nbb",
    }.items():
        (tmp_path / name).write_bytes(content)
        assert load_vocabulary(str(tmp_path / name)) == ("a", "bb")
    with pytest.raises(DataError, match="cannot be read"):
        load_vocabulary(str(tmp_path / "none.txt"))
    with pytest.raises(TraceError, match="Vocabulary 'v' of feature 'f' has no file"):
        generator(NUMBERS, "INT")


def test_trim_keeps_what_is_told():
    one = NLStatsGenerator(generator(WORDS).features, 4, 4, 2)
    rows = batch(f=[["a", "b", "c"], ["c", "b"], ["b"]])
    # A pipeline sends no shard that holds no keys.
    parts = [one.trim(part) for part in one.shards(state_of(one, rows), 9) if one.keys(part)]
    assert one.result(one.merge(parts)) == stats_of(one, rows)
    assert ranks(told(one, rows).rank_histogram) == [(0, "b", 3), (1, "c", 2)]


TOKENS = st.sampled_from(["a", "bb", "<unk>", "<pad>", "é", None])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.none() | st.lists(TOKENS, max_size=4)), st.data())
def test_laws(rows, data):
    order = data.draw(st.permutations(range(len(rows))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=3)))
    assert_laws(generator(WORDS), batch(f=pa.array(rows, pa.list_(pa.string()))), order, cuts)
