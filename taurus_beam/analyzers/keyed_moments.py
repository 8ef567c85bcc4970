"""Means and deviations per key, exact whatever the order of the rows.

For one key they equal `mean` and `std` bit for bit. Tables of one value a key, in the order of
`count_per_key`'s keys, so that a row finds its own by the index of its key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.key_groups import (
    Grouped,
    check_varying,
    grouped,
    keyed_reduction,
)
from taurus_beam.analyzers.keyed_sums import Digits, carried, digit_sums, means, variances
from taurus_beam.analyzers.keyed_table import Array, Facts, KeyedTable, Table
from taurus_beam.analyzers.per_key_value import PerKey
from taurus_beam.errors import TraceError
from taurus_beam.graph.analyzer import Reduction
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import ColumnType, ValueType, is_numeric
from taurus_beam.graph.values import Values

__all__ = ["KeyedSums", "mean_per_key", "std_per_key", "sums_of"]

_SUM, _SQUARES = "sum:", "squares:"


def mean_per_key(x: Column, key: Column, elementwise: bool = False) -> Column:
    """The mean of each key's values, as a table in the order of `count_per_key`'s keys.

    Args:
        x: Numeric or boolean column: scalars, vectors or ragged lists, whose elements all
            belong to their row's key.
        key: String, binary, integer or boolean column, one key a row.
        elementwise: True gives one mean per position of a vector.

    Returns:
        float64 for `take`. Missing values, NaN and ±inf take no part, nor do rows without a
        key; 0 where no value takes part.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> from taurus_beam.analyzers.keyed_moments import mean_per_key
        >>> table = pa.table({"x": [1.0, 2.0, 5.0], "k": ["a", "a", "b"]})
        >>> def fn(inputs):
        ...     keys, _ = tb.count_per_key(inputs["k"])
        ...     index = tb.apply_vocabulary(inputs["k"], keys)
        ...     return {"m": tb.take(mean_per_key(inputs["x"], inputs["k"]), index)}
        >>> tb.fit_transform(table, fn)[0]["m"].to_pylist()
        [1.5, 1.5, 5.0]
    """
    check_varying("mean_per_key", x, key)
    return apply(KeyedMoment("mean", elementwise), key, x)


def std_per_key(x: Column, key: Column, elementwise: bool = False) -> Column:
    """The population standard deviation of each key's values; see `mean_per_key`.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> from taurus_beam.analyzers.keyed_moments import std_per_key
        >>> table = pa.table({"x": [1.0, 2.0, 5.0], "k": [7, 7, 8]})
        >>> fn = lambda i: {"s": tb.take(std_per_key(i["x"], i["k"]), tb.cast(i["k"] - 7, int))}
        >>> tb.fit_transform(table, fn)[0]["s"].to_pylist()
        [0.5, 0.5, 0.0]
    """
    check_varying("std_per_key", x, key)
    return apply(KeyedMoment("std", elementwise), key, x)


@dataclass(frozen=True)
class KeyedSums(KeyedTable):
    """Gathers exact counts, sums and, where asked, sums of squares of finite values.

    Args:
        dtype: Type of the keys.
        reduction: Over what values are reduced.
        squares: Whether squares are summed.
        folds: More than 0 where a third input says to which of so many parts of its key a row
            belongs; each part has sums of its own, and so have the rows that belong to none.
    """

    dtype: Any
    reduction: Reduction
    squares: bool
    folds: int = 0

    @property
    def key_dtype(self) -> Any:
        return self.dtype

    @property
    def width(self) -> int:
        return self.folds + 1 if self.folds else self.reduction.positions

    def facts(self, *inputs: Values) -> tuple[Any, Facts]:
        batch = self._grouped(*inputs)
        if batch.numbers.dtype.kind == "f":
            finite = np.isfinite(batch.numbers)
            batch = batch if finite.all() else batch.where(finite)
        sums, squares = digit_sums(batch.numbers, batch.groups, batch.size, self.squares)
        facts = {"count": np.bincount(batch.groups, minlength=batch.size)}
        return batch.keys, {**facts, **_named(_SUM, sums), **_named(_SQUARES, squares)}

    def canonical(self, facts: Facts) -> dict[str, Array]:
        digits = {
            name: array
            for prefix in (_SUM, _SQUARES)
            for name, array in _named(prefix, carried(_digits(prefix, facts))).items()
        }
        return {"count": facts["count"], **digits}

    def _grouped(self, *inputs: Values) -> Grouped:
        if not self.folds:
            return grouped(inputs[0], inputs[1], self.reduction.positions > 1)
        fold = inputs[2].array.astype(np.intp)
        if inputs[2].missing is not None:
            fold = np.where(inputs[2].missing, self.folds, fold)
        return grouped(inputs[0], inputs[1], position=fold, width=self.width)


def sums_of(table: Table) -> Digits:
    """The exact sums that `KeyedSums` gathered, of each group."""
    return _digits(_SUM, table.facts)


@operation
@dataclass(frozen=True)
class KeyedMoment(PerKey):
    """``mean`` or ``std`` of each key's values."""

    name = "keyed_moment"
    which: Literal["mean", "std"]
    elementwise: bool

    def infer(self, *types: ValueType) -> ColumnType:
        _, reduction = self._inputs(types)
        dtype = reduction.column.dtype
        if not (is_numeric(dtype) or pa.types.is_boolean(dtype)):
            raise TraceError(
                f"'{self.which}_per_key' takes numbers, not {dtype}.",
                fix="Cast it first: tb.cast(x, pa.float64()).",
            )
        return ColumnType(pa.float64(), (None, *reduction.result(dtype).shape))

    def accumulator(self, *types: ValueType) -> KeyedSums:
        key, reduction = self._inputs(types)
        return KeyedSums(key.dtype, reduction, squares=True)

    def elements(self, state: Any, whole: Any, *types: ValueType) -> Any:
        table = self.accumulator(*types).table(state)
        count, sums = table.fact("count"), sums_of(table)
        if self.which == "mean":
            return pa.array(means(count, sums))
        return pa.array(np.sqrt(variances(count, sums, _digits(_SQUARES, table.facts))))

    def _inputs(self, types: tuple[ValueType, ...]) -> tuple[ColumnType, Reduction]:
        return keyed_reduction(f"{self.which}_per_key", types, self.elementwise)


def _named(prefix: str, digits: Digits) -> dict[str, Array]:
    return {f"{prefix}{place:03}": array for place, array in digits.items()}


def _digits(prefix: str, facts: Facts) -> Digits:
    return {
        int(name.removeprefix(prefix)): array
        for name, array in facts.items()
        if name.startswith(prefix)
    }
