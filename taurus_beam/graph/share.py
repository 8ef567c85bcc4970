"""Part of what a pass gathers, evaluated by itself: what one thread does of a batch.

Few accumulators are one share, and batches are what threads divide. Of very many, each thread's own
states would be larger than the batches: there the columns are divided, and the states are shared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias

import pyarrow as pa

from taurus_beam.errors import DataError
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.freeze import substitute
from taurus_beam.graph.node import InputColumn, Node, topological
from taurus_beam.graph.observe import Observe
from taurus_beam.graph.phases import Gathering, Phase, about_analyzer
from taurus_beam.graph.program import Program
from taurus_beam.graph.values import Values

__all__ = ["MANY", "Seen", "Share", "is_divided", "parted"]

Seen: TypeAlias = Callable[[Mapping[Node, Values]], object]

MANY = 1_024
"""More accumulators than these are divided."""
_EACH = 128


class Share:
    """Some gatherings that stand side by side in a phase.

    Args:
        first: The position of the first of them.
        gatherings: What they are.
        known: The nodes that stand for their inputs, now that earlier phases have values.
        observe: Stands around what a batch takes.

    Attributes:
        span: Their positions.
    """

    def __init__(
        self,
        first: int,
        gatherings: Sequence[Gathering],
        known: Mapping[Node, Node],
        observe: Observe,
    ) -> None:
        self.span = slice(first, first + len(gatherings))
        self._roots = list(dict.fromkeys(known[node] for g in gatherings for node in g.inputs))
        position = {root: i for i, root in enumerate(self._roots)}
        self._program = Program(self._roots, observe)
        self._gatherings = gatherings
        self._inputs = [tuple(position[known[node]] for node in g.inputs) for g in gatherings]
        self._adds = [observe("add", g.analyzers, g.accumulator.add) for g in gatherings]

    def add(self, states: Sequence[Any], batch: pa.RecordBatch, seen: Seen) -> list[Any]:
        """Their states after one more batch, from the states of the whole phase.

        Args:
            states: Those before.
            batch: The rows.
            seen: Is shown the values that were evaluated, by node, after they were gathered.
        """
        values = self._program.run(batch)
        added = [
            _added(add, gathering, state, [values[i] for i in inputs])
            for add, gathering, state, inputs in zip(
                self._adds, self._gatherings, states[self.span], self._inputs, strict=True
            )
        ]
        seen(dict(zip(self._roots, values, strict=True)))
        return added


def parted(gatherings: Sequence[Gathering], known: Mapping[Node, Node]) -> Iterator[slice]:
    """The spans of shares, which compute nothing twice and do not depend on how many threads are.

    Args:
        gatherings: What a phase gathers.
        known: As for a `Share`.
    """
    start, inside = 0, set[Node]()
    for at, gathering in enumerate(gatherings):
        computed = set(_computed(known[node] for node in gathering.inputs))
        is_full = len(gatherings) > MANY and at - start >= _EACH
        if is_full and inside.isdisjoint(computed):
            yield slice(start, at)
            start, inside = at, set()
        inside |= computed
    yield slice(start, len(gatherings))


def is_divided(phase: Phase) -> bool:
    """Whether threads will divide the accumulators of a phase, told before it has any values."""
    known = substitute(phase.inputs, {})
    return len(list(islice(parted(phase.gatherings, known), 2))) > 1


def _computed(roots: Iterator[Node]) -> Iterator[Node]:
    """What has to be evaluated, columns and constants aside."""
    for node in topological(list(roots)):
        if not isinstance(node.operation, InputColumn | Constant):
            yield node


def _added(add: Callable[..., Any], gathering: Gathering, state: Any, inputs: list[Any]) -> Any:
    try:
        return add(state, *inputs)
    except DataError as problem:
        raise about_analyzer(gathering.analyzers[0], problem) from problem
