"""Any graph of any operations gives the same on all five paths: Beam, batch, row, ONNX and REST.

`tests/laws/test_operations.py` holds each operation alone to this; here they are composed.
"""

from __future__ import annotations

import pyarrow as pa
import pytest
from graphs import Example, examples, followed
from hypothesis import given, reject, settings
from onnx_agreement import Exactness, differences, exactness_of
from onnx_refusals import assert_refused_for_a_reason

import taurus_beam as tb
from taurus_beam.errors import DataError, EngineError
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.node import Node
from taurus_beam.onnx.session import OnnxTransform


@settings(max_examples=15, deadline=None)
@given(example=examples())
def test_beam_batch_row_and_rest_agree(example: Example) -> None:
    fn = accepting(example)
    found = tb.verify(fn, example.rows, ["split", "row", "beam", "rest"])
    assert found.same, str(found)


@settings(max_examples=75, deadline=None)
@given(example=examples())
def test_batch_row_and_onnx_agree(example: Example) -> None:
    fn = accepting(example)
    found = tb.verify(fn, example.rows, ["split", "row"])
    assert found.same, str(found)
    _, monitors = fn.transform_and_monitor(example.rows)
    if fn.monitors:
        by_row = [fn.row_and_monitor(row)[1] for row in example.rows.to_pylist()]
        assert by_row == monitors.to_pylist()
    assert_onnx_agrees(fn, example)


def accepting(example: Example) -> tb.TransformFn:
    """The example fitted; rows that the batch path refuses are no example, but a row's is too."""
    try:
        fn = tb.fit(example.fitted_on, example.recipe.preprocess)
    except DataError:
        reject()
    try:
        fn.transform(example.rows)
    except DataError:
        with pytest.raises(DataError):
            all(fn.row(row) for row in example.rows.to_pylist())
        reject()
    return fn


def assert_onnx_agrees(fn: tb.TransformFn, example: Example) -> None:
    """What can be written agrees as docs/onnx.md has it; what cannot is refused by name."""
    nodes = {**fn.graph.outputs, **fn.graph.monitors}
    written = [name for name in nodes if is_written(fn, name)]
    if not written:
        return
    found = OnnxTransform(tb.to_onnx(fn, outputs=written))(example.rows)
    batch = {}
    for table in fn.transform_and_monitor(example.rows):
        batch |= {name: table.select([name]) for name in table.column_names}
    for name in written:
        exactness = exactness_of_output(nodes[name])
        if exactness is not None:
            assert differences(batch[name], found.select([name]), exactness) == []


def is_written(fn: tb.TransformFn, output: str) -> bool:
    try:
        tb.to_onnx(fn, outputs=[output])
    except EngineError as refusal:
        assert_refused_for_a_reason(refusal)
        return False
    return True


def exactness_of_output(last: Node) -> Exactness | None:
    """How far a result may be off; None where what it is computed from may be off itself."""
    _, *before = followed(last)
    if any(exactness_of_node(node) != "exact" for node in before):
        return None
    return exactness_of_node(last)


def exactness_of_node(node: Node) -> Exactness:
    if node.operation.name == "add" and any(is_constant_zero(added) for added in node.inputs):
        return "either zero"
    return exactness_of({node.operation.name})


def is_constant_zero(node: Node) -> bool:
    """Whether ONNX Runtime leaves out the addition of it, which would make 0.0 of -0.0."""
    operation = node.operation
    return (
        isinstance(operation, Constant)
        and isinstance(operation.value, pa.Array)
        and not any(operation.value.to_pylist())
    )
