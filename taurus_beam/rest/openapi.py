"""The interface as an OpenAPI 3.1 description, made from the schemas of the models.

Made by hand rather than by a framework, because the features of a request are known only when
its model is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from taurus_beam import __version__
from taurus_beam.graph.types import ColumnType, is_float, is_integer
from taurus_beam.rest.live_addresses import HTML, PROTO
from taurus_beam.rest.model import Model
from taurus_beam.rest.protocols import ARROW, JSON
from taurus_beam.rest.settings import Settings
from taurus_beam.rest.tensor_types import datatype

__all__ = ["openapi"]

_TEXT = {"type": "string"}
_REFUSALS = {
    "400": "The request does not fit the model; `feature` names what does not.",
    "404": "There is no such model or version.",
    "406": "None of the accepted media types can be given.",
    "408": "The body did not come in time.",
    "413": "The body is too large, or has too many rows.",
    "415": "The media type is not taken.",
    "429": "The server is busy.",
    "503": "The answer took too long.",
}
_TOLD_OF_LIVE = {"200", "400", "404", "406"}


def openapi(
    models: Sequence[Model], versions: Sequence[Sequence[str]], settings: Settings
) -> dict[str, Any]:
    """The description.

    Args:
        models: Each model in the version that answers by default.
        versions: The versions of each that are loaded.
        settings: Whether a token is needed, and whether further features may come.
    """
    paths: dict[str, Any] = {
        "/v2": _get("About the server"),
        "/v2/health/live": _get("Whether the server is alive"),
        "/v2/health/ready": _get("Whether the server is ready"),
        "/v2/repository/index": {"post": _operation("The versions that are loaded", JSON)},
        "/metrics": {"get": _operation("Counters for Prometheus", "text/plain", _TEXT)},
        "/openapi.json": _get("This description"),
    }
    schemas: dict[str, Any] = {"Error": _error()}
    for model, loaded in zip(models, versions, strict=True):
        schemas[f"{model.name}.Row"] = _row(model.inputs, closed=not settings.extra_features)
        schemas[f"{model.name}.Features"] = _row(model.outputs, closed=True)
        schemas[f"{model.name}.Request"] = _tensors(model.inputs, "inputs")
        schemas[f"{model.name}.Response"] = _tensors(model.outputs, "outputs")
        paths |= _model_paths(model.name, "", [])
        paths |= _model_paths(model.name, "/versions/{version}", [_version(loaded)])
    described: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "taurus_beam", "version": __version__},
        "paths": paths,
        "components": {"schemas": schemas},
    }
    if settings.token:
        described["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        described["security"] = [{"token": []}]
        for path in ("/v2/health/live", "/v2/health/ready"):
            paths[path]["get"]["security"] = []
    return described


def _model_paths(name: str, version: str, parameters: list[Any]) -> dict[str, Any]:
    def reference(what: str) -> dict[str, Any]:
        return {"$ref": f"#/components/schemas/{name}.{what}"}

    infer = _operation("Transform tensors", JSON, reference("Response"), refusals=True)
    infer["requestBody"] = _body({JSON: {"schema": reference("Request")}})
    transform = _operation("Transform rows or an Arrow stream", JSON, refusals=True)
    answer = {"type": "array", "items": reference("Features")}
    content = {JSON: {"schema": answer}, ARROW: {"schema": _binary()}}
    transform["responses"]["200"]["content"] = content
    rows = {"type": "array", "items": reference("Row")}
    transform["requestBody"] = _body({JSON: {"schema": rows}, ARROW: {"schema": _binary()}})
    base = f"/v2/models/{name}{version}"
    headers = [] if version else [_header("Taurus-Model-Version"), _header("Taurus-Canary")]
    infer["parameters"] = transform["parameters"] = [*headers, _header("X-Request-ID")]
    paths = {
        base: _get("The model's features and outputs", missing=True),
        f"{base}/ready": _get("Whether the model is ready", missing=True),
        f"{base}/infer": {"post": infer},
        f"/v1/models/{name}{version}:transform": {"post": transform},
    }
    paths |= _live_paths(base)
    return {path: {**item, "parameters": parameters} for path, item in paths.items()}


def _live_paths(base: str) -> dict[str, Any]:
    """What is told of the inputs; 404 where nothing is gathered, or nothing to compare with."""
    windows = {
        "name": "windows",
        "in": "query",
        "required": False,
        "description": "Only the last so many windows, the present one among them.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 999_999},
    }
    described = {
        "statistics": ("Statistics of the inputs, a DatasetFeatureStatisticsList", PROTO),
        "drift": ("How far the inputs are from the training data", HTML),
    }
    paths = {}
    for name, (summary, other) in described.items():
        operation = _operation(summary, JSON, {"type": "object"}, refusals=True)
        operation["parameters"] = [windows]
        operation["responses"]["200"]["content"][other] = {"schema": _binary(other)}
        for status in operation["responses"].keys() - _TOLD_OF_LIVE:
            del operation["responses"][status]
        paths[f"{base}/{name}"] = {"get": operation}
    return paths


def _row(types: Mapping[str, ColumnType], closed: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
    for path, kind in types.items():
        row["properties"][path] = _value(kind)
        head, *fields = path.split(".")
        if not fields:
            row["required"].append(path)
            continue
        # A field of a struct may come by its path or in an object, which may be missing.
        row["properties"].setdefault(head, {"type": ["object", "null"]})
        row.setdefault("allOf", []).append(
            {"anyOf": [{"required": [path]}, _inside([head, *fields], _value(kind))]}
        )
    row["additionalProperties"] = not closed
    return row


def _inside(names: Sequence[str], value: Mapping[str, Any]) -> dict[str, Any]:
    """An object that has a value below some names, or null on the way there."""
    first, *rest = names
    inner = {"type": ["object", "null"], **_inside(rest, value)} if rest else dict(value)
    return {"properties": {first: inner}, "required": [first]}


def _value(kind: ColumnType) -> dict[str, Any]:
    element = _element(kind.dtype)
    if kind.is_scalar:
        return element
    listed: dict[str, Any] = {"type": ["array", "null"], "items": element}
    width = kind.shape[0]
    return listed if width is None else {**listed, "minItems": width, "maxItems": width}


def _element(dtype: Any) -> dict[str, Any]:
    if is_float(dtype):
        special = {"enum": ["NaN", "Infinity", "-Infinity"]}
        return {"anyOf": [{"type": ["number", "null"]}, special]}
    if is_integer(dtype):
        width = dtype.bit_width
        signed = pa.types.is_signed_integer(dtype)
        low, high = (-(2 ** (width - 1)), 2 ** (width - 1) - 1) if signed else (0, 2**width - 1)
        return {"type": ["integer", "null"], "minimum": low, "maximum": high}
    if pa.types.is_boolean(dtype):
        return {"type": ["boolean", "null"]}
    if pa.types.is_duration(dtype):
        return {"type": ["integer", "null"], "description": f"{dtype}, in its unit"}
    if pa.types.is_binary(dtype):
        return {"type": ["string", "null"], "contentEncoding": "base64"}
    if pa.types.is_date32(dtype):
        return {"type": ["string", "null"], "format": "date"}
    if pa.types.is_timestamp(dtype):
        # Not "date-time", which would need a time zone where the feature may have none.
        return {"type": ["string", "null"], "description": f"{dtype}, ISO 8601"}
    return {"type": ["string", "null"]}


def _tensors(types: Mapping[str, ColumnType], where: str) -> dict[str, Any]:
    tensor: dict[str, Any] = {
        "type": "object",
        "required": ["name", "shape", "datatype", "data"],
        "properties": {
            "name": _TEXT,
            "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
            "datatype": {"enum": sorted({datatype(kind) for kind in types.values()})},
            "data": {"type": "array"},
            "parameters": {"type": "object"},
        },
    }
    if where == "inputs":
        # Numbers of other types are taken where no value changes.
        tensor["properties"]["datatype"] = _TEXT
    each = "; ".join(f"{name}: {datatype(kind)}" for name, kind in types.items())
    listed = {"type": "array", "items": tensor, "description": each}
    return {
        "type": "object",
        "required": [where],
        "properties": {"id": _TEXT, "parameters": {"type": "object"}, where: listed},
    }


def _get(summary: str, missing: bool = False) -> dict[str, Any]:
    return {"get": _operation(summary, JSON, missing=missing)}


def _operation(
    summary: str,
    media_type: str,
    schema: Mapping[str, Any] | None = None,
    refusals: bool = False,
    missing: bool = False,
) -> dict[str, Any]:
    content = {media_type: {"schema": dict(schema or {})}}
    responses: dict[str, Any] = {"200": {"description": "Done.", "content": content}}
    error = {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}
    for status, description in _REFUSALS.items():
        if refusals or (missing and status == "404"):
            responses[status] = {"description": description, "content": error}
    return {"summary": summary, "responses": responses}


def _body(content: Mapping[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": dict(content)}


def _binary(media_type: str = ARROW) -> dict[str, Any]:
    return {"type": "string", "contentMediaType": media_type}


def _version(versions: Sequence[str]) -> dict[str, Any]:
    schema = {"type": "string", "examples": list(versions)}
    return {"name": "version", "in": "path", "required": True, "schema": schema}


def _header(name: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "schema": _TEXT}


def _error() -> dict[str, Any]:
    names = ("error", "feature", "where", "expected", "fix", "request_id")
    properties = dict.fromkeys(names, _TEXT)
    return {"type": "object", "required": ["error"], "properties": properties}
