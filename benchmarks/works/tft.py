"""Each per-key and text function, and the reference work, in TFT and in taurus_beam.

Both analyze and transform the flights of a table in memory: TFT through its Beam transforms, as
its users run it, and taurus_beam in this process as well as through Beam. TFT runs in the Python
of its own environment, which reads this file too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import taurus_beam as tb
from benchmarks import data, functions
from benchmarks.environments import TFT
from benchmarks.works.work import Contender, Prepare, Task, Work, timed

PEER = "TFT"


@dataclass(frozen=True)
class Question:
    """One piece of work: TFT's expression of its inputs ``i``, and our preprocessing function."""

    tft: str
    ours: Callable[[tb.Inputs], Mapping[str, tb.Column]]
    # TFT's fastest: its time for a batch grows with the square of the rows in some functions.
    tft_batch_rows: int = 65_536

    @property
    def columns(self) -> list[str]:
        """What it reads: neither side is given more."""
        return sorted(set(re.findall(r"i\['(\w+)'\]", self.tft))) or [*data.NUMERIC, *data.STRINGS]


def pair(
    function: Callable[..., tuple[tb.Column, tb.Column]], *arguments: Any, **options: Any
) -> Any:
    return dict(zip(("a", "b"), function(*arguments, **options)))  # noqa: B905 (Python 3.9)


QUESTIONS = {
    "reference work": Question(
        f"**{{c + '_z': tft.scale_to_z_score(i[c]) for c in {data.NUMERIC}}}, "
        f"**{{c + '_01': tft.scale_to_0_1(i[c]) for c in {data.NUMERIC}}}, "
        f"**{{c + '_bucket': tft.bucketize(i[c], {data.BUCKETS}) for c in {data.NUMERIC}}}, "
        f"**{{c + '_id': tft.compute_and_apply_vocabulary(i[c]) for c in {data.STRINGS}}}",
        functions.preprocessing_fn,
    ),
    "scale_to_z_score_per_key": Question(
        "o=tft.scale_to_z_score_per_key(i['distance'], i['carrier'])",
        lambda i: {"o": tb.scale_to_z_score_per_key(i["distance"], i["carrier"])},
    ),
    "scale_to_z_score_per_key, 4,043 keys": Question(
        "o=tft.scale_to_z_score_per_key(i['distance'], i['plane'])",
        lambda i: {"o": tb.scale_to_z_score_per_key(i["distance"], i["plane"])},
    ),
    "scale_to_0_1_per_key": Question(
        "o=tft.scale_to_0_1_per_key(i['distance'], i['dest'])",
        lambda i: {"o": tb.scale_to_0_1_per_key(i["distance"], i["dest"])},
    ),
    "scale_by_min_max_per_key": Question(
        "o=tft.scale_by_min_max_per_key(i['distance'], i['dest'], -1.0, 1.0)",
        lambda i: {"o": tb.scale_by_min_max_per_key(i["distance"], i["dest"], -1.0, 1.0)},
    ),
    "bucketize_per_key": Question(
        "o=tft.bucketize_per_key(i['distance'], i['carrier'], 10)",
        lambda i: {"o": tb.bucketize_per_key(i["distance"], i["carrier"], 10)},
    ),
    "count_per_key": Question(
        "o=tf.zeros_like(i['distance']) + tf.cast(tft.count_per_key(i['dest'])[1][0], tf.float32)",
        lambda i: {"o": tb.count_per_key(i["dest"])[1], "x": i["distance"]},
    ),
    "ngrams": Question(
        "o=tft.ngrams(tokens(i['text']), (1, 2), ' ')",
        lambda i: {"o": tb.ngrams(tb.split(i["text"]), (1, 2), " ")},
    ),
    "bag_of_words": Question(
        "o=tft.bag_of_words(tokens(i['text']), (1, 2), ' ')",
        lambda i: {"o": tb.bag_of_words(tb.split(i["text"]), (1, 2), " ")},
        tft_batch_rows=512,
    ),
    "word_count": Question(
        "o=tft.word_count(tokens(i['text']))",
        lambda i: {"o": tb.word_count(tb.split(i["text"]))},
    ),
    "tfidf": Question(
        "**(lambda ids: dict(zip('ab', tft.tfidf(ids, 5000))))("
        "tft.compute_and_apply_vocabulary(tokens(i['text'])))",
        lambda i: pair(tb.tfidf, tb.compute_and_apply_vocabulary(tb.split(i["text"])), 5000),
    ),
    "idf, document_frequency": Question(
        "**(lambda ids: dict(a=experimental.idf(ids, 5000), "
        "b=experimental.document_frequency(ids, 5000)))("
        "tft.compute_and_apply_vocabulary(tokens(i['text'])))",
        lambda i: {
            name: weigh(tb.compute_and_apply_vocabulary(tb.split(i["text"])), 5000)
            for name, weigh in (("a", tb.idf), ("b", tb.document_frequency))
        },
    ),
    "deduplicate_per_row": Question(
        "o=tft.deduplicate_tensor_per_row(tokens(i['text']))",
        lambda i: {"o": tb.deduplicate_per_row(tb.split(i["text"]))},
        tft_batch_rows=512,
    ),
    "to_dense": Question(
        "o=tft.sparse_tensor_to_dense_with_shape(tokens(i['text']), [None, 6], '')",
        lambda i: {"o": tb.to_dense(tb.split(i["text"]), 6)},
    ),
    "hash_strings": Question(
        "o=tft.hash_strings(i['plane'], 1000)",
        lambda i: {"o": tb.hash_strings(i["plane"], 1000, hash="farmhash64")},
    ),
    "hash_strings with a key": Question(
        "o=tft.hash_strings(i['plane'], 1000, key=[1, 2])",
        lambda i: {"o": tb.hash_strings(i["plane"], 1000, key=[1, 2])},
    ),
    "vocabulary of words": Question(
        "o=tft.compute_and_apply_vocabulary(tokens(i['text']))",
        lambda i: {"o": tb.compute_and_apply_vocabulary(tb.split(i["text"]))},
    ),
    "vocabulary by labels": Question(
        "o=tft.compute_and_apply_vocabulary(i['plane'], labels=tf.cast(i['distance'] > 1000.0, "
        "tf.int64))",
        lambda i: {
            "o": tb.compute_and_apply_vocabulary(
                i["plane"], labels=tb.cast(i["distance"] > 1000.0, pa.int64())
            )
        },
    ),
    "vocabulary by adjusted information": Question(
        "o=tft.compute_and_apply_vocabulary(i['plane'], labels=tf.cast(i['distance'] > 1000.0, "
        "tf.int64), use_adjusted_mutual_info=True)",
        lambda i: {
            "o": tb.compute_and_apply_vocabulary(
                i["plane"],
                labels=tb.cast(i["distance"] > 1000.0, pa.int64()),
                use_adjusted_mutual_info=True,
            )
        },
    ),
    "vocabulary by weights": Question(
        "o=tft.compute_and_apply_vocabulary(i['plane'], weights=i['distance'])",
        lambda i: {"o": tb.compute_and_apply_vocabulary(i["plane"], weights=i["distance"])},
    ),
    "approximate vocabulary": Question(
        "o=experimental.compute_and_apply_approximate_vocabulary(i['plane'], top_k=100)",
        lambda i: {"o": tb.compute_and_apply_approximate_vocabulary(i["plane"], 100)},
    ),
    "estimated_probability_density": Question(
        "o=tft.estimated_probability_density(i['dest'], categorical=True)",
        lambda i: {"o": tb.estimated_probability_density(i["dest"], categorical=True)},
    ),
    "scale_to_gaussian": Question(
        "o=tft.scale_to_gaussian(i['distance'])",
        lambda i: {"o": tb.scale_to_gaussian(i["distance"])},
    ),
    "covariance, pca": Question(
        "o=tf.matmul(tf.stack([i['distance'], i['sched_dep_time']], 1), "
        "tft.pca(tf.stack([i['distance'], i['sched_dep_time']], 1), 2, tf.float32))",
        lambda i: projected(tb.stack([i["distance"], i["sched_dep_time"]])),
    ),
}


def projected(vector: tb.Column) -> Mapping[str, tb.Column]:
    return {"o": tb.dot(vector, tb.pca(vector, 2))}


def flights(size: int) -> pa.Table:
    """The flights, with the planes that are known and a text of four words in each row."""
    table = data.table(size)
    plane = pc.fill_null(table["tailnum"], "none")
    words = [table["carrier"], table["origin"], table["dest"], plane, pa.scalar(" ")]
    text = pc.binary_join_element_wise(*words)
    return table.append_column("plane", plane).append_column("text", text)


def by_tft(question: Question, source: Callable[[int], pa.Table] = flights) -> Prepare:
    def prepare(size: int, _: Path) -> Task:
        from benchmarks.peers import tft_peer

        table = source(size).select(question.columns)
        given = tft_peer.TftInput.of(table, batch_rows=question.tft_batch_rows)
        function = tft_peer.function(question.tft)
        return timed(lambda: tft_peer.fit_transform(given, function))

    return prepare


def by_taurus(question: Question) -> Prepare:
    def prepare(size: int, _: Path) -> Task:
        table = flights(size).select(question.columns)
        return timed(lambda: tb.fit_transform(table, lambda i: dict(question.ours(i))))

    return prepare


def by_taurus_on_beam(question: Question) -> Prepare:
    def prepare(size: int, folder: Path) -> Task:
        from benchmarks.peers import beam_peer

        table = flights(size).select(question.columns)
        return timed(lambda: beam_peer.fit_transform(table, question.ours, folder))

    return prepare


WORKS = {
    name: Work(
        f"{name}: analyze + transform",
        {
            PEER: Contender(by_tft(question), TFT),
            "taurus": Contender(by_taurus(question)),
            "taurus through Beam": Contender(by_taurus_on_beam(question)),
        },
        sizes=(1,),
    )
    for name, question in QUESTIONS.items()
}
