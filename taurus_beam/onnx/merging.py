"""A model of features and a model that takes them, as one: from raw columns to predictions.

The model's inputs are found among the outputs by name. What does not fit is refused here, before
any runtime sees it: another type or width, or a value that may be missing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from taurus_beam.errors import EngineError
from taurus_beam.onnx.fitting import Offered, Widths, becomes_matrix, check_fit, no_such_output
from taurus_beam.onnx.model import IR_VERSION, OPSETS, checked, onnx_package

__all__ = ["merged", "read_model", "taken_by"]

_PREFIX, _ML = "model/", "ai.onnx.ml"


def merged(features: Any, model: Any, kept: Sequence[str]) -> Any:
    """One model that computes features and gives them to another.

    Args:
        features: The exported transform function.
        model: The other model.
        kept: Outputs that the result gives besides the model's own.

    Raises:
        EngineError: If the model cannot be converted, or takes what is no output, or one of
            another type or shape, or one that may be missing.
    """
    onnx = onnx_package()
    model = _converted(onnx, model)
    inputs = _inputs(model)
    properties = {p.key: p.value for p in features.metadata_props}
    ports = json.loads(properties["taurus_beam.outputs"])
    tensors = {o.name: o.type.tensor_type for o in features.graph.output}
    offered = {name: _offered(onnx, port, tensors[port["data"]]) for name, port in ports.items()}
    for name, wanted in inputs.items():
        check_fit(name, _element(onnx, wanted), _widths(wanted), offered)
    own = [o.name for o in model.graph.output]
    shown = {name: ports[name] for name in kept}
    beside = [n for port in shown.values() for kind, n in port.items() if kind != "type"]
    taken = {i.name for i in features.graph.input} | set(beside)
    renamed = {f"{_PREFIX}{name}": f"{name}_output" if name in taken else name for name in own}
    features = _adapted(onnx, features, inputs, ports, tensors)
    model = _with_output_names(onnx, onnx.compose.add_prefix(model, _PREFIX), renamed)
    newest = {
        domain: max(versions.get(domain, 0) for versions in (_versions(features), _versions(model)))
        for domain in {*_versions(features), *_versions(model)}
    }
    combined = onnx.compose.merge_models(
        _with_opsets(features, newest),
        _with_opsets(model, newest),
        io_map=[(_feed(name), f"{_PREFIX}{name}") for name in inputs],
        outputs=[*beside, *renamed.values()],
    )
    del combined.metadata_props[:]
    onnx.helper.set_model_props(combined, {**properties, "taurus_beam.outputs": json.dumps(shown)})
    combined.producer_name = "taurus_beam"
    return checked(combined)


def read_model(model: Any) -> Any:
    """A ``ModelProto``, from its file where it is not one itself.

    Raises:
        EngineError: If it cannot be read, or onnx is not installed.
    """
    onnx = onnx_package()
    if isinstance(model, onnx.ModelProto):
        return model
    try:
        return onnx.load(os.fspath(model))
    except Exception as problem:  # protobuf, the operating system, or onnx itself
        raise EngineError(
            f"The model cannot be read: {problem}", where=str(model), expected="an ONNX model"
        ) from problem


def taken_by(model: Any, outputs: Collection[str]) -> list[str]:
    """The outputs that a model takes, in its order.

    Raises:
        EngineError: If it takes what is none.
    """
    names = list(_inputs(model))
    for name in names:
        if name not in outputs:
            raise no_such_output(name, outputs)
    return names


def _converted(onnx: Any, model: Any) -> Any:
    """The model in the versions of the features' model, on which both can be merged."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    versions = _versions(result)
    if versions.setdefault("", OPSETS[""]) != OPSETS[""]:
        try:
            result = onnx.version_converter.convert_version(result, OPSETS[""])
        except Exception as problem:  # whatever the converter meets
            raise EngineError(
                f"The model is of opset {versions['']} and cannot be converted: {problem}",
                expected=f"opset {OPSETS['']}",
                fix=f"Export it again for opset {OPSETS['']} (target_opset).",
            ) from problem
        versions[""] = OPSETS[""]
    if versions.get(_ML, 2) < 2 and any(n.op_type == "LabelEncoder" for n in result.graph.node):
        raise EngineError(
            f"The model has a LabelEncoder of {_ML} 1, which means another thing since {_ML} 2.",
            fix=f"Export it again for {_ML} {OPSETS[_ML]} (target_opset).",
        )
    result.ir_version = IR_VERSION
    return _with_opsets(result, versions)


def _versions(model: Any) -> dict[str, int]:
    """The version of each domain, the highest where it is listed twice."""
    versions: dict[str, int] = {}
    for opset in model.opset_import:
        domain = "" if opset.domain == "ai.onnx" else opset.domain
        versions[domain] = max(opset.version, versions.get(domain, 0))
    return versions


def _with_opsets(model: Any, versions: Mapping[str, int]) -> Any:
    del model.opset_import[:]
    for domain, version in sorted(versions.items()):
        opset = model.opset_import.add()
        opset.domain, opset.version = domain, version
    return model


def _inputs(model: Any) -> Mapping[str, Any]:
    """What the model takes, without the initializers that older models list as inputs."""
    constants = {t.name for t in model.graph.initializer}
    return {i.name: i.type.tensor_type for i in model.graph.input if i.name not in constants}


def _offered(onnx: Any, port: Mapping[str, Any], tensor: Any) -> Offered:
    element, widths = _element(onnx, tensor), _widths(tensor) or []
    return Offered(element, widths, "lengths" in port, "missing" in port)


def _element(onnx: Any, tensor: Any) -> str:
    return str(onnx.TensorProto.DataType.Name(tensor.elem_type).lower())


def _widths(tensor: Any) -> Widths | None:
    """The sizes behind the rows; None for a shape that is open."""
    if not tensor.HasField("shape"):
        return None
    return [d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim[1:]]


def _feed(name: str) -> str:
    """What the tensor is called that the model is given."""
    return f"{name}/for_model"


def _adapted(
    onnx: Any,
    features: Any,
    inputs: Mapping[str, Any],
    ports: Mapping[str, Any],
    tensors: Mapping[str, Any],
) -> Any:
    """The features' model that gives each input of the other in the shape it is taken in."""
    result = onnx.ModelProto()
    result.CopyFrom(features)
    for name, wanted in inputs.items():
        source, feed = ports[name]["data"], _feed(name)
        found = tensors[source]
        dims, axes = _dims(found), []
        if becomes_matrix(_widths(wanted), _widths(found) or []):
            dims, axes = [*dims, 1], [f"{feed}/axis"]
            result.graph.initializer.append(onnx.helper.make_tensor(axes[0], 7, [1], [1]))
        operator = "Unsqueeze" if axes else "Identity"
        node = onnx.helper.make_node(operator, [source, *axes], [feed], name=feed)
        result.graph.node.append(node)
        result.graph.output.append(onnx.helper.make_tensor_value_info(feed, found.elem_type, dims))
    return result


def _dims(tensor: Any) -> list[int | str]:
    dims = tensor.shape.dim
    return [d.dim_value if d.HasField("dim_value") else d.dim_param for d in dims]


def _with_output_names(onnx: Any, model: Any, names: Mapping[str, str]) -> Any:
    """The model with other names for its outputs; within the model they keep their own."""
    for output in model.graph.output:
        old, output.name = output.name, names[output.name]
        node = onnx.helper.make_node("Identity", [old], [output.name], name=f"output/{output.name}")
        model.graph.node.append(node)
    return model
