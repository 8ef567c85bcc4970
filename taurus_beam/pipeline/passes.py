"""One pass over record batches: every accumulator of a phase, fed and merged at once.

Each bundle feeds all accumulators of the phase. What is small travels as one packed element and
is merged in one combine; vocabularies travel in shards by value, are merged by key and cut to
what is wanted before they are gathered; large ones go by way of files.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import pyarrow as pa

from taurus_beam.graph.analyzer import KeyedAccumulator
from taurus_beam.graph.gathering import Gatherer
from taurus_beam.io.one_window import in_one_window
from taurus_beam.io.probe import NoProbe, probe
from taurus_beam.pipeline.plan import gatherer, phase_of
from taurus_beam.pipeline.shards import MergeShards, Sent, sent
from taurus_beam.pipeline.states import Merge, encoded, in_global_window, merged
from taurus_beam.pipeline.values import values_text

__all__ = ["Pass", "together"]

_FANOUT = 16
_KEYED = "keyed"


class Pass(beam.PTransform[Any, Any]):
    """Record batches → the phase's values as text, and the number of rows."""

    def __init__(self, plan: str, phase: int, known: list[Any], folder: str) -> None:
        super().__init__()
        self._plan, self._phase, self._known, self._folder = plan, phase, known, folder

    def expand(self, batches: Any) -> Any:
        """Record batches → (values, rows), a PCollection of one element each."""
        plan, phase = self._plan, self._phase
        known = together(self._known, "KnownValues", batches.pipeline)
        gathered = in_one_window(batches) | "Gather" >> beam.ParDo(
            _Gather(plan, phase, self._folder), known
        ).with_outputs(_KEYED, main="packed")
        # Beam's own fan-out would take twelve steps for these.
        parts = (
            gathered["packed"]
            | "Deal" >> beam.Map(_dealt)
            | "MergeSome" >> beam.CombinePerKey(_MergePacked(plan, phase))
        )
        packed = (
            batches.pipeline
            | "Once" >> beam.Impulse()
            | "Merge" >> beam.Map(_merged_parts, plan, phase, beam.pvalue.AsIter(parts))
        )
        shards = (
            gathered[_KEYED]
            | "ByShard" >> beam.GroupByKey()
            | "MergeShards" >> beam.ParDo(MergeShards(plan, phase, self._folder))
        )
        text = packed | "Values" >> beam.Map(
            _values, plan, phase, self._folder, beam.pvalue.AsIter(shards), probe()
        ).with_output_types(str)
        rows = packed | "Rows" >> beam.Map(lambda element: element[0]).with_output_types(int)
        return text, rows


class _Gather(beam.DoFn):
    """Feeds the accumulators of a phase; gives one packed element a bundle, and keyed shards."""

    def __init__(self, plan: str, phase: int, folder: str) -> None:
        self._plan, self._phase, self._folder = plan, phase, folder
        self._probe = probe()

    def start_bundle(self) -> None:
        self._probe.begin()
        self._gatherer: Gatherer | None = None
        self._states: list[Any] = []
        self._rows = 0

    def process(self, batch: pa.RecordBatch, known: list[str]) -> Iterator[Any]:
        if self._gatherer is None:
            values = tuple(sorted(known))
            self._gatherer = gatherer(self._plan, self._phase, values, self._probe.observe)
            self._states = self._gatherer.zero()
        self._states = self._gatherer.add(self._states, batch)
        self._rows += batch.num_rows
        for i, accumulator, state in self._gatherer.overflowing(self._states):
            for element in self._sent(i, accumulator, state):
                yield beam.pvalue.TaggedOutput(_KEYED, element)

    def finish_bundle(self) -> Iterator[Any]:
        if self._gatherer is not None:
            observe = self._probe.observe
            small = [
                None
                if isinstance(gathering.accumulator, KeyedAccumulator)
                else observe("send", gathering.analyzers, encoded)(gathering.accumulator, state)
                for gathering, state in zip(self._gatherer.gatherings, self._states, strict=True)
            ]
            yield in_global_window((self._rows, small))
            for i, accumulator in self._gatherer.keyed:
                for element in self._sent(i, accumulator, self._states[i]):
                    yield beam.pvalue.TaggedOutput(_KEYED, in_global_window(element))
        self._probe.end()

    def _sent(self, i: int, accumulator: KeyedAccumulator[Any], state: Any) -> list[Any]:
        assert self._gatherer is not None
        nodes = self._gatherer.gatherings[i].analyzers
        send = self._probe.observe("send shards", nodes, _listed)
        return send(i, accumulator, state, self._folder)


class _MergePacked(Merge):
    """Merges what bundles packed: the number of rows, and all accumulators without keys."""

    def __init__(self, plan: str, phase: int) -> None:
        self._plan, self._phase = plan, phase
        self._probe = probe()

    def _merged(self, elements: list[Any]) -> Any:
        packed = [small for _, small in elements if small]
        observe = self._probe.observe
        small = [
            None
            if isinstance(gathering.accumulator, KeyedAccumulator)
            else observe("merge", gathering.analyzers, merged)(
                gathering.accumulator, [p[i] for p in packed]
            )
            for i, gathering in enumerate(phase_of(self._plan, self._phase).gatherings)
        ]
        return sum(rows for rows, _ in elements), small


def _dealt(packed: Any) -> tuple[int, Any]:
    return random.randrange(_FANOUT), packed


def _merged_parts(_: bytes, plan: str, phase: int, parts: Iterable[tuple[int, Any]]) -> Any:
    """What all bundles packed as one element; there may be none."""
    merge = _MergePacked(plan, phase)
    whole = merge.create_accumulator()
    for _key, part in parts:
        whole = merge.add_input(whole, part)
    return merge.extract_output(whole)


def _listed(
    position: int, accumulator: KeyedAccumulator[Any], state: Any, folder: str
) -> list[tuple[tuple[int, int], Sent]]:
    return list(sent(position, accumulator, state, folder))


def _values(
    packed: Any, plan: str, phase: int, folder: str, shards: Iterable[Any], measure: NoProbe
) -> str:
    """The values of a phase's analyzers, as text."""
    small = [(i, content) for i, content in enumerate(packed[1]) if content is not None]
    with measure.step("results"):
        return values_text(plan, phase, folder, [*small, *shards])


def together(texts: list[Any], label: str, pipeline: Any) -> Any:
    """Texts of several PCollections as one side input."""
    if not texts:
        return []
    return beam.pvalue.AsList(tuple(texts) | label >> beam.Flatten(pipeline=pipeline))
