"""Replacing analyzers by their values, and computing once what then no longer needs rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from taurus_beam.graph.constant import Constant
from taurus_beam.graph.node import Graph, Node
from taurus_beam.graph.types import ColumnType

__all__ = ["freeze", "substitute"]


def freeze(graph: Graph, values: Mapping[Node, Constant]) -> Graph:
    """The graph with every analyzer replaced by its value: row operations and constants only."""
    nodes = substitute(graph.roots, values)
    return Graph(
        {name: nodes[node] for name, node in graph.outputs.items()},
        graph.schema,
        {name: nodes[node] for name, node in graph.monitors.items()},
    )


def substitute(roots: Iterable[Node], values: Mapping[Node, Constant]) -> dict[Node, Node]:
    """The nodes that stand for ``roots`` once some nodes' values are known.

    An operation on constants alone is computed here, by its batch kernel on one row.
    """
    replaced: dict[Node, Node] = {}
    stack = [(root, False) for root in roots]
    while stack:
        node, ready = stack.pop()
        if node in replaced:
            continue
        if node in values:
            constant = values[node]
            replaced[node] = Node(constant, (), constant.value_type, False, node.location)
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
