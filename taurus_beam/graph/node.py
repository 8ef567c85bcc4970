"""The graph itself: nodes, where in the user's function they come from, and walks over them.

Nodes are immutable and point to their inputs. A graph is a mapping of output names to nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from taurus_beam.graph.operation import Operation, operation
from taurus_beam.graph.types import ColumnType, ValueType

__all__ = ["Graph", "InputColumn", "Location", "Node", "describe", "topological"]


@dataclass(frozen=True, slots=True)
class Location:
    """A line of the user's code; the file by its last name only, so that artifacts travel."""

    file: str
    line: int
    code: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        return f"{place}: {self.code}" if self.code else place


@operation
@dataclass(frozen=True)
class InputColumn(Operation):
    """A column of the data, by its path."""

    name = "input"
    column: str
    column_type: ColumnType

    def __str__(self) -> str:
        return self.column

    def infer(self, *types: ValueType) -> ColumnType:
        """The type it was traced with."""
        return self.column_type


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """An operation applied to nodes.

    Attributes:
        per_row: False for a value of the whole data set (a constant or an analyzer's).
    """

    operation: Operation
    inputs: tuple[Node, ...]
    type: ValueType
    per_row: bool
    location: Location

    def column_type(self) -> ColumnType:
        """Its type, known to be a column's."""
        assert isinstance(self.type, ColumnType)
        return self.type


@dataclass(frozen=True, eq=False)
class Graph:
    """Named outputs over an input schema.

    Attributes:
        outputs: Output column by name, in the order the user's function gave them.
        schema: The Arrow schema the function was traced with.
        monitors: What says of each row whether it violates something, by the monitor's name.
    """

    outputs: Mapping[str, Node]
    schema: pa.Schema
    monitors: Mapping[str, Node] = field(default_factory=dict)
    nodes: tuple[Node, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", tuple(topological(self.roots)))

    @property
    def roots(self) -> list[Node]:
        """All that is computed for a row: the outputs, then the monitors."""
        return [*self.outputs.values(), *self.monitors.values()]

    @property
    def input_columns(self) -> dict[str, ColumnType]:
        """The columns that are read, in the schema's order."""
        return input_columns(self.nodes)

    @property
    def input_schema(self) -> pa.Schema:
        """The part of the schema (top-level fields) that is read."""
        return project(self.schema, self.input_columns)


def input_columns(nodes: Iterable[Node]) -> dict[str, ColumnType]:
    """The columns that some nodes read, by path, sorted."""
    found = {
        node.operation.column: node.column_type()
        for node in nodes
        if isinstance(node.operation, InputColumn)
    }
    return dict(sorted(found.items()))


def project(schema: pa.Schema, paths: Iterable[str]) -> pa.Schema:
    """The top-level fields of a schema that some column paths need."""
    wanted = set(paths)
    return pa.schema(
        [
            f
            for f in schema
            if f.name in wanted or any(path.startswith(f.name + ".") for path in wanted)
        ]
    )


def topological(roots: Iterable[Node]) -> Iterator[Node]:
    """Every node below some roots once, inputs first, in an order that only the graph decides."""
    seen: set[Node] = set()
    for root in roots:
        stack: list[tuple[Node, bool]] = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if ready:
                yield node
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((child, False) for child in reversed(node.inputs))


def describe(node: Node) -> str:
    """A node in one short phrase, for messages: the column, or the operation on columns."""
    if not node.inputs:
        return f"'{node.operation}'" if node.per_row else str(node.operation)
    inner = ", ".join(
        describe(i) if not i.inputs else f"{i.operation.called}(...)" for i in node.inputs
    )
    return f"{node.operation.called}({inner})"
