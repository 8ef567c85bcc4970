"""Words, their sequences, weights and hashes."""

from __future__ import annotations

from collections.abc import Mapping

import taurus_beam as tb
from benchmarks.peers.case import Case

HASHES = (
    "ten=tft.hash_strings(i['s'], 10), many=tft.hash_strings(i['s'], 2**40), "
    "keyed=tft.hash_strings(i['s'], 1000, key=[123, 456])"
)


def hashes(i: tb.Inputs) -> Mapping[str, tb.Column]:
    return {
        "ten": tb.hash_strings(i["s"], 10, hash="farmhash64"),
        "many": tb.hash_strings(i["s"], 2**40, hash="farmhash64"),
        "keyed": tb.hash_strings(i["s"], 1000, key=[123, 456]),
    }


def weights(smooth: bool) -> tuple[str, object]:
    theirs = f"**dict(zip(('term', 'weight'), tft.tfidf(i['x'], 6, smooth={smooth})))"

    def ours(i: tb.Inputs) -> Mapping[str, tb.Column]:
        term, weight = tb.tfidf(i["x"], 6, smooth)
        return {"term": term, "weight": weight}

    return theirs, ours


def sentence_weights(i: tb.Inputs) -> Mapping[str, tb.Column]:
    ids = tb.compute_and_apply_vocabulary(tb.split(i["s"]), vocab_filename="v")
    term, weight = tb.tfidf(ids)
    return {"term": term, "weight": weight}


CASES = [
    Case(
        "n-grams",
        "tokens",
        "two=tft.ngrams(i['s'], (1, 2), '_'), three=tft.ngrams(i['s'], (2, 3), ' '), "
        "one=tft.ngrams(i['s'], (1, 1), '_')",
        lambda i: {
            "two": tb.ngrams(i["s"], (1, 2), "_"),
            "three": tb.ngrams(i["s"], (2, 3), " "),
            "one": tb.ngrams(i["s"], (1, 1), "_"),
        },
    ),
    Case(
        "bag of words",
        "tokens",
        "one=tft.bag_of_words(i['s'], (1, 1), ' '), two=tft.bag_of_words(i['s'], (1, 2), '_')",
        lambda i: {
            "one": tb.bag_of_words(i["s"], (1, 1), " "),
            "two": tb.bag_of_words(i["s"], (1, 2), "_"),
        },
    ),
    Case(
        "word count",
        "sentences",
        "n=tft.word_count(tokens(i['s'])), words=tokens(i['s'])",
        lambda i: {"n": tb.word_count(tb.split(i["s"])), "words": tb.split(i["s"])},
    ),
    Case(
        "split by a separator",
        "sentences",
        "words=tf.strings.split(i['s'], ' ').to_sparse()",
        lambda i: {"words": tb.split(i["s"], " ")},
    ),
    Case(
        "sentences to n-grams",
        "sentences",
        "n=tft.ngrams(tokens(i['s']), (1, 3), ' ')",
        lambda i: {"n": tb.ngrams(tb.split(i["s"]), (1, 3), " ")},
    ),
    Case("hashes", "strings", HASHES, hashes),
    Case("TF-IDF of ids", "ids", *weights(True), "later ids"),
    Case("TF-IDF of ids, not smooth", "ids", *weights(False)),
    Case(
        "TF-IDF of sentences",
        "sentences",
        "**(lambda ids: dict(zip(('term', 'weight'), tft.tfidf(ids, "
        "tft.get_num_buckets_for_transformed_feature(ids)))))("
        "tft.compute_and_apply_vocabulary(tokens(i['s']), vocab_filename='v'))",
        sentence_weights,
    ),
    Case(
        "document frequency",
        "ids",
        "df=experimental.document_frequency(i['x'], 6), idf=experimental.idf(i['x'], 6), "
        "rough=experimental.idf(i['x'], 6, smooth=False), "
        "bare=experimental.idf(i['x'], 6, add_baseline=False)",
        lambda i: {
            "df": tb.document_frequency(i["x"], 6),
            "idf": tb.idf(i["x"], 6),
            "rough": tb.idf(i["x"], 6, smooth=False),
            "bare": tb.idf(i["x"], 6, add_baseline=False),
        },
        "later ids",
    ),
]
