"""The smallest and the largest value per key.

Tables of one value a key, in the order of `count_per_key`'s keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.extrema import limits
from taurus_beam.analyzers.key_groups import check_varying, grouped, keyed_reduction
from taurus_beam.analyzers.keyed_table import Array, Facts, KeyedTable
from taurus_beam.analyzers.per_key_value import PerKey
from taurus_beam.errors import TraceError
from taurus_beam.graph.analyzer import Reduction
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import ColumnType, ValueType, is_numeric, numpy_dtype
from taurus_beam.graph.values import Values

__all__ = ["max_per_key", "min_per_key"]


def min_per_key(x: Column, key: Column, elementwise: bool = False) -> Column:
    """The smallest of each key's values, as a table in the order of `count_per_key`'s keys.

    Args:
        x: Numeric column: scalars, vectors or ragged lists, whose elements all belong to their
            row's key.
        key: String, binary, integer or boolean column, one key a row.
        elementwise: True gives one result per position of a vector.

    Returns:
        Values of ``x``'s type for `take`. Missing values and NaN take no part, nor do rows
        without a key; ±inf do. Where no value takes part, +inf for floats and the type's
        largest value for integers, as `min` gives.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> from taurus_beam.analyzers.keyed_extrema import min_per_key
        >>> table = pa.table({"x": [4, 2, 5], "k": [0, 0, 1]})
        >>> fn = lambda i: {"low": tb.take(min_per_key(i["x"], i["k"]), i["k"])}
        >>> tb.fit_transform(table, fn)[0]["low"].to_pylist()
        [2, 2, 5]
    """
    check_varying("min_per_key", x, key)
    return apply(KeyedExtremum("min", elementwise), key, x)


def max_per_key(x: Column, key: Column, elementwise: bool = False) -> Column:
    """The largest of each key's values; see `min_per_key`.

    Where no value takes part, −inf for floats and the type's smallest value for integers.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> from taurus_beam.analyzers.keyed_extrema import max_per_key
        >>> table = pa.table({"x": [4, 2, 5], "k": [0, 0, 1]})
        >>> fn = lambda i: {"high": tb.take(max_per_key(i["x"], i["k"]), i["k"])}
        >>> tb.fit_transform(table, fn)[0]["high"].to_pylist()
        [4, 4, 5]
    """
    check_varying("max_per_key", x, key)
    return apply(KeyedExtremum("max", elementwise), key, x)


@dataclass(frozen=True)
class KeyedExtrema(KeyedTable):
    """Gathers the smallest and largest value of each key."""

    dtype: Any
    reduction: Reduction

    @property
    def key_dtype(self) -> Any:
        return self.dtype

    @property
    def width(self) -> int:
        return self.reduction.positions

    def facts(self, *inputs: Values) -> tuple[Any, Facts]:
        batch = grouped(inputs[0], inputs[1], self.width > 1)
        facts = {name: self.empty(name, batch.size) for name in ("low", "high")}
        for name, found in facts.items():
            # Adding 0 makes -0.0 and 0.0 one value, whichever came first.
            self.merging(name).at(found, batch.groups, batch.numbers + found.dtype.type(0))
        return batch.keys, facts

    def empty(self, name: str, size: int) -> Array:
        carrier = numpy_dtype(self.reduction.column.dtype)
        low, high = limits(carrier)
        return np.full(size, high if name == "low" else low, carrier)

    def merging(self, name: str) -> np.ufunc:
        return np.minimum if name == "low" else np.maximum


@operation
@dataclass(frozen=True)
class KeyedExtremum(PerKey):
    """The smallest (``which="min"``) or largest (``"max"``) of each key's values."""

    name = "keyed_extremum"
    which: Literal["min", "max"]
    elementwise: bool

    def infer(self, *types: ValueType) -> ColumnType:
        _, reduction = self._inputs(types)
        dtype = reduction.column.dtype
        if not is_numeric(dtype):
            raise TraceError(
                f"'{self.which}_per_key' takes numbers, not {dtype}.",
                fix="Cast it first: tb.cast(x, pa.int64()).",
            )
        return ColumnType(dtype, (None, *reduction.result(dtype).shape))

    def accumulator(self, *types: ValueType) -> KeyedExtrema:
        key, reduction = self._inputs(types)
        return KeyedExtrema(key.dtype, reduction)

    def elements(self, state: Any, whole: Any, *types: ValueType) -> Any:
        accumulator = self.accumulator(*types)
        name = "low" if self.which == "min" else "high"
        return pa.array(accumulator.table(state).facts.get(name, accumulator.empty(name, 0)))

    def _inputs(self, types: tuple[ValueType, ...]) -> tuple[ColumnType, Reduction]:
        return keyed_reduction(f"{self.which}_per_key", types, self.elementwise)
