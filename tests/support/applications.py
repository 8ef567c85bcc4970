"""For every registered operation, preprocessing functions that use it and the types they take.

The law tests walk this table. An entry is a function of columns and the list of types of its
arguments; the first argument type decides little, so each dtype that an operation treats in its
own way has a line.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from arrow_columns import (
    BINARY,
    BOOL,
    DATE,
    FLOATS,
    INTEGERS,
    NUMBERS,
    SPAN,
    STRING,
    TIME,
    TIMES,
)

import taurus_beam as tb

I8, I32, I64, U8, U64 = pa.int8(), pa.int32(), pa.int64(), pa.uint8(), pa.uint64()
F16, F32, F64 = FLOATS
VECTOR, VECTOR32 = pa.list_(F64, 3), pa.list_(F32, 3)
RAGGED, RAGGED_INTS = pa.list_(F64), pa.list_(I32)
STRINGS, STRING_PAIR = pa.list_(STRING), pa.list_(STRING, 2)
MOMENT = datetime.datetime(2000, 1, 1)


@dataclass(frozen=True)
class Application:
    """A function of columns that uses an operation, on arguments of some types."""

    operation: str
    apply: Callable[..., Any]
    types: tuple[Any, ...]
    number: int

    def __str__(self) -> str:
        return f"{self.operation}-{self.number}-{','.join(map(str, self.types))}"

    def preprocess(self, inputs: Any) -> dict[str, Any]:
        return {"out": self.apply(*(inputs[f"c{i}"] for i in range(len(self.types))))}


Sample = tuple[Callable[..., Any], Sequence[Any]]

_SHAPES = [VECTOR, VECTOR32, RAGGED, RAGGED_INTS]
_PAIRS = [*((t, t) for t in [*NUMBERS, BOOL]), (I64, U64), (I8, F32), (F32, F64), (F16, I32)]
_BROADCASTS = [(VECTOR, F32), (I64, RAGGED)]


def _of_one(function: Callable[..., Any], types: Sequence[Any] = (*NUMBERS, BOOL)) -> list[Sample]:
    return [(function, [*types, *_SHAPES])]


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


def _choices() -> list[Sample]:
    kinds = [I8, U64, F32, F64, BOOL, STRING, BINARY, *TIMES]
    return [
        (tb.where, [*((BOOL, t, t) for t in kinds), (BOOL, I64, F32), (BOOL, I64, U64)]),
        (tb.where, [(BOOL, VECTOR, F64), (pa.list_(BOOL), F64, F64), (BOOL, STRINGS, STRING)]),
        (lambda c: tb.where(c, 1, 0.5), [BOOL]),
        (lambda c: tb.where(c, "yes", "no"), [BOOL]),
        (lambda c, x: tb.where(c, x, -1), [(BOOL, I32), (BOOL, F32)]),
        (lambda c, x: tb.where(c, "?", x), [(BOOL, STRING)]),
    ]


def _fillings() -> list[Sample]:
    kinds = [I8, U64, F32, F64, BOOL, STRING, BINARY, *TIMES]
    return [
        (tb.fill_null, [*((t, t) for t in kinds), (I64, F32), (RAGGED, F64), (F64, VECTOR)]),
        (lambda x: tb.fill_null(x, -1), [I32, F32, VECTOR, RAGGED_INTS]),
        (lambda x: tb.fill_null(x, 0.5), [I32, F32]),
        (lambda x: tb.fill_null(x, "?"), [STRING, STRINGS, STRING_PAIR]),
        (lambda x: tb.fill_null(x, MOMENT), [TIME]),
    ]


def _buckets() -> list[Sample]:
    many = np.linspace(-300, 300, 50).tolist()
    return [
        (lambda x: tb.apply_buckets(x, [-1, 0, 7]), [*NUMBERS, *_SHAPES]),
        (lambda x: tb.apply_buckets(x, [-2.5, 0.0, 0.0, 1e300]), [I64, U64, *FLOATS, RAGGED]),
        (lambda x: tb.apply_buckets(x, many), [I8, F32, F64, VECTOR]),
        (lambda x, y: tb.apply_buckets(x, tb.quantiles(y, 5)), [(F64, I64), (I64, F32)]),
        (lambda x: tb.bucketize(x, 4), [I64, U64, F32, F64]),
        (lambda x: tb.bucketize(x, 4, elementwise=True), [VECTOR, VECTOR32]),
    ]


def _lookups() -> list[Sample]:
    texts = [STRING, BINARY, STRINGS, STRING_PAIR]
    compute = tb.compute_and_apply_vocabulary
    return [
        (compute, [*texts, *INTEGERS, RAGGED_INTS]),
        (lambda x: compute(x, default_value=-7, top_k=2), [*texts, I64]),
        (lambda x: compute(x, top_k=1, num_oov_buckets=3), texts),
        (lambda x: compute(x, top_k=1, num_oov_buckets=3, hash="farmhash64"), texts),
        (lambda x, y: tb.apply_vocabulary(x, tb.vocabulary(y)), [(STRING, STRING), (I8, I8)]),
    ]


def _extrema() -> list[Sample]:
    numbers, vectors = [*NUMBERS, *_SHAPES], [VECTOR, VECTOR32]
    return [
        (lambda x: tb.fill_null(x, tb.min(x)), [*NUMBERS, *TIMES]),
        (lambda x: tb.max(x) - x, numbers),
        (lambda x: x - tb.min(x, reduce_instance_dims=False), [F64, *vectors]),
    ]


def _moments() -> list[Sample]:
    numbers, vectors = [I8, I32, U64, BOOL, *FLOATS, *_SHAPES], [VECTOR, VECTOR32]
    return [
        (lambda x: x - tb.mean(x), numbers),
        (lambda x: x * tb.var(x), numbers),
        (lambda x: x + tb.sum(x), [I8, I32, BOOL, F32, F64, RAGGED]),
        (lambda x: x - tb.mean(x, reduce_instance_dims=False), vectors),
        (lambda x: x / tb.std(x, output_dtype=F64), [F32, F64]),
    ]


SAMPLES: dict[str, list[Sample]] = {
    "input": [(lambda x: x, [*NUMBERS, BOOL, STRING, BINARY, *TIMES, *_SHAPES, STRINGS])],
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
    "where": _choices(),
    "fill_null": _fillings(),
    "is_null": [(tb.is_null, [*NUMBERS, BOOL, STRING, BINARY, *TIMES, *_SHAPES, STRINGS])],
    "element": [
        (lambda x: x[0], [VECTOR, VECTOR32, STRING_PAIR, pa.list_(BOOL, 2), pa.list_(TIME, 2)]),
        (lambda x: np.exp(x[-1]), [VECTOR, VECTOR32]),
        (lambda x: np.sin(x[1]) * x[0], [VECTOR, VECTOR32]),
    ],
    "apply_buckets": _buckets(),
    "hash_strings": [
        (lambda x: tb.hash_strings(x, 10), [STRING, BINARY, STRINGS, STRING_PAIR]),
        (lambda x: tb.hash_strings(x, 10, hash="farmhash64"), [STRING, BINARY, STRINGS]),
    ],
    "standardize": [
        (tb.scale_to_z_score, [*NUMBERS, *_SHAPES]),
        (lambda x: tb.scale_to_z_score(x, elementwise=True), [VECTOR, VECTOR32]),
        (lambda x: tb.scale_to_z_score(x, output_dtype=F64), [I32, F32]),
    ],
    "rescale": [
        (tb.scale_to_0_1, [*NUMBERS, *_SHAPES]),
        (lambda x: tb.scale_by_min_max(x, -3, 7.5), [I64, F32, F64, RAGGED]),
        (lambda x: tb.scale_to_0_1(x, elementwise=True), [VECTOR, VECTOR32]),
        (lambda x: tb.scale_to_0_1(tb.where(tb.is_null(x), x, 3)), [I64, F32, F64]),
    ],
    "apply_vocabulary": _lookups(),
    "one_hot": [
        (lambda x: tb.one_hot(x, 3), INTEGERS),
        (lambda x: tb.one_hot(x, 200, dtype=pa.int8()), [I8, I64, U8]),
    ],
    "extremum": _extrema(),
    "moment": _moments(),
    "size": [
        (lambda x: tb.size(x), [STRING, F64, BOOL, RAGGED, VECTOR, TIME]),
        (lambda x: x * tb.count(x, reduce_instance_dims=False), [F64, VECTOR]),
    ],
    "quantiles": _buckets()[3:],
    "vocabulary": _lookups(),
}

APPLICATIONS = [
    Application(name, function, types if isinstance(types, tuple) else (types,), number)
    for name, samples in SAMPLES.items()
    for number, (function, signatures) in enumerate(samples)
    for types in signatures
]
