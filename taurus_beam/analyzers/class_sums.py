"""Sums of a number by class, exact whatever the order of the rows, and the scores made of them.

The state is kept whole: it is meant for labels, of which there are few, not for keys.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers import exact_sum
from taurus_beam.analyzers.complete_rows import class_codes, complete_rows
from taurus_beam.analyzers.keyed_sums import digit_sums, totals
from taurus_beam.errors import DataError
from taurus_beam.graph.analyzer import Accumulator
from taurus_beam.graph.values import Values

__all__ = ["ClassSums", "Sums", "analysis_of_variance", "chi2_of_amounts"]

Sums: TypeAlias = dict[Any, tuple[int, int, int, bool]]
"""For each class how many rows it has, their exact sum, that of their squares, and whether any
is negative."""


@dataclass(frozen=True)
class ClassSums(Accumulator[Sums]):
    """Gathers the exact sums of a number (first input) in each class (second input).

    Args:
        dtype: Arrow type of the classes.
    """

    dtype: Any

    def zero(self) -> Sums:
        return {}

    def add(self, state: Sums, *inputs: Values) -> Sums:
        rows = complete_rows(inputs)
        numbers = inputs[0].array if rows is None else inputs[0].array[rows]
        classes, codes = class_codes(inputs[1], rows)
        terms = classes.to_pylist()
        digits = digit_sums(numbers, codes, len(terms), squares=True)
        sums = [totals(of_one, len(terms)) for of_one in digits]
        counts = _counts(codes, len(terms))
        below = _counts(codes[numbers < 0], len(terms))
        batch = {
            term: (n, total, squares, bool(negative))
            for term, n, total, squares, negative in zip(terms, counts, *sums, below, strict=True)
            if n
        }
        return self.merge([state, batch])

    def merge(self, states: Sequence[Sums]) -> Sums:
        result: Sums = {}
        for state in states:
            for term, sums in state.items():
                result[term] = _plus(result[term], sums) if term in result else sums
        return result

    def to_wire(self, state: Sums) -> Any:
        terms = sorted(state)
        counts, totals, squares, negative = ([state[term][i] for term in terms] for i in range(4))
        dtype = pa.uint8() if pa.types.is_boolean(self.dtype) else self.dtype
        return pa.record_batch(
            {
                "class": pa.array(terms, dtype),
                "count": pa.array(counts, pa.int64()),
                "total": pa.array(map(exact_sum.to_bytes, totals), pa.binary()),
                "squares": pa.array(map(exact_sum.to_bytes, squares), pa.binary()),
                "negative": pa.array(negative, pa.bool_()),
            }
        )

    def from_wire(self, batch: Any) -> Sums:
        terms, counts, totals, squares, negative = (c.to_pylist() for c in batch.columns)
        return {
            term: (n, exact_sum.from_bytes(t), exact_sum.from_bytes(s), below)
            for term, n, t, s, below in zip(terms, counts, totals, squares, negative, strict=True)
        }


def analysis_of_variance(state: Sums) -> float:
    """The F statistic: the variance between the classes over the variance within them.

    ``(Σ n_k (m_k - m)² / (K - 1)) / (Σ (x - m_k)² / (n - K))``. Every class adds terms that are
    exact fractions of at least 0, rounded once, so nothing cancels. NaN where there are fewer
    than two classes, or no more rows than classes, or no variance at all.
    """
    rows = sum(n for n, _, _, _ in state.values())
    total = sum(t for _, t, _, _ in state.values())
    free_between, free_within = len(state) - 1, rows - len(state)
    if free_between < 1 or free_within < 1:
        return math.nan
    square = 1 << 2 * exact_sum.UNIT_BITS
    between = _sum(
        exact_sum.ratio((t * rows - total * n) ** 2, n * rows * rows * square)
        for n, t, _, _ in state.values()
    )
    within = _sum(exact_sum.ratio(n * q - t * t, n * square) for n, t, q, _ in state.values())
    if within == 0:
        return math.inf if between else math.nan
    return (between / free_between) / (within / free_within)


def chi2_of_amounts(state: Sums) -> float:
    """``Σ (observed - expected)² / expected`` of the classes' sums; 0 where all amounts are 0.

    Raises:
        DataError: If an amount is negative.
    """
    if any(below for _, _, _, below in state.values()):
        raise DataError(
            "A statistic of amounts met a negative one.",
            expected="numbers of at least 0",
            fix="Shift the column, or use another score such as tb.f_classif.",
        )
    rows = sum(n for n, _, _, _ in state.values())
    total = sum(t for _, t, _, _ in state.values())
    if not total:
        return 0.0
    unit = 1 << exact_sum.UNIT_BITS
    # With the expected amount total * n / rows as a fraction, each term is one fraction.
    return _sum(
        exact_sum.ratio((t * rows - total * n) ** 2, total * n * rows * unit)
        for n, t, _, _ in state.values()
    )


def _sum(terms: Iterable[float]) -> float:
    """The sum of numbers of at least 0, independent of their order."""
    try:
        return math.fsum(terms)
    except OverflowError:
        return math.inf


def _plus(a: tuple[int, int, int, bool], b: tuple[int, int, int, bool]) -> Any:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] or b[3]


def _counts(codes: Any, size: int) -> list[int]:
    return [int(n) for n in np.bincount(codes, minlength=size)]
