"""Weights that stand beside terms: aligned with them, checked, and summed exactly by term.

`TermWeights` gathers what weighted vocabularies are ordered by; vocabularies by label use the
same tables with the label as a further key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.analyzers.choice import ALL, Choice, without_empty
from taurus_beam.analyzers.exact_digits import COUNT, carried, digits_of, rounded
from taurus_beam.analyzers.value_counts import Pieces, RankedTerms, pieces_of, summed
from taurus_beam.errors import DataError, TraceError
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import ColumnType, is_numeric
from taurus_beam.graph.values import Mask, Values

__all__ = [
    "Occurrences",
    "TermWeights",
    "check_weights",
    "digit_rows",
    "occurrences",
    "totals",
    "weights_of",
]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


def check_weights(weights: ColumnType, x: ColumnType) -> None:
    """TraceError unless a column can weigh the values of another."""
    if not is_numeric(weights.dtype) or weights.shape not in ((), x.shape):
        raise TraceError(
            f"The weights are {weights}; they cannot weigh {x}.",
            expected="one number a row, or one for each element",
        )


@dataclass(frozen=True)
class Occurrences:
    """The elements of a column that are present.

    Attributes:
        terms: Arrow array that has each element's term.
        codes: Where in it, for each element.
        elements: Which element of the column each is.
        rows: The row of each.
    """

    terms: Any
    codes: Array
    elements: Array
    rows: Array

    def of(self, other: Values) -> tuple[Array, Mask | None]:
        """What stands beside each element in another column, and where it is missing."""
        places = self.rows if other.type.is_scalar else self.elements
        missing = None if other.missing is None else other.missing[places]
        return other.array[places], missing

    def where(self, mask: Mask) -> Occurrences:
        """Fewer of them."""
        return Occurrences(self.terms, self.codes[mask], self.elements[mask], self.rows[mask])


def occurrences(x: Values, *beside: Values) -> Occurrences:
    """The present elements of a column of terms.

    Raises:
        DataError: If a list beside it has another length in some row.
    """
    lists = [v.offsets for v in (x, *beside) if v.offsets is not None]
    if any(not np.array_equal(lists[0], offsets) for offsets in lists[1:]):
        raise DataError(
            "Lists of terms and of what stands beside them differ in length in a row.",
            expected="one element beside each term",
        )
    if isinstance(x.data, Text):
        terms, codes = x.data.distinct, x.data.codes
    else:
        encoded = pa.array(x.array).dictionary_encode()
        terms, codes = encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False)
    elements = np.arange(len(codes)) if x.missing is None else np.flatnonzero(~x.missing)
    if x.offsets is not None:
        rows = np.repeat(np.arange(x.rows), np.diff(x.offsets))[elements]
    else:
        rows = elements // (x.type.shape[0] or 1) if x.type.shape else elements
    return Occurrences(terms, codes[elements].astype(np.int64), elements, rows)


def weights_of(numbers: Array) -> Array:
    """Weights as float64.

    Raises:
        DataError: If one is NaN or infinite.
    """
    weights = numbers.astype(np.float64)
    if not np.isfinite(weights).all():
        raise DataError(
            "A weight is NaN or infinite.",
            expected="finite weights; where one is missing, its element takes no part",
            fix="Replace it first, such as tb.where(np.isfinite(w), w, 0.0).",
        )
    return weights


def digit_rows(keys: dict[str, Array], weights: Array | None) -> pa.Table:
    """Counts and digits of some weights by integer keys, each key and position once.

    Args:
        keys: Columns that tell keys apart.
        weights: One for each row of the keys, or None to count only.
    """
    size = len(next(iter(keys.values())))
    positions, digits = np.full(size, COUNT, np.int16), np.ones(size, np.int64)
    if weights is not None:
        index, further, values = digits_of(weights)
        keys = {name: np.concatenate([key, key[index]]) for name, key in keys.items()}
        positions = np.concatenate([positions, further])
        digits = np.concatenate([digits, values])
    return _once(pa.table({**keys, "position": positions, "count": digits}))


def totals(codes: Array, table: pa.Table, size: int, weighted: bool) -> Array:
    """The sums of weights by code (or where there are no weights, the counts) as float64.

    Args:
        codes: To which of ``size`` totals each row of the table belongs.
        table: Columns ``position`` and ``count``.
        size: How many totals.
        weighted: Whether weights were gathered.
    """
    positions, digits = table["position"].to_numpy(), table["count"].to_numpy()
    if not weighted:
        return np.bincount(codes, digits, size)
    wanted = positions != COUNT
    rows = pa.table({"key": codes[wanted], "position": positions[wanted], "count": digits[wanted]})
    keys, places, values = (column.to_numpy() for column in _once(rows).columns)
    return rounded(keys, places, values, size)


def _once(table: pa.Table) -> pa.Table:
    return carried(summed(table), summed)


@dataclass(frozen=True)
class TermWeights(RankedTerms):
    """Sums the weights of the distinct present values of a column, exactly.

    Inputs are columns of values and, last, a column of weights.
    """

    not_in_state: ClassVar[tuple[str, ...]] = ("choice",)

    dtype: Any
    choice: Choice = ALL

    @property
    def schema(self) -> pa.Schema:
        return pa.schema({"term": self.dtype, "position": pa.int16(), "count": pa.int64()})

    def piece(self, *inputs: Values) -> pa.Table:
        *columns, weights = inputs
        pieces = [self._piece(x, weights) for x in columns]
        return pieces[0] if len(pieces) == 1 else self.once(pa.concat_tables(pieces))

    def _piece(self, x: Values, weights: Values) -> pa.Table:
        found = occurrences(x, weights)
        numbers, missing = found.of(weights)
        if missing is not None:
            found, numbers = found.where(~missing), numbers[~missing]
        table = digit_rows({"term": found.codes}, weights_of(numbers))
        terms = found.terms.take(table["term"].combine_chunks())
        return pa.table([terms, table["position"], table["count"]], schema=self.schema)

    def canonical(self, table: pa.Table) -> pa.Table:
        return carried(table, summed)

    def trim(self, state: Pieces) -> Pieces:
        table = without_empty(self.table(state))
        if self.choice.takes_all:
            return pieces_of(table)
        chosen = self.choice.of(self.scores(state))["term"]
        return pieces_of(table.filter(pc.is_in(table["term"], value_set=chosen)))

    def scores(self, state: Pieces) -> pa.Table:
        """Terms and their weights' sums, each rounded to float64 once it is known exactly."""
        table = without_empty(self.table(state))
        if not len(table):
            return pa.table({"term": table["term"], "count": pa.array([], pa.float64())})
        encoded = table["term"].combine_chunks().dictionary_encode()
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        sums = totals(codes, table, len(encoded.dictionary), weighted=True)
        return pa.table({"term": encoded.dictionary, "count": sums})
