"""What is counted: each operation on a batch and on single rows, each accumulator, a whole work.

The samples are those of the law tests (``tests/support/applications``): an operation without one
fails there, so none is left out here. Of what an operation can take, those types and options are
counted that show something new of it (`selection`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from applications import APPLICATIONS, Application
from arrow_columns import large_table
from fitting import graph_of

import taurus_beam as tb
from benchmarks.data import NUMERIC, STRINGS
from benchmarks.functions import preprocessing_fn
from benchmarks.instructions.selection import Selection, called_gathering, called_node
from taurus_beam.graph.analyzer import Analyzer
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.freeze import substitute
from taurus_beam.graph.gathering import Gatherer
from taurus_beam.graph.made_text import MadeText
from taurus_beam.graph.node import Graph, Node
from taurus_beam.graph.phases import Gathering, Phase, phases
from taurus_beam.graph.program import Program
from taurus_beam.graph.trace import trace
from taurus_beam.graph.values import Values
from taurus_beam.serving.row import RowTransform

__all__ = ["ROWS", "SINGLE_ROWS", "Kernel", "kernels"]

ROWS = 8_192
SINGLE_ROWS = 32
DISTINCT = dict(zip(STRINGS, (16, 3, 105, 4_043), strict=True))

Value = TypeVar("Value")


@dataclass(frozen=True)
class Kernel:
    """Something to count.

    Attributes:
        name: What it is, and of which types.
        given: Makes its arguments anew: what a column works out once, it works out again.
        run: What is counted.
    """

    name: str
    given: Callable[[], Sequence[Any]]
    run: Callable[..., object]


def kernels() -> Iterator[Kernel]:
    """All of them, fitted and ready to run."""
    selection = Selection()
    for application in APPLICATIONS:
        graph = graph_of(application)
        nodes = [n for n in graph.nodes if _is_row_operation(n) and selection.takes_node(n)]
        plan = phases(graph)
        gatherings = [g for p in plan for g in p.gatherings if selection.takes_gathering(g)]
        if nodes or gatherings:
            yield from _of_application(application, plan, nodes, gatherings)
    yield from _of_a_work()


def _of_application(
    application: Application,
    plan: Sequence[Phase],
    nodes: Sequence[Node],
    gatherings: Sequence[Gathering],
) -> Iterator[Kernel]:
    table = large_table(application.types, ROWS)
    batch, values, left = _batch(table), dict[Node, Constant](), set(gatherings)
    for phase in plan:
        for gathering in (g for g in phase.gatherings if g in left):
            left.remove(gathering)
            alone = Gatherer(Phase((gathering,)), dict(values))
            yield _passed(f"add: {called_gathering(gathering)}", alone, batch)
        if not nodes and not left:
            return  # nobody asks for the values, and some take long
        together = Gatherer(phase, values)
        values |= phase.values(together.add(together.zero(), batch))
    frozen = substitute(nodes, values)
    for node in nodes:
        yield _on_a_batch(called_node(node), frozen[node], batch)
        yield _on_single_rows(called_node(node), frozen[node], table)


def _of_a_work() -> Iterator[Kernel]:
    """The reference work of the benchmarks, on columns like theirs."""
    draw = np.random.default_rng(7)
    numbers = {name: draw.lognormal(5, 2, ROWS) for name in NUMERIC}
    terms = {name: draw.integers(0, n, ROWS).astype(str) for name, n in DISTINCT.items()}
    table = pa.table({**numbers, **terms})
    (phase,) = phases(trace(preprocessing_fn, table.schema))
    yield _passed("work: analysis of a batch", Gatherer(phase, {}), _batch(table))
    fn, batch = tb.fit(table, preprocessing_fn), _batch(table)
    rows = table.slice(0, SINGLE_ROWS).to_pylist()
    yield Kernel("work: transform a batch", lambda: [batch], fn.transform)
    yield Kernel("work: transform a batch of one row", lambda: [batch.slice(1, 1)], fn.transform)
    yield Kernel("work: single rows", lambda: [rows], lambda rows: [fn.row(row) for row in rows])


def _on_a_batch(name: str, node: Node, batch: pa.RecordBatch) -> Kernel:
    inputs, kernel = Program(node.inputs), node.operation.batch(*(i.type for i in node.inputs))
    return Kernel(
        f"batch: {name}",
        lambda: [_made(each) for each in inputs.run(batch)],
        lambda *values: _made(kernel(ROWS, *values)),
    )


def _made(value: Value) -> Value:
    """The same, strings that wait to be looked at made in both forms.

    So they are counted where they come from, and not with what looks at them first.
    """
    if isinstance(value, Values) and isinstance(value.data, MadeText):
        _ = value.data.plain, value.data.codes
    return value


def _on_single_rows(name: str, node: Node, table: pa.Table) -> Kernel:
    transform = RowTransform(Graph({"out": node}, table.schema))
    rows = table.slice(0, SINGLE_ROWS).to_pylist()
    return Kernel(
        f"row: {name}",
        lambda: [rows],
        lambda rows: [transform(row) for row in rows],
    )


def _passed(name: str, gatherer: Gatherer, batch: pa.RecordBatch) -> Kernel:
    """Two batches, so that both new and known keys are counted."""
    half = batch.num_rows // 2
    first, second = batch.slice(0, half), batch.slice(half)
    return Kernel(
        name,
        lambda: [gatherer.zero()],
        lambda states: gatherer.add(gatherer.add(states, first), second),
    )


def _is_row_operation(node: Node) -> bool:
    return bool(node.per_row and node.inputs) and not isinstance(node.operation, Analyzer)


def _batch(table: pa.Table) -> pa.RecordBatch:
    (batch,) = table.combine_chunks().to_batches()
    return batch
