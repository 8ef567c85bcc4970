"""Graphs as JSON and back: canonical, so that the same graph gives the same bytes.

Constants, which may be long, are for `taurus_beam.artifact.constant_encoding`. Nothing is ever
pickled or evaluated; types are not trusted but inferred again on the way in.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from taurus_beam.artifact.bounds import check_shape, check_widths
from taurus_beam.artifact.constant_encoding import decode_constant, encode_constant
from taurus_beam.errors import ArtifactError, TaurusError
from taurus_beam.graph.analyzer import Analyzer
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.extensions import Origin, is_foreign, origin_of
from taurus_beam.graph.node import Graph, InputColumn, Location, Node
from taurus_beam.graph.operation import operation_named
from taurus_beam.graph.types import ColumnType, parse_dtype

__all__ = ["FORMAT_VERSION", "decode_graph", "encode_graph", "releases"]

FORMAT_VERSION = 1
_FIX = "Fit again, or restore the artifact from where it was written."


def encode_graph(graph: Graph) -> tuple[dict[str, Any], dict[str, Any]]:
    """A graph as JSON data, and the assets it refers to by name."""
    assets: dict[str, Any] = {}
    index = {node: i for i, node in enumerate(graph.nodes)}
    nodes = [_encode_node(node, index, assets) for node in graph.nodes]
    outputs = {name: index[node] for name, node in graph.outputs.items()}
    document: dict[str, Any] = {"nodes": nodes, "outputs": [[n, i] for n, i in outputs.items()]}
    if graph.monitors:
        document["monitors"] = [[name, index[node]] for name, node in graph.monitors.items()]
    foreign = {name: origin.document() for name, origin in _origins(graph).items()}
    return document | ({"extensions": foreign} if foreign else {}), assets


def releases(graph: Graph) -> dict[str, str]:
    """Versions of the other packages whose operations a graph needs, by package."""
    return {
        origin.distribution: origin.release
        for origin in sorted(_origins(graph).values(), key=str)
        if origin.distribution is not None and origin.release is not None
    }


def _origins(graph: Graph) -> dict[str, Origin]:
    """Where the operations of other packages come from, by name."""
    found = {n.operation.name: type(n.operation) for n in graph.nodes}
    return {name: origin_of(cls) for name, cls in sorted(found.items()) if is_foreign(name)}


def decode_graph(
    document: Mapping[str, Any],
    asset: Callable[[str], bytes | Any],
    schema: pa.Schema | None = None,
    releases: Mapping[str, str] | None = None,
) -> Graph:
    """The graph that `encode_graph` wrote.

    Args:
        document: The JSON data.
        asset: Gives the content of an asset (bytes or an Arrow buffer) by its name.
        schema: The schema it was traced with; by default made from the columns it reads.
        releases: Versions of other packages whose operations it needs, for messages.

    Raises:
        ArtifactError: If it is not such a document, or needs operations that are not installed.
    """
    nodes: list[Node] = []
    try:
        extensions = {
            name: Origin.read(entry, releases or {})
            for name, entry in document.get("extensions", {}).items()
        }
        for entry in document["nodes"]:
            nodes.append(_decode_node(entry, nodes, asset, extensions))
        outputs = {
            name: _output(name, nodes[_earlier(i, len(nodes))])
            for name, i in _pairs(document["outputs"], "output")
        }
        if not outputs:
            raise ValueError("there is no output")
        monitors = {
            name: _monitor(name, nodes[_earlier(i, len(nodes))])
            for name, i in _pairs(document.get("monitors", []), "monitor")
        }
        graph = Graph(outputs, _schema_of(nodes) if schema is None else schema, monitors)
        check_widths(nodes)
    except ArtifactError:
        raise
    except Exception as problem:
        # A document made by hand can provoke whatever Arrow and NumPy raise.
        what = problem.what if isinstance(problem, TaurusError) else repr(problem)
        raise ArtifactError(f"The graph is damaged: {what}", fix=_FIX) from problem
    return graph


def _pairs(entries: Any, what: str) -> list[tuple[str, int]]:
    pairs: list[tuple[str, int]] = [(name, index) for name, index in entries]
    if len(dict(pairs)) < len(pairs):
        raise ValueError(f"two {what}s have one name")
    return pairs


def _output(name: Any, node: Node) -> Node:
    if not isinstance(name, str) or not name or not isinstance(node.type, ColumnType):
        raise ValueError(f"output {name!r} is a {node.type}")
    return node


def _monitor(name: Any, node: Node) -> Node:
    if not isinstance(name, str) or not name or node.type != ColumnType(pa.bool_()):
        raise ValueError(f"monitor {name!r} is a {node.type}")
    return node


def _schema_of(nodes: list[Node]) -> pa.Schema:
    found = {
        n.operation.column: n.operation.column_type.to_arrow()
        for n in nodes
        if isinstance(n.operation, InputColumn)
    }
    return pa.schema(_nested(found))


def _nested(paths: Mapping[str, Any]) -> list[Any]:
    """Fields for columns by path; those below a common head are fields of a struct."""
    fields: dict[str, Any] = {}
    structs: dict[str, dict[str, Any]] = {}
    for path, arrow_type in sorted(paths.items()):
        head, _, rest = path.partition(".")
        if rest:
            structs.setdefault(head, {})[rest] = arrow_type
        else:
            fields[path] = arrow_type
    for head, inner in structs.items():
        fields[head] = pa.struct(_nested(inner))
    return [pa.field(name, arrow_type) for name, arrow_type in sorted(fields.items())]


def _encode_node(node: Node, index: Mapping[Node, int], assets: dict[str, Any]) -> dict[str, Any]:
    operation = node.operation
    if isinstance(operation, Constant):
        attributes = encode_constant(operation, assets)
    else:
        attributes = {n: _encode_value(v) for n, v in operation.attributes().items()}
    return {
        "op": operation.name,
        "version": operation.version,
        "attributes": attributes,
        "inputs": [index[i] for i in node.inputs],
        "at": [node.location.file, node.location.line, node.location.code],
    }


def _decode_node(
    entry: Mapping[str, Any], nodes: list[Node], asset: Any, extensions: Mapping[str, Origin]
) -> Node:
    cls = operation_named(entry["op"], entry["version"], extensions.get(entry["op"]))
    inputs = tuple(nodes[_earlier(i, len(nodes))] for i in entry["inputs"])
    if cls is Constant:
        operation: Any = decode_constant(entry["attributes"], asset)
    else:
        attributes = {n: _decode_value(v) for n, v in entry["attributes"].items()}
        operation = cls.from_attributes(attributes)
        _check_kinds(operation)
    file, line, code = entry["at"]
    varies = isinstance(operation, InputColumn) or any(i.per_row for i in inputs)
    per_row = varies and not isinstance(operation, Analyzer)
    node_type = operation.infer(*(i.type for i in inputs))
    check_shape(operation, node_type, per_row)
    return Node(operation, inputs, node_type, per_row, Location(file, line, code))


def _check_kinds(operation: Any) -> None:
    """Refuse attributes of other kinds than the operation declares, where it declares one."""
    for field in dataclasses.fields(operation):
        kinds, value = _KINDS.get(str(field.type)), getattr(operation, field.name)
        if kinds is not None and type(value) not in kinds:
            raise ValueError(f"{operation.name!r} has {field.name} {value!r:.60}")


_KINDS: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (float, int),
    "str": (str,),
    "str | None": (str, type(None)),
}


def _earlier(index: Any, known: int) -> int:
    if type(index) is not int or not 0 <= index < known:
        raise ValueError(f"a node refers to node {index!r}, which does not come before it")
    return index


def _encode_value(value: Any) -> Any:
    if isinstance(value, ColumnType):
        return {"column": [str(value.dtype), list(value.shape)]}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, list | tuple):
        return [_encode_value(element) for element in value]
    return value


def _decode_value(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_decode_value(element) for element in value)
    if isinstance(value, dict) and "bytes" in value:
        return bytes.fromhex(value["bytes"])
    if isinstance(value, dict):
        dtype, shape = value["column"]
        return ColumnType(parse_dtype(dtype), tuple(shape))
    return value
