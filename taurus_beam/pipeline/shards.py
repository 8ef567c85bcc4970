"""States of keyed accumulators on their way through a pipeline: in shards, whatever their size.

What is small travels itself. What is large lies in files, split further by key, and is merged a
part at a time; so no worker ever holds more than a part of the keys, or of one bundle's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import apache_beam as beam
import pyarrow as pa

from taurus_beam.analyzers.value_counts import RankedTerms
from taurus_beam.analyzers.vocabulary_analyzer import VocabularyAnalyzer
from taurus_beam.graph.analyzer import Accumulator, KeyedAccumulator
from taurus_beam.graph.phases import Gathering
from taurus_beam.pipeline.blocks import Span, new_path, open_blocks, read_block, write_blocks
from taurus_beam.pipeline.plan import phase_of
from taurus_beam.pipeline.states import SHARDS, decoded, encoded

__all__ = [
    "Filed",
    "MergeShards",
    "Runs",
    "Sent",
    "is_streamed",
    "merged_state",
    "sent",
    "states_of",
]

_PARTS = 256
_SENT_KEYS = 1 << 17
"""Shards of a state of more keys are not sent but filed."""
_MERGED_KEYS = 1 << 19
"""The most keys that a shard is merged with in one piece."""
_RUN_ROWS = 1 << 12
_MOST_WAITING = 16


@dataclass(frozen=True)
class Filed:
    """A shard in a file, in parts by key.

    Attributes:
        path: The file.
        parts: The number of each part, and where it lies. A key is always in the same part.
    """

    path: str
    parts: tuple[tuple[int, Span], ...]


@dataclass(frozen=True)
class Runs:
    """A merged shard of terms in a file: several tables, each in the order of a vocabulary.

    Attributes:
        path: The file.
        runs: Where the batches of each table lie.
    """

    path: str
    runs: tuple[tuple[Span, ...], ...]


Sent: TypeAlias = bytes | Filed | Runs


def sent(
    position: int, accumulator: KeyedAccumulator[Any], state: Any, folder: str
) -> Iterator[tuple[tuple[int, int], Sent]]:
    """Elements ``((position of the accumulator, shard), content)`` of a bundle's state."""
    large = accumulator.keys(state) > _SENT_KEYS
    for shard, part in enumerate(accumulator.shards(state, SHARDS)):
        if accumulator.keys(part):
            content: Sent = encoded(accumulator, part)
            if large:
                content = _filed(accumulator, part, folder)
            yield (position, shard), content


def is_streamed(gathering: Gathering) -> bool:
    """Whether its values can be made of terms in order, without all of them at one place."""
    return isinstance(gathering.accumulator, RankedTerms) and all(
        isinstance(node.operation, VocabularyAnalyzer) and node.operation.is_ranked
        for node in gathering.analyzers
    )


class MergeShards(beam.DoFn):
    """Merges all that was sent of a shard, and cuts it to what can be in the result.

    Gives ``(position, content)``: the merged state, or a file of it where it is large.
    """

    def __init__(self, plan: str, phase: int, folder: str) -> None:
        self._plan, self._phase, self._folder = plan, phase, folder

    def process(self, element: Any) -> Iterator[tuple[int, Sent]]:
        """``((position, shard), all that was sent)`` → ``(position, content)``."""
        (position, _), contents = element
        gathering = phase_of(self._plan, self._phase).gatherings[position]
        accumulator = gathering.accumulator
        assert isinstance(accumulator, KeyedAccumulator)
        state, filed = _gathered(accumulator, contents, self._folder)
        if not filed:
            yield position, encoded(accumulator, accumulator.trim(state))
            return
        if accumulator.keys(state):
            filed.append(_filed(accumulator, state, self._folder))
        merged = _parts(accumulator, filed)
        if is_streamed(gathering):
            yield position, _ranked(accumulator, merged, self._folder)
        else:
            path = new_path(self._folder, "shards")
            spans = write_blocks(path, (accumulator.to_wire(part) for part in merged))
            yield position, Filed(path, tuple(enumerate(spans)))


def states_of(accumulator: Accumulator[Any], content: Sent) -> Iterator[Any]:
    """The states that were sent, one by one."""
    if isinstance(content, bytes):
        yield decoded(accumulator, content)
        return
    assert isinstance(content, Filed)
    with open_blocks(content.path) as file:
        for _, span in content.parts:
            yield accumulator.from_wire(read_block(file, span))


def merged_state(accumulator: Accumulator[Any], contents: Iterable[Sent]) -> Any:
    """The state that merged shards make, or the one there is of an accumulator without keys."""
    # In one order where there is one: what a state's table looks like may follow it.
    ordered = sorted(contents, key=lambda c: c if isinstance(c, bytes) else b"")
    return accumulator.merge([s for content in ordered for s in states_of(accumulator, content)])


def _gathered(
    accumulator: KeyedAccumulator[Any], contents: Iterable[Sent], folder: str
) -> tuple[Any, list[Filed]]:
    """What was sent as one state, and what is in files; that state is filed when it grows."""
    filed: list[Filed] = []
    waiting = [accumulator.zero()]
    for content in contents:
        if isinstance(content, bytes):
            waiting.extend(states_of(accumulator, content))
        else:
            assert isinstance(content, Filed)
            filed.append(content)
        if len(waiting) > _MOST_WAITING:
            waiting = [accumulator.merge(waiting)]
        if sum(map(accumulator.keys, waiting)) > _MERGED_KEYS:
            state = accumulator.merge(waiting)
            filed.append(_filed(accumulator, state, folder))
            waiting = [accumulator.zero()]
    return accumulator.merge(waiting), filed


def _filed(accumulator: KeyedAccumulator[Any], state: Any, folder: str) -> Filed:
    parts = {
        number: accumulator.to_wire(part)
        for number, part in enumerate(accumulator.shards(state, _PARTS))
        if accumulator.keys(part)
    }
    path = new_path(folder, "bundles")
    return Filed(path, tuple(zip(parts, write_blocks(path, parts.values()), strict=True)))


def _parts(accumulator: KeyedAccumulator[Any], filed: Sequence[Filed]) -> Iterator[Any]:
    """The merged and trimmed states of each part."""
    places: dict[int, list[tuple[str, Span]]] = {}
    for file in filed:
        for number, span in file.parts:
            places.setdefault(number, []).append((file.path, span))
    for number in sorted(places):
        merged = accumulator.merge([_part(accumulator, *place) for place in places[number]])
        yield accumulator.trim(merged)


def _part(accumulator: KeyedAccumulator[Any], path: str, span: Span) -> Any:
    with open_blocks(path) as file:
        return accumulator.from_wire(read_block(file, span))


def _ranked(accumulator: Any, states: Iterable[Any], folder: str) -> Runs:
    """The terms of each state in order, as a run of batches."""
    lengths: list[int] = []

    def batches() -> Iterator[pa.RecordBatch]:
        for state in states:
            run = accumulator.ranked(state).to_batches(max_chunksize=_RUN_ROWS)
            lengths.append(len(run))
            yield from run

    path = new_path(folder, "runs")
    spans = iter(write_blocks(path, batches()))
    return Runs(path, tuple(tuple(next(spans) for _ in range(n)) for n in lengths))
