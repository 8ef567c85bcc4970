"""Accumulators' states on their way through a pipeline: as bytes, in shards, merged.

What a state is made from and where it goes is not this file's matter.
"""

from __future__ import annotations

import abc
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import apache_beam as beam
import pyarrow as pa
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.timestamp import MIN_TIMESTAMP
from apache_beam.utils.windowed_value import WindowedValue

from taurus_beam.graph.analyzer import Accumulator, KeyedAccumulator
from taurus_beam.io import RecordBatchCoder
from taurus_beam.pipeline.plan import phase_of
from taurus_beam.stats.generator import StatsGenerator

__all__ = [
    "ROWS",
    "SHARDS",
    "Merge",
    "MergeStates",
    "Mergeable",
    "RowCount",
    "accumulator_at",
    "decoded",
    "encoded",
    "in_global_window",
    "merged",
    "shards_of",
]

SHARDS = 8
ROWS = -1
"""The position of the number of rows, which belongs to no analyzer."""
_MOST_WAITING = 16
_CODER = RecordBatchCoder()


@dataclass(frozen=True)
class RowCount:
    """How many rows there are: merged and kept as accumulators are, but no column feeds it."""

    version: ClassVar[int] = 1

    def zero(self) -> int:
        """No rows."""
        return 0

    def merge(self, states: Sequence[int]) -> int:
        """The sum."""
        return sum(states)

    def to_wire(self, state: int) -> Any:
        """One number."""
        return pa.record_batch({"rows": pa.array([state], pa.int64())})

    def from_wire(self, batch: Any) -> int:
        """The number."""
        return int(batch.column(0)[0].as_py())


Mergeable: TypeAlias = Accumulator[Any] | StatsGenerator[Any] | RowCount


def accumulator_at(plan: str, phase: int, position: int) -> Mergeable:
    """The accumulator of a position in a phase, or that of `ROWS`."""
    return RowCount() if position == ROWS else phase_of(plan, phase).accumulators[position]


class Merge(beam.CombineFn, abc.ABC):
    """Merges elements; holds some unmerged, so that few are decoded one by one."""

    def create_accumulator(self) -> list[Any]:
        """No elements."""
        return []

    def add_input(self, accumulator: list[Any], element: Any) -> list[Any]:
        """One element more."""
        return self._limited([*accumulator, element])

    def merge_accumulators(self, accumulators: Iterable[list[Any]]) -> list[Any]:
        """All their elements."""
        merged: list[Any] = []
        for accumulator in accumulators:
            merged = self._limited([*merged, *accumulator])
        return merged

    def extract_output(self, accumulator: list[Any]) -> Any:
        """The one element that all of them make."""
        return self._merged(accumulator)

    def _limited(self, elements: list[Any]) -> list[Any]:
        return [self._merged(elements)] if len(elements) > _MOST_WAITING else elements

    @abc.abstractmethod
    def _merged(self, elements: list[Any]) -> Any:
        """The one element that some make."""


class MergeStates(Merge):
    """Merges elements ``(position, state as bytes)`` of one position (and shard, if keyed)."""

    def __init__(self, plan: str, phase: int) -> None:
        self._plan, self._phase = plan, phase

    def _merged(self, elements: list[Any]) -> Any:
        position = elements[0][0]
        kind = accumulator_at(self._plan, self._phase, position)
        return position, merged(kind, [content for _, content in elements])


def shards_of(accumulator: KeyedAccumulator[Any], state: Any) -> Iterator[tuple[int, bytes]]:
    """The shards of a state that hold keys, with their numbers."""
    for shard, part in enumerate(accumulator.shards(state, SHARDS)):
        if accumulator.keys(part):
            yield shard, encoded(accumulator, part)


def encoded(accumulator: Mergeable, state: Any) -> bytes:
    """A state as bytes: an Arrow IPC stream."""
    return _CODER.encode(accumulator.to_wire(state))


def decoded(accumulator: Mergeable, content: bytes) -> Any:
    """The state that `encoded` wrote."""
    return accumulator.from_wire(_CODER.decode(content))


def merged(accumulator: Mergeable, contents: list[bytes]) -> bytes:
    """Some states as one."""
    if len(contents) == 1:
        return contents[0]
    return encoded(accumulator, accumulator.merge([decoded(accumulator, c) for c in contents]))


def in_global_window(element: Any) -> WindowedValue:
    """An element given at the end of a bundle, which has no window to inherit."""
    return WindowedValue(element, MIN_TIMESTAMP, (GlobalWindow(),))
