"""One pass over record batches: every accumulator of a phase, fed and merged at once.

Each bundle feeds all accumulators of the phase. What is small travels as one packed element and
is merged in one combine; vocabularies travel in shards by value, are merged by key and cut to
what is wanted before they are gathered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.transforms.window import GlobalWindow, GlobalWindows
from apache_beam.utils.timestamp import MIN_TIMESTAMP
from apache_beam.utils.windowed_value import WindowedValue

from taurus_beam.graph.analyzer import KeyedAccumulator
from taurus_beam.graph.gathering import Gatherer
from taurus_beam.graph.phases import phases
from taurus_beam.io import RecordBatchCoder
from taurus_beam.pipeline.plan import encode_values, gatherer, graph_of

__all__ = ["Pass", "together"]

_SHARDS = 8
_MOST_KEYS = 1 << 20
_MOST_WAITING = 16
_FANOUT = 16
_KEYED = "keyed"
_CODER = RecordBatchCoder()


class Pass(beam.PTransform[Any, Any]):
    """Record batches → the phase's values as text, and the number of rows."""

    def __init__(self, plan: str, phase: int, known: list[Any], folder: str) -> None:
        super().__init__()
        self._plan, self._phase, self._known, self._folder = plan, phase, known, folder

    def expand(self, batches: Any) -> Any:
        """Record batches → (values, rows), a PCollection of one element each."""
        plan, phase = self._plan, self._phase
        known = together(self._known, "KnownValues", batches.pipeline)
        gathered = (
            batches
            | "Global" >> beam.WindowInto(GlobalWindows())
            | "Gather"
            >> beam.ParDo(_Gather(plan, phase), known).with_outputs(_KEYED, main="packed")
        )
        nothing = batches.pipeline | "Nothing" >> beam.Create([(0, [])])
        packed = (
            (gathered["packed"], nothing)
            | "WithNothing" >> beam.Flatten()
            | "Merge"
            >> beam.CombineGlobally(_MergePacked(plan, phase))
            .without_defaults()
            .with_fanout(_FANOUT)
        )
        shards = gathered[_KEYED] | "MergeShards" >> beam.CombinePerKey(_MergeShards(plan, phase))
        text = packed | "Values" >> beam.Map(
            _values, plan, phase, self._folder, beam.pvalue.AsIter(shards)
        ).with_output_types(str)
        rows = packed | "Rows" >> beam.Map(lambda element: element[0]).with_output_types(int)
        return text, rows


class _Gather(beam.DoFn):
    """Feeds the accumulators of a phase; gives one packed element a bundle, and keyed shards."""

    def __init__(self, plan: str, phase: int) -> None:
        self._plan, self._phase = plan, phase

    def start_bundle(self) -> None:
        self._gatherer: Gatherer | None = None
        self._states: list[Any] = []
        self._rows = 0

    def process(self, batch: pa.RecordBatch, known: list[str]) -> Iterator[Any]:
        if self._gatherer is None:
            self._gatherer = gatherer(self._plan, self._phase, tuple(sorted(known)))
            self._states = self._gatherer.zero()
        self._states = self._gatherer.add(self._states, batch)
        self._rows += batch.num_rows
        for i, accumulator in self._gatherer.keyed:
            if accumulator.keys(self._states[i]) > _MOST_KEYS:
                for element in _shards(i, accumulator, self._states[i]):
                    yield beam.pvalue.TaggedOutput(_KEYED, element)
                self._states[i] = accumulator.zero()

    def finish_bundle(self) -> Iterator[Any]:
        if self._gatherer is None:
            return
        small = [
            None if isinstance(accumulator, KeyedAccumulator) else _encoded(accumulator, state)
            for accumulator, state in zip(self._gatherer.accumulators, self._states, strict=True)
        ]
        yield _global((self._rows, small))
        for i, accumulator in self._gatherer.keyed:
            for element in _shards(i, accumulator, self._states[i]):
                yield beam.pvalue.TaggedOutput(_KEYED, _global(element))


class _Merge(beam.CombineFn):
    """Merges elements; holds some unmerged, so that few are decoded one by one."""

    def __init__(self, plan: str, phase: int) -> None:
        self._plan, self._phase = plan, phase

    def create_accumulator(self) -> list[Any]:
        return []

    def add_input(self, accumulator: list[Any], element: Any) -> list[Any]:
        return self._limited([*accumulator, element])

    def merge_accumulators(self, accumulators: Iterable[list[Any]]) -> list[Any]:
        merged: list[Any] = []
        for accumulator in accumulators:
            merged = self._limited([*merged, *accumulator])
        return merged

    def extract_output(self, accumulator: list[Any]) -> Any:
        return self._merged(accumulator)

    def _limited(self, elements: list[Any]) -> list[Any]:
        return [self._merged(elements)] if len(elements) > _MOST_WAITING else elements

    def _merged(self, elements: list[Any]) -> Any:
        raise NotImplementedError

    @property
    def _accumulators(self) -> list[Any]:
        return phases(graph_of(self._plan))[self._phase].accumulators


class _MergePacked(_Merge):
    """Merges what bundles packed: the number of rows, and all accumulators without keys."""

    def _merged(self, elements: list[Any]) -> Any:
        packed = [small for _, small in elements if small]
        small = [
            None
            if isinstance(accumulator, KeyedAccumulator)
            else _merged(accumulator, [p[i] for p in packed])
            for i, accumulator in enumerate(self._accumulators)
        ]
        return sum(rows for rows, _ in elements), small


class _MergeShards(_Merge):
    """Merges one shard of a keyed accumulator and cuts it to what can be in the result."""

    def extract_output(self, accumulator: list[Any]) -> Any:
        position, content = self._merged(accumulator)
        keyed = self._accumulators[position]
        return position, _encoded(keyed, keyed.trim(_decoded(keyed, content)))

    def _merged(self, elements: list[Any]) -> Any:
        position = elements[0][0]
        return position, _merged(self._accumulators[position], [e for _, e in elements])


def _shards(position: int, accumulator: Any, state: Any) -> Iterator[Any]:
    """Keyed elements ``((accumulator, shard), (accumulator, content))``."""
    for shard, part in enumerate(accumulator.shards(state, _SHARDS)):
        if accumulator.keys(part):
            yield (position, shard), (position, _encoded(accumulator, part))


def _values(packed: Any, plan: str, phase: int, folder: str, shards: Iterable[Any]) -> str:
    """The values of a phase's analyzers, as text."""
    wanted = phases(graph_of(plan))[phase]
    parts: dict[int, list[bytes]] = {}
    for _, (position, content) in shards:
        parts.setdefault(position, []).append(content)
    states = [
        accumulator.merge([_decoded(accumulator, c) for c in sorted(parts.get(i, []))])
        if isinstance(accumulator, KeyedAccumulator)
        else _decoded(accumulator, packed[1][i])
        for i, accumulator in enumerate(wanted.accumulators)
    ]
    return encode_values(plan, wanted.values(states), folder)


def together(texts: list[Any], label: str, pipeline: Any) -> Any:
    """Texts of several PCollections as one side input."""
    if not texts:
        return []
    return beam.pvalue.AsList(tuple(texts) | label >> beam.Flatten(pipeline=pipeline))


def _encoded(accumulator: Any, state: Any) -> bytes:
    return _CODER.encode(accumulator.to_wire(state))


def _decoded(accumulator: Any, content: bytes) -> Any:
    return accumulator.from_wire(_CODER.decode(content))


def _merged(accumulator: Any, contents: list[bytes]) -> bytes:
    if len(contents) == 1:
        return contents[0]
    return _encoded(accumulator, accumulator.merge([_decoded(accumulator, c) for c in contents]))


def _global(element: Any) -> WindowedValue:
    return WindowedValue(element, MIN_TIMESTAMP, (GlobalWindow(),))
