"""What a statistics generator is: facts of record batches, mergeable, told as a proto fragment.

Generators know nothing of one another. A composite adds each batch, seen as `Examples` that all of
them share, to every generator's state, and joins the fragments that they give in the end.
"""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.stats.examples import Examples

__all__ = ["KeyedStatsGenerator", "StatsGenerator"]

State = TypeVar("State")


class StatsGenerator(abc.ABC, Generic[State]):
    """Gathers statistics of all rows batch by batch, merged in any order.

    Subclasses are frozen dataclasses of plain options, so that a generator can be sent to a worker
    and equal ones are known as equal. Laws, the same as those of `graph.analyzer.Accumulator`:
    `merge` is associative and commutative with `zero` as neutral element; any split and order of
    the rows gives the same wire form, byte for byte, and therefore the same proto.

    How generators are composed: every one of them sees every batch (`add`); the fragments are
    joined feature by feature, by path, with ``MergeFrom``, which adds up fields and appends
    ``custom_stats``. So a generator fills only fields that no other one fills, and names a feature
    by ``path`` and ``type``.

    Attributes:
        version: Raised when states or their wire form change.
    """

    version: ClassVar[int] = 1

    @abc.abstractmethod
    def zero(self) -> State:
        """The state before any row. States may be changed in place by `add`."""

    @abc.abstractmethod
    def add(self, state: State, examples: Examples) -> State:
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

    @abc.abstractmethod
    def result(self, state: State) -> statistics_pb2.DatasetFeatureStatistics:
        """What the generator has to say of the data set: features by path, cross features."""


class KeyedStatsGenerator(StatsGenerator[State]):
    """A generator whose state grows with distinct values, so that it is merged in shards."""

    @abc.abstractmethod
    def shards(self, state: State, count: int) -> Sequence[State]:
        """The state in ``count`` parts; a key always goes to the same part."""

    @abc.abstractmethod
    def keys(self, state: State) -> int:
        """How many keys the state holds at most."""

    @abc.abstractmethod
    def trim(self, state: State) -> State:
        """A fully merged shard without the keys that cannot be in the result."""
