"""States of keyed accumulators on their way through a pipeline: in shards, whatever their size.

What is small travels itself. What is large lies in files, split further by key, and is merged a
part at a time; so no worker ever holds more than a part of the keys, or of one bundle's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import apache_beam as beam

from taurus_beam.graph.analyzer import Accumulator, KeyedAccumulator
from taurus_beam.graph.phases import Gathering
from taurus_beam.io.probe import probe
from taurus_beam.pipeline.blocks import Span, new_path, open_blocks, read_block, write_blocks
from taurus_beam.pipeline.plan import phase_of
from taurus_beam.pipeline.runs import Runs, one_run
from taurus_beam.pipeline.states import SHARDS, accumulator_at, decoded, encoded
from taurus_beam.pipeline.states import merged as merged_contents
from taurus_beam.pipeline.streams import is_streamed, stream_of
from taurus_beam.stats.generator import KeyedStatsGenerator

__all__ = [
    "Filed",
    "Keyed",
    "MergeShards",
    "Sent",
    "merged_parts",
    "merged_state",
    "sent",
    "states_of",
]

_PARTS = 256
_SENT_KEYS = 1 << 17
"""Shards of a state of more keys are not sent but filed."""
_MERGED_KEYS = 1 << 19
"""The most keys that a shard is merged with in one piece."""
_WHOLE_KEYS = 1 << 17
"""The most keys of a shard that may be put together with other shards in memory."""
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


Sent: TypeAlias = bytes | Filed | Runs
Keyed: TypeAlias = KeyedAccumulator[Any] | KeyedStatsGenerator[Any]


def sent(
    position: Any, accumulator: Keyed, state: Any, folder: str
) -> Iterator[tuple[tuple[Any, int], Sent]]:
    """Elements ``((position of the accumulator, shard), content)`` of a bundle's state."""
    parts = accumulator.shards(state, SHARDS)
    # Not of the state itself, which may hold a key once for each batch.
    large = sum(map(accumulator.keys, parts)) > _SENT_KEYS
    for shard, part in enumerate(parts):
        if accumulator.keys(part):
            content: Sent = encoded(accumulator, part)
            if large:
                content = _filed(accumulator, part, folder)
            yield (position, shard), content


class MergeShards(beam.DoFn):
    """Merges all that was sent of a shard, and cuts it to what can be in the result.

    Gives ``(position, content)``: the merged state, or where it is large a file: of rows in the
    order of the value where these can be made already, else of the state in parts. What has no
    shards is merged, too.
    """

    def __init__(self, plan: str, phase: int, folder: str) -> None:
        self._plan, self._phase, self._folder = plan, phase, folder
        self._probe = probe()

    def process(self, element: Any) -> Iterator[tuple[int, Sent]]:
        """``((position, shard), all that was sent)`` → ``(position, content)``."""
        (position, _), contents = element
        accumulator = accumulator_at(self._plan, self._phase, position)
        if not isinstance(accumulator, KeyedAccumulator):
            yield position, merged_contents(accumulator, list(contents))
            return
        gathering = phase_of(self._plan, self._phase).gatherings[position]
        merge = self._probe.observe("merge shards", gathering.analyzers, _merged_shard)
        yield position, merge(gathering, contents, self._folder)


def _merged_shard(gathering: Gathering, contents: Iterable[Sent], folder: str) -> Sent:
    accumulator = gathering.accumulator
    assert isinstance(accumulator, KeyedAccumulator)
    state, filed = _gathered(accumulator, contents, folder)
    if not filed:
        trimmed = accumulator.trim(state)
        content = encoded(accumulator, trimmed)
        if accumulator.keys(trimmed) <= _WHOLE_KEYS or not is_streamed(gathering):
            return content
    if accumulator.keys(state):
        filed.append(_filed(accumulator, state, folder))
    merged = _parts(accumulator, filed)
    stream = stream_of(gathering)
    if stream is not None:
        return one_run(map(stream.rows, merged), stream.order, folder)
    path = new_path(folder, "shards")
    spans = write_blocks(path, (accumulator.to_wire(part) for part in merged))
    return Filed(path, tuple(enumerate(spans)))


def merged_parts(accumulator: Keyed, contents: Iterable[Sent], folder: str) -> Iterator[Any]:
    """The merged and trimmed states that all that was sent of a shard makes, none of them large.

    A key is in one of them only.
    """
    state, filed = _gathered(accumulator, contents, folder)
    if not filed:
        yield accumulator.trim(state)
        return
    if accumulator.keys(state):
        filed.append(_filed(accumulator, state, folder))
    yield from _parts(accumulator, filed)


def states_of(
    accumulator: Accumulator[Any] | KeyedStatsGenerator[Any], content: Sent
) -> Iterator[Any]:
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


def _gathered(accumulator: Keyed, contents: Iterable[Sent], folder: str) -> tuple[Any, list[Filed]]:
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


def _filed(accumulator: Keyed, state: Any, folder: str) -> Filed:
    parts = {
        number: accumulator.to_wire(part)
        for number, part in enumerate(accumulator.shards(state, _PARTS))
        if accumulator.keys(part)
    }
    path = new_path(folder, "bundles")
    return Filed(path, tuple(zip(parts, write_blocks(path, parts.values()), strict=True)))


def _parts(accumulator: Keyed, filed: Sequence[Filed]) -> Iterator[Any]:
    """The merged and trimmed states of each part."""
    places: dict[int, list[tuple[str, Span]]] = {}
    for file in filed:
        for number, span in file.parts:
            places.setdefault(number, []).append((file.path, span))
    for number in sorted(places):
        merged = accumulator.merge([_part(accumulator, *place) for place in places[number]])
        yield accumulator.trim(merged)


def _part(accumulator: Keyed, path: str, span: Span) -> Any:
    with open_blocks(path) as file:
        return accumulator.from_wire(read_block(file, span))
