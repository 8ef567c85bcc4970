"""A frozen graph compiled to straight-line Python: one row in, one row out.

The source is generated once, when first asked for, and can be printed (`RowTransform.source`).
It calls each operation's row kernel; constants are bound as names, missing values short-cut.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from taurus_beam.errors import DataError
from taurus_beam.graph.budget import ROW_BUDGET, spend
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.node import Graph, InputColumn, Node, describe
from taurus_beam.graph.program import FAILURES, bound, failed
from taurus_beam.graph.types import ColumnType, ValueType, is_text
from taurus_beam.serving.row_values import reader, writer

__all__ = ["RowTransform"]

_FILE = "<row transform>"


class RowTransform:
    """The row path of a frozen graph. Safe to use from several threads.

    Attributes:
        source: The generated Python, for reading and debugging.
    """

    def __init__(self, graph: Graph) -> None:
        self._names: dict[str, Any] = {"errstate": np.errstate}
        self._lines: list[str] = []
        # Only where something grows is it worth its time to count what a row takes.
        self._counts = any(node.operation.grows for node in graph.nodes)
        self._line_nodes: list[Node | None] = [None, None]  # of the two lines before the first
        variables = {node: f"v{i}" for i, node in enumerate(graph.nodes)}
        if self._counts:
            self._names["spend"] = spend
            self._lines.append(f"left = {ROW_BUDGET}")
            self._line_nodes.append(None)
        for node in graph.nodes:
            self._emit(node, variables)
        results = []
        for position, (name, node) in enumerate(graph.outputs.items()):
            show = writer(node.column_type())
            value = variables[node]
            if show is not None:
                self._names[f"show{position}"] = show
                value = f"show{position}({value})"
            results.append(f"{name!r}: {value}")
        body = "\n".join(f"        {line}" for line in self._lines)
        result = f"{{{', '.join(results)}}}"
        if graph.monitors:
            flags = ", ".join(variables[node] for node in graph.monitors.values())
            result = f"{result}, ({flags},)"
        self.source = (
            f"def transform_row(row):\n    with errstate(all='ignore'):\n{body}\n"
            f"        return {result}\n"
        )
        # The source is made of names and numbers chosen here; nothing of the artifact's text
        # but the outputs' names, as string literals, gets into it.
        exec(compile(self.source, _FILE, "exec"), self._names)
        self._run: Callable[[Mapping[str, Any]], Any] = self._names["transform_row"]

    def __call__(self, row: Mapping[str, Any]) -> Any:
        """The outputs for one row; with monitors, a pair of them and each monitor's verdict."""
        if not isinstance(row, Mapping):
            raise DataError(
                f"A {type(row).__name__} is no row.",
                expected="a dict of values by column name",
                fix="For many rows at once, use TransformFn.transform(...).",
            )
        try:
            return self._run(row)
        except DataError as problem:
            node = self._failed_node(problem)
            if node is None:
                raise
            raise DataError(
                f"{describe(node)}: {problem.what}",
                where=str(node.location),
                expected=problem.expected,
                fix=problem.fix,
            ) from problem
        except FAILURES as problem:
            node = self._failed_node(problem)
            if node is None:
                raise
            raise failed(node, problem) from problem

    def _failed_node(self, problem: Exception) -> Node | None:
        """The node whose line of the generated source raised, None for the input checks."""
        step = problem.__traceback__
        while step is not None and step.tb_frame.f_code.co_filename != _FILE:
            step = step.tb_next
        node = self._line_nodes[step.tb_lineno - 1] if step is not None else None
        return None if node is None or isinstance(node.operation, InputColumn) else node

    def _emit(self, node: Node, variables: Mapping[Node, str]) -> None:
        name, operation = variables[node], node.operation
        if isinstance(operation, Constant):
            self._names[name] = operation.python_value
            return
        if isinstance(operation, InputColumn):
            self._names[f"read_{name}"] = reader(operation.column, operation.column_type)
            self._add_line(f"{name} = read_{name}(row)", node)
            return
        types = [i.type for i in node.inputs]
        self._names[f"f_{name}"] = bound(node, operation.row)
        arguments = [variables[i] for i in node.inputs]
        call = f"f_{name}({', '.join(arguments)})"
        if operation.row_skips_missing(*types):
            varying = [
                f"{variables[i]} is None"
                for i in dict.fromkeys(node.inputs)
                if not (isinstance(i.operation, Constant) and i.operation.is_present)
            ]
            if varying:
                call = f"None if {' or '.join(varying)} else {call}"
        self._add_line(f"{name} = {call}", node)
        if self._counts and _is_of_any_size(node.type):
            self._add_line(f"left = spend({name}, left)", node)

    def _add_line(self, text: str, node: Node) -> None:
        self._lines.append(text)
        self._line_nodes.append(node)


def _is_of_any_size(value_type: ValueType) -> bool:
    return isinstance(value_type, ColumnType) and (
        value_type.is_ragged or is_text(value_type.dtype)
    )
