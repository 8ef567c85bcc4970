"""Graphs as JSON and back: canonical, so that the same graph gives the same bytes.

Vocabularies and long arrays go to assets (Arrow IPC) beside the JSON; nothing is ever pickled
or evaluated. Types are not trusted but inferred again on the way in.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.artifact.arrow_messages import read_arrow_file
from taurus_beam.artifact.bounds import check_shape, check_widths
from taurus_beam.artifact.contents import forget
from taurus_beam.artifact.elements_file import INLINE_ELEMENTS, write_elements
from taurus_beam.artifact.vocabulary_file import decode_lookup, write_lookup, write_vocabulary
from taurus_beam.errors import ArtifactError, TaurusError
from taurus_beam.graph.analyzer import Analyzer
from taurus_beam.graph.constant import Constant, Vocabulary
from taurus_beam.graph.extensions import Origin, is_foreign, origin_of
from taurus_beam.graph.node import Graph, InputColumn, Location, Node
from taurus_beam.graph.operation import operation_named
from taurus_beam.graph.types import (
    ColumnType,
    canonical,
    is_fixed_width,
    is_float,
    is_text,
    numpy_dtype,
    parse_dtype,
)
from taurus_beam.graph.values import Values, to_arrow
from taurus_beam.graph.vocabulary import Stored, one_array

__all__ = [
    "decode",
    "decode_constant",
    "decode_graph",
    "encode_constant",
    "encode_graph",
    "releases",
    "vocabulary_assets",
]

FORMAT_VERSION = 1
_FIX = "Fit again, or restore the artifact from where it was written."
_COPIED_BYTES = 1 << 20
# How the names of assets end, so that none is ever given twice.
_TERMS, _LOOKUP, _ELEMENTS = ".terms", ".lookup", ".elements"


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


def decode(text: bytes | str, what: str) -> Any:
    """JSON data from text; ArtifactError where it is none, or says something twice."""
    try:
        # Left to itself, json would take UTF-16 and halves of surrogate pairs, too.
        text = text.decode() if isinstance(text, bytes) else text
        data = json.loads(text, parse_constant=_no_number, object_pairs_hook=_once_each)
        if "\\u" in text:
            json.dumps(data, ensure_ascii=False).encode()
        return data
    except (ValueError, RecursionError) as problem:
        raise ArtifactError(f"{what} is no JSON: {problem}", fix=_FIX) from problem


def _no_number(token: str) -> Any:
    raise ValueError(f"{token} is no JSON number")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise ValueError("an object has two entries of one name")
    return data


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


def encode_constant(constant: Constant, assets: dict[str, Any]) -> dict[str, Any]:
    """A constant as JSON data; what is long is added to `assets` by name."""
    if isinstance(constant.value, Vocabulary):
        return _encode_vocabulary(constant.value, assets)
    value_type, elements = constant.value_type, constant.value
    assert isinstance(value_type, ColumnType)
    encoded: dict[str, Any] = {"type": [str(value_type.dtype), list(value_type.shape)]}
    if len(elements) > INLINE_ELEMENTS:
        encoded["asset"] = f"assets/constant_{len(assets)}{_ELEMENTS}.arrow"
        stored = constant.stored
        assets[encoded["asset"]] = _written(write_elements, elements) if stored is None else stored
    else:
        encoded["elements"] = [_encode_element(e) for e in _plain(elements)]
    return encoded


def decode_constant(attributes: Mapping[str, Any], asset: Callable[[str], Any]) -> Constant:
    """The constant that `encode_constant` wrote; `asset` gives an asset's content by name."""
    if "vocabulary" in attributes:
        return Constant.of_vocabulary(_decode_vocabulary(attributes, asset))
    name, shape = attributes["type"]
    dtype = parse_dtype(name)
    column_type = ColumnType(dtype, tuple(shape))
    stored = None
    if "asset" in attributes:
        content = asset(attributes["asset"])
        column = read_arrow_file(content)["elements"]
        if canonical(column.type) != dtype or not _is_flat(column.type):
            raise ValueError(f"a constant of {dtype} has elements of {column.type}")
        elements = one_array(column)
        stored = content if column.num_chunks == 1 else None
    else:
        elements = _elements(attributes["elements"], dtype)
    if None not in shape and len(elements) != int(np.prod([1, *shape])):
        raise ValueError(f"a constant of shape {shape} has {len(elements)} elements")
    return Constant(column_type, elements, stored)


def _encode_vocabulary(vocabulary: Vocabulary, assets: dict[str, Any]) -> dict[str, Any]:
    name, lookup = vocabulary_assets(vocabulary.name)
    stored = vocabulary.stored
    assets[name] = stored.terms if stored else _written(write_vocabulary, vocabulary)
    encoded = {"vocabulary": vocabulary.name, "size": len(vocabulary), "asset": name}
    if vocabulary.is_indexed:
        if stored is None or stored.lookup is None:
            assets[lookup] = _written(write_lookup, vocabulary.lookup_table)
        else:
            assets[lookup] = stored.lookup
        encoded["lookup"] = lookup
    return encoded


def vocabulary_assets(name: str) -> tuple[str, str]:
    """What the assets of a vocabulary are called: its terms, and its lookup table."""
    return f"assets/{_unlike_others(name)}.arrow", f"assets/{name}{_LOOKUP}.arrow"


def _unlike_others(name: str) -> str:
    """A vocabulary's own name, but where an asset of another kind could have it."""
    return name + _TERMS if name.endswith((_TERMS, _LOOKUP, _ELEMENTS)) else name


def _decode_vocabulary(attributes: Mapping[str, Any], asset: Callable[[str], Any]) -> Vocabulary:
    content, lookup_content, lookup = asset(attributes["asset"]), None, None
    table = read_arrow_file(content)
    terms, counts = (_as_stored(table[column]) for column in ("term", "count"))
    if not _is_flat(terms.type) or counts.type not in (pa.int64(), pa.float64()):
        raise ValueError(f"a vocabulary is of {terms.type} and {counts.type}")
    if "lookup" in attributes:
        lookup_content = asset(attributes["lookup"])
        lookup = decode_lookup(read_arrow_file(lookup_content)).check(len(terms))
        forget(lookup_content)
    stored = Stored(content, lookup_content)
    vocabulary = Vocabulary(attributes["vocabulary"], terms, counts, lookup, stored)
    if len(vocabulary) != attributes["size"] or terms.null_count or counts.null_count:
        raise ValueError(f"vocabulary {vocabulary.name!r} has {len(vocabulary)} terms")
    return vocabulary


def _is_flat(dtype: Any) -> bool:
    """Whether each value has bytes of its own, so that a file holds no more than its size."""
    large = pa.types.is_large_string(dtype) or pa.types.is_large_binary(dtype)
    return is_text(dtype) or is_fixed_width(dtype) or bool(large)


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


def _written(write: Callable[[Any, Any], None], value: Any) -> Any:
    """Bytes; an Arrow buffer where to copy it would take long."""
    sink = pa.BufferOutputStream()
    write(value, sink)
    content = sink.getvalue()
    return content if content.size > _COPIED_BYTES else bytes(content)


def _as_stored(column: Any) -> Any:
    """The column as it lies in the file, which may be mapped: never copied into one piece."""
    return column.chunk(0) if column.num_chunks == 1 else column
