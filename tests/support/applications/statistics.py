"""Samples of analyzers of numbers: moments, extremes, tables of two columns, densities."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from arrow_columns import BOOL, FLOATS, NUMBERS, STRING, TIME, TIMES

import taurus_beam as tb
from applications.application import (
    F32,
    F64,
    I8,
    I32,
    I64,
    PAIR,
    RAGGED,
    SHAPES,
    U8,
    U64,
    VECTOR,
    VECTOR32,
    Sample,
    tame,
)

_CORRELATED = [(F64, F64), (I8, F32), (I64, BOOL)]


def _density(*arguments: Any, **options: Any) -> Any:
    return lambda x: tb.estimated_probability_density(x, *arguments, **options)


SAMPLES: dict[str, list[Sample]] = {
    "extremum": [
        (lambda x: tb.fill_null(x, tb.min(x)), [*NUMBERS, *TIMES]),
        (lambda x: tb.max(x) - x, [*NUMBERS, *SHAPES]),
        (lambda x: x - tb.min(x, reduce_instance_dims=False), [F64, VECTOR, VECTOR32]),
    ],
    "moment": [
        (lambda x: x - tb.mean(x), [I8, I32, U64, BOOL, *FLOATS, *SHAPES]),
        (lambda x: x * tb.var(x), [I8, I32, U64, BOOL, *FLOATS, *SHAPES]),
        (lambda x: x + tb.sum(x), [I8, I32, BOOL, F32, F64, RAGGED]),
        (lambda x: x - tb.mean(x, reduce_instance_dims=False), [VECTOR, VECTOR32]),
        (lambda x: x / tb.std(x, output_dtype=F64), [F32, F64]),
    ],
    "weighted_moment": [
        (
            lambda x, w: x * tb.mean(x, weights=tame(w)) + tb.std(x, weights=tame(w)),
            [(F64, F32), (I64, U8), (PAIR, PAIR), (RAGGED, F64)],
        ),
    ],
    "size": [
        (lambda x: tb.size(x), [STRING, F64, BOOL, RAGGED, VECTOR, TIME]),
        (lambda x: x * tb.count(x, reduce_instance_dims=False), [F64, VECTOR]),
    ],
    "covariance": [
        (lambda x: tb.dot(x, tb.covariance(x)), [PAIR, pa.list_(F32, 2), pa.list_(I64, 2)]),
    ],
    "pca": [(lambda x: tb.dot(x, tb.pca(x / 1e300, 2)), [PAIR])],
    "pearson": [(tb.correlation, _CORRELATED)],
    "spearman": [(lambda x, y: tb.correlation(x, y, "spearman"), _CORRELATED)],
    "kendall": [(lambda x, y: tb.correlation(x, y, "kendall"), _CORRELATED)],
    "contingency_score": [
        (tb.chi2, [(STRING, I64), (BOOL, STRING)]),
        (lambda x, y: tb.chi2(x, y, categorical=True), [(I64, BOOL)]),
        (tb.mutual_information, [(STRING, I64), (BOOL, STRING), (I8, BOOL)]),
    ],
    "chi2_of_amounts": [(lambda x, y: tb.chi2(tame(x), y), [(F64, STRING), (I64, BOOL)])],
    "f_classif": [(tb.f_classif, [(F64, STRING), (I8, BOOL), (F32, I64)])],
    "bucket_counts": [
        (lambda x: tb.histogram(x, 4), [F64, I64, RAGGED]),
        (lambda x: tb.histogram(x, [0.0, 2.0, 4.0]), [F32, U64]),
    ],
    "category_counts": [
        (lambda x: tb.histogram(x, categorical=True), [STRING, I64]),
        (_density(categorical=True), [STRING, I64]),
    ],
    "bucket_shares": [
        (_density(3), [F64]),
        (_density([0.0, 2.0, 4.0]), [F32, I64]),
        (_density([0, 3]), [I64]),
        (_density(), [RAGGED]),
    ],
    "target_means": [
        (tb.target_encode, [(STRING, F64), (STRING, BOOL), (I8, F32)]),
        (lambda s, y: tb.target_encode(s, y, 0), [(STRING, F64)]),
        (
            lambda s, y, f: tb.target_encode(s, y, 2.5, fold=f, folds=3),
            [(STRING, F64, I64), (STRING, F32, STRING)],
        ),
    ],
}
