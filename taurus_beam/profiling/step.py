"""What is measured: the steps that a run is made of, and the amounts of a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from taurus_beam.graph.node import InputColumn, Node, topological

__all__ = ["REST", "Amounts", "Step"]

REST = "not accounted for"
"""The kind of the step that stands for what lies between the measured ones."""
_MOST_COLUMNS = 3


@dataclass(frozen=True)
class Step:
    """One kind of work in one phase, for one operation where it is of one.

    Attributes:
        phase: The pass, or what else is done with the data: "pass 1", "transform".
        kind: "read", "intake", "operation", "add", "send", "merge", "result", and so on.
        name: The operations and columns it is for, as in ``bucketize(dep_time)``; or nothing.
        place: File and line of the user's function; or nothing.
    """

    phase: str
    kind: str
    name: str = ""
    place: str = ""

    @staticmethod
    def of(phase: str, kind: str, nodes: Sequence[Node]) -> Step:
        """The step of some nodes; that of no nodes has no name."""
        if not nodes:
            return Step(phase, kind)
        called = dict.fromkeys(node.operation.called for node in nodes)
        columns = dict.fromkeys(
            node.operation.column
            for node in topological(nodes)
            if isinstance(node.operation, InputColumn)
        )
        shown = ", ".join(islice(columns, _MOST_COLUMNS))
        shown += ", …" * (len(columns) > _MOST_COLUMNS)
        if any(isinstance(node.operation, InputColumn) for node in nodes):
            return Step(phase, kind, shown)
        location = nodes[0].location
        return Step(
            phase, kind, f"{', '.join(called)}({shown})", f"{location.file}:{location.line}"
        )


class Amounts(NamedTuple):
    """What a step took, added up.

    Attributes:
        batches: How often it was done.
        rows: Rows that it was done for.
        wall: Nanoseconds on the clock, in the threads that did it.
        cpu: Nanoseconds that the processor spent in these threads.
        bytes_in: Bytes of what it was given.
        bytes_out: Bytes of what it gave.
    """

    batches: int = 0
    rows: int = 0
    wall: int = 0
    cpu: int = 0
    bytes_in: int = 0
    bytes_out: int = 0

    def plus(self, more: Amounts) -> Amounts:
        """The sums."""
        return Amounts(*(a + b for a, b in zip(self, more, strict=True)))
