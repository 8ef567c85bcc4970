"""Samples of buckets and of everything that moves a number into another range."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from arrow_columns import BINARY, BOOL, FLOATS, NUMBERS, STRING

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
    SHAPES,
    U8,
    U64,
    VECTOR,
    VECTOR32,
    Sample,
    tame,
)

_MANY = np.linspace(-300, 300, 50).tolist()
_SOME = [I8, I64, U64, *FLOATS, PAIR, RAGGED]
_KEYED = [(F32, STRING), (F64, I8), (PAIR, BINARY), (pa.list_(I16), STRING), (I64, BOOL)]

SAMPLES: dict[str, list[Sample]] = {
    "apply_buckets": [
        (lambda x: tb.apply_buckets(x, [-1, 0, 7]), [*NUMBERS, *SHAPES]),
        (lambda x: tb.apply_buckets(x, [-2.5, 0.0, 0.0, 1e300]), [I64, U64, *FLOATS, RAGGED]),
        (lambda x: tb.apply_buckets(x, _MANY), [I8, F32, F64, VECTOR]),
    ],
    "quantiles": [
        (lambda x, y: tb.apply_buckets(x, tb.quantiles(y, 5)), [(F64, I64), (I64, F32)]),
        (lambda x: tb.bucketize(x, 4), [I64, U64, F32, F64]),
        (lambda x: tb.bucketize(x, 4, elementwise=True), [VECTOR, VECTOR32]),
    ],
    "weighted_quantiles": [
        (
            lambda x, w: tb.apply_buckets(x, tb.quantiles(x, 4, weights=tame(w))),
            [(F64, F32), (I64, U8), (PAIR, F64), (F32, I64), (PAIR, PAIR)],
        ),
    ],
    "apply_buckets_with_interpolation": [
        (lambda x: tb.apply_buckets_with_interpolation(x, [-1, 0.5, 0.5, 7]), _SOME),
        (lambda x: tb.apply_buckets_with_interpolation(x, tb.quantiles(x, 3)), [I64, F32, F64]),
        (
            lambda x: tb.apply_buckets_with_interpolation(
                x, tb.quantiles(x, 3, reduce_instance_dims=False)
            ),
            [PAIR],
        ),
    ],
    "standardize": [
        (tb.scale_to_z_score, [*NUMBERS, *SHAPES]),
        (lambda x: tb.scale_to_z_score(x, elementwise=True), [VECTOR, VECTOR32]),
        (lambda x: tb.scale_to_z_score(x, output_dtype=F64), [I32, F32]),
    ],
    "rescale": [
        (tb.scale_to_0_1, [*NUMBERS, *SHAPES]),
        (lambda x: tb.scale_by_min_max(x, -3, 7.5), [I64, F32, F64, RAGGED]),
        (lambda x: tb.scale_to_0_1(x, elementwise=True), [VECTOR, VECTOR32]),
        (lambda x: tb.scale_to_0_1(tb.where(tb.is_null(x), x, 3)), [I64, F32, F64]),
    ],
    "percentile": [
        (tb.scale_robust, _SOME),
        (lambda x: tb.scale_robust(x, (10, 60), elementwise=True), [PAIR]),
        (lambda x: tb.winsorize(x, 0.2, 0.7), _SOME),
        (lambda x: x - tb.percentile(x, 30), [I64, F32]),
    ],
    "rank_share": [
        (lambda x: tb.quantile_transform(x, 5), _SOME),
        (lambda x: tb.quantile_transform(x, 4, "normal"), [I64, F32, F64, RAGGED]),
    ],
    "power_transform": [
        (lambda x: tb.power_transform(x, exponent=0), [F32, F64, I64]),
        (
            lambda x: tb.power_transform(x, "box-cox", exponent=-0.5, standardize=False),
            [F32, F64, I64, RAGGED],
        ),
    ],
    "power_exponent": [
        (tb.power_transform, [I64, F32, F64, RAGGED]),
        (lambda x: tb.power_transform(x, elementwise=True), [PAIR]),
        (lambda x: tb.power_transform(tame(x) + 1, "box-cox"), [F32]),
    ],
    "inverse_tukey": [
        (tb.scale_to_gaussian, _SOME),
        (lambda x: tb.scale_to_gaussian(x, elementwise=True), [PAIR]),
    ],
    "tukey_parameter": [
        (lambda x: x - tb.tukey_location(x), [I64, F32, F64, RAGGED]),
        (lambda x: (tb.tukey_scale(x), *tb.tukey_h_params(x)), [F64]),
    ],
    "keyed_moment": [
        (tb.scale_to_z_score_per_key, _KEYED),
        (lambda x, k: tb.scale_to_z_score_per_key(x, k, elementwise=True), [(PAIR, I64)]),
        (lambda x, k: tb.scale_to_z_score_per_key(x, k, output_dtype=F64), [(F32, STRING)]),
    ],
    "keyed_extremum": [
        (tb.scale_to_0_1_per_key, _KEYED),
        (lambda x, k: tb.scale_by_min_max_per_key(x, k, -1, 3), [(F64, STRING)]),
        (lambda x, k: tb.scale_to_0_1_per_key(x, k, elementwise=True), [(PAIR, BOOL)]),
    ],
    "apply_keyed_buckets": [
        (lambda x, k: tb.bucketize_per_key(x, k, 3), _KEYED),
        (lambda x, k: tb.bucketize_per_key(x, k, 40), [(F64, STRING)]),
    ],
}
