from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

import taurus_beam as tb
from taurus_beam.errors import DataError, TraceError

INTS = pa.list_(pa.int64())
INF = float("inf")
# TFT 1.16 on these five rows; ids outside 0 ... n - 1 are taken modulo n.
ROWS = [[0, 1, 1], [5, 2], [-1, -1, 0], [], [3, 0, 0, 0]]
TFT_TERMS = {
    (4, True): (
        [[0, 1], [1, 2], [0, 3], [], [0, 3]],
        [
            [0.4684883952140808, 1.1287648677825928],
            [0.8465735912322998, 1.0493061542510986],
            [0.4684883952140808, 1.1287648677825928],
            [],
            [1.0540988445281982, 0.4232867956161499],
        ],
    ),
    (6, False): (
        [[0, 1], [2, 5], [0, 5], [], [0, 3]],
        [
            [0.5036085844039917, 1.739625334739685],
            [1.3047189712524414, 0.9581453800201416],
            [0.5036085844039917, 1.2775272130966187],
            [],
            [1.1331192255020142, 0.6523594856262207],
        ],
    ),
}
TFT_DOCUMENT_FREQUENCIES = {
    4: [[3, 2, 2], [2, 1], [2, 2, 3], [], [2, 3, 3, 3]],
    6: [[3, 1, 1], [2, 1], [2, 2, 3], [], [1, 3, 3, 3]],
}
# For the row [4, -1, 7, 2] served by the functions of six ids; no row fitted on has 4.
TFT_IDF_SERVED = {
    (True, True): [2.791759490966797, 1.6931471824645996, 2.0986123085021973, 2.0986123085021973],
    (True, False): [1.7917594909667969, 0.6931471824645996, 1.0986123085021973, 1.0986123085021973],
    (False, True): [INF, 1.9162907600402832, 2.609437942504883, 2.609437942504883],
    (False, False): [INF, 0.9162907600402832, 1.6094379425048828, 1.6094379425048828],
}


def fitted(rows: Any, function: Callable[[Any], Any]) -> tb.TransformFn:
    return tb.fit(pa.table({"x": pa.array(rows, INTS)}), function)


def weights(i: Any, *arguments: Any) -> dict[str, Any]:
    term, weight = tb.tfidf(i["x"], *arguments)
    return {"term": term, "weight": weight}


@pytest.mark.parametrize(("size", "smooth"), TFT_TERMS)
def test_weights_are_those_of_tft(size: int, smooth: bool) -> None:
    fn = fitted(ROWS, lambda i: weights(i, size, smooth))
    out = fn.transform(pa.table({"x": pa.array(ROWS, INTS)}))
    terms, expected = TFT_TERMS[size, smooth]
    assert out["term"].to_pylist() == terms
    for found, wanted in zip(out["weight"].to_pylist(), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-6)


@pytest.mark.parametrize("size", TFT_DOCUMENT_FREQUENCIES)
def test_document_frequencies_are_those_of_tft(size: int) -> None:
    fn = fitted(ROWS, lambda i: {"df": tb.document_frequency(i["x"], size)})
    out = fn.transform(pa.table({"x": pa.array(ROWS, INTS)}))
    assert out["df"].to_pylist() == TFT_DOCUMENT_FREQUENCIES[size]


@pytest.mark.parametrize(("smooth", "baseline"), TFT_IDF_SERVED)
def test_unseen_terms_are_weighed_as_by_tft(smooth: bool, baseline: bool) -> None:
    fn = fitted(ROWS, lambda i: {"idf": tb.idf(i["x"], 6, smooth, baseline)})
    found = fn.row({"x": [4, -1, 7, 2]})["idf"]
    np.testing.assert_allclose(found, TFT_IDF_SERVED[smooth, baseline], rtol=1e-6)


def test_ids_of_a_vocabulary_know_their_number() -> None:
    # TFT 1.16: top_k=2 of two rows and an empty one; -1 is counted as the last id, 1.
    rows = [["I", "like", "pie", "pie", "pie"], ["yum", "yum", "pie"], []]
    table = pa.table({"x": rows})

    def function(i: Any) -> dict[str, Any]:
        term, weight = tb.tfidf(tb.compute_and_apply_vocabulary(i["x"], top_k=2))
        return {"term": term, "weight": weight}

    fn = tb.fit(table, function)
    assert fn.transform(table)["term"].to_pylist() == [[0, 1], [0, 1], []]
    served = fn.row({"x": ["zzz", "pie", "qqq"]})
    assert served["term"] == [0, 1]
    np.testing.assert_allclose(served["weight"], [0.429227352142334, 0.858454704284668], rtol=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=8), min_size=1, max_size=12))
def test_weights_are_those_of_scikit_learn_by_row_length(rows: list[list[str]]) -> None:
    vocabulary = {term: i for i, term in enumerate("abcdef")}
    counts = CountVectorizer(analyzer=list, vocabulary=vocabulary).transform(rows)
    lengths = np.maximum([len(row) for row in rows], 1)[:, None]
    expected = TfidfTransformer(norm=None).fit_transform(counts).toarray() / lengths
    ids = [[vocabulary[term] for term in row] for row in rows]
    out = fitted(ids, lambda i: weights(i, 6)).transform(pa.table({"x": pa.array(ids, INTS)}))
    dense = np.zeros((len(rows), 6))
    for vector, found in zip(dense, out.to_pylist(), strict=True):
        assert found["term"] == sorted(set(found["term"]))
        vector[found["term"]] = found["weight"]
    np.testing.assert_allclose(dense, expected, rtol=1e-6)


def test_missing_rows_count_and_missing_terms_do_not() -> None:
    fn = fitted([[0, None], None, [1], []], lambda i: {"idf": tb.idf(i["x"], 2, smooth=False)})
    assert fn.row({"x": [None, 0]})["idf"] == pytest.approx([math.log(4 / 1) + 1])
    assert fn.row({"x": None}) == {"idf": None}


def test_without_any_data_all_terms_are_alike() -> None:
    fn = fitted([], lambda i: {"idf": tb.idf(i["x"], 3), "rare": tb.idf(i["x"], 3, smooth=False)})
    assert fn.row({"x": [0, 2]}) == {"idf": [1.0, 1.0], "rare": [INF, INF]}


def test_an_empty_vocabulary_has_one_term() -> None:
    table = pa.table({"x": pa.array([[""], ["", ""]], pa.list_(pa.string()))})
    fn = tb.fit(table, lambda i: {"t": tb.tfidf(tb.compute_and_apply_vocabulary(i["x"]))[0]})
    assert fn.transform(table)["t"].to_pylist() == [[0], [0]]


def test_an_id_too_great_for_a_table_is_refused() -> None:
    with pytest.raises(DataError, match="There is an id 1099511627776"):
        fitted([[2**40]], lambda i: {"df": tb.document_frequency(i["x"], 2**62)})


MISTAKES: list[tuple[Callable[[Any], Any], str]] = [
    (lambda i: tb.tfidf(i["x"], 0)[0], "vocab_size is 0"),
    (lambda i: tb.idf(i["x"], 2.5), "vocab_size is 2.5"),
    (lambda i: tb.idf(i["x"], i["n"]), "vocab_size is a column"),
    (lambda i: tb.idf(i["x"]), "not known what categories"),
    (lambda i: tb.document_frequency(i["s"], 3), "takes lists of integers, not string[]"),
    (lambda i: tb.document_frequency(i["n"], 3), "takes lists, not int64"),
]


@pytest.mark.parametrize(("function", "what"), MISTAKES)
def test_a_mistake_is_told_with_the_line(function: Callable[[Any], Any], what: str) -> None:
    schema = pa.schema({"x": INTS, "s": pa.list_(pa.string()), "n": pa.int64()})
    with pytest.raises(TraceError, match=re.escape(what)) as caught:
        tb.fit(schema.empty_table(), lambda i: {"o": function(i)})
    assert caught.value.where is not None
    assert caught.value.where.startswith("test_tfidf.py:")
