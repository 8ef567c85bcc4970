"""One pass over the data: each thread feeds states of its own, which are merged at the end.

A state of keys (a vocabulary's terms) that outgrows its share of memory is filed by key, as workers
of a pipeline do, and so are all that belong to it; what is filed is merged a part at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from taurus_beam.graph.constant import Constant
from taurus_beam.graph.gathering import Gatherer
from taurus_beam.graph.node import Graph, Node
from taurus_beam.graph.phases import Phase
from taurus_beam.profiling.recorder import Off
from taurus_beam.profiling.step import Step
from taurus_beam.runners.local.streams import Streams
from taurus_beam.runners.local.together import Stop, together
from taurus_beam.serving.gathered import ways

__all__ = ["Beside", "Run", "find_values"]

Beside = Callable[[int, pa.RecordBatch], None]
"""Takes each batch too, with the number of the thread."""


@dataclass(frozen=True)
class Run:
    """What the passes of a run share.

    Attributes:
        graph: The traced graph.
        folder: Where what outgrows memory is filed.
        threads: How many threads may work.
        stop: Ends the work early.
        measure: Records what steps take.
        values: What the passes so far have found.
    """

    graph: Graph
    folder: str
    threads: int
    stop: Stop
    measure: Off
    values: dict[Node, Constant] = field(default_factory=dict)


def find_values(
    run: Run, number: int, phase: Phase, streams: Streams, beside: Beside | None = None
) -> int:
    """Adds to ``run.values`` what a phase finds in all rows of the streams; how many there are.

    Args:
        run: The run.
        number: Which phase it is, from 0.
        phase: The phase.
        streams: The data.
        beside: What else looks at each batch.

    Raises:
        TaurusError: The data cannot be read, or do not fit.
    """
    name = f"pass {number + 1}"
    observe = run.measure.observer(name)
    gatherer = Gatherer(phase, run.values, observe)
    filed = _Filed(run, number)
    found: list[tuple[list[Any], int]] = []
    threads, mapped = ways(gatherer, run.threads)

    def work(thread: int) -> None:
        states, rows = gatherer.zero(), 0
        with run.measure.working(name):
            while (taken := streams.take(thread)) is not None:
                states = gatherer.add(states, taken.batch, mapped)
                rows += taken.batch.num_rows
                for i, accumulator, state in gatherer.overflowing(states):
                    filed.add(i, accumulator, state)
                if beside is not None:
                    beside(thread, taken.batch)
        found.append((states, rows))

    together(work, threads, run.stop)
    with run.measure.working(name):
        states = [each for each, _ in found]
        if filed:
            run.values.update(filed.values(gatherer, states))
        else:
            merged = states[0] if len(states) == 1 else gatherer.merge(states)
            run.values.update(phase.values(merged, observe))
    return sum(rows for _, rows in found)


class _Filed:
    """The keyed states of a pass that threads could not keep; the machinery of a pipeline's."""

    def __init__(self, run: Run, number: int) -> None:
        self._run, self._number = run, number
        self._lock = threading.Lock()
        self._shards: dict[tuple[int, int], list[Any]] = {}

    def __bool__(self) -> bool:
        return bool(self._shards)

    def add(self, position: int, accumulator: Any, state: Any) -> None:
        """Files a state."""
        from taurus_beam.pipeline.shards import sent

        with self._run.measure.step(Step(f"pass {self._number + 1}", "send shards")):
            for place, content in sent(position, accumulator, state, self._run.folder):
                with self._lock:
                    self._shards.setdefault(place, []).append(content)

    def values(self, gatherer: Gatherer, states: list[list[Any]]) -> Mapping[Node, Constant]:
        """The values of the phase, from what is filed and what the threads have kept."""
        from taurus_beam.pipeline.plan import decode_values, encode_plan, graph_of
        from taurus_beam.pipeline.shards import MergeShards
        from taurus_beam.pipeline.states import encoded
        from taurus_beam.pipeline.values import values_text

        run, phase = self._run, f"pass {self._number + 1}"
        keyed = dict(gatherer.keyed)
        elements: list[tuple[int, Any]] = []
        for i, gathered in enumerate(zip(*states, strict=True)):
            if i in keyed:
                for state in gathered:
                    self.add(i, keyed[i], state)
            else:
                accumulator = gatherer.accumulators[i]
                elements.append((i, encoded(accumulator, accumulator.merge(list(gathered)))))
        plan = encode_plan(run.graph)
        merge = MergeShards(plan, self._number, run.folder)
        for place in sorted(self._shards):
            with run.measure.step(Step(phase, "merge shards")):
                elements += merge.process((place, self._shards[place]))
        with run.measure.step(Step(phase, "results")):
            text = values_text(plan, self._number, run.folder, elements)
            found = decode_values(plan, (text,))
        # The plan's graph is a copy, whose nodes stand in the same order.
        traced = dict(zip(graph_of(plan).nodes, run.graph.nodes, strict=True))
        return {traced[node]: constant for node, constant in found.items()}
