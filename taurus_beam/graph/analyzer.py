"""What an analyzer is: a node whose value needs all rows, gathered by an accumulator.

The accumulator is the mergeable part, shared by every analyzer that needs the same facts of
the same column (mean and variance share moments); the analyzer turns its state into a value.
"""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from taurus_beam.errors import EngineError, TraceError
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.operation import Operation
from taurus_beam.graph.types import ColumnType, ValueType
from taurus_beam.graph.values import Values

__all__ = ["Accumulator", "Analyzer", "ExternalAnalyzer", "KeyedAccumulator", "Reduction"]

State = TypeVar("State")


class Accumulator(abc.ABC, Generic[State]):
    """Facts about all rows, gathered batch by batch and merged in any order.

    Subclasses are frozen dataclasses: equal accumulators over equal inputs are gathered once.
    Laws, held by tests for each of them: `merge` is associative and commutative with `zero`
    as neutral element; any split and order of the rows gives the same wire form, byte for byte.

    Attributes:
        version: Raised when states, their wire form or their split in shards change: a cache of
            states tells by it which of them are of use.
        not_in_state: The fields that decide nothing but what `KeyedAccumulator.trim` cuts.
    """

    version: ClassVar[int] = 1
    not_in_state: ClassVar[tuple[str, ...]] = ()

    @abc.abstractmethod
    def zero(self) -> State:
        """The state before any row. States may be changed in place by `add`."""

    @abc.abstractmethod
    def add(self, state: State, *inputs: Values) -> State:
        """The state after one more batch."""

    @abc.abstractmethod
    def merge(self, states: Sequence[State]) -> State:
        """The state of all the rows of some states; these are not used again."""

    @abc.abstractmethod
    def to_wire(self, state: State) -> Any:
        """The state as an Arrow record batch: canonical, data only."""

    @abc.abstractmethod
    def from_wire(self, batch: Any) -> State:
        """The state that `to_wire` wrote."""


class KeyedAccumulator(Accumulator[State]):
    """An accumulator whose state grows with distinct keys, so that it is merged in shards."""

    @abc.abstractmethod
    def shards(self, state: State, count: int) -> Sequence[State]:
        """The state in ``count`` parts; a key always goes to the same part."""

    @abc.abstractmethod
    def keys(self, state: State) -> int:
        """How many keys the state holds at most."""

    @abc.abstractmethod
    def trim(self, state: State) -> State:
        """A fully merged shard without the keys that cannot be in the result."""


class Analyzer(Operation, abc.ABC):
    """A node whose value is one for the whole data set."""

    @abc.abstractmethod
    def accumulator(self, *types: ValueType) -> Accumulator[Any]:
        """What gathers the facts, for inputs of these types."""

    @abc.abstractmethod
    def value(self, state: Any, *types: ValueType) -> Constant:
        """The analyzer's value from the accumulator's final state."""


class ExternalAnalyzer(Analyzer, abc.ABC):
    """An analyzer whose value is found beside a pass by something that knows no accumulators.

    Attributes:
        label: Analyzers of one label and the same inputs get their values together.
        position: Which of those values is this one's.
    """

    label: str
    position: int

    def accumulator(self, *types: ValueType) -> Accumulator[Any]:
        """There is none."""
        raise EngineError(f"{self.label}: only a pipeline can find this value.")


@dataclass(frozen=True)
class Reduction:
    """Over which elements an analyzer reduces a column: all, or each position of a vector."""

    column: ColumnType
    elementwise: bool

    @property
    def positions(self) -> int:
        """How many results there are."""
        if not self.elementwise or self.column.is_scalar:
            return 1
        (width,) = self.column.shape
        assert width is not None
        return width

    @staticmethod
    def of(name: str, column: ValueType, elementwise: bool) -> Reduction:
        """The reduction that an analyzer called ``name`` does of a column of some type.

        Raises:
            TraceError: For a vocabulary, and for ragged lists position by position: theirs have
                no meaning of their own.
        """
        if not isinstance(column, ColumnType):
            raise TraceError(f"{name!r} takes a column, not a {column}.")
        if elementwise and column.is_ragged:
            raise TraceError(
                f"{name!r} cannot reduce a ragged list position by position.",
                expected="a vector (fixed_size_list), or reduce_instance_dims=True",
            )
        return Reduction(column, elementwise)

    def parts(self, values: Values) -> list[Values]:
        """The values of each result."""
        if self.positions == 1:
            return [values]
        return [values.position(i, self.positions) for i in range(self.positions)]

    def result(self, dtype: Any, *inner: int) -> ColumnType:
        """The type of the results, each of shape ``inner``."""
        outer = () if not self.elementwise or self.column.is_scalar else self.column.shape
        return ColumnType(dtype, (*outer, *inner))
