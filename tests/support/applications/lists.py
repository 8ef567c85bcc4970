"""Samples of lists: ragged, dense and sparse forms, and terms weighed by how rare they are."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from arrow_columns import BOOL

import taurus_beam as tb
from applications.application import (
    F32,
    I8,
    RAGGED_LONGS,
    STRING_TRIPLE,
    STRINGS,
    THREE_INTS,
    U64,
    VECTOR,
    Sample,
)

_FLOATS, _BOOLS = pa.list_(F32), pa.list_(BOOL)


def _known(x: Any) -> Any:
    return tb.compute_and_apply_vocabulary(x, default_value=-2)


SAMPLES: dict[str, list[Sample]] = {
    "deduplicate_per_row": [
        (
            tb.deduplicate_per_row,
            [STRINGS, RAGGED_LONGS, _FLOATS, VECTOR, pa.list_(U64), _BOOLS],
        ),
    ],
    "truncate": [
        (lambda x: tb.truncate(x, 2), [STRINGS, pa.list_(BOOL)]),
        (lambda x: tb.truncate(x, 2, keep="last"), [RAGGED_LONGS]),
        (lambda x: tb.truncate(x, 0, keep="last"), [_FLOATS]),
    ],
    "segment_indices": [(tb.segment_indices, [RAGGED_LONGS, THREE_INTS, pa.list_(U64)])],
    "to_dense": [
        (lambda x: tb.to_dense(x, 2), [RAGGED_LONGS]),
        (lambda x: tb.to_dense(x, 3, "é"), [STRINGS]),
        (lambda x: tb.to_dense(x, 4, -0.5), [VECTOR]),
        (lambda x: tb.to_dense(x, 2, True), [_BOOLS]),
    ],
    "to_ragged": [
        (tb.to_ragged, [THREE_INTS]),
        (lambda x: tb.to_ragged(x, ""), [STRING_TRIPLE]),
        (lambda x: tb.to_ragged(x, float("nan")), [_FLOATS]),
    ],
    "sparse_to_dense": [
        (lambda x: tb.sparse_to_dense(tb.clip(x, 0, 4), x, 5, 7), [pa.list_(I8)]),
        (lambda x: tb.sparse_to_dense([2, 0, 2], x, 4), [STRING_TRIPLE]),
    ],
    "dense_to_sparse": [
        (tb.dense_to_sparse, [THREE_INTS, _FLOATS]),
        (lambda x: tb.dense_to_sparse(x, "a"), [STRINGS]),
    ],
    "term_weights": [
        (lambda x: tb.tfidf(x, 4), [RAGGED_LONGS, pa.list_(U64)]),
        (lambda x: tb.tfidf(x, 9, False), [THREE_INTS]),
        (lambda x: tb.tfidf(tb.compute_and_apply_vocabulary(x, top_k=2)), [STRINGS]),
        (lambda x: tb.tfidf(tb.hash_strings(x, 5)), [STRINGS]),
    ],
    "term_look_up": [
        (lambda x: tb.idf(x, 3, add_baseline=False), [pa.list_(U64)]),
        (lambda x: tb.document_frequency(x, 3), [RAGGED_LONGS]),
    ],
    "vocabulary_size": [(lambda x: _known(x) - tb.num_buckets(_known(x)), [STRINGS, RAGGED_LONGS])],
}
