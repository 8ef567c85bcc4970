"""The laws that operations and analyzers keep, checked for one of them on the author's data.

For the tests of a package that adds operations; nothing here is used when data are transformed.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.artifact.encoding import decode_graph, encode_graph
from taurus_beam.errors import DataError
from taurus_beam.graph.analyzer import Accumulator, Analyzer
from taurus_beam.graph.column import apply
from taurus_beam.graph.gathering import Gatherer
from taurus_beam.graph.node import Graph, Node
from taurus_beam.graph.operation import Operation, operation_named
from taurus_beam.graph.phases import phases
from taurus_beam.graph.program import Program
from taurus_beam.graph.recorder import recording
from taurus_beam.graph.trace import Inputs
from taurus_beam.graph.types import ColumnType
from taurus_beam.serving.transform_fn import TransformFn
from taurus_beam.transforms.elementwise import Elementwise, MaskedElementwise

__all__ = ["check_operation"]

_PIECES = (1, 3)
_OUT = "out"


def check_operation(op: Operation, *arguments: Any) -> Any:
    """Check that an operation or an analyzer keeps the laws, on some data.

    For an operation: the row kernel gives what the batch kernel gives, bit for bit; the result
    has the inferred type; a missing input gives a missing result where `null_in_null_out` says
    so; a split of the rows, a slice and an empty batch leave no trace; and written and read again
    it is the same. For an analyzer: any order and split of the rows gives the same bytes on the
    wire, `zero` changes nothing, and the value has the inferred type.

    Args:
        op: An instance of a registered class.
        arguments: Its inputs: an Arrow array is a column; numbers, strings, lists and NumPy
            arrays are constants. Give missing values, NaN, extremes, and more than three rows.

    Returns:
        What it gave for all rows: an Arrow array; for an analyzer its value as Python has it.

    Raises:
        AssertionError: If a law is broken, saying which and where.
        TraceError: If the operation does not take these inputs.

    Example:
        >>> import pyarrow as pa
        >>> from taurus_beam.extend import check_operation
        >>> from taurus_beam.transforms.logic import Not
        >>> check_operation(Not(), pa.array([True, None, False])).to_pylist()
        [False, None, True]
    """
    names = [f"input{i}" for i, argument in enumerate(arguments) if isinstance(argument, pa.Array)]
    _hold(bool(names), "at least one input is a column", "there is no pa.Array among them")
    table = pa.table({n: arguments[int(n.removeprefix("input"))] for n in names})
    known = operation_named(op.name, op.version)
    _hold(known is type(op), "the class is registered under its name", f"{op.name!r} is {known}")
    with recording() as recorder:
        inputs = Inputs(table.schema, recorder)
        given = [inputs.get(f"input{i}", argument) for i, argument in enumerate(arguments)]
        node = apply(op, *given).node
    graph = Graph({_OUT: node}, table.schema)
    if isinstance(node.type, ColumnType):
        _check_written(op, graph)
    if isinstance(op, Analyzer):
        return _check_analyzer(node, graph, table)
    return _check_rows(node, graph, table)


def _check_written(op: Operation, graph: Graph) -> Graph:
    document, assets = encode_graph(graph)
    again = decode_graph(json.loads(json.dumps(document)), assets.__getitem__)
    read = again.outputs[_OUT].operation
    _hold(read.key() == op.key(), "written and read again it is the same", f"{op!r} → {read!r}")
    return again


def _check_rows(node: Node, graph: Graph, table: pa.Table) -> Any:
    program = Program([node])
    for batch in [*table.to_batches(), *table.slice(0, 0).to_batches()]:
        found = program.run(batch)[0].type
        _hold(
            found == node.type,
            "the batch kernel gives the inferred type",
            f"{found}, not {node.type}",
        )
    fn = TransformFn(graph)
    whole = fn.transform(table)[_OUT].combine_chunks()
    whole.validate(full=True)
    rows = table.to_pylist()
    expected = whole.to_pylist()
    _equal("row equals batch, bit for bit", expected, [fn.row(row)[_OUT] for row in rows])
    for size in _PIECES:
        pieces = [table.slice(start, size) for start in range(0, len(table), size)]
        found = [v for piece in pieces for v in fn.transform(piece)[_OUT].to_pylist()]
        _equal(f"batches of {size} rows give what one batch gives", expected, found)
    _hold(len(fn.transform(table.slice(0, 0))) == 0, "no rows give no rows", "there are some")
    loaded = TransformFn(_check_written(node.operation, graph))
    _equal("written and read again it is the same", expected, loaded.transform(table)[_OUT])
    if node.operation.null_in_null_out:
        for position, (row, result) in enumerate(zip(rows, expected, strict=True)):
            _hold(
                _misses_what_is_missing(node.operation, list(row.values()), result),
                "a missing input gives a missing result (null_in_null_out)",
                f"row {position}: {row} gave {result!r}",
            )
    return whole


def _check_analyzer(node: Node, graph: Graph, table: pa.Table) -> Any:
    analyzer = node.operation
    assert isinstance(analyzer, Analyzer)
    types = [i.type for i in node.inputs]
    one, other = analyzer.accumulator(*types), analyzer.accumulator(*types)
    alike = one == other and hash(one) == hash(other)
    _hold(alike, "equal analyzers have equal accumulators", f"{one!r} and {other!r}")
    gatherer = Gatherer(phases(graph)[0], {})

    def state_of(rows: pa.Table, size: int | None = None) -> Any:
        states = gatherer.zero()
        for batch in rows.to_batches(max_chunksize=size):
            states = gatherer.add(states, batch)
        return states[0]

    expected = _wire(one, state_of(table))
    for law, rows in (
        ("one batch or many give the same bytes", table),
        ("the order of rows leaves no trace", table.take(np.arange(len(table))[::-1])),
    ):
        _hold(_wire(one, state_of(rows, 1)) == expected, law, "the wire forms differ")
    for size in _PIECES:
        pieces = [table.slice(start, size) for start in range(0, len(table), size)]
        for law, ordered in (("in order", pieces), ("backwards", pieces[::-1])):
            merged = one.merge([_fresh(one, state_of(piece)) for piece in ordered])
            what = f"merging states of {size} rows {law} gives the bytes of one pass"
            _hold(_wire(one, merged) == expected, what, "the wire forms differ")
    both = one.merge([one.zero(), _fresh(one, state_of(table)), one.zero()])
    _hold(_wire(one, both) == expected, "merging with zero changes nothing", "it does")
    _hold(_wire(one, one.merge([one.zero()])) == _wire(one, one.zero()), "zero alone is zero", "no")
    value = analyzer.value(state_of(table), *types)
    _hold(value.value_type == node.type, "the value has the inferred type", f"{value.value_type}")
    try:
        nothing = analyzer.value(one.zero(), *types)
    except DataError:  # an analyzer may say that it needs rows
        nothing = value
    _hold(nothing.value_type == node.type, "without rows the type is the same", f"{nothing}")
    return value.python_value


def _wire(accumulator: Accumulator[Any], state: Any) -> bytes:
    batch = accumulator.to_wire(state)
    _hold(isinstance(batch, pa.RecordBatch), "to_wire gives a record batch", f"{type(batch)}")
    return bytes(batch.schema.serialize()) + bytes(batch.serialize())


def _fresh(accumulator: Accumulator[Any], state: Any) -> Any:
    """The state as another worker gets it."""
    return accumulator.from_wire(accumulator.to_wire(state))


def _misses_what_is_missing(op: Operation, arguments: Sequence[Any], result: Any) -> bool:
    if not (isinstance(result, list) and isinstance(op, Elementwise | MaskedElementwise)):
        return result is None or None not in arguments  # elements may stand in other places
    spread = [a if isinstance(a, list) else [a] * len(result) for a in arguments]
    elements = zip(result, *spread, strict=True)
    return all(out is None or None not in given for out, *given in elements)


def _equal(law: str, expected: Sequence[Any], found: Any) -> None:
    values = found if isinstance(found, list) else found.to_pylist()
    for position, (one, other) in enumerate(zip(expected, values, strict=True)):
        _hold(_bits(one) == _bits(other), law, f"row {position}: {one!r} and {other!r}")


def _bits(value: Any) -> Any:
    """What tells two values apart to the last bit; all NaN are one."""
    if isinstance(value, list):
        return [_bits(element) for element in value]
    if isinstance(value, float):
        return "nan" if math.isnan(value) else struct.pack("<d", value)
    return type(value).__name__, value


def _hold(law_holds: bool, law: str, otherwise: str) -> None:
    if not law_holds:
        raise AssertionError(f"Broken: {law}. {otherwise}")
