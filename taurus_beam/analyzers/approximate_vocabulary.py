"""Vocabularies in bounded memory, whatever the number of distinct values.

Two passes. The first adds up the values in a count-min sketch (Cormode and Muthukrishnan, "An
improved data stream summary", 2005), whose cells are sums and so know no order. The second
counts exactly, but only the values that the sketch ranks highest: the rank is known before the
pass, so what is kept is decided by the values alone, not by the order in which they come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.analyzers.choice import without_empty
from taurus_beam.analyzers.exact_digits import COUNT, carried
from taurus_beam.analyzers.value_counts import Pieces, TermTable, pieces_of, summed
from taurus_beam.analyzers.vocabulary import asset_name, checked_tokens, checked_top_k
from taurus_beam.analyzers.vocabulary_analyzer import VocabularyAnalyzer, term_type
from taurus_beam.analyzers.weighted_terms import (
    Occurrences,
    check_weights,
    digit_rows,
    occurrences,
    totals,
    weights_of,
)
from taurus_beam.errors import DataError, TraceError
from taurus_beam.graph.analyzer import Accumulator, Analyzer
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.operation import operation
from taurus_beam.graph.term_hash import hash_terms
from taurus_beam.graph.types import ColumnType, ValueType
from taurus_beam.graph.values import Values
from taurus_beam.graph.vocabulary import one_array

__all__ = ["approximate_vocabulary"]

MOST_TERMS = 200_000
_ROWS = 3
_CELL_BITS = 21  # three cells of so many bits each come from one hash of 64
_CANDIDATES_PER_TERM = 4
_CELLS_PER_TERM = 8
_FEWEST_CANDIDATES = 1 << 12
_UNIT = 1 << 16  # weights are rounded up to multiples of its inverse, in the sketch only
_MOST_UNITS = 1 << 62


def approximate_vocabulary(
    x: Column,
    top_k: int,
    vocab_filename: str | None = None,
    *,
    reserved_tokens: Sequence[Any] | None = None,
    weights: Column | None = None,
) -> Column:
    """The most frequent values of a column, found in memory that does not grow with the data.

    Like `vocabulary` with `top_k`, for columns of so many distinct values that they should not
    all be counted. It needs two passes over the data and memory for ``4 * top_k`` values (at least
    4,096) and at most ``48 * top_k`` counters (at least 98,304); the same data give the same
    vocabulary in any order and split. The hash is fixed.

    Guaranteed: the counts of the values in the vocabulary are exact, and with up to
    ``4 * top_k`` distinct values (at least 4,096) so is the vocabulary. Otherwise each value has
    an estimate that is never below its count, and on average above it by at most
    ``m / (8 * top_k)`` for m values in all; the ``4 * top_k`` values of highest estimate are
    counted. A value of the true top k can be left out only if so many others have estimates at
    least as high as its own. (TFT's Misra-Gries counts are lower bounds that depend on the order
    of the data, off by up to ``m / (top_k + 1)``.)

    Args:
        x: String, binary or integer column, as for `vocabulary`.
        top_k: How many values, from 1 to 200,000.
        vocab_filename: Name of the asset; by default made from the column's name.
        reserved_tokens: As for `vocabulary`.
        weights: As for `vocabulary`, but not negative.

    Returns:
        A vocabulary to give to `apply_vocabulary`, in the order of `vocabulary`.

    Raises:
        TraceError: For another type, or a `top_k` out of range.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["b", "a", "c", "a", "b", "a", ""]})
        >>> def fn(inputs):
        ...     learned = tb.approximate_vocabulary(inputs["s"], top_k=2)
        ...     return {"id": tb.apply_vocabulary(inputs["s"], learned)}
        >>> tb.fit(table, fn).vocabulary("s").terms.to_pylist()
        ['a', 'b']
    """
    top_k = checked_top_k("top_k", top_k) or 0
    if not 1 <= top_k <= MOST_TERMS:
        raise TraceError(
            f"top_k is {top_k or None}.",
            expected=f"an integer from 1 to {MOST_TERMS:,}",
            fix="Use tb.vocabulary(x, top_k) for more.",
        )
    tokens = checked_tokens(reserved_tokens)
    inputs = [x] if weights is None else [x, weights]
    sketch = apply(SketchOf(top_k, weights is not None), *inputs)
    identity = ("approximate", *(c.node for c in inputs), top_k, tokens)
    name = asset_name(x, vocab_filename, identity)
    op = ApproximateVocabulary(name, 1, (top_k,), tokens, False, weights is not None)
    return apply(op, *inputs, sketch)


def _cells(top_k: int) -> int:
    """How many cells a row of the sketch has."""
    wanted = max(_CELLS_PER_TERM * top_k, _CELLS_PER_TERM * _FEWEST_CANDIDATES)
    return min(1 << (wanted - 1).bit_length(), 1 << _CELL_BITS)


def _cells_of(terms: Any, cells: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The cell of each term in each row of a sketch."""
    hashes = hash_terms(terms)
    shifts = np.arange(_ROWS, dtype=np.uint64)[:, None] * np.uint64(_CELL_BITS)
    within = (hashes >> shifts) & np.uint64(cells - 1)
    return within.astype(np.int64) + np.arange(_ROWS)[:, None] * cells


@dataclass(frozen=True)
class TermSketch(Accumulator[Any]):
    """A count-min sketch of a column's values, or of their weights rounded up.

    Args:
        cells: Of each row, a power of two.
        weighted: Whether the second input are weights.
    """

    cells: int
    weighted: bool

    def zero(self) -> Any:
        return np.zeros(_ROWS * self.cells, np.int64)

    def add(self, state: Any, *inputs: Values) -> Any:
        found, weights = _weighed(inputs[0], inputs[1] if self.weighted else None)
        units = np.zeros(len(found.terms), np.int64)
        np.add.at(units, found.codes, 1 if weights is None else _units(weights))
        for row in _cells_of(found.terms, self.cells):
            np.add.at(state, row, units)
        if self.weighted:
            _check_units(state)
        return state

    def merge(self, states: Sequence[Any]) -> Any:
        result = self.zero()
        for state in states:
            result += state
            _check_units(result)
        return result

    def to_wire(self, state: Any) -> Any:
        return pa.record_batch([pa.array(state)], ["cells"])

    def from_wire(self, batch: Any) -> Any:
        return batch.column(0).to_numpy().copy()


@operation
@dataclass(frozen=True)
class SketchOf(Analyzer):
    """The sketch of a column, all rows of cells after another."""

    name = "term_sketch"
    top_k: int
    weighted: bool

    def infer(self, *types: ValueType) -> ColumnType:
        term_type(types[:1])
        if self.weighted:
            x, weights = types
            assert isinstance(x, ColumnType)
            assert isinstance(weights, ColumnType)
            check_weights(weights, x)
        return ColumnType(pa.int64(), (_ROWS * _cells(self.top_k),))

    def accumulator(self, *types: ValueType) -> TermSketch:
        return TermSketch(_cells(self.top_k), self.weighted)

    def value(self, state: Any, *types: ValueType) -> Constant:
        return Constant(self.infer(*types), pa.array(state))


@dataclass(frozen=True)
class Candidates(TermTable):
    """Counts exactly the values that a sketch, the last input, ranks highest.

    Args:
        dtype: Type of the values.
        capacity: How many values to keep.
        weighted: Whether the second input are weights.
    """

    dtype: Any
    capacity: int
    weighted: bool

    @property
    def schema(self) -> pa.Schema:
        return pa.schema(
            {
                "term": self.dtype,
                "estimate": pa.int64(),
                "position": pa.int16(),
                "count": pa.int64(),
            }
        )

    def piece(self, *inputs: Values) -> pa.Table:
        sketch = inputs[-1].array
        found, weights = _weighed(inputs[0], inputs[1] if self.weighted else None)
        estimates = sketch[_cells_of(found.terms, len(sketch) // _ROWS)].min(axis=0)
        table = digit_rows({"term": found.codes}, weights)
        codes = one_array(table["term"])
        columns = [found.terms.take(codes), estimates[codes.to_numpy()]]
        table = pa.table([*columns, table["position"], table["count"]], schema=self.schema)
        return self._highest(without_empty(table))

    def canonical(self, table: pa.Table) -> pa.Table:
        return self._highest(carried(table, summed))

    def trim(self, state: Pieces) -> Pieces:
        return pieces_of(self.table(state))

    def counted(self, state: Pieces) -> pa.Table:
        """The values that were kept, and their exact counts or weights."""
        table = self._highest(self.table(state))
        encoded = one_array(table["term"]).dictionary_encode()
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        sums = totals(codes, table, len(encoded.dictionary), self.weighted)
        if not self.weighted:
            sums = sums.astype(np.int64)
        return pa.table({"term": encoded.dictionary, "count": sums})

    def _highest(self, table: pa.Table) -> pa.Table:
        """The rows of the values of highest estimate, ties by value; others are dropped."""
        once = table.filter(pc.equal(table["position"], COUNT))
        if len(once) <= self.capacity:
            return table
        order = pc.sort_indices(once, [("estimate", "descending"), ("term", "descending")])
        kept = once["term"].take(order[: self.capacity])
        return table.filter(pc.is_in(table["term"], value_set=kept))


@operation
@dataclass(frozen=True)
class ApproximateVocabulary(VocabularyAnalyzer):
    """The values of highest count among those that a sketch, the last input, ranks highest."""

    name = "approximate_vocabulary"
    weighted: bool = False

    def accumulator(self, *types: ValueType) -> Candidates:
        wanted = _CANDIDATES_PER_TERM * (self.chosen.top_k or 0)
        return Candidates(term_type(types[:1]), max(wanted, _FEWEST_CANDIDATES), self.weighted)

    def scores(self, state: Pieces, *types: ValueType) -> pa.Table:
        return self.accumulator(*types).counted(state)


def _weighed(x: Values, weights: Values | None) -> tuple[Occurrences, np.ndarray[Any, Any] | None]:
    """The present values of a column and their weights."""
    if weights is None:
        return occurrences(x), None
    found = occurrences(x, weights)
    numbers, missing = found.of(weights)
    if missing is not None:
        found, numbers = found.where(~missing), numbers[~missing]
    numbers = weights_of(numbers)
    if numbers.min(initial=0) < 0:
        raise DataError(
            f"A weight is negative: {numbers.min()}.",
            expected="weights of at least 0, for an approximate vocabulary",
            fix="Use tb.vocabulary(x, weights=...), which takes any.",
        )
    return found, numbers


def _units(weights: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if weights.sum() > _MOST_UNITS / _UNIT:
        raise _too_heavy()
    return np.asarray(np.ceil(weights * _UNIT), np.int64)


def _check_units(state: np.ndarray[Any, Any]) -> None:
    if state.max(initial=0) > _MOST_UNITS:
        raise _too_heavy()


def _too_heavy() -> DataError:
    return DataError(
        "The weights add up to more than 7e13.",
        expected="weights whose sum is less, for an approximate vocabulary",
        fix="Divide them by a constant: only their ratios matter for the order.",
    )
