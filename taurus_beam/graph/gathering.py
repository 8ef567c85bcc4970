"""One pass over the data: evaluate what a phase's analyzers look at, feed their accumulators.

Every way of running a pass (in this process, or on a Beam runner) goes through `Gatherer`, so
they cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from taurus_beam.errors import DataError
from taurus_beam.graph.analyzer import KeyedAccumulator
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.freeze import substitute
from taurus_beam.graph.node import Node, describe
from taurus_beam.graph.observe import Observe, unobserved
from taurus_beam.graph.phases import Gathering, Phase
from taurus_beam.graph.program import Program

__all__ = ["Gatherer"]

_MOST_KEYS = 1 << 20
"""Of a keyed state that one worker or thread keeps."""


class Gatherer:
    """The accumulators of one phase.

    Args:
        phase: What to gather.
        values: The values of the analyzers of earlier phases.
        observe: Stands around what a batch takes.
    """

    def __init__(
        self, phase: Phase, values: Mapping[Node, Constant], observe: Observe = unobserved
    ) -> None:
        known = substitute(phase.inputs, values)
        roots = list(dict.fromkeys(known[node] for node in phase.inputs))
        self._program = Program(roots, observe)
        position = {root: i for i, root in enumerate(roots)}
        self._inputs = [
            tuple(position[known[node]] for node in gathering.inputs)
            for gathering in phase.gatherings
        ]
        self.gatherings = phase.gatherings
        self._adds = [observe("add", g.analyzers, g.accumulator.add) for g in phase.gatherings]
        self.accumulators = phase.accumulators

    @property
    def keyed(self) -> list[tuple[int, KeyedAccumulator[Any]]]:
        """The accumulators that are merged in shards, with their positions."""
        return [(i, a) for i, a in enumerate(self.accumulators) if isinstance(a, KeyedAccumulator)]

    def zero(self) -> list[Any]:
        """States before any row."""
        return [accumulator.zero() for accumulator in self.accumulators]

    def add(self, states: Sequence[Any], batch: pa.RecordBatch) -> list[Any]:
        """States after one more batch."""
        values = self._program.run(batch)
        return [
            _added(add, gathering, state, [values[i] for i in inputs])
            for add, gathering, state, inputs in zip(
                self._adds, self.gatherings, states, self._inputs, strict=True
            )
        ]

    def overflowing(self, states: list[Any]) -> Iterator[tuple[int, KeyedAccumulator[Any], Any]]:
        """The keyed states that have outgrown a worker's share, taken out of `states`."""
        for i, accumulator in self.keyed:
            if accumulator.keys(states[i]) > _MOST_KEYS:
                yield i, accumulator, states[i]
                states[i] = accumulator.zero()

    def merge(self, states: Sequence[Sequence[Any]]) -> list[Any]:
        """The states after all the batches of several."""
        return [a.merge(found) for a, *found in zip(self.accumulators, *states, strict=True)]


def _added(add: Callable[..., Any], gathering: Gathering, state: Any, inputs: list[Any]) -> Any:
    try:
        return add(state, *inputs)
    except DataError as problem:
        node = gathering.analyzers[0]
        raise DataError(
            f"{describe(node)}: {problem.what}",
            where=str(node.location),
            expected=problem.expected,
            fix=problem.fix,
        ) from problem
