"""Vocabularies: their order, what is in them, and ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mmh3

import taurus_beam as tb
from benchmarks.peers.case import Case, Difference
from benchmarks.peers.frames import TERMS


def ids(case: str, frame: str, serve: str | None = None, theirs: str = "", **ours: Any) -> Case:
    """Ids of the column ``s``, by arguments that both sides have or that are written twice.

    Where no term has a space, TFT also tells what it ordered them by (see below).
    """
    names = theirs or "".join(f", {name}={value!r}" for name, value in ours.items())
    counted = "" if frame == "terms" else ", store_frequency=True"
    return Case(
        case,
        frame,
        f"id=tft.compute_and_apply_vocabulary(i['s'], vocab_filename='v'{counted}{names})",
        lambda i: {
            "id": tb.compute_and_apply_vocabulary(
                i["s"],
                vocab_filename="v",
                **{name: i[v.name] if isinstance(v, Of) else v for name, v in ours.items()},
            )
        },
        serve,
    )


class Of:
    """A column as an argument, written as TFT's expression writes it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"i[{self.name!r}]"


def murmur3(term: str) -> int:
    return mmh3.hash(term.encode(), seed=0, signed=False)


TFTS = "farmhash64"
SEPARATED = ", key_fn=lambda term: term.split(b'_')[0]"

CASES = [
    ids("vocabulary", "terms", "later terms"),
    ids("vocabulary: bytes order", "bytes order"),
    ids("vocabulary: top 3", "terms", "later terms", top_k=3),
    ids("vocabulary: at least 2", "terms", "later terms", frequency_threshold=2),
    ids("vocabulary: default", "terms", "later terms", default_value=77, top_k=4),
    ids("vocabulary: lists", "term lists"),
    ids("vocabulary: missing", "missing"),
    ids("vocabulary: one row", "one row"),
    ids("vocabulary: reserved", "terms", "later terms", reserved_tokens=["<pad>", "a"]),
    ids("vocabulary: reserved, top 2", "terms", reserved_tokens=["<pad>", "a"], top_k=2),
    ids("vocabulary: shuffled", "terms", fingerprint_shuffle=True),
    ids("vocabulary: weights", "weighted terms", weights=Of("w")),
    ids("vocabulary: weights, top 2", "weighted terms", weights=Of("w"), top_k=2),
    ids(
        "vocabulary: weights of at least 0.75",
        "weighted terms",
        weights=Of("w"),
        frequency_threshold=0.75,
    ),
    ids("vocabulary: labels", "labelled terms", labels=Of("y"), min_diff_from_avg=0),
    ids("vocabulary: labels, default", "labelled terms", labels=Of("y")),
    ids(
        "vocabulary: labels, top 2", "labelled terms", labels=Of("y"), min_diff_from_avg=0, top_k=2
    ),
    ids(
        "vocabulary: labels, adjusted",
        "labelled terms",
        labels=Of("y"),
        min_diff_from_avg=0,
        use_adjusted_mutual_info=True,
    ),
    ids(
        "vocabulary: labels and weights",
        "labelled terms",
        labels=Of("y"),
        weights=Of("w"),
        min_diff_from_avg=0,
    ),
    ids(
        "vocabulary: labels, adjusted, and weights",
        "labelled terms",
        labels=Of("y"),
        weights=Of("w"),
        min_diff_from_avg=0,
        use_adjusted_mutual_info=True,
    ),
    ids("vocabulary: many labels", "many labels", labels=Of("y"), min_diff_from_avg=0),
    ids(
        "vocabulary: many labels, adjusted",
        "many labels",
        labels=Of("y"),
        min_diff_from_avg=0,
        use_adjusted_mutual_info=True,
    ),
    ids(
        "vocabulary: coverage",
        "covered terms",
        theirs=", top_k=2, coverage_top_k=1" + SEPARATED,
        top_k=2,
        coverage_top_k=1,
        coverage_key="^[^_]*",
    ),
    ids(
        "vocabulary: coverage, at least 2",
        "covered terms",
        theirs=", top_k=1, coverage_frequency_threshold=2, coverage_top_k=2" + SEPARATED,
        top_k=1,
        coverage_frequency_threshold=2,
        coverage_top_k=2,
        coverage_key="^[^_]*",
    ),
    ids(
        "vocabulary: buckets outside",
        "terms",
        "later terms",
        theirs=", top_k=2, num_oov_buckets=5",
        top_k=2,
        num_oov_buckets=5,
        hash=TFTS,
    ),
    Case(
        "vocabulary of integers",
        "decimal integers",
        "id=tft.compute_and_apply_vocabulary(i['x'], vocab_filename='v', store_frequency=True)",
        lambda i: {"id": tb.compute_and_apply_vocabulary(i["x"], vocab_filename="v")},
    ),
    Case(
        "vocabulary and its application",
        "terms",
        "id=tft.apply_vocabulary(i['s'], tft.vocabulary(i['s'], top_k=3, vocab_filename='v'), "
        "default_value=-7)",
        lambda i: {
            "id": tb.apply_vocabulary(
                i["s"], tb.vocabulary(i["s"], top_k=3, vocab_filename="v"), default_value=-7
            )
        },
        "later terms",
    ),
    Difference(
        "spaces beside counts",
        "spaced terms",
        "id=tft.compute_and_apply_vocabulary(i['s'], vocab_filename='v', store_frequency=True)",
        lambda i: {"id": tb.compute_and_apply_vocabulary(i["s"], vocab_filename="v")},
        reason="With store_frequency TFT orders terms with spaces rewritten; our counts stand in "
        "a column of their own and change no id.",
        expected={"id": [[0], [1]]},
    ),
    Difference(
        "line breaks",
        "line breaks",
        "id=tft.compute_and_apply_vocabulary(i['s'], vocab_filename='v')",
        lambda i: {"id": tb.compute_and_apply_vocabulary(i["s"], vocab_filename="v")},
        reason="TFT's text files cannot hold terms with line breaks; ours can.",
        expected={"id": [[0], [1], [2], [1], [0], [0]]},
    ),
    Case(
        "vocabulary without data",
        "nothing",
        "id=tft.compute_and_apply_vocabulary(i['s'], vocab_filename='v')",
        lambda i: {"id": tb.compute_and_apply_vocabulary(i["s"], vocab_filename="v")},
        "later terms",
    ),
    Case(
        "approximate vocabulary",
        "terms",
        "id=experimental.compute_and_apply_approximate_vocabulary(i['s'], top_k=50, "
        "vocab_filename='v'), again=tft.apply_vocabulary(i['s'], "
        "experimental.approximate_vocabulary(i['s'], top_k=40, vocab_filename='w'))",
        lambda i: {
            "id": tb.compute_and_apply_approximate_vocabulary(i["s"], 50, vocab_filename="v"),
            "again": tb.apply_vocabulary(
                i["s"], tb.approximate_vocabulary(i["s"], 40, vocab_filename="w")
            ),
        },
    ),
    Difference(
        "approximate vocabulary of few",
        "terms",
        "id=experimental.compute_and_apply_approximate_vocabulary(i['s'], top_k=2, "
        "vocab_filename='v')",
        lambda i: {
            "id": tb.compute_and_apply_approximate_vocabulary(i["s"], 2, vocab_filename="v")
        },
        reason="Asked for few, TFT gives terms that occur once for those that occur three times; "
        "ours keeps more counters than terms and is exact here.",
        expected={"id": [[{"b": 0, "a": 1}.get(term, -1)] for term in TERMS]},
    ),
    Case(
        "number of categories",
        "terms",
        "**(lambda id: dict(id=id, "
        "n=each_row(tft.get_num_buckets_for_transformed_feature(id), i), "
        "size=each_row(experimental.get_vocabulary_size_by_name('v'), i)))("
        "tft.compute_and_apply_vocabulary(i['s'], num_oov_buckets=2, vocab_filename='v'))",
        lambda i: counted(i),
    ),
    Difference(
        "hash of buckets outside",
        "terms",
        "id=tft.compute_and_apply_vocabulary(i['s'], top_k=1, num_oov_buckets=9, "
        "vocab_filename='v')",
        lambda i: {
            "id": tb.compute_and_apply_vocabulary(
                i["s"], top_k=1, num_oov_buckets=9, vocab_filename="v"
            )
        },
        reason="The hash is murmur3 unless hash='farmhash64' asks for TFT's: it also exists where "
        "models are served without this library.",
        expected={"id": [[0 if t == "b" else 1 + murmur3(t) % 9] for t in TERMS]},
    ),
]


def counted(i: tb.Inputs) -> Mapping[str, tb.Column]:
    ids = tb.compute_and_apply_vocabulary(i["s"], num_oov_buckets=2, vocab_filename="v", hash=TFTS)
    return {"id": ids, "n": tb.num_buckets(ids), "size": tb.num_buckets(ids) - 2}
