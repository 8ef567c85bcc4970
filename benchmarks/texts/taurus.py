"""Texts in taurus_beam, in this process."""

from __future__ import annotations

import pyarrow as pa

import taurus_beam as tb


def native(table: pa.Table) -> pa.Table:
    return table


def as_table(outputs: pa.Table) -> pa.Table:
    return outputs


def vocabulary(table: pa.Table) -> pa.Table:
    def preprocessing_fn(inputs: tb.Inputs) -> dict[str, tb.Column]:
        return {"ids": tb.compute_and_apply_vocabulary(tb.split(inputs["text"]))}

    return tb.fit_transform(table, preprocessing_fn)[0]


def tfidf(table: pa.Table) -> pa.Table:
    def preprocessing_fn(inputs: tb.Inputs) -> dict[str, tb.Column]:
        ids, weights = tb.tfidf(tb.compute_and_apply_vocabulary(tb.split(inputs["text"])))
        return {"ids": ids, "weights": weights}

    return tb.fit_transform(table, preprocessing_fn)[0]


def ngrams(table: pa.Table) -> pa.Table:
    def preprocessing_fn(inputs: tb.Inputs) -> dict[str, tb.Column]:
        return {"ngrams": tb.ngrams(tb.split(inputs["text"]), (1, 2), " ")}

    return tb.fit_transform(table, preprocessing_fn)[0]


def bag_of_words(table: pa.Table) -> pa.Table:
    def preprocessing_fn(inputs: tb.Inputs) -> dict[str, tb.Column]:
        return {"ngrams": tb.bag_of_words(tb.split(inputs["text"]), (1, 2), " ")}

    return tb.fit_transform(table, preprocessing_fn)[0]
