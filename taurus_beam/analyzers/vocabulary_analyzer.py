"""What all analyzers of vocabularies share: which columns they take, and how a table becomes one.

A subclass says what terms are ordered by, and gathers it.
"""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.choice import Choice, arranged, order_of_ids, taken, without_terms
from taurus_beam.analyzers.terms_in_order import Tables, TermsInOrder
from taurus_beam.errors import TraceError
from taurus_beam.graph.constant import Constant, Vocabulary
from taurus_beam.graph.shared_terms import SharedTerms
from taurus_beam.graph.threads import thread_count
from taurus_beam.graph.types import ColumnType, ValueType, VocabularyType, is_integer, is_text
from taurus_beam.graph.vocabulary import one_array

__all__ = ["VocabularyAnalyzer", "term_type"]


def term_type(types: Sequence[ValueType]) -> Any:
    """The element type of some columns of terms; TraceError unless all have one that serves."""
    for column in types:
        if not isinstance(column, ColumnType) or not (
            is_text(column.dtype) or is_integer(column.dtype)
        ):
            raise TraceError(
                f"'vocabulary' takes strings or integers, not {column}.",
                fix="Cast it first, or use tb.bucketize for floats.",
            )
    dtypes = {column.dtype for column in types}
    if len(dtypes) > 1:
        listed = ", ".join(sorted(map(str, dtypes)))
        raise TraceError(
            f"One vocabulary cannot hold values of several types: {listed}.",
            fix="Cast the columns to one type first.",
        )
    return types[0].dtype


@dataclass(frozen=True)
class VocabularyAnalyzer(TermsInOrder):
    """A vocabulary of one or more columns.

    Attributes:
        asset: What it is called.
        columns: How many of the inputs are columns of terms; they come first.
        choice: The fields of the `Choice`, in their order.
        reserved_tokens: Terms that come first, whether they occur or not.
        fingerprint_shuffle: Whether others are ordered by their hash.
    """

    asset: str
    columns: int = 1
    choice: tuple[Any, ...] = ()
    reserved_tokens: tuple[Any, ...] = ()
    fingerprint_shuffle: bool = False

    @abc.abstractmethod
    def scores(self, state: Any, *types: ValueType) -> pa.Table:
        """The terms and what they are ordered by: columns ``term`` and ``count``."""

    @property
    def chosen(self) -> Choice:
        """Which terms are wanted."""
        return Choice(*self.choice)

    def infer(self, *types: ValueType) -> VocabularyType:
        dtype = term_type(types[: self.columns])
        try:
            pa.array(self.reserved_tokens, dtype)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            raise TraceError(
                f"The reserved tokens are no values of type {dtype}: {self.reserved_tokens!r:.80}",
                expected="values of the column's own type",
            ) from None
        return VocabularyType(dtype)

    def kept(self, tables: Tables) -> Iterator[pa.Table]:
        for table in self.chosen.in_order(tables()):
            yield without_terms(table, self.reserved_tokens)

    def value(self, state: Any, *types: ValueType) -> Constant:
        table, threads = self.chosen.of(self.scores(state, *types)), thread_count()
        shared = None if self.reserved_tokens else _shared_by_column(table["term"])
        if shared is None:
            shuffle = self.fingerprint_shuffle
            return self._of(arranged(table, self.reserved_tokens, shuffle, threads))
        order = order_of_ids(table, self.fingerprint_shuffle, threads)
        made = self._of(taken(table, order, threads))
        places = np.empty(len(table), np.int64)
        places[order.to_numpy()] = np.arange(len(table))
        shared.remember(made.value, places)
        return made

    def _of(self, table: pa.Table) -> Constant:
        terms, counts = (one_array(table[name]) for name in ("term", "count"))
        return Constant.of_vocabulary(Vocabulary(self.asset, terms, counts))

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, Any]) -> VocabularyAnalyzer:
        """The analyzer that `attributes` describes."""
        sequences = {name: tuple(attributes[name]) for name in ("choice", "reserved_tokens")}
        return cls(**{**attributes, **sequences})


def _shared_by_column(terms: pa.ChunkedArray) -> SharedTerms | None:
    """Whose dictionary these terms are, if they are the very one that a column is encoded by."""
    is_whole = terms.num_chunks == 1 and is_text(terms.type)
    return SharedTerms.of(terms.chunk(0)) if is_whole else None
