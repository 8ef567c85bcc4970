"""Evaluating nodes on record batches: kernels bound once, then run batch after batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from taurus_beam.errors import ArtifactError, DataError
from taurus_beam.graph.analyzer import Analyzer
from taurus_beam.graph.assembly import Assembly
from taurus_beam.graph.bitmaps import Bitmaps
from taurus_beam.graph.budget import batch_bytes, check_batch, least_bytes
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.intake import column_values
from taurus_beam.graph.node import Graph, InputColumn, Node, describe, input_columns, topological
from taurus_beam.graph.observe import Observe, unobserved
from taurus_beam.graph.operation import BatchFunction
from taurus_beam.graph.types import ColumnType, is_text
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


class _Step(NamedTuple):
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
        self._row_bytes = _most_row_bytes(nodes)
        self.columns: dict[str, ColumnType] = input_columns(nodes)
        self._size = len(nodes)
        self._roots = [slot[root] for root in roots]
        self._inputs: list[tuple[int, str, ColumnType, Callable[..., Values]]] = []
        self._constants: list[tuple[int, Any]] = []
        self._texts: list[int] = []
        self._steps: list[_Step] = []
        for node in nodes:
            operation = node.operation
            if isinstance(operation, InputColumn):
                take = observe("intake", (node,), column_values)
                self._inputs.append((slot[node], operation.column, operation.column_type, take))
                if is_text(operation.column_type.dtype):
                    self._texts.append(slot[node])
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
        rows = batch.num_rows
        for slot, constant in self._constants:
            values[slot] = constant
        if self._have_room(rows):
            for slot, column, column_type, take in self._inputs:
                values[slot] = take(batch, column, column_type)
            text = sum([values[slot].text.most_bytes for slot in self._texts])
            if self._have_room(rows, text):
                self._compute(values, rows)
            else:
                self._compute_within(values, rows, *self._sizes(values))
        else:
            self._compute_within(values, rows, *self._taken_within(values, batch))
        return [values[slot] for slot in self._roots]

    def _have_room(self, rows: int, text: int = 0) -> bool:
        """Whether it is sure, before anything is added up, that the columns have room.

        Args:
            rows: Of the batch.
            text: At least the bytes of its text.
        """
        return self._row_bytes is not None and self._row_bytes * rows + text < self._most

    def _compute(self, values: list[Any], rows: int) -> None:
        """All that is computed from the inputs and constants in some values."""
        step: _Step
        with np.errstate(all="ignore"):
            try:
                for step in self._steps:
                    values[step.output] = step.kernel(rows, *[values[i] for i in step.inputs])
                    for slot in step.finished:
                        values[slot] = None
            except DataError as problem:
                raise _named(step.node, problem) from problem
            except FAILURES as problem:
                raise failed(step.node, problem) from problem

    def _sizes(self, values: list[Any]) -> tuple[list[int], int]:
        """The bytes of each input in some values, and of all of them."""
        sizes = [0] * self._size
        for slot, *_ in self._inputs:
            sizes[slot] = values[slot].nbytes
        return sizes, sum(sizes)

    def _taken_within(self, values: list[Any], batch: pa.RecordBatch) -> tuple[list[int], int]:
        """Take the inputs as far as there is room; the bytes of each value, and of all."""
        sizes, live = [0] * self._size, 0
        for slot, column, column_type, take in self._inputs:
            if column_type.shape:
                check_batch(live + least_bytes(column_type, batch.num_rows), self._most)
            values[slot] = taken = take(batch, column, column_type)
            sizes[slot] = size = taken.nbytes
            live += size
        return sizes, live

    def _compute_within(self, values: list[Any], rows: int, sizes: list[int], live: int) -> None:
        """As `_compute`, as long as what is kept at one time has room."""
        most = self._most
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
        self._is_observed = observe is not unobserved
        self._to_arrow = observe("output", (), to_arrow)
        self.columns = self._program.columns
        self.schema, self.monitors = (
            pa.schema([(name, node.column_type().to_arrow()) for name, node in nodes.items()])
            for nodes in (graph.outputs, graph.monitors)
        )
        self._assembly, self._verdicts = Assembly(self.schema), Assembly(self.monitors)

    def __call__(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, pa.RecordBatch]:
        """The output columns, and which rows violate monitors, for a batch of input columns."""
        rows = batch.num_rows
        values = self._program.run(batch)
        outputs = len(self.schema)
        return (
            self._batch(values[:outputs], rows, self.schema, self._assembly),
            self._batch(values[outputs:], rows, self.monitors, self._verdicts),
        )

    def _batch(
        self, values: list[Any], rows: int, schema: pa.Schema, assembly: Assembly
    ) -> pa.RecordBatch:
        # What is observed is each column.
        made = None if self._is_observed else assembly.batch(values, rows)
        if made is not None:
            return made
        bitmaps = Bitmaps()
        arrays = [self._to_arrow(each, rows, bitmaps) for each in values]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)


_ELEMENT_BYTES = 8 + 1 + 1
"""At most, with what tells whether it and its row are missing."""


def _most_row_bytes(nodes: Sequence[Node]) -> int | None:
    """The most bytes that all columns take for a row, without the text of the inputs.

    None where that is not known before: of lists of any length, and of text that is made.
    """
    found = 0
    for node in nodes:
        if isinstance(node.operation, Constant):
            continue
        column, is_input = node.column_type(), isinstance(node.operation, InputColumn)
        is_open = None in column.shape or len(column.shape) > 1 or not node.per_row
        if is_open or (is_text(column.dtype) and not is_input):
            return None
        found += _ELEMENT_BYTES * (column.shape[0] or 0 if column.shape else 1)
    return found


def _named(node: Node, problem: DataError) -> DataError:
    """What a node's kernel refused, with the node's name."""
    return DataError(
        f"{describe(node)}: {problem.what}",
        where=str(node.location),
        expected=problem.expected,
        fix=problem.fix,
    )
