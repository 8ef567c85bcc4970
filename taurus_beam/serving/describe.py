"""A graph as text that a bug report can paste: one line for each node."""

from __future__ import annotations

from collections.abc import Mapping

from taurus_beam.graph.constant import Constant
from taurus_beam.graph.node import Graph, InputColumn, Node

__all__ = ["describe_graph", "describe_node"]


def describe_graph(graph: Graph) -> str:
    """Inputs, nodes, outputs, monitors; a node is ``%n = operation[attributes](inputs): type``."""
    number = {node: i for i, node in enumerate(graph.nodes)}
    lines = ["inputs"]
    lines += [f"  {name}: {column_type}" for name, column_type in graph.input_columns.items()]
    lines.append("nodes")
    lines += [f"  %{i} = {describe_node(node, number)}: {node.type}" for node, i in number.items()]
    lines.append("outputs")
    lines += [f"  {name} = %{number[node]}" for name, node in graph.outputs.items()]
    if graph.monitors:
        lines.append("monitors")
        lines += [f"  {name} = %{number[node]}" for name, node in graph.monitors.items()]
    return "\n".join(lines)


def describe_node(node: Node, number: Mapping[Node, int]) -> str:
    """``operation[attributes](inputs)``, its inputs by their numbers."""
    operation = node.operation
    if isinstance(operation, InputColumn):
        return f"input {operation.column!r}"
    if isinstance(operation, Constant):
        return f"constant {operation}"
    attributes = ", ".join(
        f"{name}={value!r}" for name, value in operation.attributes().items() if value is not None
    )
    arguments = ", ".join(f"%{number[i]}" for i in node.inputs)
    return f"{operation.name}{f'[{attributes}]' if attributes else ''}({arguments})"
