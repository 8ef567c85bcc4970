"""Samples of arithmetic, functions of numbers, comparison, logic and casts."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from arrow_columns import BINARY, BOOL, DATE, FLOATS, NUMBERS, SPAN, STRING, TIME, TIMES

import taurus_beam as tb
from applications.application import (
    F16,
    F32,
    F64,
    I8,
    I32,
    I64,
    RAGGED,
    SHAPES,
    STRING_PAIR,
    STRINGS,
    U8,
    U64,
    VECTOR,
    VECTOR32,
    Sample,
)

MOMENT = datetime.datetime(2000, 1, 1)
_PAIRS = [*((t, t) for t in [*NUMBERS, BOOL]), (I64, U64), (I8, F32), (F32, F64), (F16, I32)]
_BROADCASTS = [(VECTOR, F32), (I64, RAGGED)]


def _of_one(function: Callable[..., Any], types: Sequence[Any] = (*NUMBERS, BOOL)) -> list[Sample]:
    return [(function, [*types, *SHAPES])]


def _of_two(function: Callable[..., Any]) -> list[Sample]:
    return [
        (function, [*_PAIRS, *_BROADCASTS]),
        (lambda x: function(x, 2), [I8, I64, F32, F64, VECTOR]),
        (lambda x: function(0.5, x), [I64, F32, F64, RAGGED]),
        (lambda x: function(x, [1.0, -0.0, 3.5]), [VECTOR32]),
        (lambda x: function(x, x), [RAGGED]),
    ]


def _of_real(function: Callable[..., Any]) -> list[Sample]:
    return _of_one(function, [BOOL, I8, I64, U64, *FLOATS])


def _of_reals(function: Callable[..., Any]) -> list[Sample]:
    return [
        (function, [(F64, F64), (F32, F32), (F16, F16), (I64, I64), (BOOL, F64), (VECTOR, F64)]),
        *((lambda x, c=c: function(x, c), [F64, F32, I32]) for c in (2, 0.5, -1.0)),
        (lambda x: function(2.0, x), [F64, F32, RAGGED]),
    ]


def _comparison(function: Callable[..., Any]) -> list[Sample]:
    alike = [*_PAIRS, *((t, t) for t in [STRING, BINARY, *TIMES])]
    return [
        (function, [*alike, (I64, F64), (U64, F32), *_BROADCASTS, (STRINGS, STRING)]),
        (lambda x: function(x, 2), [I8, F32, VECTOR]),
        (lambda x: function(x, "b"), [STRING, STRINGS, STRING_PAIR]),
        (lambda x: function(x, MOMENT), [TIME]),
    ]


def _logic(function: Callable[..., Any]) -> list[Sample]:
    return [
        (function, [(BOOL, BOOL), (pa.list_(BOOL, 2), BOOL), (BOOL, pa.list_(BOOL))]),
        *((lambda x, c=c: function(x, c), [BOOL]) for c in (True, False)),
    ]


def _casts() -> list[Sample]:
    numbers = [
        (lambda x, t=t: tb.cast(x, t), [BOOL, *NUMBERS, RAGGED])
        for t in (BOOL, I8, U8, I64, U64, F16, F32, F64, STRING)
    ]
    parsed = [
        (lambda x, t=t: tb.cast(x, t, errors="null"), [STRING, STRINGS])
        for t in (BOOL, I8, U64, F32, F64, BINARY)
    ]
    return [
        *numbers,
        *parsed,
        (lambda x: tb.cast(x, BINARY), [STRING, BINARY]),
        (lambda x: tb.cast(x, STRING, errors="null"), [BINARY]),
        (lambda x: tb.cast(tb.cast(x, STRING), x.dtype), [I8, I64, U64, F64]),
        (lambda x: tb.cast(x, I64), TIMES),
        (lambda x: tb.cast(x, TIME), [I32]),
        (lambda x: tb.cast(x, DATE), [pa.int16()]),
    ]


SAMPLES: dict[str, list[Sample]] = {
    "input": [(lambda x: x, [*NUMBERS, BOOL, STRING, BINARY, *TIMES, *SHAPES, STRINGS])],
    "constant": [
        (lambda x: 2.5, [I64]),
        (lambda x: "text", [I64]),
        (lambda x: np.array([1, 2], np.int8), [I64]),
        (lambda x: MOMENT, [I64]),
    ],
    "add": [
        *_of_two(lambda x, y: x + y),
        (lambda x, y: x + y, [(STRING, STRING), (BINARY, BINARY), (STRINGS, STRING)]),
        (lambda x, y: x + y, [(TIME, SPAN), (SPAN, TIME), (SPAN, SPAN)]),
        (lambda s: s + "!", [STRING, STRING_PAIR]),
        (lambda s: "!" + s, [STRING, STRINGS]),
    ],
    "subtract": [
        *_of_two(lambda x, y: x - y),
        (lambda x, y: x - y, [(TIME, TIME), (TIME, SPAN), (SPAN, SPAN)]),
    ],
    "multiply": _of_two(lambda x, y: x * y),
    "divide": _of_two(lambda x, y: x / y),
    "floor_divide": _of_two(lambda x, y: x // y),
    "remainder": _of_two(lambda x, y: x % y),
    "minimum": _of_two(np.minimum),
    "maximum": _of_two(np.maximum),
    "fmin": _of_two(np.fmin),
    "fmax": _of_two(np.fmax),
    "power": [*_of_reals(lambda x, y: x**y), (lambda x: x**-0.0, [F64])],
    "arctan2": _of_reals(np.arctan2),
    "hypot": _of_reals(np.hypot),
    "logaddexp": _of_reals(np.logaddexp),
    **{
        name: _of_one(getattr(np, name))
        for name in ("negative", "absolute", "sign", "square", "floor", "ceil", "trunc")
    },
    **{
        name: _of_real(getattr(np, name))
        for name in (
            *("sqrt", "cbrt", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p"),
            *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh"),
            *("degrees", "radians", "rint", "isnan", "isinf", "isfinite"),
        )
    },
    "equal": _comparison(lambda x, y: x == y),
    "not_equal": _comparison(lambda x, y: x != y),
    "less": _comparison(lambda x, y: x < y),
    "less_equal": _comparison(lambda x, y: x <= y),
    "greater": _comparison(lambda x, y: x > y),
    "greater_equal": _comparison(lambda x, y: x >= y),
    "and": _logic(lambda x, y: x & y),
    "or": _logic(lambda x, y: x | y),
    "xor": _logic(lambda x, y: x ^ y),
    "not": [(lambda x: ~x, [BOOL, pa.list_(BOOL), pa.list_(BOOL, 2)])],
    "cast": _casts(),
}
