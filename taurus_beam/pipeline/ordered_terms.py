"""A vocabulary of any size from terms in order: written as they come, never held together.

The files are, byte for byte, those of the same vocabulary in memory.
"""

from __future__ import annotations

import itertools
import posixpath
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import Any

import pyarrow as pa

from taurus_beam.analyzers.choice import fingerprints, reserved_terms
from taurus_beam.analyzers.ranking import Ascending
from taurus_beam.analyzers.terms_in_order import Tables, TermsInOrder
from taurus_beam.artifact.constant_encoding import vocabulary_assets
from taurus_beam.artifact.vocabulary_file import rebatched, write_lookup, write_terms
from taurus_beam.graph import vocabulary
from taurus_beam.graph.lookup_builder import LookupBuilder
from taurus_beam.io.files import create, make_folder
from taurus_beam.pipeline.blocks import new_path
from taurus_beam.pipeline.runs import merged_rows, one_run

__all__ = ["streamed_vocabulary", "vocabulary_tables"]

_SORTED_TERMS = 1 << 19
_FINGERPRINT = "fingerprint"


def vocabulary_tables(
    analyzer: TermsInOrder, tables: Tables, schema: pa.Schema, folder: str, stack: ExitStack
) -> Iterator[pa.Table]:
    """The tables of a vocabulary of terms that come in the order of frequency.

    Args:
        analyzer: Says what the vocabulary keeps.
        tables: The terms that it may keep.
        schema: Theirs.
        folder: Where intermediate files go.
        stack: How long these are open.
    """
    kept = analyzer.kept(tables)
    if analyzer.fingerprint_shuffle:
        kept = _shuffled(kept, folder, stack)
    return itertools.chain([reserved_terms(analyzer.reserved_tokens, schema)], kept)


def streamed_vocabulary(asset: str, tables: Iterable[pa.Table], folder: str) -> dict[str, Any]:
    """What `encode_constant` says of a vocabulary, whose files are then written.

    Args:
        asset: What it is called.
        tables: Its terms and counts in the order of their ids: at least one table.
        folder: Where the files go.
    """
    place = new_path(folder, "vocabularies")
    path, lookup_path = (
        posixpath.join(place, posixpath.basename(name)) for name in vocabulary_assets(asset)
    )
    make_folder(place)
    with LookupBuilder() as builder:
        with create(path) as sink:
            size = _write(tables, sink, builder)
        encoded = {"vocabulary": asset, "size": size, "asset": path}
        if size >= vocabulary.INDEXED_FROM:
            with create(lookup_path) as sink:
                write_lookup(builder.table(), sink)
            encoded["lookup"] = lookup_path
    return encoded


def _shuffled(tables: Iterable[pa.Table], folder: str, stack: ExitStack) -> Iterator[pa.Table]:
    """The rows by the SHA-1 of their terms."""
    order = Ascending(_FINGERPRINT)
    keyed = (table.append_column(_FINGERPRINT, fingerprints(table["term"])) for table in tables)
    run = one_run(map(order.sorted, _gathered(keyed)), order, folder)
    for table in merged_rows([run], order, stack):
        yield table.drop_columns([_FINGERPRINT])


def _gathered(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The rows of small tables in tables that are worth a run of their own."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if sum(map(len, waiting)) >= _SORTED_TERMS:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


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
