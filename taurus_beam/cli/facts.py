"""All that `inspect` tells about an artifact, as plain data."""

from __future__ import annotations

from typing import Any

from taurus_beam.cli.open_artifact import Artifact
from taurus_beam.graph.constant import Constant, Vocabulary
from taurus_beam.graph.node import Node
from taurus_beam.serving.describe import describe_node

__all__ = ["domains", "facts", "place", "text_of"]

_TOP = 5


def facts(artifact: Artifact) -> dict[str, Any]:
    """What ``taurus-beam inspect --json`` prints."""
    graph = artifact.fn.graph
    number = {node: i for i, node in enumerate(graph.nodes)}
    domain = domains(artifact)
    return {
        "path": artifact.path,
        "digest": artifact.manifest["digest"],
        "format_version": artifact.manifest["format_version"],
        "versions": dict(artifact.manifest["versions"]),
        "files": len(artifact.manifest["files"]),
        "bytes": artifact.nbytes,
        "passes": artifact.provenance.get("run", {}).get("passes"),
        "inputs": [{"name": n, "type": str(t)} for n, t in graph.input_columns.items()],
        "outputs": [
            {
                "name": name,
                "type": str(node.type),
                "domain": domain.get(name),
                "node": number[node],
                "at": place(node),
            }
            for name, node in graph.outputs.items()
        ],
        "monitors": [
            {"name": name, "node": number[node], "at": place(node)}
            for name, node in graph.monitors.items()
        ],
        "vocabularies": [_vocabulary(artifact, v) for v in artifact.fn.vocabularies.values()],
        "nodes": [
            {
                "node": i,
                "text": describe_node(node, number),
                "operation": node.operation.name,
                "inputs": [number[each] for each in node.inputs],
                "type": str(node.type),
                "at": place(node),
                "code": node.location.code,
            }
            for node, i in number.items()
        ],
        "provenance": dict(artifact.provenance),
    }


def domains(artifact: Artifact) -> dict[str, list[int]]:
    """Least and greatest value by output, of those whose integers are categories."""
    return {
        feature.name: [feature.int_domain.min, feature.int_domain.max]
        for feature in artifact.fn.output_schema.feature
        if feature.HasField("int_domain")
    }


def place(node: Node) -> str:
    """File and line of the user's code that made a node."""
    return f"{node.location.file}:{node.location.line}"


def text_of(term: Any) -> str:
    """A term of a vocabulary as text; bytes that are no UTF-8 in hexadecimal."""
    if isinstance(term, bytes):
        try:
            return term.decode()
        except UnicodeDecodeError:
            return f"0x{term.hex()}"
    return str(term)


def _vocabulary(artifact: Artifact, vocabulary: Vocabulary) -> dict[str, Any]:
    asset = f"assets/{vocabulary.name}.arrow"
    return {
        "name": vocabulary.name,
        "size": len(vocabulary),
        "asset": asset,
        "asset_bytes": artifact.manifest["files"][asset]["bytes"],
        "outputs": _users(artifact, vocabulary),
        "top": [
            {"term": text_of(term), "count": rows}
            for term, rows in zip(
                vocabulary.terms[:_TOP].to_pylist(),
                vocabulary.counts[:_TOP].to_pylist(),
                strict=True,
            )
        ],
    }


def _users(artifact: Artifact, vocabulary: Vocabulary) -> list[str]:
    """The outputs that are made with a vocabulary right away."""
    return [
        name
        for name, node in artifact.fn.graph.outputs.items()
        if any(
            isinstance(i.operation, Constant) and i.operation.value is vocabulary
            for i in node.inputs
        )
    ]
