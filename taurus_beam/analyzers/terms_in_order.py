"""What a vocabulary must know to be made of terms that come in order, never held together."""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, TypeAlias

import pyarrow as pa

from taurus_beam.graph.analyzer import Analyzer
from taurus_beam.graph.types import ValueType

__all__ = ["Tables", "TermsByWhole", "TermsInOrder"]

Tables: TypeAlias = Callable[[], Iterator[pa.Table]]
"""Tables from the first on, each time it is called."""


class TermsInOrder(Analyzer):
    """An analyzer whose value is a vocabulary of the greatest of the terms that were gathered.

    Attributes:
        asset: What the vocabulary is called.
        reserved_tokens: Terms that come first, whether they occur or not.
        fingerprint_shuffle: Whether others are ordered by their hash.
        needs_whole: Whether what a term is ordered by depends on facts of all rows.
    """

    asset: str
    reserved_tokens: tuple[Any, ...] = ()
    fingerprint_shuffle: bool = False
    needs_whole: ClassVar[bool] = False

    @abc.abstractmethod
    def kept(self, tables: Tables) -> Iterator[pa.Table]:
        """What the vocabulary has of tables of all terms in `frequency_order`, in this order.

        Tables may lack terms that `Choice.of` a part of them leaves out.
        """


class TermsByWhole(TermsInOrder):
    """One whose terms are ordered by what depends on facts of all rows."""

    needs_whole = True

    @abc.abstractmethod
    def whole(self, states: Iterable[Any], *types: ValueType) -> Any:
        """The facts that `ranked` takes, from states that together are of all rows."""

    @abc.abstractmethod
    def ranked(self, state: Any, whole: Any, *types: ValueType) -> pa.Table:
        """The terms of a state of some terms, those that can be wanted, in `frequency_order`."""
