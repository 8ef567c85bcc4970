"""Values with their weights: which rows take part in a weighted analysis, and with what.

A weight belongs to a row, or to an element where it has the shape of the values. A row whose
weight is missing, NaN, infinite or not above 0 takes no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from taurus_beam.errors import DataError, TraceError
from taurus_beam.graph.analyzer import Reduction
from taurus_beam.graph.types import ColumnType, ValueType, is_numeric
from taurus_beam.graph.values import Values

__all__ = ["LARGEST_WEIGHT", "check_weights", "weighted_parts"]

LARGEST_WEIGHT = 2.0**60


def check_weights(name: str, types: Sequence[ValueType], elementwise: bool) -> Reduction:
    """The reduction of a column with weights; TraceError where the weights do not fit it."""
    x, weights = types
    if not isinstance(x, ColumnType):
        raise TraceError(f"{name!r} takes a column, not a {x}.")
    if not isinstance(weights, ColumnType) or not is_numeric(weights.dtype):
        raise TraceError(f"{name!r} takes numbers as weights, not {weights}.")
    if not (weights.is_scalar or weights.shape == x.shape):
        raise TraceError(
            f"Weights of shape {weights.shape} do not fit a column of shape {x.shape}.",
            expected="one weight a row, or one for each element",
        )
    return Reduction.of(name, x, elementwise)


def weighted_parts(
    reduction: Reduction, x: Values, weights: Values
) -> list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    """For each result, the numbers that take part and their weights as float64.

    Missing values and NaN take no part; infinities do.

    Raises:
        DataError: A weight is `LARGEST_WEIGHT` or more, or the lists of a row differ in length.
    """
    every = _aligned(weights.array, weights, x).astype(np.float64)
    taking = (every > 0) & np.isfinite(every)
    if weights.missing is not None:
        taking &= ~_aligned(weights.missing, weights, x)
    if x.missing is not None:
        taking &= ~x.missing
    if x.array.dtype.kind == "f":
        taking &= ~np.isnan(x.array)
    if every[taking].max(initial=0.0) >= LARGEST_WEIGHT:
        raise DataError(
            f"A weight is {every[taking].max():g}.",
            expected=f"weights below {LARGEST_WEIGHT:g}",
            fix="Divide all the weights by one number.",
        )
    step = reduction.positions
    return [
        (x.array[i::step][taking[i::step]], every[i::step][taking[i::step]]) for i in range(step)
    ]


def _aligned(elements: np.ndarray[Any, Any], weights: Values, x: Values) -> np.ndarray[Any, Any]:
    """Something of each weight, for each element of ``x``."""
    if weights.constant and not x.constant:
        return np.tile(elements, len(x.array) // len(elements))
    if weights.type.shape == x.type.shape:
        ends, weight_ends = x.offsets, weights.offsets
        if ends is not None and weight_ends is not None and not np.array_equal(ends, weight_ends):
            raise DataError(
                "The weights of a row differ in number from its values.",
                expected="lists of equal length in each row",
            )
        return elements
    if x.offsets is not None:
        return np.repeat(elements, np.diff(x.offsets))
    return np.repeat(elements, len(x.array) // max(x.rows, 1))
