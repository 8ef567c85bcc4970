"""What workers get: the traced graph and the values found so far, both as JSON text.

Decoding is remembered per process, so bundles share compiled kernels and loaded vocabularies.
"""

from __future__ import annotations

import functools
import json
import posixpath
from collections.abc import Mapping
from typing import Any

from taurus_beam import transforms as transforms  # says where operations live
from taurus_beam.artifact.encoding import (
    decode,
    decode_constant,
    decode_graph,
    encode_constant,
    encode_graph,
)
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.gathering import Gatherer
from taurus_beam.graph.node import Graph, Node
from taurus_beam.graph.phases import phases
from taurus_beam.pipeline.files import read_file, write_file

__all__ = ["decode_values", "encode_plan", "encode_values", "gatherer", "graph_of"]


def encode_plan(graph: Graph) -> str:
    """A traced graph as text; its long constants are part of it."""
    document, assets = encode_graph(graph)
    document["assets"] = {name: content.hex() for name, content in assets.items()}
    return json.dumps(document)


@functools.lru_cache(maxsize=16)
def graph_of(plan: str) -> Graph:
    """The traced graph that `encode_plan` wrote."""
    document = decode(plan, "The plan")
    return decode_graph(document, lambda name: bytes.fromhex(document["assets"][name]))


@functools.lru_cache(maxsize=16)
def gatherer(plan: str, phase: int, known: tuple[str, ...]) -> Gatherer:
    """The accumulators of a phase, given the values of the phases before it."""
    graph = graph_of(plan)
    return Gatherer(phases(graph)[phase], decode_values(plan, known))


def encode_values(plan: str, values: Mapping[Node, Constant], folder: str) -> str:
    """Analyzers' values as text; vocabularies and long arrays are written to `folder`."""
    position = {node: i for i, node in enumerate(graph_of(plan).nodes)}
    encoded = {}
    for node, constant in values.items():
        assets: dict[str, bytes] = {}
        encoded[position[node]] = encode_constant(constant, assets)
        for name, content in assets.items():
            path = posixpath.join(folder, str(position[node]), posixpath.basename(name))
            write_file(path, content)
            encoded[position[node]]["asset"] = path
    return json.dumps(encoded, sort_keys=True)


@functools.lru_cache(maxsize=16)
def decode_values(plan: str, known: tuple[str, ...]) -> dict[Node, Constant]:
    """The values that some texts of `encode_values` hold."""
    nodes = graph_of(plan).nodes
    found: dict[Node, Constant] = {}
    for text in known:
        entries: dict[str, Any] = json.loads(text)
        for position, attributes in entries.items():
            found[nodes[int(position)]] = decode_constant(attributes, read_file)
    return found
