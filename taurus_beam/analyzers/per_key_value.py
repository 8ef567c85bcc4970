"""Values that are tables with a row for each key: made whole, or part by part.

What a key's row holds follows from the facts of that key, and at most from one fact of all keys;
so parts of the keys give their rows one by one, and nobody need hold them all.
"""

from __future__ import annotations

import abc
import math
from collections.abc import Iterable
from typing import Any, ClassVar

import pyarrow as pa

from taurus_beam.graph.analyzer import Analyzer, KeyedAccumulator, State
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.types import ColumnType, ValueType

__all__ = ["OrderedKeys", "PerKey"]


class OrderedKeys(KeyedAccumulator[State]):
    """An accumulator whose keys have an order, in which tables of them stand."""

    @abc.abstractmethod
    def ordered_keys(self, state: State) -> Any:
        """Arrow array of every key of a state once, ascending (strings by their bytes)."""


class PerKey(Analyzer):
    """An analyzer whose value has so many elements for each key, in the order of the keys.

    Attributes:
        needs_whole: Whether a row depends on a fact of all keys, which `whole` gives.
    """

    needs_whole: ClassVar[bool] = False

    @abc.abstractmethod
    def accumulator(self, *types: ValueType) -> OrderedKeys[Any]:
        """What gathers the facts of each key."""

    @abc.abstractmethod
    def elements(self, state: Any, whole: Any, *types: ValueType) -> Any:
        """Arrow array of the elements of each key of a state, which may be of some keys only."""

    def whole(self, states: Iterable[Any], *types: ValueType) -> Any:
        """The fact of all keys that `elements` takes, from states that together have them all."""
        return None

    def first(self, whole: Any, *types: ValueType) -> Any:
        """Arrow array of what stands before the elements of the keys, or None."""
        return None

    def table_type(self, size: int, *types: ValueType) -> ColumnType:
        """The type of a table of so many elements."""
        result = self.infer(*types)
        assert isinstance(result, ColumnType)
        inner = [width or 0 for width in result.shape[1:]]
        return ColumnType(result.dtype, (size // max(math.prod(inner), 1), *inner))

    def value(self, state: Any, *types: ValueType) -> Constant:
        whole = self.whole([state], *types)
        first = self.first(whole, *types)
        elements = self.elements(state, whole, *types)
        if first is not None:
            elements = pa.concat_arrays([first, elements])
        return Constant(self.table_type(len(elements), *types), elements)
