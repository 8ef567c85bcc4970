"""A million texts of some words: ids, TF-IDF, n-grams and bags of words, a work each."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks import data
from benchmarks.environments import DUCKDB, POLARS, SKLEARN, TFT
from benchmarks.works import scaled
from benchmarks.works.tft import Question, by_tft
from benchmarks.works.work import Contender, Prepare, Task, Work, timed

ROWS = 100_000
TERMS = 50_000
LENGTHS = (3, 14)
# Of the frequencies of terms.
ZIPF = 1.1
OTHER_ORDER = ("scikit-learn", "DuckDB")
NOTHING = dict.fromkeys(("feature-engine", "ibis-ml"), "has nothing for the words of a text.")


def path(size: int) -> Path:
    """The Parquet file of so many texts; made when it is not there yet."""
    file = data.FOLDER / f"texts_x{size}.parquet"
    if not file.exists():
        data.FOLDER.mkdir(exist_ok=True)
        rng = np.random.default_rng(size)
        terms = np.array([spelt(number) for number in range(TERMS)], object)
        chances = 1 / np.arange(1, TERMS + 1) ** ZIPF
        lengths = rng.integers(*LENGTHS, ROWS * size)
        words = terms[rng.choice(TERMS, lengths.sum(), p=chances / chances.sum())]
        ends = np.cumsum(lengths)
        texts = [" ".join(words[end - n : end]) for n, end in zip(lengths, ends, strict=True)]
        unfinished = file.with_suffix(f".{os.getpid()}")
        pq.write_table(pa.table({"text": texts}), unfinished, row_group_size=data.ROW_GROUP)
        unfinished.rename(file)
    return file


def spelt(number: int) -> str:
    """A word for a number, the longer the larger it is."""
    letters = ""
    while number >= 0:
        letters = chr(ord("a") + number % 26) + letters
        number = number // 26 - 1
    return letters


def table(size: int) -> pa.Table:
    return pq.read_table(path(size))


def peer(module: str, function: str) -> Prepare:
    def prepare(size: int, _: Path) -> Task:
        done = import_module(f"benchmarks.texts.{module}")
        given, work = done.native(table(size)), getattr(done, function)
        return timed(lambda: work(given), done.as_table)

    return prepare


def compare(expected: pa.Table, actual: pa.Table, contender: str) -> None:
    """Raises AssertionError naming the first column that disagrees.

    Bags of DuckDB, and all that scikit-learn gives, are in another order within a row.
    """
    for name in actual.column_names:
        ours, theirs = by_row(expected[name]), by_row(actual[name])
        if contender.startswith(OTHER_ORDER):
            order = [("row", "ascending"), ("value", "ascending")]
            ours, theirs = ours.sort_by(order), theirs.sort_by(order)
        assert ours["row"].equals(theirs["row"]), name
        if name == "weights":
            assert np.allclose(ours["value"], theirs["value"], rtol=1e-5), name
        else:
            assert ours["value"].equals(theirs["value"].cast(ours["value"].type)), name


def by_row(column: pa.ChunkedArray) -> pa.Table:
    """Each element of the lists with the number of its row."""
    lists = column.combine_chunks()
    return pa.table({"row": pc.list_parent_indices(lists), "value": pc.list_flatten(lists)})


def work(title: str, function: str, tft: str, sklearn: str = "", batch_rows: int = 65_536) -> Work:
    """A work that all peers do whose names are in it.

    Args:
        title: What it is.
        function: Of each peer's file.
        tft: TFT's expression of its inputs ``i``.
        sklearn: Why scikit-learn does not do it; it does where this is empty.
        batch_rows: TFT's fastest: its time for a batch grows with the square of the rows in some
            functions.
    """
    here = {
        "by hand": Contender(peer("by_hand", function)),
        "taurus": Contender(peer("taurus", function)),
        "Polars": Contender(peer("polars", function), POLARS),
        "DuckDB": Contender(peer("duckdb", function), DUCKDB),
    }
    question = Question(tft, lambda _: {}, batch_rows)
    theirs = Contender(by_tft(question, table), TFT, sizes=(1,), without="some minutes")
    there = {} if sklearn else {"scikit-learn": Contender(peer("sklearn", function), SKLEARN)}
    return Work(
        title,
        {**dict(scaled.on_one_and_all(here, sizes=(1,))), **there, "TFT": theirs},
        sizes=(1, 10),
        rows=ROWS,
        prepare=path,
        compare=compare,
        cannot=({"scikit-learn": sklearn} if sklearn else {}) | NOTHING,
    )


WORKS = {
    "vocabulary": work(
        "Ids of words, a vocabulary of all of them",
        "vocabulary",
        "o=tft.compute_and_apply_vocabulary(tokens(i['text']))",
        sklearn="gives a count for each term and row, not the ids of a text's words.",
    ),
    "tfidf": work(
        "TF-IDF",
        "tfidf",
        f"**(lambda ids: dict(zip('ab', tft.tfidf(ids, {TERMS}))))("
        "tft.compute_and_apply_vocabulary(tokens(i['text'])))",
    ),
    "ngrams": work(
        "N-grams of one and two words",
        "ngrams",
        "o=tft.ngrams(tokens(i['text']), (1, 2), ' ')",
        sklearn="gives a count for each n-gram and row, not the n-grams of a text.",
    ),
    "bag_of_words": work(
        "Bags of n-grams of one and two words",
        "bag_of_words",
        "o=tft.bag_of_words(tokens(i['text']), (1, 2), ' ')",
        batch_rows=512,
    ),
}
