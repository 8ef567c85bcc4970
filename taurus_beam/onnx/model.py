"""An ONNX model from collected nodes: protos, checked and with inferred shapes.

Only here and in `merging` is the onnx package used; it comes with ``taurus-beam[onnx]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from taurus_beam.errors import EngineError
from taurus_beam.onnx.builder import Builder
from taurus_beam.onnx.element_types import ONNX_TYPES, TEXT
from taurus_beam.onnx.interface import Slot

__all__ = ["IR_VERSION", "OPSETS", "checked", "model_of", "onnx_package"]

IR_VERSION = 10
OPSETS = {"": 21, "ai.onnx.ml": 4, "com.microsoft": 1}
"""What ONNX Runtime 1.19 and every later one loads."""

_LARGEST = 2**31 - 1  # bytes of one protobuf message


def onnx_package() -> Any:
    """The onnx package; EngineError where it is not installed."""
    try:
        import onnx
    except ModuleNotFoundError as problem:
        raise EngineError(
            f"Writing ONNX needs a package that is not installed: {problem.name}.",
            fix="pip install 'taurus-beam[onnx]'",
        ) from None
    return onnx


def model_of(
    build: Builder,
    inputs: Iterable[Slot],
    outputs: Iterable[Slot],
    metadata: Mapping[str, str],
) -> Any:
    """The ``ModelProto`` of what was built."""
    onnx = onnx_package()
    given = list(outputs)
    statements = build.statements(slot.name for slot in given)
    used = {name for statement in statements for name in statement.inputs}
    nodes = [
        onnx.helper.make_node(
            s.operator,
            s.inputs,
            s.outputs,
            name=s.label,
            domain=s.domain,
            **{k: _attribute(onnx, v) for k, v in s.attributes.items()},
        )
        for s in statements
    ]
    graph = onnx.helper.make_graph(
        nodes,
        "taurus_beam",
        [_value_info(onnx, slot) for slot in inputs],
        [_value_info(onnx, slot) for slot in given],
        [_tensor(onnx, a, name) for name, a in build.constants.items() if name in used],
    )
    domains = {""} | {s.domain for s in statements}
    opsets = [onnx.helper.make_opsetid(d, v) for d, v in OPSETS.items() if d in domains]
    model = onnx.helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
    model.producer_name = "taurus_beam"
    onnx.helper.set_model_props(model, dict(metadata))
    return model


def checked(model: Any) -> Any:
    """The model with the shapes of its values inferred, once the checker has passed it.

    Raises:
        EngineError: If the checker refuses it, or it is too large for one file.
    """
    onnx = onnx_package()
    if model.ByteSize() > _LARGEST:
        raise EngineError(
            f"The model would have {model.ByteSize():,} bytes.",
            expected=f"at most {_LARGEST:,}, the most that an ONNX file can hold",
            fix="Shorten the vocabularies (top_k), or leave out outputs.",
        )
    try:
        inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
        onnx.checker.check_model(inferred, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as problem:
        raise EngineError(f"The ONNX checker refuses the model: {problem}") from problem
    return inferred


def _attribute(onnx: Any, value: Any) -> Any:
    return _tensor(onnx, value, "") if isinstance(value, np.ndarray) else value


def _tensor(onnx: Any, array: np.ndarray[Any, Any], name: str) -> Any:
    if array.dtype == TEXT:
        texts = [t if isinstance(t, bytes) else t.encode() for t in array.reshape(-1).tolist()]
        kind = ONNX_TYPES[array.dtype]
        return onnx.helper.make_tensor(name, kind, list(array.shape), texts)
    return onnx.numpy_helper.from_array(array, name)


def _value_info(onnx: Any, slot: Slot) -> Any:
    return onnx.helper.make_tensor_value_info(slot.name, ONNX_TYPES[slot.dtype], slot.shape)
