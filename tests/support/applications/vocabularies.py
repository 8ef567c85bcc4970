"""Samples of vocabularies of every kind, and of what is learned for each distinct value."""

from __future__ import annotations

from typing import Any

from arrow_columns import BINARY, BOOL, INTEGERS, STRING

import taurus_beam as tb
from applications.application import (
    F32,
    F64,
    I8,
    I32,
    I64,
    RAGGED_INTS,
    STRING_PAIR,
    STRINGS,
    U8,
    Sample,
    tame,
)

_TEXTS = [STRING, BINARY, STRINGS, STRING_PAIR]
_compute = tb.compute_and_apply_vocabulary
_approximate = tb.compute_and_apply_approximate_vocabulary


def _frequency(keys: Any) -> Any:
    known, counts = tb.count_per_key(keys)
    index = tb.apply_vocabulary(keys, known)
    return index, tb.take(counts, index, default=0)


SAMPLES: dict[str, list[Sample]] = {
    "vocabulary": [
        (_compute, [*_TEXTS, *INTEGERS, RAGGED_INTS]),
        (lambda x: _compute(x, default_value=-7, top_k=2), [*_TEXTS, I64]),
        (lambda x: _compute(x, frequency_threshold=2), _TEXTS),
        (lambda x: _compute(x, reserved_tokens=["z", "a"], top_k=2), [STRING]),
        (lambda x: _compute(x, fingerprint_shuffle=True), [STRING, I8]),
        (lambda x: _compute(x, top_k=1, coverage_top_k=1, coverage_key="^."), [STRING]),
        (lambda x, y: tb.apply_vocabulary(x, tb.vocabulary([x, y])), [(STRING, STRINGS)]),
    ],
    "apply_vocabulary": [
        (lambda x: _compute(x, top_k=1, num_oov_buckets=3), _TEXTS),
        (lambda x: _compute(x, top_k=1, num_oov_buckets=3, hash="farmhash64"), _TEXTS),
        (lambda x, y: tb.apply_vocabulary(x, tb.vocabulary(y)), [(STRING, STRING), (I8, I8)]),
    ],
    "weighted_vocabulary": [
        (lambda x, w: _compute(x, weights=tame(w)), [(STRING, F64), (STRINGS, F32), (I8, U8)]),
        (lambda x, w: _compute(x, weights=tame(w), top_k=2), [(BINARY, F64)]),
    ],
    "label_vocabulary": [
        (lambda x, y: _compute(x, labels=y, min_diff_from_avg=0), [(STRING, I8), (BINARY, I64)]),
        (
            lambda x, y, w: _compute(
                x, labels=y, weights=tame(w), use_adjusted_mutual_info=True, top_k=3
            ),
            [(STRING, I8, F32)],
        ),
    ],
    "approximate_vocabulary": [
        (lambda x: _approximate(x, top_k=2), [*_TEXTS, I32]),
        (lambda x: _approximate(x, top_k=2, reserved_tokens=["b"]), [STRING]),
        (lambda x, w: _approximate(x, top_k=3, weights=tame(w)), [(STRING, F64)]),
    ],
    "frequent_values": [
        (lambda x: tb.rare_to_other(x, min_count=2), [STRING, STRINGS]),
        (lambda x: tb.rare_to_other(x, min_frequency=0.2), [STRING]),
        (lambda x: tb.rare_to_other(x, top_k=2, other=""), [STRING, STRING_PAIR]),
        (lambda x: tb.rare_to_other(x, min_count=2, other=b"\xff"), [BINARY]),
    ],
    "key_counts": [(_frequency, [STRING, BINARY, BOOL, I64, RAGGED_INTS])],
}
