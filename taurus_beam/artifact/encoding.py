"""Graphs as JSON and back: canonical, so that the same graph gives the same bytes.

Vocabularies and long arrays go to assets (Arrow IPC) beside the JSON; nothing is ever pickled
or evaluated. Types are not trusted but inferred again on the way in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import ArtifactError, TaurusError
from taurus_beam.graph.constant import Constant, Vocabulary
from taurus_beam.graph.node import Graph, InputColumn, Location, Node
from taurus_beam.graph.operation import operation_named
from taurus_beam.graph.types import (
    ColumnType,
    VocabularyType,
    is_float,
    is_text,
    numpy_dtype,
    parse_dtype,
)
from taurus_beam.graph.values import Values, to_arrow

__all__ = ["decode", "decode_constant", "decode_graph", "encode_constant", "encode_graph"]

FORMAT_VERSION = 1
_INLINE_ELEMENTS = 256
_FIX = "Fit again, or restore the artifact from where it was written."


def encode_graph(graph: Graph) -> tuple[dict[str, Any], dict[str, bytes]]:
    """A graph as JSON data, and the assets it refers to by name."""
    assets: dict[str, bytes] = {}
    index = {node: i for i, node in enumerate(graph.nodes)}
    nodes = [_encode_node(node, index, assets) for node in graph.nodes]
    outputs = {name: index[node] for name, node in graph.outputs.items()}
    return {"nodes": nodes, "outputs": [[n, i] for n, i in outputs.items()]}, assets


def decode_graph(
    document: Mapping[str, Any],
    asset: Callable[[str], bytes | Any],
    schema: pa.Schema | None = None,
) -> Graph:
    """The graph that `encode_graph` wrote.

    Args:
        document: The JSON data.
        asset: Gives the content of an asset (bytes or an Arrow buffer) by its name.
        schema: The schema it was traced with; by default made from the columns it reads.

    Raises:
        ArtifactError: If it is not such a document, or needs operations that are not installed.
    """
    nodes: list[Node] = []
    try:
        for entry in document["nodes"]:
            nodes.append(_decode_node(entry, nodes, asset))
        outputs = {
            name: _output(name, nodes[_earlier(i, len(nodes))]) for name, i in _pairs(document)
        }
        graph = Graph(outputs, _schema_of(nodes) if schema is None else schema)
    except ArtifactError:
        raise
    except Exception as problem:
        # A document made by hand can provoke whatever Arrow and NumPy raise.
        what = problem.what if isinstance(problem, TaurusError) else repr(problem)
        raise ArtifactError(f"The graph is damaged: {what}", fix=_FIX) from problem
    return graph


def decode(text: bytes | str, what: str) -> Any:
    """JSON data from text; ArtifactError where it is none, or says something twice."""
    try:
        return json.loads(text, parse_constant=_no_number, object_pairs_hook=_once_each)
    except (ValueError, RecursionError) as problem:
        raise ArtifactError(f"{what} is no JSON: {problem}", fix=_FIX) from problem


def _no_number(token: str) -> Any:
    raise ValueError(f"{token} is no JSON number")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise ValueError("an object has two entries of one name")
    return data


def _pairs(document: Mapping[str, Any]) -> list[tuple[str, int]]:
    pairs: list[tuple[str, int]] = [(name, index) for name, index in document["outputs"]]
    if not pairs:
        raise ValueError("there is no output")
    if len(dict(pairs)) < len(pairs):
        raise ValueError("two outputs have one name")
    return pairs


def _output(name: Any, node: Node) -> Node:
    if not isinstance(name, str) or not name or not isinstance(node.type, ColumnType):
        raise ValueError(f"output {name!r} is a {node.type}")
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


def _encode_node(node: Node, index: Mapping[Node, int], assets: dict[str, bytes]) -> dict[str, Any]:
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


def _decode_node(entry: Mapping[str, Any], nodes: list[Node], asset: Any) -> Node:
    cls = operation_named(entry["op"], entry["version"])
    inputs = tuple(nodes[_earlier(i, len(nodes))] for i in entry["inputs"])
    if cls is Constant:
        operation: Any = decode_constant(entry["attributes"], asset)
    else:
        attributes = {n: _decode_value(v) for n, v in entry["attributes"].items()}
        operation = cls.from_attributes(attributes)
    file, line, code = entry["at"]
    per_row = isinstance(operation, InputColumn) or any(i.per_row for i in inputs)
    node_type = operation.infer(*(i.type for i in inputs))
    return Node(operation, inputs, node_type, per_row, Location(file, line, code))


def _earlier(index: Any, known: int) -> int:
    if type(index) is not int or not 0 <= index < known:
        raise ValueError(f"a node refers to node {index!r}, which does not come before it")
    return index


def _encode_value(value: Any) -> Any:
    if isinstance(value, ColumnType):
        return {"column": [str(value.dtype), list(value.shape)]}
    return value


def _decode_value(value: Any) -> Any:
    if isinstance(value, dict):
        dtype, shape = value["column"]
        return ColumnType(parse_dtype(dtype), tuple(shape))
    return value


def encode_constant(constant: Constant, assets: dict[str, bytes]) -> dict[str, Any]:
    """A constant as JSON data; what is long is added to `assets` by name."""
    if isinstance(constant.value, Vocabulary):
        vocabulary = constant.value
        name = f"assets/{vocabulary.name}.arrow"
        assets[name] = _ipc({"term": vocabulary.terms, "count": vocabulary.counts})
        return {"vocabulary": vocabulary.name, "size": len(vocabulary), "asset": name}
    value_type, elements = constant.value_type, constant.value
    encoded: dict[str, Any] = {"type": [str(value_type.dtype), list(value_type.shape)]}  # type: ignore[union-attr]  # a column's
    if len(elements) > _INLINE_ELEMENTS:
        encoded["asset"] = f"assets/constant_{len(assets)}.arrow"
        assets[encoded["asset"]] = _ipc({"elements": elements})
    else:
        encoded["elements"] = [_encode_element(e) for e in _plain(elements)]
    return encoded


def decode_constant(attributes: Mapping[str, Any], asset: Callable[[str], Any]) -> Constant:
    """The constant that `encode_constant` wrote; `asset` gives an asset's content by name."""
    if "vocabulary" in attributes:
        table = _read_ipc(asset(attributes["asset"]))
        terms, counts = _whole(table["term"]), _whole(table["count"])
        vocabulary = Vocabulary(attributes["vocabulary"], terms, counts)
        if len(vocabulary) != attributes["size"]:
            raise ValueError(f"vocabulary {vocabulary.name!r} has {len(vocabulary)} terms")
        if terms.null_count or counts.null_count or counts.type != pa.int64():
            raise ValueError(f"vocabulary {vocabulary.name!r} is not of terms and their counts")
        return Constant(VocabularyType(vocabulary.terms.type), vocabulary)
    name, shape = attributes["type"]
    dtype = parse_dtype(name)
    column_type = ColumnType(dtype, tuple(shape))
    if "asset" in attributes:
        elements = _whole(_read_ipc(asset(attributes["asset"]))["elements"])
    else:
        elements = _elements(attributes["elements"], dtype)
    if len(elements) != int(np.prod([1, *shape])):
        raise ValueError(f"a constant of shape {shape} has {len(elements)} elements")
    return Constant(column_type, elements)


def _plain(elements: Any) -> list[Any]:
    """Elements as JSON-able values; times as counts of their unit."""
    if pa.types.is_binary(elements.type):
        return [None if e is None else e.hex() for e in elements.to_pylist()]
    if pa.types.is_date32(elements.type):
        elements = elements.cast(pa.int32())
    elif pa.types.is_timestamp(elements.type) or pa.types.is_duration(elements.type):
        elements = elements.cast(pa.int64())
    return list(elements.to_pylist())


def _encode_element(element: Any) -> Any:
    if isinstance(element, float) and not np.isfinite(element):
        return {"float": str(element)}
    return element


def _elements(encoded: list[Any], dtype: Any) -> Any:
    """The Arrow array of some JSON values, made without `pa.array`, which would import pandas."""
    missing = np.array([e is None for e in encoded], np.bool_)
    if is_text(dtype):
        read = bytes.fromhex if pa.types.is_binary(dtype) else str.encode
        contents = [b"" if e is None else read(e) for e in encoded]
        offsets = np.cumsum([0, *map(len, contents)]).astype(np.int32)
        body = [pa.py_buffer(offsets), pa.py_buffer(b"".join(contents))]
        validity = pa.py_buffer(np.packbits(~missing, bitorder="little"))
        return pa.Array.from_buffers(dtype, len(encoded), [validity, *body])
    kind = bool if pa.types.is_boolean(dtype) else (int, float) if is_float(dtype) else int
    plain = [float(e["float"]) if isinstance(e, dict) else e for e in encoded]
    numbers = [False if e is None else e for e in plain]
    if not all(isinstance(number, kind) for number in numbers):
        raise ValueError(f"a constant of {dtype} has other values")
    values = Values(ColumnType(dtype), np.array(numbers, numpy_dtype(dtype)), len(numbers), missing)
    return to_arrow(values)


def _ipc(columns: Mapping[str, Any]) -> bytes:
    batch = pa.record_batch(dict(columns))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def _read_ipc(content: Any) -> pa.Table:
    table = pa.ipc.open_file(pa.BufferReader(content)).read_all()
    table.validate(full=True)
    return table


def _whole(column: Any) -> Any:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
