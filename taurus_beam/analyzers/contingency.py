"""How often the values of two categorical columns occur together, and what follows from it:
`chi2`, `mutual_information`.

Counts are exact and keyed by the pair of values, so no worker need hold all of them until the
statistic is computed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.analyzers import exact_sum
from taurus_beam.analyzers.class_sums import ClassSums, chi2_of_amounts
from taurus_beam.analyzers.complete_rows import (
    class_codes,
    complete_rows,
    is_class,
    is_number,
    require_rows,
    scalar_columns,
)
from taurus_beam.analyzers.value_counts import Pieces, TermTable
from taurus_beam.errors import TraceError
from taurus_beam.graph.analyzer import Analyzer
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import ColumnType, ValueType, is_numeric
from taurus_beam.graph.values import Values

__all__ = ["PairCounts", "chi2", "mutual_information"]


def chi2(x: Column, y: Column, categorical: bool | None = None) -> Column:
    """The chi-squared statistic between a column and a class.

    Args:
        x: Categories or amounts, one a row.
        y: The class: string, binary, integer or boolean column.
        categorical: Whether ``x`` is categories. By default strings, binary and booleans are;
            numbers are amounts (counts, weights, tf-idf), as in scikit-learn's ``chi2``.

    Returns:
        float64, one for the whole data set, computed from exact counts or sums.

        For categories, Pearson's ``Σ (observed - expected)² / expected`` over all cells of the
        contingency table; it is the sum of scikit-learn's over the one-hot columns. For amounts
        the observed values are the sums of ``x`` in each class and the expected ones the
        classes' shares of the total.

        Rows where either column is missing, NaN or infinite take no part. 0 where no row takes
        part or all amounts are 0 (NaN in scikit-learn).

    Raises:
        TraceError: If the types do not fit.
        DataError: If an amount is negative.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": ["a", "a", "b", "b"], "y": [0, 0, 1, 1]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"chi2": tb.chi2(i["x"], i["y"])})
        >>> out["chi2"][0].as_py()
        4.0
    """
    require_rows("chi2", x, y)
    if categorical is None:
        categorical = not is_numeric(x.dtype)
    return apply(TableScore("chi2") if categorical else AmountScore(), x, y)


def mutual_information(x: Column, y: Column) -> Column:
    """How much knowing one categorical column tells about another, in nats.

    ``Σ p(x, y) ln(p(x, y) / (p(x) p(y)))``, as scikit-learn's ``mutual_info_score``.

    Args:
        x: String, binary, integer or boolean column, one value a row. Cut floats into
            buckets first: ``tb.bucketize(x, 32)``.
        y: Another.

    Returns:
        float64 of at least 0, one for the whole data set, from exact counts. Rows where either
        column is missing take no part; 0 where none does.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": ["a", "a", "b", "b"], "y": [0, 0, 1, 1]})
        >>> fn = lambda i: {"nats": tb.mutual_information(i["x"], i["y"])}
        >>> round(tb.fit_transform(table, fn)[0]["nats"][0].as_py(), 6)
        0.693147
    """
    require_rows("mutual_information", x, y)
    return apply(TableScore("mutual_information"), x, y)


@dataclass(frozen=True)
class PairCounts(TermTable):
    """Counts the distinct pairs of values of two columns of classes.

    Args:
        x: Arrow type of the first column's values (``term`` in the table).
        y: Arrow type of the second's.
    """

    x: Any
    y: Any

    @property
    def schema(self) -> pa.Schema:
        return pa.schema({"term": _coded(self.x), "other": _coded(self.y), "count": pa.int64()})

    def piece(self, *inputs: Values) -> pa.Table:
        rows = complete_rows(inputs)
        (x_terms, x), (y_terms, y) = (class_codes(values, rows) for values in inputs)
        counted = pc.value_counts(pa.array(x.astype(np.int64) * len(y_terms) + y))
        places = np.divmod(counted.field(0).to_numpy(), max(len(y_terms), 1))
        terms = [t.take(pa.array(p)) for t, p in zip((x_terms, y_terms), places, strict=True)]
        return pa.table([*terms, counted.field(1)], schema=self.schema)


@operation
@dataclass(frozen=True)
class TableScore(Analyzer):
    """A statistic of the contingency table of two columns of classes."""

    name = "contingency_score"
    which: Literal["chi2", "mutual_information"]

    def infer(self, *types: ValueType) -> ColumnType:
        for column in scalar_columns(self.which, types):
            if not is_class(column.dtype):
                raise TraceError(
                    f"{self.which!r} takes categories, not {column}.",
                    expected="strings, binary, integers or booleans",
                    fix="Cut numbers into buckets first: tb.bucketize(x, 32).",
                )
        return ColumnType(pa.float64())

    def accumulator(self, *types: ValueType) -> PairCounts:
        x, y = scalar_columns(self.which, types)
        return PairCounts(x.dtype, y.dtype)

    def value(self, state: Pieces, *types: ValueType) -> Constant:
        table = self.accumulator(*types).table(state)
        x, y = (_codes(table[name]) for name in ("term", "other"))
        counts = table["count"].to_numpy()
        score = _chi2(x, y, counts) if self.which == "chi2" else _mutual_information(x, y, counts)
        return Constant(self.infer(*types), pa.array([score], pa.float64()))


@operation
@dataclass(frozen=True)
class AmountScore(Analyzer):
    """The chi-squared statistic of amounts by class."""

    name = "chi2_of_amounts"

    def infer(self, *types: ValueType) -> ColumnType:
        x, y = scalar_columns("chi2", types)
        if not is_number(x.dtype) or not is_class(y.dtype):
            raise TraceError(
                f"'chi2' takes amounts and classes, not {x} and {y}.",
                expected="a numeric column, and a string, binary, integer or boolean column",
                fix="Cast the classes to integers or strings with tb.cast.",
            )
        return ColumnType(pa.float64())

    def accumulator(self, *types: ValueType) -> ClassSums:
        return ClassSums(scalar_columns("chi2", types)[1].dtype)

    def value(self, state: Any, *types: ValueType) -> Constant:
        return Constant(self.infer(*types), pa.array([chi2_of_amounts(state)], pa.float64()))


def _chi2(x: Any, y: Any, counts: Any) -> float:
    """``Σ (o - e)² / e`` over all cells, of which the empty ones add their e."""
    x_totals, y_totals = _totals(x, counts), _totals(y, counts)
    total = int(counts.sum())
    if not total:
        return 0.0
    expected = x_totals[x].astype(np.float64) * y_totals[y] / total
    occurring = math.fsum((counts - expected) ** 2 / expected)
    # Of each x, how many rows have one of the y that it never occurs with.
    apart = (total - _totals(x, y_totals[y])).tolist()
    empty = sum(size * others for size, others in zip(x_totals.tolist(), apart, strict=True))
    return occurring + exact_sum.ratio(empty, total)


def _mutual_information(x: Any, y: Any, counts: Any) -> float:
    x_totals, y_totals = _totals(x, counts), _totals(y, counts)
    total = int(counts.sum())
    if not total:
        return 0.0
    lift = counts / (x_totals[x].astype(np.float64) * y_totals[y] / total)
    return max(math.fsum(counts * np.log(lift)) / total, 0.0)


def _totals(codes: Any, counts: Any) -> Any:
    totals = np.zeros(int(codes.max(initial=-1)) + 1, np.int64)
    np.add.at(totals, codes, counts)
    return totals


def _codes(column: Any) -> Any:
    return column.combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)


def _coded(dtype: Any) -> Any:
    """The type of the classes of a column; see `class_codes`."""
    return pa.uint8() if pa.types.is_boolean(dtype) else dtype
