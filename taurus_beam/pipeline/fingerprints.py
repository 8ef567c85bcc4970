"""What tells the states of one accumulator from those of another, from run to run.

The fingerprint covers the accumulator, the operations that compute its inputs, and the values of
earlier passes among them. It does not cover the line or the name that anything has in the user's
function, so a function that is moved or extended finds again what did not change.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.artifact.contents import sha256_of
from taurus_beam.artifact.encoding import encode_graph
from taurus_beam.errors import EngineError
from taurus_beam.graph.freeze import substitute
from taurus_beam.graph.node import Graph, Node
from taurus_beam.pipeline.plan import decode_values, phase_of

__all__ = ["fingerprint", "fingerprints"]


@functools.lru_cache(maxsize=16)
def fingerprints(plan: str, phase: int, known: tuple[str, ...]) -> tuple[str, ...]:
    """One for each accumulator of a phase, given the values of the phases before it."""
    wanted = phase_of(plan, phase)
    nodes = substitute(wanted.inputs, decode_values(plan, known))
    return tuple(
        fingerprint(gathering.accumulator, [nodes[node] for node in gathering.inputs])
        for gathering in wanted.gatherings
    )


def fingerprint(accumulator: object, inputs: Sequence[Node]) -> str:
    """The sha256 of an accumulator (a frozen dataclass) over some inputs.

    Raises:
        EngineError: If the accumulator has a field that cannot be written down.
    """
    graph = Graph({str(i): node for i, node in enumerate(inputs)}, pa.schema([]))
    document, assets = encode_graph(graph)
    for node in document["nodes"]:
        del node["at"]
    described = {
        "accumulator": _described(accumulator),
        "inputs": document,
        "assets": {name: sha256_of(content) for name, content in assets.items()},
    }
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()


def _described(value: Any) -> Any:
    """JSON data that is equal for equal values only."""
    if dataclasses.is_dataclass(value):
        return _fields(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return {"float": value.hex()}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, pa.DataType | np.dtype):
        return {"dtype": str(value)}
    if isinstance(value, list | tuple):
        return [_described(each) for each in value]
    raise EngineError(
        f"The states of an accumulator cannot be cached: it has a field of type "
        f"{type(value).__name__}.",
        where=repr(value)[:80],
        expected="numbers, strings, bytes, Arrow types, tuples and frozen dataclasses of these",
        fix="Declare the accumulator with such fields, or analyze without a cache.",
    )


def _fields(value: Any) -> dict[str, Any]:
    kind = type(value)
    left_out = getattr(kind, "not_in_state", ())
    names = [field.name for field in dataclasses.fields(value) if field.name not in left_out]
    return {
        "class": f"{kind.__module__}.{kind.__qualname__}",
        "version": getattr(kind, "version", 1),
        "fields": {name: _described(getattr(value, name)) for name in names},
    }
