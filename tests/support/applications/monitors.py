"""Samples of monitors, and of what they are made of."""

from __future__ import annotations

import pyarrow as pa
from arrow_columns import BINARY, BOOL, INTEGERS, STRING

import taurus_beam as tb
from applications.application import (
    F32,
    F64,
    I64,
    PAIR,
    RAGGED,
    RAGGED_INTS,
    STRINGS,
    Sample,
)
from taurus_beam.graph.column import apply
from taurus_beam.transforms.monitors import AnyElement

SAMPLES: dict[str, list[Sample]] = {
    "is_in": [
        (lambda x: tb.is_in(x, [3, 0, 100]), [*INTEGERS, RAGGED_INTS]),
        (lambda x: tb.is_in(x, [0.1, 1, -0.0]), [F32, F64, PAIR, RAGGED]),
        (lambda x: tb.is_in(x, ["a", "", "é"]), [STRING, STRINGS]),
        (lambda x: tb.is_in(x, [b"a", b"\xff"]), [BINARY]),
        (lambda x: tb.is_in(x, [True]), [BOOL]),
        (lambda x: tb.is_in(x, []), [I64, STRING]),
    ],
    "any_element": [
        (lambda x: apply(AnyElement(), x), [pa.list_(BOOL), pa.list_(BOOL, 2)]),
        (lambda x: apply(AnyElement(), tb.is_null(tb.segment_indices(x))), [pa.list_(I64)]),
        (lambda x: apply(AnyElement(), tb.is_null(tb.multi_hot(x, 2))), [pa.list_(I64)]),
    ],
}
