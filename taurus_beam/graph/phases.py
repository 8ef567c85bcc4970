"""Which analyzers can be computed in the same pass over the data.

Phase k holds the analyzers whose inputs need only values of phases before k, so the number of
passes is the longest chain of analyzers, and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from taurus_beam.errors import DataError
from taurus_beam.graph.analyzer import Accumulator, Analyzer, ExternalAnalyzer
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.node import Graph, Node, describe, input_columns
from taurus_beam.graph.observe import Observe, unobserved

__all__ = ["Gathering", "Phase", "about_analyzer", "columns_read", "phases"]


@dataclass(frozen=True, eq=False)
class Gathering:
    """One accumulator over some inputs, and the analyzers that take their value from it."""

    accumulator: Accumulator[Any]
    inputs: tuple[Node, ...]
    analyzers: tuple[Node, ...]


@dataclass(frozen=True, eq=False)
class Phase:
    """What one pass over the data gathers.

    Attributes:
        gatherings: What accumulators gather.
        external: Analyzers that are found beside the pass, those together that belong together.
    """

    gatherings: tuple[Gathering, ...]
    external: tuple[tuple[Node, ...], ...] = ()

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The nodes to evaluate for each batch, each once."""
        return tuple(dict.fromkeys(n for g in self.gatherings for n in g.inputs))

    @property
    def analyzers(self) -> tuple[Node, ...]:
        """What the pass finds the values of."""
        inside = [node for gathering in self.gatherings for node in gathering.analyzers]
        return (*inside, *(node for nodes in self.external for node in nodes))

    @property
    def accumulators(self) -> list[Accumulator[Any]]:
        """What is gathered."""
        return [g.accumulator for g in self.gatherings]

    @property
    def columns(self) -> list[str]:
        """The columns that the pass reads, by path."""
        beside = [n for nodes in self.external for n in nodes[0].inputs]
        return columns_read([*self.inputs, *beside])

    def values(self, states: Sequence[Any], observe: Observe = unobserved) -> dict[Node, Constant]:
        """The analyzers' values from the accumulators' final states.

        Args:
            states: A state by accumulator.
            observe: Stands around what each value takes.

        Raises:
            DataError: If a value cannot be given, naming the analyzer and its line.
        """
        return {
            node: observe("result", (node,), _value)(node, state)
            for gathering, state in zip(self.gatherings, states, strict=True)
            for node in gathering.analyzers
        }

    def external_values(self, group: int, found: Sequence[Any]) -> dict[Node, Constant]:
        """The values of one group of external analyzers, from what was found for each position.

        Raises:
            DataError: If one is not what the function said it would be, naming its line.
        """
        return {
            node: _value(node, found[node.operation.position])
            for node in self.external[group]
            if isinstance(node.operation, ExternalAnalyzer)
        }


def phases(graph: Graph) -> list[Phase]:
    """The passes a graph needs, in order; none where it has no analyzers."""
    depth: dict[Node, int] = {}
    levels: dict[int, list[Node]] = {}
    for node in graph.nodes:
        below = max((depth[i] for i in node.inputs), default=0)
        is_analyzer = isinstance(node.operation, Analyzer)
        depth[node] = below + is_analyzer
        if is_analyzer:
            levels.setdefault(below, []).append(node)
    return [_phase(levels[level]) for level in sorted(levels)]


def columns_read(roots: Iterable[Node]) -> list[str]:
    """The columns that some nodes need once the analyzers below them have values."""
    seen: set[Node] = set()
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            if not isinstance(node.operation, Analyzer):
                waiting.extend(node.inputs)
    return list(input_columns(seen))


def _value(node: Node, state: Any) -> Constant:
    assert isinstance(node.operation, Analyzer)
    try:
        return node.operation.value(state, *(i.type for i in node.inputs))
    except DataError as problem:
        raise about_analyzer(node, problem) from problem


def about_analyzer(node: Node, problem: DataError) -> DataError:
    """The same, but it says which analyzer it is about, and its line."""
    return DataError(
        f"{describe(node)}: {problem.what}",
        where=str(node.location),
        expected=problem.expected,
        fix=problem.fix,
    )


def _phase(analyzers: list[Node]) -> Phase:
    external: dict[tuple[str, tuple[Node, ...]], list[Node]] = {}
    for node in analyzers:
        if isinstance(node.operation, ExternalAnalyzer):
            external.setdefault((node.operation.label, node.inputs), []).append(node)
    inside = [n for n in analyzers if not isinstance(n.operation, ExternalAnalyzer)]
    return Phase(_gatherings(inside), tuple(map(tuple, external.values())))


def _gatherings(analyzers: list[Node]) -> tuple[Gathering, ...]:
    shared: dict[tuple[Accumulator[Any], tuple[Node, ...]], list[Node]] = {}
    for node in analyzers:
        assert isinstance(node.operation, Analyzer)
        accumulator = node.operation.accumulator(*(i.type for i in node.inputs))
        shared.setdefault((accumulator, node.inputs), []).append(node)
    return tuple(
        Gathering(accumulator, inputs, tuple(nodes))
        for (accumulator, inputs), nodes in shared.items()
    )
