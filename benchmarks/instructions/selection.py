"""Which of the many samples are counted, and under which names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from taurus_beam.graph.node import Node
from taurus_beam.graph.phases import Gathering
from taurus_beam.graph.types import ColumnType, ValueType, is_float, is_integer, is_temporal

__all__ = ["Selection", "called_gathering", "called_node"]


class Selection:
    """Takes what shows anything new of its kind: an element type, a shape or an option."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()

    def takes_node(self, node: Node) -> bool:
        """Whether an operation shows anything new here."""
        facets = [f for i in node.inputs for f in _facets(i.type)]
        return self._takes(node.operation.name, [*facets, *_options(node)])

    def takes_gathering(self, gathering: Gathering) -> bool:
        """Whether an accumulator shows anything new here."""
        facets = [f for i in gathering.inputs for f in _facets(i.type)]
        return self._takes(type(gathering.accumulator).__name__, facets)

    def _takes(self, name: str, facets: Sequence[str]) -> bool:
        new = {(name, facet) for facet in facets} - self._seen
        self._seen |= new
        return bool(new)


def called_node(node: Node) -> str:
    """A row operation by its types and options: ``hash_strings(string) hash='murmur3'``."""
    return " ".join([_called(node.operation.name, node.inputs), *_options(node)])


def called_gathering(gathering: Gathering) -> str:
    """An accumulator by its types: ``Moments(double)``."""
    return _called(type(gathering.accumulator).__name__, gathering.inputs)


def _called(name: str, inputs: Sequence[Node]) -> str:
    return f"{name}({', '.join(str(i.type) for i in inputs)})"


def _options(node: Node) -> list[str]:
    attributes = node.operation.attributes().items()
    return [f"{name}={value!r}" for name, value in attributes if isinstance(value, str)]


def _facets(value_type: ValueType) -> Iterator[str]:
    if not isinstance(value_type, ColumnType):
        yield type(value_type).__name__
        return
    dtype = value_type.dtype
    kinds = {"integer": is_integer, "float": is_float, "time": is_temporal}
    yield next((kind for kind, is_kind in kinds.items() if is_kind(dtype)), str(dtype))
    if not value_type.is_scalar:
        yield "ragged" if value_type.is_ragged else f"{len(value_type.shape)} dimensions"
