"""Scaling and bucketing by values of each key: z-score, min-max, quantile buckets.

A row's key is looked up among the keys of the fitted data, its index finds the key's values, and
the operations that scale by values of the whole data set do the rest.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.count_per_key import count_per_key
from taurus_beam.analyzers.keyed_extrema import max_per_key, min_per_key
from taurus_beam.analyzers.keyed_moments import mean_per_key, std_per_key
from taurus_beam.analyzers.keyed_quantiles import bucket_boundaries_per_key
from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.lowered import Lowered, aligned, any_of
from taurus_beam.graph.operation import BatchFunction, Domain, Operation, RowFunction, operation
from taurus_beam.graph.types import ColumnType, ValueType, is_integer
from taurus_beam.graph.values import Mask, Values
from taurus_beam.transforms.elementwise import column_types
from taurus_beam.transforms.lookup import take
from taurus_beam.transforms.scaled import Rescale, Standardize
from taurus_beam.transforms.vocabulary import apply_vocabulary

__all__ = [
    "bucketize_per_key",
    "key_index",
    "scale_by_min_max_per_key",
    "scale_to_0_1_per_key",
    "scale_to_z_score_per_key",
]


def scale_to_z_score_per_key(
    x: Column,
    key: Column,
    elementwise: bool = False,
    key_vocabulary_filename: str | None = None,
    output_dtype: Any = None,
) -> Column:
    """Subtract the mean of the row's key and divide by its population standard deviation.

    Args:
        x: Numeric column: scalars, vectors or ragged lists, whose elements all belong to their
            row's key.
        key: String, binary, integer or boolean column, one key a row.
        elementwise: True scales each position of a vector by its own mean and deviation.
        key_vocabulary_filename: Name of the asset of the keys; see `count_per_key`.
        output_dtype: ``pa.float32()`` or ``pa.float64()``; by default float64 for float64
            columns and float32 for others.

    Returns:
        Floats of ``x``'s shape. Missing stays missing, and a row without a key is missing; NaN
        and ±inf take no part in mean and deviation and stay what they are. A key with one
        distinct value gives ``x - mean``. A key that was not seen in the fitted data, or only
        without values, gives ``x`` itself (mean and deviation 0), as in TFT.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.0, 3.0, 7.0], "k": ["a", "a", "b"]})
        >>> fn = tb.fit(table, lambda i: {"z": tb.scale_to_z_score_per_key(i["x"], i["k"])})
        >>> fn.transform(table)["z"].to_pylist(), fn.row({"x": 4.0, "k": "new"})
        ([-1.0, 1.0, 0.0], {'z': 4.0})
    """
    index = key_index(key, key_vocabulary_filename)
    centre = take(mean_per_key(x, key, elementwise), index, default=0.0)
    spread = take(std_per_key(x, key, elementwise), index, default=0.0)
    output = None if output_dtype is None else str(output_dtype)
    return apply(Standardize(output), x, centre, spread)


def scale_by_min_max_per_key(
    x: Column,
    key: Column,
    output_min: float = 0.0,
    output_max: float = 1.0,
    elementwise: bool = False,
    key_vocabulary_filename: str | None = None,
) -> Column:
    """Map the smallest value of each key to ``output_min`` and its largest to ``output_max``.

    Args:
        x: Numeric column: scalars, vectors or ragged lists, whose elements all belong to their
            row's key.
        key: String, binary, integer or boolean column, one key a row.
        output_min: Where a key's smallest value goes.
        output_max: Where its largest goes; above ``output_min``.
        elementwise: True scales each position of a vector by its own extremes.
        key_vocabulary_filename: Name of the asset of the keys; see `count_per_key`.

    Returns:
        Floats of ``x``'s shape; values beyond a key's fitted extremes go beyond the output
        range. Missing stays missing, and a row without a key is missing; NaN takes no part and
        stays NaN (in TFT one NaN makes its key's other values sigmoids). A key with one
        distinct value, and one that was not seen in the fitted data or only without values,
        gives ``sigmoid(x)`` in the output range, as in TFT.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1, 2, 5, 30, 40], "k": [True, True, True, False, False]})
        >>> fn = lambda i: {"s": tb.scale_by_min_max_per_key(i["x"], i["k"], -1, 1)}
        >>> tb.fit_transform(table, fn)[0]["s"].to_pylist()
        [-1.0, -0.5, 1.0, -1.0, 1.0]
    """
    if not output_min < output_max:
        raise TraceError(
            f"output_min is {output_min!r}, output_max is {output_max!r}.",
            expected="output_min < output_max",
        )
    index = key_index(key, key_vocabulary_filename)
    low = take(min_per_key(x, key, elementwise), index, default=0)
    high = take(max_per_key(x, key, elementwise), index, default=0)
    return apply(Rescale(float(output_min), float(output_max)), x, low, high)


def scale_to_0_1_per_key(
    x: Column,
    key: Column,
    elementwise: bool = False,
    key_vocabulary_filename: str | None = None,
) -> Column:
    """Map the smallest value of each key to 0 and its largest to 1.

    See `scale_by_min_max_per_key`.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1, 2, 3, 50, 70], "k": ["a", "a", "a", "b", "b"]})
        >>> fn = lambda i: {"s": tb.scale_to_0_1_per_key(i["x"], i["k"])}
        >>> tb.fit_transform(table, fn)[0]["s"].to_pylist()
        [0.0, 0.5, 1.0, 0.0, 1.0]
    """
    return scale_by_min_max_per_key(x, key, 0.0, 1.0, elementwise, key_vocabulary_filename)


def bucketize_per_key(
    x: Column,
    key: Column,
    num_buckets: int,
    epsilon: float | None = None,
    key_vocabulary_filename: str | None = None,
) -> Column:
    """Cut each key's values into buckets of equal size by the key's own quantiles.

    Args:
        x: Numeric column: scalars, vectors or ragged lists, whose elements all belong to their
            row's key. (TFT takes scalars only.)
        key: String, binary, integer or boolean column, one key a row.
        num_buckets: How many buckets, at least 2.
        epsilon: Rank error of the boundaries within a key; see `quantiles`. Memory grows with
            the keys: up to 1,024 distinct values in each power-of-two range of each.
        key_vocabulary_filename: Name of the asset of the keys; see `count_per_key`.

    Returns:
        int64 of ``x``'s shape: how many boundaries are less than or equal to the value, 0 …
        ``num_buckets - 1``. A value that is several boundaries at once counts one of them, as
        in TFT, so that a key with one distinct value is all in bucket 1 (`bucketize` puts it in
        the last). Missing stays missing, and a row without a key is missing. NaN takes no part
        in the boundaries and goes to the last bucket. A key that was not seen in the fitted data
        gives -1, as in TFT, and so does one that had NaN alone (in TFT they are in the last
        bucket). With two buckets, TFT lowers each key's boundary by the key's place.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1, 2, 3, 70, 80, 90], "k": ["a"] * 3 + ["b"] * 3})
        >>> fn = tb.fit(table, lambda i: {"b": tb.bucketize_per_key(i["x"], i["k"], 3)})
        >>> fn.transform(table)["b"].to_pylist(), fn.row({"x": 4, "k": "new"})
        ([0, 1, 2, 0, 1, 2], {'b': -1})
    """
    cuts = bucket_boundaries_per_key(x, key, num_buckets, epsilon)
    return apply(ApplyKeyedBuckets(), x, key_index(key, key_vocabulary_filename), cuts)


def key_index(key: Column, key_vocabulary_filename: str | None = None) -> Column:
    """The position of each row's key in the tables per key: -1 where it was not seen in fitting.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> from taurus_beam.transforms.per_key import key_index
        >>> table = pa.table({"k": ["b", "a", None]})
        >>> tb.fit_transform(table, lambda i: {"i": key_index(i["k"])})[0]["i"].to_pylist()
        [1, 0, None]
    """
    keys, _ = count_per_key(key, key_vocabulary_filename)
    return apply_vocabulary(key, keys)


@operation
class ApplyKeyedBuckets(Operation):
    """How many boundaries of its key are at most each value; -1 where the key has none."""

    name = "apply_keyed_buckets"

    def infer(self, *types: ValueType) -> ColumnType:
        x, index, boundaries = column_types(self.name, types)
        if not (index.is_scalar and is_integer(index.dtype)):
            raise TraceError(f"'{self.name}' needs one integer index a row, not {index}.")
        if len(boundaries.shape) != 2 or boundaries.dtype != x.dtype:
            raise TraceError(f"Boundaries {boundaries} do not fit a column of {x}.")
        return ColumnType(pa.int64(), x.shape)

    def domain(self, *types: ValueType) -> Domain:
        return Domain(-1, self._inner(types))

    def batch(self, *types: ValueType) -> BatchFunction:
        inner = self._inner(types)

        def run(rows: int, x: Values, index: Values, boundaries: Values) -> Values:
            cuts, unknown = boundaries.array, boundaries.missing
            places = index.array
            inside = (places >= 0) & (places < len(cuts) // inner)
            begins = np.where(inside, places, 0).astype(np.intp) * inner
            if unknown is not None:
                inside &= ~(unknown.take(begins) if unknown.size else unknown)
            begins, inside = _spread(begins, x), _spread(inside, x)
            buckets = np.where(inside, _buckets(x.array, cuts, begins, inner), -1)
            return x.with_elements(pa.int64(), buckets, _either(x.missing, index.missing, x))

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        x: Lowered
        x, index, boundaries = inputs
        column, place = aligned(self.name, [x, index])
        cuts, keys = boundaries.data, len(boundaries.data)
        inside = (place.data >= 0) & (place.data < keys)
        begins = np.where(inside, place.data, 0)
        if boundaries.missing is not None and keys:
            unknown = boundaries.missing[:, 0]
            inside &= ~build.op("Gather", unknown, begins, dtype=np.bool_)
        buckets = _searched(build, column.data, cuts, begins) if keys else np.int64(0)
        missing = any_of(column.missing, place.missing)
        result = self.infer(x.type, index.type, boundaries.type)
        return replace(x, type=result, data=np.where(inside, buckets, -1), missing=missing)

    def row(self, *types: ValueType) -> RowFunction:
        inner, x_type = self._inner(types), column_types(self.name, types)[0]

        def bucket(x: Any, index: int, table: list[list[Any]]) -> int:
            if not 0 <= index < len(table) or None in table[index]:
                return -1
            return inner if x != x else bisect_right(table[index], x)

        def buckets(x: Any, index: Any, table: list[list[Any]]) -> Any:
            if x is None or index is None:
                return None if x is None else [None] * len(x)
            return [None if e is None else bucket(e, index, table) for e in x]

        return bucket if x_type.is_scalar else buckets

    def row_skips_missing(self, *types: ValueType) -> bool:
        return column_types(self.name, types)[0].is_scalar

    def _inner(self, types: tuple[ValueType, ...]) -> int:
        return column_types(self.name, types)[2].shape[-1] or 0


def _buckets(numbers: Any, cuts: Any, begins: Any, inner: int) -> Any:
    """How many of the ``inner`` ascending cuts from ``begins`` on are at most each number.

    A binary search for all numbers at once, bit by bit; NaN is beyond all cuts.
    """
    found = np.zeros(len(numbers), np.int64)
    if not len(cuts):
        return found
    for bit in reversed(range(inner.bit_length())):
        tried = found + (1 << bit)
        below = numbers < cuts.take(begins + np.minimum(tried, inner) - 1)
        found = np.where(below | (tried > inner), found, tried)
    return found


def _searched(build: Any, numbers: Any, cuts: Any, keys: Any) -> Any:
    """`_buckets`, written as ONNX."""
    inner, flat = cuts.shape[1], cuts.reshape(-1)
    found: Any = np.zeros((), np.int64)
    for bit in reversed(range(inner.bit_length())):
        tried = found + (1 << bit)
        places = keys * inner + (np.minimum(tried, inner) - 1)
        below = numbers < build.op("Gather", flat, places, dtype=flat.dtype)
        found = np.where(below | (tried > inner), found, tried)
    return found


def _spread(of_rows: Any, x: Values) -> Any:
    """What each row has, for each element of ``x``."""
    if x.type.is_scalar:
        return of_rows
    if x.offsets is not None:
        return np.repeat(of_rows, np.diff(x.offsets))
    return np.repeat(of_rows, x.type.shape[0] or 0)


def _either(missing: Mask | None, without_key: Mask | None, x: Values) -> Mask | None:
    if without_key is None:
        return missing
    spread: Mask = _spread(without_key, x)
    return spread if missing is None else missing | spread
