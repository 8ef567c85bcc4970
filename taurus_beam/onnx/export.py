"""`to_onnx`: a frozen graph written operation by operation, checked, and merged with a model."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from taurus_beam.errors import EngineError
from taurus_beam.graph.constant import Constant, Vocabulary
from taurus_beam.graph.lowered import Lowered, lowered_constant
from taurus_beam.graph.node import InputColumn, Node, describe, input_columns, topological
from taurus_beam.onnx.builder import Builder
from taurus_beam.onnx.interface import (
    Port,
    output_names,
    read_column,
    slots_of,
    write_column,
)
from taurus_beam.onnx.model import checked, model_of, onnx_package
from taurus_beam.serving.transform_fn import TransformFn
from taurus_beam.whole_file import replace_file

__all__ = ["to_onnx"]


def to_onnx(
    transform_fn: TransformFn,
    path: str | Path | None = None,
    outputs: Sequence[str] | None = None,
    with_model: Any = None,
    *,
    required: Sequence[str] = (),
) -> Any:
    """Write a frozen transform function as an ONNX model.

    Args:
        transform_fn: What `fit` or `load` gave.
        path: A file to write; None to write none.
        outputs: Names of outputs or monitors that the model is to give, all outputs by default.
        with_model: Another ONNX model, or its file, that takes outputs by their names: the result
            is both in one, from raw columns to predictions, of the outputs that it takes.
            ``outputs`` are then given besides.
        required: Columns that are never missing: the model takes no ``_missing`` tensor for them.

    Returns:
        The ``onnx.ModelProto``: opset 21, ai.onnx.ml 4, IR version 10, checked by onnx.checker,
        any number of rows. The same artifact gives the same bytes. `docs/onnx.md` says what
        tensors a column has (a missing value is a value of no meaning and ``true`` in the tensor
        ``<name>_missing``) and how far results agree with `TransformFn.transform`.

    Raises:
        EngineError: If an operation has no ONNX form, naming it, the output and the line; if a
            model does not fit; if a file cannot be read or written; if onnx is not installed.

    Example:
        >>> import numpy as np, onnxruntime, pyarrow as pa, taurus_beam as tb
        >>> fn = tb.fit(pa.table({"x": [1.0, 3.0]}), lambda i: {"z": tb.scale_to_z_score(i["x"])})
        >>> model = tb.to_onnx(fn)
        >>> session = onnxruntime.InferenceSession(model.SerializeToString())
        >>> x, missing = np.array([1.0, 0.0]), np.array([False, True])
        >>> session.run(["z", "z_missing"], {"x": x, "x_missing": missing})
        [array([-1., nan]), array([False,  True])]
    """
    onnx_package()
    graph = transform_fn.graph
    known = {**graph.monitors, **graph.outputs}
    _check_required(required, graph.input_columns)
    if with_model is None:
        wanted = _chosen(known, graph.outputs if outputs is None else outputs)
        model = checked(_written(wanted, required, transform_fn.digest))
    else:
        from taurus_beam.onnx.merging import merged, read_model, taken_by

        other = read_model(with_model)
        wanted = _chosen(known, [*taken_by(other, graph.outputs), *(outputs or ())])
        features = checked(_written(wanted, required, transform_fn.digest))
        model = merged(features, other, outputs or ())
    if path is not None:
        _save(model, Path(path))
    return model


def _chosen(known: Mapping[str, Node], asked: Iterable[str]) -> dict[str, Node]:
    for name in asked:
        if name not in known:
            raise EngineError(
                f"There is no output {name!r}.", expected=f"one of: {', '.join(known)}"
            )
    return {name: known[name] for name in dict.fromkeys(asked)}


def _written(wanted: Mapping[str, Node], required: Sequence[str], digest: str) -> Any:
    nodes = list(topological(wanted.values()))
    columns = input_columns(nodes)
    if not columns:
        raise EngineError(
            "The outputs read no column, so that nothing says how many rows there are.",
            fix="Export an output that depends on the data.",
        )
    build = Builder([*columns, *wanted])
    inputs = {c: Port.of(c, t, c, c not in required) for c, t in columns.items()}
    users = _first_users(wanted)
    lowered: dict[Node, Any] = {}
    for node in nodes:
        with _refusals_named(node, users[node]):
            lowered[node] = _lowered(build, node, inputs, [lowered[i] for i in node.inputs])
    names = output_names(wanted, {s.name for port in inputs.values() for s in slots_of(port)})
    outputs = {}
    for name, node in wanted.items():
        column = lowered[node]
        nullable = column.missing is not None or column.missing_rows is not None
        outputs[name] = Port.of(name, node.column_type(), names[name], nullable)
        with _refusals_named(node, name):
            write_column(build, outputs[name], column)
    taken, given = (
        [s for port in ports.values() for s in slots_of(port)] for ports in (inputs, outputs)
    )
    _check_names([slot.name for slot in (*taken, *given)])
    metadata = {
        "taurus_beam.artifact": digest,
        "taurus_beam.inputs": json.dumps({c: port.described() for c, port in inputs.items()}),
        "taurus_beam.outputs": json.dumps({n: port.described() for n, port in outputs.items()}),
    }
    return model_of(build, taken, given, metadata)


def _lowered(build: Builder, node: Node, ports: Mapping[str, Port], inputs: Sequence[Any]) -> Any:
    operation = node.operation
    build.within = operation.name
    if isinstance(operation, InputColumn):
        return read_column(build, ports[operation.column])
    if isinstance(operation, Constant):
        value = operation.value
        return value if isinstance(value, Vocabulary) else lowered_constant(operation)
    # Kernels are called with what is constant, as in a batch: infinite results are no mistake.
    with np.errstate(all="ignore"):
        column: Lowered = operation.onnx(build, *inputs)
    return column


def _first_users(wanted: Mapping[str, Node]) -> dict[Node, str]:
    users: dict[Node, str] = {}
    for name, root in wanted.items():
        for node in topological([root]):
            users.setdefault(node, name)
    return users


@contextlib.contextmanager
def _refusals_named(node: Node, output: str) -> Iterator[None]:
    """What refuses a node says which, for which output, and where the user wrote it."""
    try:
        yield
    except EngineError as problem:
        raise EngineError(
            f"Output {output!r} cannot be written as ONNX: {describe(node)}: {problem.what}",
            where=str(node.location),
            expected=problem.expected,
            fix=problem.fix
            or "Leave the output out, or compute this before the model and give it as a column.",
        ) from problem


def _check_required(required: Sequence[str], columns: Mapping[str, Any]) -> None:
    for name in required:
        if name not in columns:
            raise EngineError(
                f"The required column {name!r} is not read.",
                expected=f"some of: {', '.join(columns)}",
            )


def _check_names(names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise EngineError(
            f"Two tensors of the model would be called {twice[0]!r}.",
            fix="Rename the column or the output.",
        )


def _save(model: Any, path: Path) -> None:
    try:
        replace_file(str(path), model.SerializeToString(deterministic=True))
    except OSError as problem:
        raise EngineError(
            f"The model could not be written: {problem.strerror or problem}",
            where=str(path),
            fix="Choose another path.",
        ) from problem
