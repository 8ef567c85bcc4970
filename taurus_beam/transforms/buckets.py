"""Cutting numbers into buckets by boundaries that are known: `apply_buckets`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.lowered import Lowered
from taurus_beam.graph.memory import converted, uninitialized
from taurus_beam.graph.operation import BatchFunction, Domain, Operation, RowFunction, operation
from taurus_beam.graph.types import ColumnType, ValueType, is_float, is_numeric, numpy_dtype
from taurus_beam.graph.values import Values
from taurus_beam.transforms.elementwise import column_types

__all__ = ["ApplyBuckets", "apply_buckets", "column_with_boundaries"]


def apply_buckets(x: Column, bucket_boundaries: Column | Sequence[float]) -> Column:
    """The bucket each value falls into: how many boundaries are less than or equal to it.

    Args:
        x: Numeric column: scalars, vectors or ragged lists.
        bucket_boundaries: Ascending boundaries: a list, or what `quantiles` gives (one row of
            boundaries per position where it was computed so).

    Returns:
        int64 of ``x``'s shape, from 0 to the number of boundaries. Missing stays missing; NaN
        goes to the last bucket, and boundaries that no data gave count as 0, as in TFT.

    Raises:
        TraceError: If a list of boundaries is not ascending.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.0, 2.0, 2.5, 3.0, 4.0]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"b": tb.apply_buckets(i["x"], [2, 3])})
        >>> out["b"].to_pylist()
        [0, 1, 1, 2, 2]
    """
    if not isinstance(bucket_boundaries, Column):
        boundaries = np.asarray(bucket_boundaries)
        if not (boundaries[1:] >= boundaries[:-1]).all():
            raise TraceError(
                f"The bucket boundaries are not ascending: {bucket_boundaries!r:.80}",
                expected="boundaries from small to large",
            )
        bucket_boundaries = list(bucket_boundaries)
    return apply(ApplyBuckets(), x, bucket_boundaries)


_FEW = 32  # up to so many boundaries, comparing with each beats a binary search
_SHORT = 256  # but not of so few values, for which NumPy is asked once
_CACHED = 1 << 14  # of so many values, what comparing with all at once gives stays in the cache


@operation
class ApplyBuckets(Operation):
    """How many boundaries are at most each value."""

    name = "apply_buckets"

    def infer(self, *types: ValueType) -> ColumnType:
        x = column_with_boundaries(self.name, types)
        return ColumnType(pa.int64(), x.shape)

    def domain(self, *types: ValueType) -> Domain:
        boundaries = column_types(self.name, types)[1]
        return Domain(0, boundaries.shape[-1] or 0)

    def batch(self, *types: ValueType) -> BatchFunction:
        carrier = self._carrier(types)
        per_position = len(column_types(self.name, types)[1].shape) == 2

        def run(rows: int, x: Values, boundaries: Values) -> Values:
            numbers = x.array.astype(carrier, copy=False)
            cuts = _known(boundaries).astype(carrier, copy=False)
            if per_position:
                width = x.type.shape[0] or 0
                buckets = np.empty(numbers.size, np.int64)
                for i, row in enumerate(cuts.reshape(width, -1)):
                    buckets[i::width] = _buckets(numbers[i::width], row)
            else:
                buckets = _buckets(numbers, cuts)
            return x.with_elements(pa.int64(), buckets, x.missing)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        x: Lowered
        x, boundaries = inputs
        carrier = self._carrier([x.type, boundaries.type])
        cuts = (
            boundaries.data
            if boundaries.missing is None
            else np.where(boundaries.missing, 0, boundaries.data)
        )
        cuts, numbers = cuts.astype(carrier), x.data.astype(carrier)
        if cuts.ndim == 2:
            found = [np.searchsorted(row, numbers[:, i], "right") for i, row in enumerate(cuts)]
            buckets: Any = np.stack(found, axis=1)
        else:
            buckets = np.searchsorted(cuts, numbers, "right")
        return replace(x, type=self.infer(x.type, boundaries.type), data=buckets)

    def row(self, *types: ValueType) -> RowFunction:
        x_type, boundaries_type = column_types(self.name, types)
        cast = float if self._carrier(types).kind == "f" else int
        narrow = self._carrier(types).type
        rounded = cast is float and not is_float(boundaries_type.dtype)

        def bucket(x: Any, cuts: list[Any]) -> int:
            number = cast(narrow(x)) if narrow is np.float32 else cast(x)
            if number != number:
                return len(cuts)
            if None in cuts:
                cuts = [0 if c is None else c for c in cuts]
            return bisect_right([float(c) for c in cuts] if rounded else cuts, number)

        def run(x: Any, boundaries: Any) -> Any:
            if x_type.is_scalar:
                return bucket(x, boundaries)
            rows = boundaries if len(boundaries_type.shape) == 2 else [boundaries] * len(x)
            return [None if e is None else bucket(e, cuts) for e, cuts in zip(x, rows, strict=True)]

        return run

    @staticmethod
    def _carrier(types: Sequence[ValueType]) -> np.dtype[Any]:
        carriers = (numpy_dtype(t.dtype) for t in types)
        return np.result_type(*carriers)


def column_with_boundaries(name: str, types: Sequence[ValueType]) -> ColumnType:
    """The type of a column that boundaries, the second input, fit; TraceError where they do not."""
    x, boundaries = column_types(name, types)
    for dtype in (x.dtype, boundaries.dtype):
        if not is_numeric(dtype):
            raise TraceError(
                f"{name!r} takes numbers, not {dtype}.",
                fix="Cast it first: tb.cast(x, pa.float64()).",
            )
    per_position = len(boundaries.shape) == 2
    if not boundaries.shape or (per_position and x.shape != boundaries.shape[:1]):
        raise TraceError(
            f"Boundaries of shape {boundaries.shape} do not fit a column of shape {x.shape}.",
            expected="a list of boundaries, or one list per position of the vector",
        )
    return x


def _known(boundaries: Values) -> np.ndarray[Any, Any]:
    """The boundaries, 0 where no data gave one."""
    if boundaries.missing is None:
        return boundaries.array
    return np.where(boundaries.missing, 0, boundaries.array)


def _buckets(numbers: np.ndarray[Any, Any], cuts: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    # A search takes a boundary of NaN for the largest; compared with, it is at most every number.
    if len(cuts) > _FEW or (numbers.size <= _SHORT and cuts.size and cuts[-1] == cuts[-1]):
        return cuts.searchsorted(numbers, side="right")
    if numbers.size <= _CACHED:
        below = np.less(numbers, cuts[:, None]).view(np.int8)
        counts = np.add.reduce(below, axis=0, dtype=np.int8)
        found: np.ndarray[Any, Any] = converted(np.subtract(np.int8(len(cuts)), counts), np.int64)
        return found
    counts = uninitialized(numbers.size, np.int8)
    flags = uninitialized(numbers.size, np.bool_)
    counts.fill(len(cuts))
    below = flags.view(np.int8)
    for cut in cuts.tolist():  # numbers: NumPy takes its own scalars for arrays
        np.less(numbers, cut, out=flags)
        counts -= below
    buckets: np.ndarray[Any, Any] = converted(counts, np.int64)
    return buckets
