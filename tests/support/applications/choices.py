"""Samples of choosing between values: where, filling in what is missing, elements of vectors."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from arrow_columns import BINARY, BOOL, DATE, INTEGERS, NUMBERS, STRING, TIME, TIMES

import taurus_beam as tb
from applications.application import (
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    PAIR,
    RAGGED,
    RAGGED_INTS,
    RAGGED_LONGS,
    SHAPES,
    STRING_PAIR,
    STRINGS,
    U8,
    U64,
    VECTOR,
    VECTOR32,
    Sample,
)
from applications.elementwise import MOMENT
from taurus_beam.graph.column import apply
from taurus_beam.transforms.feature_selection import PositionsAbove, TopPositions

_KINDS = [I8, U64, F32, F64, BOOL, STRING, BINARY, *TIMES]
_IMPUTED = [I8, I64, U64, F32, F64, PAIR, RAGGED]
_TABLE = np.array([[1, 2], [3, 4], [5, 6]], np.int16)
_MATRIX = np.array([[0.1, -2.0], [1e-3, 3.5], [7.0, 0.0]])

SAMPLES: dict[str, list[Sample]] = {
    "where": [
        (tb.where, [*((BOOL, t, t) for t in _KINDS), (BOOL, I64, F32), (BOOL, I64, U64)]),
        (tb.where, [(BOOL, VECTOR, F64), (pa.list_(BOOL), F64, F64), (BOOL, STRINGS, STRING)]),
        (lambda c: tb.where(c, 1, 0.5), [BOOL]),
        (lambda c: tb.where(c, "yes", "no"), [BOOL]),
        (lambda c, x: tb.where(c, x, -1), [(BOOL, I32), (BOOL, F32)]),
        (lambda c, x: tb.where(c, "?", x), [(BOOL, STRING)]),
    ],
    "fill_null": [
        (tb.fill_null, [*((t, t) for t in _KINDS), (I64, F32), (RAGGED, F64), (F64, VECTOR)]),
        (lambda x: tb.fill_null(x, -1), [I32, F32, VECTOR, RAGGED_INTS]),
        (lambda x: tb.fill_null(x, 0.5), [I32, F32]),
        (lambda x: tb.fill_null(x, "?"), [STRING, STRINGS, STRING_PAIR]),
        (lambda x: tb.fill_null(x, MOMENT), [TIME]),
        (tb.impute, _IMPUTED),
        (lambda x: tb.impute(x, "median", missing_nan=True), _IMPUTED),
        (lambda x: tb.impute(x, elementwise=True), [PAIR]),
    ],
    "mode": [
        (lambda x: tb.impute(x, "mode"), [*_IMPUTED, STRING, STRINGS, BOOL, DATE, TIME]),
        (lambda x: tb.impute(x, "mode", missing_nan=True), [F32, F64, PAIR]),
    ],
    "is_null": [(tb.is_null, [*NUMBERS, BOOL, STRING, BINARY, *TIMES, *SHAPES, STRINGS])],
    "element": [
        (lambda x: x[0], [VECTOR, VECTOR32, STRING_PAIR, pa.list_(BOOL, 2), pa.list_(TIME, 2)]),
        (lambda x: np.exp(x[-1]), [VECTOR, VECTOR32]),
        (lambda x: np.sin(x[1]) * x[0], [VECTOR, VECTOR32]),
    ],
    "one_hot": [
        (lambda x: tb.one_hot(x, 3), INTEGERS),
        (lambda x: tb.one_hot(x, 200, dtype=pa.int8()), [I8, I64, U8]),
    ],
    "multi_hot": [
        (lambda x: tb.multi_hot(x, 4), [RAGGED_LONGS, pa.list_(U64), pa.list_(I8, 2)]),
        (lambda x: tb.multi_hot(x, 2, pa.int8()), [RAGGED_INTS]),
    ],
    "gather": [
        (lambda i: tb.take([0.5, -0.0, 7.25], i), INTEGERS),
        (lambda i: tb.take(np.array([0.1, 0.2], np.float32), i, 0.3), [I8, pa.list_(I64, 2)]),
        (lambda i: tb.take([True, False], i, True), [I64]),
        (lambda i: tb.take(["a", "", "é"], i), [I64, U64]),
        (lambda i: tb.take(["a", "", "é"], i, "?"), [I64, RAGGED_INTS]),
        (lambda i: tb.take(_TABLE, i), [I64]),
        (lambda i: tb.take(_TABLE, i, 9), [U8]),
    ],
    "concat": [
        (lambda *x: tb.stack(x), [(F64, F32, I64), (STRING, STRING), (BOOL, BOOL), (TIME, TIME)]),
        (lambda x: tb.stack([x, tb.mean(x)]), [F64]),
        (lambda *x: tb.concat(x), [(VECTOR, I64, pa.list_(I16, 2)), (STRING_PAIR, STRING)]),
    ],
    "select_positions": [
        (lambda x: tb.select_positions(x, [2, 0, 2]), [VECTOR, VECTOR32, pa.list_(TIME, 3)]),
        (lambda x: tb.select_positions(x, [-1]), [STRING_PAIR, pa.list_(BOOL, 2)]),
        (lambda x, y: tb.select_k_best([x, y], y, 1, "pearson"), [(F32, F32)]),
        (lambda x, y: tb.select_k_best(x, y, 2), [(VECTOR, STRING)]),
        (lambda x, y: tb.select_percentile(x, y, 40), [(VECTOR32, BOOL)]),
        (lambda x: tb.variance_threshold(x, 0.5), [VECTOR]),
    ],
    "top_positions": [(lambda x, k=k: apply(TopPositions(k), x), [VECTOR]) for k in (1, 2, 3)],
    "positions_above": [(lambda x: apply(PositionsAbove(0.5), x), [VECTOR])],
    "dot": [
        (lambda x: tb.dot(x, _MATRIX), [VECTOR, pa.list_(I64, 3)]),
        (lambda x: tb.dot(x, _MATRIX.astype(np.float32)), [VECTOR32]),
        (lambda x: tb.dot(x, [3, -1, 2]), [pa.list_(I16, 3), VECTOR32]),
        (tb.dot, [(VECTOR, VECTOR32), (VECTOR32, VECTOR32), (pa.list_(U64, 3), VECTOR)]),
    ],
}
