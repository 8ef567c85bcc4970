"""What NumPy computes in float64, for cases in which TFT's float32 is too coarse for 1e-6.

Each takes the data that were analyzed and the rows that were transformed; its arrays have a value
for each row, NaN for missing ones, which take no part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

Array = Any
Truth = Callable[[pa.Table, pa.Table], Mapping[str, Array]]

REDUCTIONS: dict[str, Callable[[Array], float]] = {
    "sum": np.nansum,
    "mean": np.nanmean,
    "var": np.nanvar,
}


def numbers(table: pa.Table, column: str) -> Array:
    return table[column].cast(pa.float64()).to_numpy()


def values(columns: Sequence[str]) -> Truth:
    """Sum, mean and variance of each column."""
    return lambda data, rows: {
        f"{column}_{name}": np.full(len(rows), reduction(numbers(data, column)))
        for column in columns
        for name, reduction in REDUCTIONS.items()
    }


def z_scores(columns: Sequence[str]) -> Truth:
    """Of each column, named after it."""
    return lambda data, rows: {
        f"{c}_z": standardized(numbers(rows, c), numbers(data, c)) for c in columns
    }


def z_scores_per_key(**outputs: tuple[str, str]) -> Truth:
    """For each output the column and its key."""
    return lambda data, rows: {
        name: per_key(standardized, data, rows, *columns) for name, columns in outputs.items()
    }


def ranges_per_key(low: float, high: float, **outputs: tuple[str, str]) -> Truth:
    """From the least and greatest value of the key to a range; for each output as above."""

    def ranged(x: Array, data: Array) -> Array:
        least, greatest = np.nanmin(data), np.nanmax(data)
        return low + (x - least) / (greatest - least) * (high - low)

    return lambda data, rows: {
        name: per_key(ranged, data, rows, *columns) for name, columns in outputs.items()
    }


def per_key(
    function: Callable[[Array, Array], Array],
    data: pa.Table,
    rows: pa.Table,
    column: str,
    key: str,
) -> Array:
    x, keys = numbers(data, column), data[key].to_numpy()
    result, wanted = numbers(rows, column).copy(), rows[key].to_numpy()
    for one in np.unique(wanted):
        result[wanted == one] = function(result[wanted == one], x[keys == one])
    return result


def covariance(columns: Sequence[str]) -> Truth:
    """For unit vectors as rows: the covariances of each position."""

    def compute(data: pa.Table, rows: pa.Table) -> Mapping[str, Array]:
        vectors, units = (
            np.stack([numbers(table, c) for c in columns], axis=1) for table in (data, rows)
        )
        return {"c": units @ np.cov(vectors, rowvar=False, bias=True)}

    return compute


def standardized(x: Array, data: Array) -> Array:
    deviation = np.nanstd(data)
    return (x - np.nanmean(data)) / (deviation if deviation else 1.0)
