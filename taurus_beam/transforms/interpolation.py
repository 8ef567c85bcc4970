"""Placing numbers between boundaries: `apply_buckets_with_interpolation`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.lowered import Lowered
from taurus_beam.graph.operation import BatchFunction, Operation, RowFunction, operation
from taurus_beam.graph.types import ColumnType, ValueType
from taurus_beam.graph.values import Values
from taurus_beam.transforms.buckets import column_with_boundaries
from taurus_beam.transforms.elementwise import column_types
from taurus_beam.transforms.scaled import array_rounding, scalar_rounding, scaled_dtype

__all__ = ["apply_buckets_with_interpolation"]


def apply_buckets_with_interpolation(
    x: Column, bucket_boundaries: Column | Sequence[float]
) -> Column:
    """Scale to 0 … 1 by boundaries: each bucket between two takes an equal share, linearly.

    Args:
        x: Numeric column: scalars, vectors or ragged lists.
        bucket_boundaries: Ascending boundaries: a list, or what `quantiles` gives (one row of
            boundaries per position where it was computed so). Infinite ones count as none, as in
            TFT.

    Returns:
        Floats of ``x``'s shape: float64 for float64 columns, float32 for others. 0 below the
        first boundary, 1 from the last one on, ``i / (n - 1)`` at the i-th of n (from 0; the last
        of equal ones). A single boundary gives 0 below it and 1 from it on. Missing stays missing;
        NaN gives 0.5, or 1 for a single boundary, as in TFT. Boundaries that no data gave give 1
        (TFT takes them as 0).

    Raises:
        TraceError: If a list of boundaries is not ascending, or without a finite one.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [0.0, 1.0, 1.5, 2.0, 6.0, 99.0]})
        >>> out, _ = tb.fit_transform(
        ...     table, lambda i: {"u": tb.apply_buckets_with_interpolation(i["x"], [1, 2, 10])})
        >>> out["u"].to_pylist()
        [0.0, 0.0, 0.25, 0.5, 0.75, 1.0]
    """
    if not isinstance(bucket_boundaries, Column):
        boundaries = np.asarray(bucket_boundaries, np.float64)
        if not (boundaries[1:] >= boundaries[:-1]).all() or np.isnan(boundaries).any():
            raise TraceError(
                f"The bucket boundaries are not ascending: {bucket_boundaries!r:.80}",
                expected="boundaries from small to large",
            )
        finite = boundaries[np.isfinite(boundaries)]
        if not finite.size:
            raise TraceError("There are no finite bucket boundaries.", expected="at least one")
        return apply(Interpolate(), x, finite.tolist())
    if bucket_boundaries.shape[-1:] == (0,):
        raise TraceError(
            "There are no bucket boundaries.",
            expected="at least one, such as those of quantiles(x, 2)",
        )
    return apply(Interpolate(), x, bucket_boundaries)


@operation
class Interpolate(Operation):
    """Which share of the boundaries, and of the way to the next, lies behind each value."""

    name = "apply_buckets_with_interpolation"

    def infer(self, *types: ValueType) -> ColumnType:
        x = column_with_boundaries(self.name, types)
        return ColumnType(scaled_dtype(self.name, x.dtype, None), x.shape)

    def batch(self, *types: ValueType) -> BatchFunction:
        result = self.infer(*types)
        positions = self._positions(types)
        finish = array_rounding(result.dtype)

        def run(rows: int, x: Values, boundaries: Values) -> Values:
            numbers = x.array.astype(np.float64)
            cuts = boundaries.array.astype(np.float64).reshape(positions, -1)
            known = np.isfinite(cuts)
            if boundaries.missing is not None:
                known &= ~boundaries.missing.reshape(positions, -1)
            shares = np.empty(numbers.size)
            for i in range(positions):
                shares[i::positions] = _shares(numbers[i::positions], cuts[i][known[i]])
            return x.with_elements(result.dtype, finish(shares), x.missing)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        x: Lowered
        x, boundaries = inputs
        result = self.infer(x.type, boundaries.type)
        numbers, cuts = x.data.astype(np.float64), boundaries.data.astype(np.float64)
        known = np.isfinite(cuts)
        if boundaries.missing is not None:
            known &= ~boundaries.missing
        if cuts.ndim == 2:
            each = zip(cuts, known, strict=True)
            found = [_shares(numbers[:, i], row[k]) for i, (row, k) in enumerate(each)]
            shares: Any = np.stack(found, axis=1)
        else:
            shares = _shares(numbers, cuts[known])
        return replace(x, type=result, data=array_rounding(result.dtype)(shares))

    def row(self, *types: ValueType) -> RowFunction:
        x_type, boundaries_type = column_types(self.name, types)
        finish = scalar_rounding(self.infer(*types).dtype)
        per_position = len(boundaries_type.shape) == 2

        def run(x: Any, boundaries: Any) -> Any:
            if x_type.is_scalar:
                return finish(_share(float(x), _finite(boundaries)))
            rows = boundaries if per_position else [boundaries] * len(x)
            return [
                None if e is None else finish(_share(float(e), _finite(cuts)))
                for e, cuts in zip(x, rows, strict=True)
            ]

        return run

    @staticmethod
    def _positions(types: Sequence[ValueType]) -> int:
        shape = column_types("interpolate", types)[1].shape
        return (shape[0] or 0) if len(shape) == 2 else 1


def _shares(numbers: np.ndarray[Any, Any], cuts: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    size = len(cuts)
    if not size:
        return np.ones_like(numbers)
    behind = np.searchsorted(cuts, numbers, side="right")
    inside = (behind > 0) & (behind < size)
    lower = np.take_along_axis(cuts, np.where(inside, behind - 1, 0), 0)
    width = np.where(inside, np.take_along_axis(cuts, np.where(inside, behind, 0), 0) - lower, 1.0)
    partial = (behind - 1 + (numbers - lower) / width) / max(size - 1, 1)
    shares = np.where(inside, partial, np.where(behind == 0, 0.0, 1.0))
    return np.where(np.isnan(numbers) & (size > 1), 0.5, shares)


def _share(number: float, cuts: list[float]) -> float:
    size = len(cuts)
    if number != number:
        return 0.5 if size > 1 else 1.0
    behind = bisect_right(cuts, number)
    if behind == size:
        return 1.0
    if not behind:
        return 0.0
    lower = cuts[behind - 1]
    return (behind - 1 + (number - lower) / (cuts[behind] - lower)) / (size - 1)


def _finite(boundaries: list[Any]) -> list[float]:
    """The finite boundaries as floats; none where they are unknown."""
    if None in boundaries:
        return []
    # They ascend, so that infinite ones stand at the ends.
    if abs(boundaries[0]) == np.inf or abs(boundaries[-1]) == np.inf:
        return [float(b) for b in boundaries if abs(b) != np.inf]
    return boundaries if isinstance(boundaries[0], float) else [float(b) for b in boundaries]
