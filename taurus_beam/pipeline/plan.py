"""What workers get: the traced graph and the values found so far, both as JSON text.

Decoding is remembered per process, so bundles share compiled kernels and loaded vocabularies.
"""

from __future__ import annotations

import functools
import json
import posixpath
import threading
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from taurus_beam import transforms as transforms  # says where operations live
from taurus_beam.artifact.constant_encoding import decode_constant, encode_constant
from taurus_beam.artifact.encoding import decode_graph, encode_graph, releases
from taurus_beam.artifact.strict_json import decode
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.gathering import Gatherer
from taurus_beam.graph.node import Graph, Node
from taurus_beam.graph.observe import Observe, unobserved
from taurus_beam.graph.phases import Phase, phases
from taurus_beam.pipeline.files import read_file, write_file
from taurus_beam.pipeline.local_code import LocalOperations

__all__ = ["decode_values", "encode_plan", "encode_values", "gatherer", "graph_of", "phase_of"]

_DECODING = threading.RLock()


class _Plan(str):
    """A graph as text, which brings along the code of operations that workers cannot import."""

    __slots__ = ("operations",)
    operations: LocalOperations

    def __reduce__(self) -> tuple[Any, ...]:
        return _plan, (str(self), self.operations)


def _plan(text: str, operations: LocalOperations) -> _Plan:
    plan = _Plan(text)
    plan.operations = operations
    return plan


def encode_plan(graph: Graph) -> str:
    """A traced graph as text; its long constants are part of it."""
    document, assets = encode_graph(graph)
    document["assets"] = {name: bytes(content).hex() for name, content in assets.items()}
    document["releases"] = releases(graph)
    return _plan(json.dumps(document), LocalOperations(graph))


def graph_of(plan: str) -> Graph:
    """The traced graph that `encode_plan` wrote: the same object for threads of a process."""
    with _DECODING:
        return _decoded(plan)


def phase_of(plan: str, number: int) -> Phase:
    """One of the phases of a plan."""
    return _phases(graph_of(plan))[number]


def gatherer(
    plan: str, phase: int, known: tuple[str, ...], observe: Observe = unobserved
) -> Gatherer:
    """The accumulators of a phase, given the values of the phases before it."""
    return _gatherer(graph_of(plan), phase, known, observe)


def encode_values(
    plan: str,
    values: Mapping[Node, Constant],
    folder: str,
    written: Mapping[Node, dict[str, Any]] = MappingProxyType({}),
) -> str:
    """Analyzers' values as text; vocabularies and long arrays are written to `folder`.

    Args:
        plan: The traced graph.
        values: The values.
        folder: As above.
        written: What `encode_constant` would say of further values whose assets are written.
    """
    position = {node: i for i, node in enumerate(graph_of(plan).nodes)}
    encoded = {}
    for node, constant in values.items():
        assets: dict[str, Any] = {}
        encoded[position[node]] = encode_constant(constant, assets)
        for role in ("asset", "lookup"):
            if role in encoded[position[node]]:
                name = encoded[position[node]][role]
                path = posixpath.join(folder, str(position[node]), posixpath.basename(name))
                write_file(path, assets[name])
                encoded[position[node]][role] = path
    encoded |= {position[node]: attributes for node, attributes in written.items()}
    return json.dumps(encoded, sort_keys=True)


def decode_values(plan: str, known: tuple[str, ...]) -> dict[Node, Constant]:
    """The values that some texts of `encode_values` hold."""
    return _values(graph_of(plan), known)


@functools.lru_cache(maxsize=16)
def _decoded(plan: str) -> Graph:
    document = decode(plan, "The plan")
    return decode_graph(
        document,
        lambda name: bytes.fromhex(document["assets"][name]),
        releases=document["releases"],
    )


# Remembered by graph and not by plan: nodes are told apart by identity, so what is remembered
# must be of the graph that is in use.
@functools.lru_cache(maxsize=16)
def _phases(graph: Graph) -> list[Phase]:
    return phases(graph)


@functools.lru_cache(maxsize=16)
def _gatherer(graph: Graph, phase: int, known: tuple[str, ...], observe: Observe) -> Gatherer:
    return Gatherer(_phases(graph)[phase], _values(graph, known), observe)


@functools.lru_cache(maxsize=16)
def _values(graph: Graph, known: tuple[str, ...]) -> dict[Node, Constant]:
    found: dict[Node, Constant] = {}
    for text in known:
        entries: dict[str, Any] = json.loads(text)
        for position, attributes in entries.items():
            found[graph.nodes[int(position)]] = decode_constant(attributes, read_file)
    return found
