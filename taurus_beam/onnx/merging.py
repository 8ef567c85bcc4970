"""A model of features and a model that takes them, as one: from raw columns to predictions.

The model's inputs are found among the outputs by name. What does not fit is refused here, before
any runtime sees it: another type or width, or a value that may be missing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from taurus_beam.errors import EngineError
from taurus_beam.onnx.model import IR_VERSION, OPSETS, checked, onnx_package

__all__ = ["merged"]

_PREFIX, _ML = "model/", "ai.onnx.ml"


def merged(features: Any, model: Any, kept: Sequence[str]) -> Any:
    """One model that computes features and gives them to another.

    Args:
        features: The exported transform function.
        model: The other model, or its file.
        kept: Outputs that the result gives besides the model's own.

    Raises:
        EngineError: If the model cannot be read or converted, or takes what is no output, or one
            of another type or shape, or one that may be missing.
    """
    onnx = onnx_package()
    model = _converted(onnx, _read(onnx, model))
    inputs = _inputs(model)
    properties = {p.key: p.value for p in features.metadata_props}
    ports = json.loads(properties["taurus_beam.outputs"])
    tensors = {o.name: o.type.tensor_type for o in features.graph.output}
    for name, wanted in inputs.items():
        _check(onnx, name, wanted, ports, tensors)
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


def _read(onnx: Any, model: Any) -> Any:
    if isinstance(model, onnx.ModelProto):
        return model
    try:
        return onnx.load(os.fspath(model))
    except Exception as problem:  # protobuf, the operating system, or onnx itself
        raise EngineError(
            f"The model cannot be read: {problem}", where=str(model), expected="an ONNX model"
        ) from problem


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


def _check(
    onnx: Any, name: str, wanted: Any, ports: Mapping[str, Any], tensors: Mapping[str, Any]
) -> None:
    if name not in ports:
        raise EngineError(
            f"The model takes {name!r}, and there is no such output.",
            expected=f"inputs named like outputs: {', '.join(ports)}",
            fix=f"Call the output {name!r}; columns are put side by side by tb.stack([...]).",
        )
    port = ports[name]
    found = tensors[port["data"]]
    if wanted.elem_type != found.elem_type:
        types = onnx.TensorProto.DataType
        one, other = (types.Name(t.elem_type).lower() for t in (wanted, found))
        raise EngineError(
            f"The model takes {name!r} as {one}, and the output is {other}.",
            fix="Cast the output in the preprocessing function: tb.cast(x, dtype).",
        )
    if "missing" in port and found.elem_type not in _FLOATS:
        raise EngineError(
            f"Output {name!r} may be missing, which the model would take for a value.",
            fix="Fill it in the preprocessing function (tb.fill_null), or say that the columns "
            "it comes from are never missing (required).",
        )
    if "lengths" in port:
        raise EngineError(
            f"Output {name!r} is of ragged lists, which the model cannot tell from their padding.",
            fix="Give the lists a fixed length: tb.to_dense(x, size).",
        )
    asked, width = _widths(wanted), _widths(found) or []
    if asked is None or _fits(asked, width):
        return
    raise EngineError(
        f"The model takes {name!r} with {_shown(asked)}, and the output has {_shown(width)}.",
        fix="Put the columns that the model was trained with in one output: tb.stack([...]).",
    )


_FLOATS = {1, 10, 11}  # FLOAT, FLOAT16, DOUBLE: a missing one is NaN


def _widths(tensor: Any) -> list[int | None] | None:
    """The sizes behind the rows, None for one that is open; None for a shape that is open."""
    if not tensor.HasField("shape"):
        return None
    return [d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim[1:]]


def _fits(wanted: list[int | None], found: list[int | None]) -> bool:
    if not found and wanted in ([1], [None]):
        return True  # a column of one value a row, which becomes a matrix of one column
    return len(wanted) == len(found) and all(
        w is None or f is None or w == f for w, f in zip(wanted, found, strict=True)
    )


def _shown(widths: list[int | None]) -> str:
    return f"rows of {'×'.join(str(w or '?') for w in widths)}" if widths else "one value a row"


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
        found, widths = tensors[source], _widths(wanted)
        dims, axes = _dims(found), []
        if widths is not None and len(widths) == 1 and not _widths(found):
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
