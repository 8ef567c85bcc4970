"""One pass over data in spans: what an earlier run has gathered is taken from the cache.

Which states are missing is decided by the workers, for it takes the values of earlier passes. A
span is read only if it lacks a state, only the columns that the missing ones need, and only these
are gathered. States are merged and stored by span, untrimmed, and then merged with the stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import apache_beam as beam

from taurus_beam.graph.analyzer import KeyedAccumulator
from taurus_beam.graph.gathering import Gatherer
from taurus_beam.graph.node import project
from taurus_beam.graph.phases import Phase
from taurus_beam.io import Source
from taurus_beam.io.files import File
from taurus_beam.io.formats.format import Fragment
from taurus_beam.io.probe import NoProbe, probe
from taurus_beam.io.spread import Spread
from taurus_beam.pipeline.cache_files import CacheFiles
from taurus_beam.pipeline.cache_lookup import EMPTY, STORED, TALLY, Keys, LookUp, Missing, rows_in
from taurus_beam.pipeline.passes import together
from taurus_beam.pipeline.plan import decode_values, phase_of
from taurus_beam.pipeline.shards import MergeShards, Sent
from taurus_beam.pipeline.spans import Spans, check_unchanged
from taurus_beam.pipeline.states import (
    ROWS,
    MergeStates,
    RowCount,
    encoded,
    in_global_window,
    shards_of,
)
from taurus_beam.pipeline.tally import Tally, sum_of
from taurus_beam.pipeline.values import values_text

__all__ = ["CachedPass"]

_MOST_OPEN = 4


class CachedPass(beam.PTransform[Any, Any]):
    """The pipeline → the phase's values as text, and tallies ``(span, Tally)``.

    Args:
        plan: The traced graph.
        phase: Which pass it is.
        known: The values that each earlier pass gave.
        folder: Where long values go.
        spans: The data.
        cache: Where states are kept.
    """

    def __init__(
        self, plan: str, phase: int, known: list[Any], folder: str, spans: Spans, cache: CacheFiles
    ) -> None:
        super().__init__()
        self._plan, self._phase, self._known, self._folder = plan, phase, known, folder
        self._spans, self._cache = spans, cache

    def expand(self, pipeline: Any) -> Any:
        """The pipeline → (values, tallies)."""
        plan, phase = self._plan, self._phase
        known = together(self._known, "KnownValues", pipeline.pipeline)
        keys = Keys(plan, phase, self._spans.names, self._spans.data)
        looked = (
            pipeline
            | "Spans" >> beam.Create(list(enumerate(self._spans.files)))
            | "LookUp"
            >> beam.ParDo(LookUp(keys, self._cache, self._folder), known).with_outputs(
                STORED, EMPTY, TALLY, main="files"
            )
        )
        gathered = (
            looked["files"]
            | "Split" >> Spread(partial(_split, self._spans.sources), tuple)
            | "Gather" >> beam.ParDo(_Gather(plan, phase, self._spans.sources), known)
        )
        kept = (
            (gathered, looked[EMPTY])
            | "WithEmpty" >> beam.Flatten()
            | "MergeSpan" >> beam.CombinePerKey(MergeStates(plan, phase))
            | "Store"
            >> beam.ParDo(_Store(keys, self._cache), known).with_outputs(TALLY, main=STORED)
        )
        states = (
            (looked[STORED], kept[STORED])
            | "AllSpans" >> beam.Flatten()
            | "ByShard" >> beam.GroupByKey()
            | "MergeShards" >> beam.ParDo(MergeShards(plan, phase, self._folder))
        )
        text = (
            pipeline
            | "Once" >> beam.Create([phase])
            | "Values" >> beam.Map(_values, plan, self._folder, beam.pvalue.AsIter(states), probe())
        )
        return text, (looked[TALLY], kept[TALLY]) | "Tallies" >> beam.Flatten()


class _Gather(beam.DoFn):
    """Fragments of spans → those of their states that are missing."""

    def __init__(self, plan: str, phase: int, sources: tuple[Source, ...]) -> None:
        self._plan, self._phase, self._sources = plan, phase, sources
        self._probe = probe()

    def start_bundle(self) -> None:
        self._probe.begin()
        self._open: dict[int, _Open] = {}

    def process(
        self, element: tuple[int, Missing, Fragment], known: list[str]
    ) -> Iterator[tuple[Any, Any]]:
        span, missing, fragment = element
        if span not in self._open:
            if len(self._open) == _MOST_OPEN:
                yield from self._open.pop(next(iter(self._open))).finished()
            values = tuple(sorted(known))
            self._open[span] = _Open(self._plan, self._phase, span, missing, values, self._probe)
        source, gathering = self._sources[span], self._open[span]
        columns = tuple(project(source.schema, gathering.columns).names)
        batches = source.read_fragment(fragment, columns, True)
        for batch in self._probe.reading(batches, fragment.nbytes):
            yield from gathering.add(batch)
        check_unchanged(fragment.file)

    def finish_bundle(self) -> Iterator[Any]:
        for gathering in self._open.values():
            for element in gathering.finished():
                yield in_global_window(element)
        self._probe.end()


class _Open:
    """The missing states of a span, as far as a bundle has read it."""

    def __init__(
        self,
        plan: str,
        phase: int,
        span: int,
        missing: Missing,
        known: tuple[str, ...],
        measure: NoProbe,
    ) -> None:
        self._span, self._missing = span, frozenset(missing)
        self._positions = tuple(sorted({position for position, _ in missing} - {ROWS}))
        gatherings = phase_of(plan, phase).gatherings
        part = Phase(tuple(gatherings[position] for position in self._positions))
        self.columns = part.columns
        self._gatherer = Gatherer(part, decode_values(plan, known), measure.observe)
        self._states = self._gatherer.zero()
        self._rows = 0

    def add(self, batch: Any) -> Iterator[tuple[Any, Any]]:
        """Feed the accumulators; gives states that have outgrown a worker's share."""
        self._states = self._gatherer.add(self._states, batch)
        self._rows += batch.num_rows
        for i, _, state in self._gatherer.overflowing(self._states):
            yield from self._elements(i, state)

    def finished(self) -> Iterator[tuple[Any, Any]]:
        """All states."""
        for i, state in enumerate(self._states):
            yield from self._elements(i, state)
        if (ROWS, 0) in self._missing:
            yield (self._span, ROWS, 0), (ROWS, encoded(RowCount(), self._rows))

    def _elements(self, i: int, state: Any) -> Iterator[tuple[Any, Any]]:
        position, accumulator = self._positions[i], self._gatherer.accumulators[i]
        if isinstance(accumulator, KeyedAccumulator):
            for shard, content in shards_of(accumulator, state):
                if (position, shard) in self._missing:
                    yield (self._span, position, shard), (position, content)
        else:
            yield (self._span, position, 0), (position, encoded(accumulator, state))


class _Store(beam.DoFn):
    """Whole states of spans → the same, once they are in the cache."""

    def __init__(self, keys: Keys, cache: CacheFiles) -> None:
        self._keys, self._cache = keys, cache
        self._probe = probe()

    def start_bundle(self) -> None:
        self._probe.begin()
        self._tallies: dict[int, Tally] = {}

    def process(self, element: tuple[Any, tuple[int, bytes]], known: list[str]) -> Iterator[Any]:
        (span, position, shard), (_, state) = element
        with self._probe.step("store in cache") as weighed:
            written = self._cache.write(self._keys.key(span, position, shard, known), state)
            weighed.bytes_in, weighed.bytes_out = len(state), written
        tally = Tally(bytes_written=written, rows=rows_in(position, state))
        self._tallies[span] = sum_of([self._tallies.get(span, Tally()), tally])
        if position != ROWS:
            yield (position, shard), state

    def finish_bundle(self) -> Iterator[Any]:
        for span, tally in self._tallies.items():
            tally.count()
            yield beam.pvalue.TaggedOutput(TALLY, in_global_window((span, tally)))
        self._probe.end()


def _split(
    sources: tuple[Source, ...], element: tuple[int, Missing, File]
) -> Iterator[tuple[int, Missing, Fragment]]:
    span, missing, file = element
    check_unchanged(file)
    for fragment in sources[span].fragments(file):
        yield span, missing, fragment


def _values(
    phase: int, plan: str, folder: str, states: Iterable[tuple[int, Sent]], measure: NoProbe
) -> str:
    with measure.step("results"):
        return values_text(plan, phase, folder, states)
