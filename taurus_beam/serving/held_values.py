"""Strings that a pass over held batches has made of them, kept for what makes the same again.

To cut texts into words and to find the distinct ones is most of what their vocabulary costs, and
to apply it would cost both again. Where words repeat their codes are kept, four bytes a word, as
a column of their batch that no operation need make.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from taurus_beam.graph.analyzer import Analyzer
from taurus_beam.graph.node import InputColumn, Node
from taurus_beam.graph.shared_terms import SharedTerms
from taurus_beam.graph.types import ColumnType, is_text
from taurus_beam.graph.values import Values
from taurus_beam.serving.held_text import ROWS_PER_TERM

__all__ = ["HeldValues", "made_again"]


def made_again(inputs: Iterable[Node], later: Iterable[Node]) -> list[Node]:
    """Which of the nodes that a pass looks at are strings that are made again later.

    Args:
        inputs: What the pass looks at.
        later: What later passes look at, and the outputs and monitors of a graph that is applied.
    """
    made = set(_made(later))
    return [
        node
        for node in inputs
        if node in made
        and _is_held(node)
        and not any(isinstance(below.operation, Analyzer) for below in _made([node]))
    ]


class HeldValues:
    """Strings of nodes by the number of their batch; safe to use from several threads.

    Args:
        nodes: Which nodes.
        schema: Of the batches.

    Attributes:
        columns: What a batch that has the strings of a node calls them.
    """

    def __init__(self, nodes: Iterable[Node], schema: pa.Schema) -> None:
        prefix = "held"
        while any(name.startswith(prefix) for name in schema.names):
            prefix += "_"
        self.columns = {node: f"{prefix}{number}" for number, node in enumerate(nodes)}
        self._kept: dict[tuple[int, Node], Any] = {}
        self._terms: list[SharedTerms] = []

    def keep(self, number: int, values: Mapping[Node, Values]) -> None:
        """Keep of a batch's values what is worth the room."""
        for node in self.columns.keys() & values.keys():
            strings = _by_codes(values[node])
            if strings is not None:
                self._terms.append(SharedTerms(strings.dictionary))
                self._kept[number, node] = _in_rows(strings, values[node])

    def found(self, number: int) -> tuple[tuple[Node, str], ...]:
        """The nodes whose strings were kept of a batch, and their columns."""
        return tuple(found for found in self.columns.items() if (number, found[0]) in self._kept)

    def added(self, number: int, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch, with a column for every node whose strings were kept of it."""
        for node, name in self.found(number):
            batch = batch.append_column(name, self._kept[number, node])
        return batch


def _made(roots: Iterable[Node]) -> Iterator[Node]:
    """What is evaluated for some nodes, each once; of analyzers the value alone."""
    seen, waiting = set[Node](), list(roots)
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            yield node
            if not isinstance(node.operation, Analyzer):
                waiting.extend(node.inputs)


def _is_held(node: Node) -> bool:
    """Whether it makes strings, one or a list for each row."""
    if not node.per_row or isinstance(node.operation, InputColumn):
        return False
    made = node.type
    return (
        isinstance(made, ColumnType) and is_text(made.dtype) and (made.is_scalar or made.is_ragged)
    )


def _by_codes(values: Values) -> Any:
    """The elements as a dictionary; None unless they repeat and their codes are known."""
    text = values.text
    if values.constant or not text.is_encoded or len(text.distinct) * ROWS_PER_TERM > len(text):
        return None
    return pa.DictionaryArray.from_arrays(pa.array(text.codes, mask=text.missing), text.distinct)


def _in_rows(elements: Any, values: Values) -> Any:
    """The column of some elements, in lists where the values are."""
    if values.offsets is None:
        return elements
    mask = None if values.missing_rows is None else pa.array(values.missing_rows)
    return pa.ListArray.from_arrays(pa.array(values.offsets, pa.int32()), elements, mask=mask)
