"""Ordered runs of rows in files: written, and merged while little of each is held.

Where the rows come from, and what becomes of them, is not this file's matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from taurus_beam.analyzers.ranking import Order, merged_runs
from taurus_beam.io.files import remove
from taurus_beam.pipeline.blocks import Span, new_path, open_blocks, read_block, write_blocks

__all__ = ["Runs", "merged_rows", "one_run", "write_runs"]

_MANY_BYTES = 1 << 18
"""Of each of the many runs of a shard, about so much is held at a time."""
_FEW_BYTES = 1 << 21
"""Of each of the few runs that whole shards are."""


@dataclass(frozen=True)
class Runs:
    """Tables in a file, each ordered by itself.

    Attributes:
        path: The file.
        runs: Where the batches of each table lie.
    """

    path: str
    runs: tuple[tuple[Span, ...], ...]


def write_runs(tables: Iterable[pa.Table], folder: str) -> Runs:
    """Write each table as a run."""
    lengths: list[int] = []

    def batches() -> Iterator[pa.RecordBatch]:
        for table in tables:
            run = _pieces(table, _MANY_BYTES)
            lengths.append(len(run))
            yield from run

    path = new_path(folder, "runs")
    spans = iter(write_blocks(path, batches()))
    return Runs(path, tuple(tuple(next(spans) for _ in range(n)) for n in lengths if n))


def one_run(tables: Iterable[pa.Table], order: Order, folder: str) -> Runs:
    """Write the rows of all tables, of which one at a time is held, as a single run."""
    several = write_runs(tables, folder)
    path = new_path(folder, "runs")
    with ExitStack() as stack:
        rows = merged_rows([several], order, stack)
        run = write_blocks(path, (piece for table in rows for piece in _pieces(table, _FEW_BYTES)))
    remove([several.path])
    return Runs(path, (tuple(run),) if run else ())


def merged_rows(several: Sequence[Runs], order: Order, stack: ExitStack) -> Iterator[pa.Table]:
    """The rows of all runs in order; the files are open for as long as the stack."""
    opened = [(stack.enter_context(open_blocks(runs.path)), runs) for runs in several]
    return merged_runs([_tables(file, run) for file, runs in opened for run in runs.runs], order)


def _pieces(table: pa.Table, nbytes: int) -> list[pa.RecordBatch]:
    rows = max(1, nbytes * len(table) // max(table.nbytes, 1))
    batches: list[pa.RecordBatch] = table.combine_chunks().to_batches(max_chunksize=rows)
    return batches


def _tables(file: Any, spans: Iterable[Span]) -> Iterator[pa.Table]:
    for span in spans:
        yield pa.Table.from_batches([read_block(file, span)])
