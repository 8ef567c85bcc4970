"""The most frequent value of a column: `mode`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.analyzers.value_counts import Pieces, TermTable, pieces_of
from taurus_beam.errors import TraceError
from taurus_beam.graph.analyzer import Analyzer
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.operation import operation
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import ColumnType, ValueType, is_text, numpy_dtype
from taurus_beam.graph.values import Values

__all__ = ["ModeCounts", "mode"]


def mode(x: Column) -> Column:
    """The value that occurs most often in a column; of equally frequent ones the least.

    Args:
        x: Any column. Elements of vectors and ragged lists count one by one.

    Returns:
        One value of ``x``'s type. Missing values and NaN take no part; the empty string does.
        Missing where no value takes part. Strings are compared by their bytes.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["b", "a", "b", "a", "c", None]})
        >>> tb.fit_transform(table, lambda i: {"m": tb.mode(i["s"])})[0]["m"][0].as_py()
        'a'
    """
    return apply(Mode(), x)


@dataclass(frozen=True)
class ModeCounts(TermTable):
    """Counts distinct values; numbers of every kind by their bits, as integers."""

    dtype: Any

    @property
    def schema(self) -> pa.Schema:
        return pa.schema(
            {
                "term": self.dtype if is_text(self.dtype) else _bits_type(self.dtype),
                "count": pa.int64(),
            }
        )

    def piece(self, *inputs: Values) -> pa.Table:
        (values,) = inputs
        if isinstance(values.data, Text):
            terms, counts = values.data.counts()
        else:
            distinct, counts = np.unique(values.numbers, return_counts=True)
            if distinct.dtype.kind == "f":
                distinct = distinct + distinct.dtype.type(0)  # turns -0.0 into 0.0
            terms = pa.array(distinct.view(numpy_dtype(_bits_type(self.dtype))))
        return pa.table([terms, pa.array(counts, pa.int64())], schema=self.schema)

    def trim(self, state: Pieces) -> Pieces:
        table = self.table(state)
        table = table.filter(pc.equal(table["count"], pc.max(table["count"])))
        if not len(table):
            return pieces_of(table)
        terms = table["term"].combine_chunks()
        if is_text(self.dtype):
            least = pc.sort_indices(terms.cast(pa.large_binary()))[0].as_py()
        else:
            least = int(np.argmin(self.numbers(terms)))
        return pieces_of(table.slice(least, 1))

    def numbers(self, terms: Any) -> np.ndarray[Any, Any]:
        """The numbers that integers of the table stand for."""
        bits: np.ndarray[Any, Any] = terms.to_numpy(zero_copy_only=False)
        return bits.view(numpy_dtype(self.dtype))


@operation
@dataclass(frozen=True)
class Mode(Analyzer):
    """The most frequent value."""

    name = "mode"

    def infer(self, *types: ValueType) -> ColumnType:
        return ColumnType(self.accumulator(*types).dtype)

    def accumulator(self, *types: ValueType) -> ModeCounts:
        (column,) = types
        if not isinstance(column, ColumnType):
            raise TraceError(f"'mode' takes a column, not a {column}.")
        return ModeCounts(column.dtype)

    def value(self, state: Pieces, *types: ValueType) -> Constant:
        result, gathered = self.infer(*types), self.accumulator(*types)
        found = gathered.table(gathered.trim(state))["term"].combine_chunks()
        if not len(found):
            return Constant(result, pa.nulls(1, result.dtype))
        if is_text(result.dtype):
            return Constant(result, found)
        return Constant(result, pa.array(gathered.numbers(found)).cast(result.dtype))


def _bits_type(dtype: Any) -> Any:
    return {1: pa.int8(), 2: pa.int16(), 4: pa.int32(), 8: pa.int64()}[numpy_dtype(dtype).itemsize]
