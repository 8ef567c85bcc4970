"""Which analyzers' values can be made of ordered rows, without all of their keys at one place.

The rows of a part of the keys are made of that part's state. Rows that depend on facts of all
keys are made once these are known, other rows where the parts are merged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from taurus_beam.analyzers.per_key_value import OrderedKeys, PerKey
from taurus_beam.analyzers.ranking import Ascending, ByFrequency, Order
from taurus_beam.analyzers.terms_in_order import TermsByWhole, TermsInOrder
from taurus_beam.analyzers.value_counts import RankedTerms
from taurus_beam.graph.node import Node
from taurus_beam.graph.phases import Gathering

__all__ = ["KEY", "Stream", "is_streamed", "late_stream", "stream_of"]

KEY = "key"


@dataclass(frozen=True)
class Stream:
    """How the rows of a part are made of its state, and in which order they stand.

    Rows per key have a column `KEY`, and one for each analyzer by its position; rows of
    vocabularies have the columns ``term`` and ``count``.
    """

    order: Order
    rows: Callable[[Any], pa.Table]


def is_streamed(gathering: Gathering) -> bool:
    """Whether its values can be made of ordered rows."""
    return stream_of(gathering) is not None or _is_late(gathering)


def stream_of(gathering: Gathering) -> Stream | None:
    """The rows of all its analyzers, which depend on no facts of all keys; None for others."""
    accumulator = gathering.accumulator
    operations = [node.operation for node in gathering.analyzers]
    if isinstance(accumulator, RankedTerms) and _all_are(TermsInOrder, operations):
        return Stream(ByFrequency(), accumulator.ranked)
    if isinstance(accumulator, OrderedKeys) and _all_are(PerKey, operations):
        return Stream(Ascending(KEY), lambda state: _keyed_rows(gathering.analyzers, state, None))
    return None


def late_stream(node: Node, whole: Any) -> Stream:
    """The rows of an analyzer that depend on facts of all keys, given these."""
    operation, types = node.operation, [i.type for i in node.inputs]
    if isinstance(operation, TermsByWhole):
        return Stream(ByFrequency(), lambda state: operation.ranked(state, whole, *types))
    return Stream(Ascending(KEY), lambda state: _keyed_rows([node], state, whole))


def _is_late(gathering: Gathering) -> bool:
    return all(
        isinstance(node.operation, TermsByWhole | PerKey) and node.operation.needs_whole
        for node in gathering.analyzers
    )


def _all_are(kind: type[TermsInOrder] | type[PerKey], operations: list[Any]) -> bool:
    return all(isinstance(o, kind) and not o.needs_whole for o in operations)


def _keyed_rows(analyzers: Any, state: Any, whole: Any) -> pa.Table:
    columns: dict[str, Any] = {}
    for position, node in enumerate(analyzers):
        types = [i.type for i in node.inputs]
        if not columns:
            columns[KEY] = node.operation.accumulator(*types).ordered_keys(state)
        elements = node.operation.elements(state, whole, *types)
        size = len(columns[KEY])
        if size and len(elements) != size:
            elements = pa.FixedSizeListArray.from_arrays(elements, len(elements) // size)
        columns[str(position)] = elements
    return pa.table(columns)
