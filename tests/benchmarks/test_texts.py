"""Every peer makes the same of texts as is found by hand, and that is what it should be."""

from __future__ import annotations

import pyarrow as pa
import pytest

from benchmarks.texts import by_hand, duckdb, polars, sklearn, taurus
from benchmarks.works import text

TEXTS = pa.table({"text": ["b a b c", "a", "c c a b", "b a b c"]})
NAMES = {"taurus": taurus, "Polars": polars, "DuckDB": duckdb, "scikit-learn": sklearn}


def made(peer, function):
    return peer.as_table(getattr(peer, function)(peer.native(TEXTS)))


@pytest.mark.parametrize("function", ["vocabulary", "tfidf", "ngrams", "bag_of_words"])
@pytest.mark.parametrize("peer", NAMES)
def test_peers_agree(peer, function):
    if not hasattr(NAMES[peer], function):
        assert peer in text.WORKS[function].cannot
        return
    text.compare(made(by_hand, function), made(NAMES[peer], function), peer)


def test_what_is_found_by_hand():
    assert made(by_hand, "vocabulary")["ids"].to_pylist() == [
        [0, 2, 0, 1],
        [2],
        [1, 1, 2, 0],
        [0, 2, 0, 1],
    ]
    assert made(by_hand, "ngrams")["ngrams"].to_pylist()[:2] == [
        ["b", "b a", "a", "a b", "b", "b c", "c"],
        ["a"],
    ]
    assert made(by_hand, "bag_of_words")["ngrams"].to_pylist()[0] == [
        "b",
        "b a",
        "a",
        "a b",
        "b c",
        "c",
    ]


def test_words_are_distinct():
    words = [text.spelt(number) for number in range(2_000)]
    assert words[:2] + words[26:28] == ["a", "b", "aa", "ab"]
    assert len(set(words)) == len(words)


def test_parts_of_the_rows_give_the_same(monkeypatch):
    whole = {name: made(by_hand, name) for name in ("ngrams", "bag_of_words")}
    monkeypatch.setattr(by_hand, "ROWS", 3)
    for name, expected in whole.items():
        assert made(by_hand, name)["ngrams"].to_pylist() == expected["ngrams"].to_pylist()
