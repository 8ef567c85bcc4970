"""Strings that a pass made: kept where they repeat, and never seen in a result."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.artifact.content import artifact_files
from taurus_beam.graph.node import InputColumn
from taurus_beam.graph.phases import phases
from taurus_beam.graph.threads import THREADS_VARIABLE
from taurus_beam.graph.trace import trace
from taurus_beam.serving.held_values import made_again

ROWS = 5_000
BATCH_ROWS = 1_700


@pytest.fixture(autouse=True)
def few_rows_are_many(monkeypatch):
    monkeypatch.setattr("taurus_beam.local._BATCH_ROWS", BATCH_ROWS)


def texts(words: int) -> list[str | None]:
    rng = np.random.default_rng(words)
    made = [" ".join(f"W{n}" for n in rng.integers(0, words, k)) for k in rng.integers(0, 9, ROWS)]
    return [None if n % 13 == 0 else text for n, text in enumerate(made)]


def words_of(inputs):
    return tb.split(inputs["text"])


def vocabulary_of_words(inputs):
    return {"ids": tb.compute_and_apply_vocabulary(words_of(inputs))}


def everything(inputs):
    words, lower = words_of(inputs), tb.lower(inputs["text"])
    ids, weights = tb.tfidf(tb.compute_and_apply_vocabulary(words))
    return {
        "words": words,
        "some": tb.compute_and_apply_vocabulary(words, top_k=20, num_oov_buckets=3),
        "hashed": tb.hash_strings(words, 50),
        "lower": lower,
        "lower id": tb.compute_and_apply_vocabulary(lower),
        "tf ids": ids,
        "weights": weights,
        "held0": inputs["held0"],
    }


@pytest.mark.parametrize("threads", ["1", "3"])
@pytest.mark.parametrize("words", [40, 400_000], ids=["repeat", "hardly"])
@pytest.mark.parametrize("function", [vocabulary_of_words, everything])
def test_what_is_held_never_shows(function, words, threads, monkeypatch):
    monkeypatch.setenv(THREADS_VARIABLE, threads)
    numbers = pa.array(np.arange(ROWS), mask=np.arange(ROWS) % 5 == 0)
    table = pa.table({"text": texts(words), "held0": numbers})
    outputs, fn = tb.fit_transform(table, function)
    alone = tb.fit(table, function)
    assert artifact_files(fn.graph, {}) == artifact_files(alone.graph, {})
    assert outputs.equals(alone.transform(table))


def test_batches_in_which_words_repeat_stand_beside_others():
    few, many = texts(5)[: BATCH_ROWS + 1], texts(400_000)
    table = pa.table({"text": [*few, *many]})
    outputs, fn = tb.fit_transform(table, vocabulary_of_words)
    assert outputs.equals(fn.transform(table))


def test_words_are_made_once(monkeypatch):
    with tb.profile() as measured:
        tb.fit_transform(pa.table({"text": texts(40)}), vocabulary_of_words)
    made = [row.phase for row in measured.rows if row.name.startswith("split")]
    assert made == ["pass 1"]


@pytest.mark.parametrize("run", [tb.fit, tb.fit_transform])
def test_words_are_made_once_for_all_passes(run):
    def function(inputs):
        ids, weights = tb.tfidf(tb.compute_and_apply_vocabulary(words_of(inputs)))
        return {"ids": ids, "weights": weights}

    with tb.profile() as measured:
        run(pa.table({"text": texts(40)}), function)
    phases_seen = {row.phase for row in measured.rows}
    made = [row.phase for row in measured.rows if row.name.startswith("split")]
    assert made == ["pass 1"]
    assert "pass 2" in phases_seen


def test_which_strings_are_made_again():
    schema = pa.schema({"text": pa.string(), "x": pa.float64()})

    def function(inputs):
        words, lower = words_of(inputs), tb.lower(inputs["text"])
        learned_only = tb.vocabulary(tb.upper(inputs["text"]))
        return {
            "ids": tb.compute_and_apply_vocabulary(words),
            "other": tb.apply_vocabulary(lower, learned_only),
            "text id": tb.compute_and_apply_vocabulary(inputs["text"]),
            "mean": inputs["x"] - tb.mean(inputs["x"]),
        }

    graph = trace(function, schema)
    found = made_again(phases(graph)[0].inputs, graph.roots)
    assert [node.operation.name for node in found] == ["split"]
    assert not any(isinstance(node.operation, InputColumn) for node in found)
