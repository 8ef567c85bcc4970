"""How many values fall into each bucket, or are of each category: `histogram`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.analyzers.complete_rows import require_rows
from taurus_beam.analyzers.extrema import Extrema
from taurus_beam.analyzers.value_counts import ValueCounts
from taurus_beam.errors import TraceError
from taurus_beam.graph.analyzer import Accumulator, Analyzer, Reduction
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant, Vocabulary
from taurus_beam.graph.operation import operation
from taurus_beam.graph.recorder import user_location
from taurus_beam.graph.types import (
    RAGGED,
    ColumnType,
    ValueType,
    VocabularyType,
    is_float,
    is_integer,
    is_numeric,
    is_text,
)
from taurus_beam.graph.values import Values

__all__ = ["BucketShares", "Categories", "CategoryCounts", "bucket_boundaries", "histogram"]

_DEFAULT_BOUNDARIES = 11


def histogram(
    x: Column, boundaries: int | Sequence[float] | None = None, categorical: bool = False
) -> tuple[Column, Column]:
    """Count the values in each bucket, or of each category.

    Args:
        x: Numeric column, or strings, binary or integers for categories: scalars, vectors or
            ragged lists (every element counts).
        boundaries: Two or more ascending boundaries; or how many there are to be, equally
            spaced from the smallest to the largest value, which takes a pass of its own; by
            default 11 from 0 to 1.
        categorical: Count each distinct value instead.

    Returns:
        Counts (int64) and boundaries, each one vector for the whole data set.

        For n boundaries there are n - 1 counts. A value equal to an inner boundary belongs
        above it; values beyond the first and the last boundary count in the first and the last
        bucket, as in TFT. Boundaries have ``x``'s type where that is a float, else float64;
        TFT lowers them all by 0.0001 against rounding, which we do not. Missing values and NaN
        take no part (TFT counts NaN in the first bucket). Equally spaced boundaries go from the
        smallest to the largest finite value; they are NaN where there is none.

        For categories the boundaries are the distinct values, in the order of their text (UTF-8
        bytes, integers by their decimal text), as in TFT; the empty string is one of them.

    Raises:
        TraceError: If the boundaries are fewer than two or do not ascend, or for another type.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.0, 2.0, 2.5, 9.0]})
        >>> def fn(inputs):
        ...     counts, boundaries = tb.histogram(inputs["x"], [0, 2, 4])
        ...     return {"counts": counts, "boundaries": boundaries}
        >>> tb.fit_transform(table, fn)[0].slice(0, 1).to_pylist()
        [{'counts': [1, 3], 'boundaries': [0.0, 2.0, 4.0]}]
    """
    require_rows("histogram", x)
    if categorical:
        return apply(CategoryCounts("counts"), x), apply(CategoryCounts("values"), x)
    edges = bucket_boundaries(x, boundaries)
    return apply(BucketCounts(), x, edges), edges


def bucket_boundaries(x: Column, boundaries: int | Sequence[float] | None) -> Column:
    """The boundaries that `histogram` counts between, as a vector for the whole data set."""
    if not is_numeric(x.dtype):
        raise TraceError(
            f"A histogram of {x.dtype} has no boundaries.",
            where=str(user_location()),
            fix="Count categories: categorical=True.",
        )
    if isinstance(boundaries, int) and not isinstance(boundaries, bool):
        if boundaries < 2:
            raise TraceError(
                f"boundaries is {boundaries}.",
                where=str(user_location()),
                expected="two or more boundaries, which have one bucket between them",
            )
        return apply(EquallySpaced(boundaries), x)
    given: Any = boundaries
    if boundaries is None:
        given = np.linspace(0.0, 1.0, _DEFAULT_BOUNDARIES)
    edges = np.asarray(given)
    if edges.ndim != 1 or edges.size < 2 or edges.dtype.kind not in "fiu":
        raise TraceError(
            f"These are no boundaries: {boundaries!r:.80}",
            where=str(user_location()),
            expected="two or more numbers, or how many there are to be",
        )
    if not (np.diff(edges) > 0).all():
        raise TraceError(
            f"The boundaries do not ascend: {boundaries!r:.80}",
            where=str(user_location()),
            expected="boundaries from small to large, no two equal",
        )
    result = ColumnType(_boundary_dtype(x.dtype), edges.shape)
    return apply(Constant(result, pa.array(edges.astype(np.float64)).cast(result.dtype)))


@operation
@dataclass(frozen=True)
class EquallySpaced(Analyzer):
    """Boundaries from the smallest to the largest value, equally spaced."""

    name = "equally_spaced"
    size: int

    def infer(self, *types: ValueType) -> ColumnType:
        return ColumnType(_boundary_dtype(_numeric(types[0]).dtype), (self.size,))

    def accumulator(self, *types: ValueType) -> FiniteExtrema:
        return FiniteExtrema(Reduction(_numeric(types[0]), False))

    def value(self, state: Any, *types: ValueType) -> Constant:
        result, (low,), (high,) = self.infer(*types), state.low, state.high
        edges = np.full(self.size, np.nan)
        if low <= high:
            edges = _equally_spaced(float(low), float(high), self.size)
        return Constant(result, pa.array(edges).cast(result.dtype))


def _equally_spaced(low: float, high: float, count: int) -> Any:
    if np.isfinite(high - low):
        # The last product may overflow; in its place NumPy puts `high` itself.
        with np.errstate(over="ignore"):
            return np.linspace(low, high, count)
    # The span is beyond float64; half of it is not.
    return 2.0 * np.linspace(low / 2, high / 2, count)


@dataclass(frozen=True)
class FiniteExtrema(Extrema):
    """Gathers the smallest and largest finite values."""

    def add(self, state: Any, *inputs: Values) -> Any:
        numbers = inputs[0].numbers
        if numbers.dtype.kind == "f":
            numbers = numbers[np.isfinite(numbers)]
        return super().add(state, Values(ColumnType(inputs[0].type.dtype), numbers, len(numbers)))


@dataclass(frozen=True)
class Buckets(Accumulator[Any]):
    """Gathers how many values (first input) fall between boundaries (second input)."""

    size: int

    def zero(self) -> Any:
        return np.zeros(self.size, np.int64)

    def add(self, state: Any, *inputs: Values) -> Any:
        x, boundaries = inputs
        places = np.searchsorted(boundaries.array[1:-1], x.numbers, side="right")
        return state + np.bincount(places, minlength=self.size)

    def merge(self, states: Sequence[Any]) -> Any:
        return np.sum([self.zero(), *states], axis=0)

    def to_wire(self, state: Any) -> Any:
        return pa.record_batch([pa.array(state)], ["count"])

    def from_wire(self, batch: Any) -> Any:
        return batch.column(0).to_numpy().copy()


@operation
class BucketCounts(Analyzer):
    """How many values fall between boundaries."""

    name = "bucket_counts"

    def infer(self, *types: ValueType) -> ColumnType:
        x, boundaries = types
        _numeric(x)
        if not isinstance(boundaries, ColumnType) or len(boundaries.shape) != 1:
            raise TraceError(f"Boundaries are a vector, not {boundaries}.")
        return ColumnType(pa.int64(), (self._buckets(boundaries),))

    def accumulator(self, *types: ValueType) -> Buckets:
        return Buckets(self._buckets(types[1]))

    def value(self, state: Any, *types: ValueType) -> Constant:
        return Constant(self.infer(*types), pa.array(state))

    @staticmethod
    def _buckets(boundaries: ValueType) -> int:
        assert isinstance(boundaries, ColumnType)
        (size,) = boundaries.shape
        assert size is not None
        return size - 1


@operation
class BucketShares(BucketCounts):
    """The share of the values that falls between boundaries."""

    name = "bucket_shares"

    def infer(self, *types: ValueType) -> ColumnType:
        return super().infer(*types).with_dtype(pa.float64())

    def value(self, state: Any, *types: ValueType) -> Constant:
        return Constant(self.infer(*types), pa.array(_shares(state)))


@operation
@dataclass(frozen=True)
class CategoryCounts(Analyzer):
    """The distinct values in the order of their text, how often each occurs, or its share."""

    name = "category_counts"
    which: Literal["values", "counts", "shares"]

    def infer(self, *types: ValueType) -> ColumnType:
        (column,) = types
        if not isinstance(column, ColumnType) or not (
            is_text(column.dtype) or is_integer(column.dtype)
        ):
            raise TraceError(
                f"Categories are strings, binary or integers, not {column}.",
                fix="Cast the column with tb.cast, or give boundaries.",
            )
        dtypes = {"values": column.dtype, "counts": pa.int64(), "shares": pa.float64()}
        return ColumnType(dtypes[self.which], RAGGED)

    def accumulator(self, *types: ValueType) -> ValueCounts:
        assert isinstance(types[0], ColumnType)
        return ValueCounts(types[0].dtype, with_empty=True)

    def value(self, state: Any, *types: ValueType) -> Constant:
        terms, counts = _by_text(self.accumulator(*types).table(state))
        shares = pa.array(_shares(counts.to_numpy()))
        values = {"values": terms, "counts": counts, "shares": shares}
        return Constant(self.infer(*types), values[self.which])


@operation
@dataclass(frozen=True)
class Categories(Analyzer):
    """The distinct values in the order of their text, as a vocabulary."""

    name = "categories"
    asset: str

    def infer(self, *types: ValueType) -> VocabularyType:
        return VocabularyType(CategoryCounts("values").infer(*types).dtype)

    def accumulator(self, *types: ValueType) -> ValueCounts:
        return CategoryCounts("values").accumulator(*types)

    def value(self, state: Any, *types: ValueType) -> Constant:
        terms, counts = _by_text(self.accumulator(*types).table(state))
        return Constant.of_vocabulary(Vocabulary(self.asset, terms, counts))


def _by_text(table: Any) -> tuple[Any, Any]:
    """Terms and counts by the terms' UTF-8 bytes, integers by those of their decimal text."""
    text = table["term"]
    text = text.cast(pa.string()) if is_integer(text.type) else text
    ordered = table.take(pc.sort_indices(text.cast(pa.large_binary())))
    return ordered["term"].combine_chunks(), ordered["count"].combine_chunks()


def _shares(counts: Any) -> Any:
    """Counts over their sum; NaN where that is 0."""
    with np.errstate(invalid="ignore"):
        return counts / np.float64(counts.sum())


def _numeric(column: ValueType) -> ColumnType:
    if not isinstance(column, ColumnType) or not is_numeric(column.dtype):
        raise TraceError(
            f"A histogram of {column} has no boundaries.",
            fix="Count categories: categorical=True.",
        )
    return column


def _boundary_dtype(dtype: Any) -> Any:
    return dtype if is_float(dtype) else pa.float64()
