"""Texts in scikit-learn, whose vectorizers give a sparse matrix with a column for each term.

So it has no ids in the order of the text and no n-grams but counted ones; its terms are numbered by
value. Its weights are of counts; `as_table` divides by the words of a row, which is not timed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer


class Vectors(NamedTuple):
    matrix: Any
    vectorizer: Any
    texts: list[str]


def native(table: pa.Table) -> list[str]:
    return table["text"].to_pylist()


def tfidf(texts: list[str]) -> Vectors:
    vectorizer = TfidfVectorizer(analyzer=str.split, norm=None)
    return Vectors(vectorizer.fit_transform(texts), vectorizer, texts)


def bag_of_words(texts: list[str]) -> Vectors:
    vectorizer = CountVectorizer(
        tokenizer=str.split, token_pattern=None, lowercase=False, ngram_range=(1, 2)
    )
    return Vectors(vectorizer.fit_transform(texts), vectorizer, texts)


def as_table(outputs: Vectors) -> pa.Table:
    matrix, offsets = outputs.matrix, pa.array(outputs.matrix.indptr, pa.int32())
    if isinstance(outputs.vectorizer, TfidfVectorizer):
        lengths = np.array([text.count(" ") + 1 for text in outputs.texts])
        weights = matrix.data / np.repeat(lengths, np.diff(matrix.indptr))
        return pa.table({"weights": pa.ListArray.from_arrays(offsets, pa.array(weights))})
    terms = pa.array(outputs.vectorizer.get_feature_names_out().tolist())
    grams = terms.take(pa.array(matrix.indices))
    return pa.table({"ngrams": pa.ListArray.from_arrays(offsets, grams)})
