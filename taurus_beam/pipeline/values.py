"""The values of a phase's analyzers, as text, from all states that were merged.

What is small is put together in memory. A value of many keys is written as rows in its own order
while these are merged, where that can be; the assets have the same bytes either way.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pyarrow as pa

from taurus_beam.analyzers.count_per_key import KeysOf
from taurus_beam.analyzers.per_key_value import PerKey
from taurus_beam.analyzers.terms_in_order import TermsByWhole, TermsInOrder
from taurus_beam.errors import DataError
from taurus_beam.graph.node import Node
from taurus_beam.graph.phases import Gathering, Phase, about_analyzer
from taurus_beam.pipeline.ordered_elements import streamed_elements
from taurus_beam.pipeline.ordered_terms import streamed_vocabulary, vocabulary_tables
from taurus_beam.pipeline.plan import encode_values, phase_of
from taurus_beam.pipeline.runs import Runs, merged_rows, one_run
from taurus_beam.pipeline.shards import Sent, merged_state, states_of
from taurus_beam.pipeline.streams import KEY, Stream, is_streamed, late_stream, stream_of

__all__ = ["values_text"]


def values_text(plan: str, phase: int, folder: str, elements: Iterable[tuple[int, Sent]]) -> str:
    """The values of a phase's analyzers as text, from states ``(position, content)``."""
    wanted = phase_of(plan, phase)
    parts: dict[int, list[Sent]] = {}
    for position, content in elements:
        parts.setdefault(position, []).append(content)
    streamed: dict[Node, dict[str, Any]] = {}
    kept, states = [], []
    for i, gathering in enumerate(wanted.gatherings):
        found = parts.get(i, [])
        if is_streamed(gathering) and not all(isinstance(content, bytes) for content in found):
            streamed |= _streamed(gathering, found, folder)
        else:
            kept.append(gathering)
            states.append(merged_state(gathering.accumulator, found))
    return encode_values(plan, Phase(tuple(kept)).values(states), folder, streamed)


def _streamed(
    gathering: Gathering, contents: Sequence[Sent], folder: str
) -> dict[Node, dict[str, Any]]:
    """What `encode_constant` says of a gathering's values; their assets are then written."""
    stream = stream_of(gathering)
    if stream is not None:
        runs = [_run(gathering, stream, content, folder) for content in contents]
        return _values(gathering.analyzers, None, stream, runs, folder)
    found: dict[Node, dict[str, Any]] = {}
    for node in gathering.analyzers:
        found |= _late_values(gathering, node, contents, folder)
    return found


def _late_values(
    gathering: Gathering, node: Node, contents: Sequence[Sent], folder: str
) -> dict[Node, dict[str, Any]]:
    """The values of an analyzer that has a stream only once it has seen every state."""
    assert isinstance(node.operation, TermsByWhole | PerKey)
    try:
        states = (s for content in contents for s in states_of(gathering.accumulator, content))
        whole = node.operation.whole(states, *(i.type for i in node.inputs))
        stream = late_stream(node, whole)
        runs = [_run(gathering, stream, content, folder) for content in contents]
        return _values((node,), whole, stream, runs, folder)
    except DataError as problem:
        raise about_analyzer(node, problem) from problem


def _run(gathering: Gathering, stream: Stream, content: Sent, folder: str) -> Runs:
    if isinstance(content, Runs):
        return content
    states = states_of(gathering.accumulator, content)
    return one_run(map(stream.rows, states), stream.order, folder)


def _values(
    analyzers: Sequence[Node], whole: Any, stream: Stream, runs: Sequence[Runs], folder: str
) -> dict[Node, dict[str, Any]]:
    """The values that analyzers have of the same rows."""
    found: dict[Node, dict[str, Any]] = {}
    tables: dict[str, Node] = {}
    for position, node in enumerate(analyzers):
        if not isinstance(node.operation, TermsInOrder | KeysOf):
            tables[str(position)] = node
            continue
        with ExitStack() as stack:
            terms = _terms(node, str(position), stream, runs, folder, stack)
            found[node] = streamed_vocabulary(node.operation.asset, terms, folder)
    if tables:
        with ExitStack() as stack:
            rows = merged_rows(runs, stream.order, stack)
            found |= streamed_elements(tables, whole, rows, folder)
    return found


def _terms(
    node: Node, column: str, stream: Stream, runs: Sequence[Runs], folder: str, stack: ExitStack
) -> Iterator[pa.Table]:
    """The terms and counts of a vocabulary in the order of their ids: at least one table."""
    operation = node.operation
    assert isinstance(operation, TermsInOrder | PerKey)
    nothing = stream.rows(operation.accumulator(*(i.type for i in node.inputs)).zero())
    if isinstance(operation, TermsInOrder):
        return vocabulary_tables(
            operation,
            lambda: merged_rows(runs, stream.order, stack),
            nothing.schema,
            folder,
            stack,
        )
    rows = itertools.chain([nothing], merged_rows(runs, stream.order, stack))
    return (table.select([KEY, column]).rename_columns(["term", "count"]) for table in rows)
