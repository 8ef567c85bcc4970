"""Evaluating nodes on record batches: kernels bound once, then run batch after batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import ArtifactError, DataError
from taurus_beam.graph.analyzer import Analyzer
from taurus_beam.graph.budget import batch_bytes, check_batch, least_bytes
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.intake import column_values
from taurus_beam.graph.node import Graph, InputColumn, Node, describe, input_columns, topological
from taurus_beam.graph.observe import Observe, unobserved
from taurus_beam.graph.operation import BatchFunction
from taurus_beam.graph.types import ColumnType
from taurus_beam.graph.values import Values, to_arrow

__all__ = ["FAILURES", "BatchTransform", "Program", "bound", "failed"]


FAILURES = (
    pa.ArrowException,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a kernel may raise: of an artifact made by hand, or of an operation that others wrote."""


def failed(node: Node, problem: Exception) -> DataError:
    """The error for a kernel that raised something else than one."""
    said = f"{type(problem).__name__}: {problem}".strip(": ")
    return DataError(f"{describe(node)} failed: {said:.500}", where=str(node.location))


def bound(node: Node, kernel: Callable[..., Any]) -> Any:
    """The kernel of a node's operation, ``batch`` or ``row``, for the types of its inputs.

    Raises:
        ArtifactError: If the operation's attributes do not make sense.
    """
    try:
        return kernel(*(i.type for i in node.inputs))
    except FAILURES as problem:
        raise ArtifactError(
            f"Operation {node.operation.name!r} cannot be used: "
            f"{type(problem).__name__}: {problem!s:.500}",
            where=str(node.location),
            expected="attributes as the operation's own function gives them",
            fix="Fit again, or restore the artifact from where it was written.",
        ) from problem


@dataclass(frozen=True)
class _Step:
    node: Node
    kernel: BatchFunction
    inputs: tuple[int, ...]
    output: int
    finished: tuple[int, ...]
    row_bytes: int


class Program:
    """The values of some nodes for a batch. Safe to use from several threads.

    Args:
        roots: The nodes.
        observe: Stands around what each node of a batch takes.
    """

    def __init__(self, roots: Sequence[Node], observe: Observe = unobserved) -> None:
        nodes = list(topological(roots))
        slot = {node: i for i, node in enumerate(nodes)}
        last_use = {slot[i]: slot[node] for node in nodes for i in node.inputs}
        kept = {slot[root] for root in roots}
        finished: dict[int, list[int]] = {}
        for i, last in last_use.items():
            if i not in kept:
                finished.setdefault(last, []).append(i)
        self._most = batch_bytes()
        self.columns: dict[str, ColumnType] = input_columns(nodes)
        self._size = len(nodes)
        self._roots = [slot[root] for root in roots]
        self._inputs: list[tuple[int, str, ColumnType, Callable[..., Values]]] = []
        self._constants: list[tuple[int, Any]] = []
        self._steps: list[_Step] = []
        for node in nodes:
            operation = node.operation
            if isinstance(operation, InputColumn):
                take = observe("intake", (node,), column_values)
                self._inputs.append((slot[node], operation.column, operation.column_type, take))
            elif isinstance(operation, Constant):
                self._constants.append((slot[node], operation.values))
            elif isinstance(operation, Analyzer):
                raise DataError(f"{describe(node)} has no value yet.", where=str(node.location))
            else:
                self._steps.append(
                    _Step(
                        node,
                        observe("operation", (node,), bound(node, operation.batch)),
                        tuple(slot[i] for i in node.inputs),
                        slot[node],
                        tuple(finished.get(slot[node], ())),
                        least_bytes(node.column_type(), 1),
                    )
                )

    def run(self, batch: pa.RecordBatch) -> list[Any]:
        """The roots' values, in order.

        Raises:
            DataError: If the batch does not fit, naming the column, the operation and the line.
        """
        values: list[Any] = [None] * self._size
        sizes = [0] * self._size
        live, rows, most = 0, batch.num_rows, self._most
        for slot, constant in self._constants:
            values[slot] = constant
        for slot, column, column_type, take in self._inputs:
            if column_type.shape:
                check_batch(live + least_bytes(column_type, rows), most)
            values[slot] = taken = take(batch, column, column_type)
            sizes[slot] = size = taken.nbytes
            live += size
        with np.errstate(all="ignore"):
            for step in self._steps:
                try:
                    check_batch(live + step.row_bytes * rows, most)
                    made = step.kernel(rows, *[values[i] for i in step.inputs])
                except DataError as problem:
                    raise _named(step.node, problem) from problem
                except FAILURES as problem:
                    raise failed(step.node, problem) from problem
                values[step.output] = made
                sizes[step.output] = size = made.nbytes
                live += size
                for slot in step.finished:
                    live -= sizes[slot]
                    values[slot] = None
            check_batch(live, most)
        return [values[slot] for slot in self._roots]


class BatchTransform:
    """A frozen graph applied to record batches.

    Args:
        graph: The graph.
        observe: Stands around what a batch takes.

    Attributes:
        schema: Of the output columns.
        monitors: Schema of what the monitors say: a boolean by name, true where a row violates.
    """

    def __init__(self, graph: Graph, observe: Observe = unobserved) -> None:
        self._program = Program(graph.roots, observe)
        self._to_arrow = observe("output", (), to_arrow)
        self.columns = self._program.columns
        self.schema, self.monitors = (
            pa.schema([(name, node.column_type().to_arrow()) for name, node in nodes.items()])
            for nodes in (graph.outputs, graph.monitors)
        )

    def __call__(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, pa.RecordBatch]:
        """The output columns, and which rows violate monitors, for a batch of input columns."""
        rows = batch.num_rows
        arrays = [self._to_arrow(values, rows) for values in self._program.run(batch)]
        outputs = len(self.schema)
        # Of no columns it has no rows either; where there are no monitors nobody asks.
        return (
            pa.RecordBatch.from_arrays(arrays[:outputs], schema=self.schema),
            pa.RecordBatch.from_arrays(arrays[outputs:], schema=self.monitors),
        )


def _named(node: Node, problem: DataError) -> DataError:
    """What a node's kernel refused, with the node's name."""
    return DataError(
        f"{describe(node)}: {problem.what}",
        where=str(node.location),
        expected=problem.expected,
        fix=problem.fix,
    )
