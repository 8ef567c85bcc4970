"""Replacing analyzers by their values, and computing once what then no longer needs rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from taurus_beam.graph.constant import Constant
from taurus_beam.graph.node import Graph, InputColumn, Node
from taurus_beam.graph.types import ColumnType

__all__ = ["freeze", "substitute", "taken", "with_columns"]


def freeze(graph: Graph, values: Mapping[Node, Constant]) -> Graph:
    """The graph with every analyzer replaced by its value: row operations and constants only."""
    return _rooted(graph, substitute(graph.roots, values))


def with_columns(graph: Graph, columns: Mapping[Node, str]) -> Graph:
    """The graph for batches in which the values of some nodes are columns, of these names."""
    return _rooted(graph, substitute(graph.roots, taken(columns)))


def taken(columns: Mapping[Node, str]) -> dict[Node, InputColumn]:
    """What takes the values of some nodes from columns of these names."""
    return {node: InputColumn(name, node.column_type()) for node, name in columns.items()}


def _rooted(graph: Graph, nodes: Mapping[Node, Node]) -> Graph:
    return Graph(
        {name: nodes[node] for name, node in graph.outputs.items()},
        graph.schema,
        {name: nodes[node] for name, node in graph.monitors.items()},
    )


def substitute(
    roots: Iterable[Node], values: Mapping[Node, Constant | InputColumn]
) -> dict[Node, Node]:
    """The nodes that stand for ``roots`` once some nodes' values are known, or are columns.

    An operation on constants alone is computed here, by its batch kernel on one row.
    """
    replaced: dict[Node, Node] = {}
    stack = [(root, False) for root in roots]
    while stack:
        node, ready = stack.pop()
        if node in replaced:
            continue
        if node in values:
            value = values[node]
            if isinstance(value, Constant):
                replaced[node] = Node(value, (), value.value_type, False, node.location)
            else:
                replaced[node] = Node(value, (), value.infer(), True, node.location)
        elif ready:
            replaced[node] = _rebuilt(node, tuple(replaced[i] for i in node.inputs))
        else:
            stack.append((node, True))
            stack.extend((i, False) for i in node.inputs)
    return replaced


def _rebuilt(node: Node, inputs: tuple[Node, ...]) -> Node:
    if inputs and all(isinstance(i.operation, Constant) for i in inputs):
        return _folded(node, [i.operation for i in inputs if isinstance(i.operation, Constant)])
    if all(new is old for new, old in zip(inputs, node.inputs, strict=True)):
        return node
    return replace(node, inputs=inputs)


def _folded(node: Node, constants: list[Constant]) -> Node:
    kernel = node.operation.batch(*(c.value_type for c in constants))
    with np.errstate(all="ignore"):
        values = kernel(1, *(c.values for c in constants))
    assert isinstance(node.type, ColumnType)
    constant = Constant.of_values(values)
    return Node(constant, (), node.type, False, node.location)
