"""A vocabulary of any size from ordered runs of terms: written as it is merged, never held whole.

The files are, byte for byte, those of the same vocabulary in memory.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pyarrow as pa

from taurus_beam.analyzers.choice import reserved_terms, without_terms
from taurus_beam.analyzers.ranking import merged_runs
from taurus_beam.analyzers.value_counts import RankedTerms
from taurus_beam.analyzers.vocabulary_analyzer import VocabularyAnalyzer
from taurus_beam.artifact.encoding import vocabulary_assets
from taurus_beam.artifact.vocabulary_file import rebatched, write_lookup, write_terms
from taurus_beam.graph import vocabulary
from taurus_beam.graph.lookup_builder import LookupBuilder
from taurus_beam.graph.node import Node
from taurus_beam.graph.phases import Gathering
from taurus_beam.io.files import create, make_folder
from taurus_beam.pipeline.blocks import Span, new_path, open_blocks, read_block
from taurus_beam.pipeline.shards import Runs, Sent, states_of

__all__ = ["streamed_vocabularies"]


def streamed_vocabularies(
    gathering: Gathering, shards: Sequence[Sent], folder: str
) -> dict[Node, dict[str, Any]]:
    """What `encode_constant` says of a gathering's vocabularies; their files are then written.

    Args:
        gathering: One that `is_streamed`.
        shards: All its shards, merged and cut.
        folder: Where the files go.
    """
    accumulator = gathering.accumulator
    assert isinstance(accumulator, RankedTerms)
    return {
        node: _streamed(node.operation, accumulator, shards, folder)
        for node in gathering.analyzers
        if isinstance(node.operation, VocabularyAnalyzer)
    }


def _streamed(
    analyzer: VocabularyAnalyzer, accumulator: RankedTerms, shards: Sequence[Sent], folder: str
) -> dict[str, Any]:
    place = new_path(folder, "vocabularies")
    names = vocabulary_assets(analyzer.asset)
    path, lookup_path = (posixpath.join(place, posixpath.basename(name)) for name in names)
    make_folder(place)
    with LookupBuilder() as builder:
        with ExitStack() as stack, create(path) as sink:
            runs = [run for shard in shards for run in _runs(accumulator, shard, stack)]
            schema = accumulator.scores(accumulator.zero()).schema
            tables = _arranged(analyzer, merged_runs(runs), schema)
            size = _write(tables, sink, builder)
        encoded = {"vocabulary": analyzer.asset, "size": size, "asset": path}
        if size >= vocabulary.INDEXED_FROM:
            with create(lookup_path) as sink:
                write_lookup(builder.table(), sink)
            encoded["lookup"] = lookup_path
    return encoded


def _runs(accumulator: RankedTerms, shard: Sent, stack: ExitStack) -> Iterator[Iterator[pa.Table]]:
    if isinstance(shard, Runs):
        file = stack.enter_context(open_blocks(shard.path))
        for spans in shard.runs:
            yield _tables(file, spans)
    else:
        for state in states_of(accumulator, shard):
            table = accumulator.ranked(state)
            yield iter([table] if len(table) else [])


def _tables(file: Any, spans: Iterable[Span]) -> Iterator[pa.Table]:
    for span in spans:
        yield pa.Table.from_batches([read_block(file, span)])


def _arranged(
    analyzer: VocabularyAnalyzer, tables: Iterable[pa.Table], schema: pa.Schema
) -> Iterator[pa.Table]:
    """The tables of the vocabulary: reserved tokens first, and no more terms than are wanted."""
    yield reserved_terms(analyzer.reserved_tokens, schema)
    wanted = analyzer.chosen.top_k
    for table in tables:
        yield without_terms(table.slice(0, wanted), analyzer.reserved_tokens)
        if wanted is not None:
            wanted -= len(table)
            if wanted <= 0:
                return


def _write(tables: Iterable[pa.Table], sink: Any, builder: LookupBuilder) -> int:
    size = 0

    def batches() -> Iterator[Any]:
        nonlocal size
        for table in rebatched(tables):
            builder.add(table["term"])
            size += len(table)
            yield table.columns

    write_terms(batches(), sink)
    return size
