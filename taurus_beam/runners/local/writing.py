"""Applying a frozen function to all data, and writing what comes out, in one reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

from taurus_beam.graph.node import project
from taurus_beam.graph.phases import columns_read
from taurus_beam.io import files
from taurus_beam.io.schema import plain_schema
from taurus_beam.io.shards import Output, Shard, ShardWriter
from taurus_beam.profiling.recorder import TRANSFORM, Off
from taurus_beam.runners.local.data import Data
from taurus_beam.runners.local.shards import StreamShards
from taurus_beam.runners.local.streams import Streams
from taurus_beam.runners.local.together import Stop, together
from taurus_beam.serving.transform_fn import TransformFn

__all__ = ["transformed"]

_AHEAD = 2
"""Batches of a stream under way for each thread: what those hold that wait for their turn."""


def transformed(
    fn: TransformFn, data: Data, output: Output, measure: Off, stop: Stop
) -> Mapping[str, int]:
    """Writes all data as a function transforms them; how many rows violate each monitor.

    Args:
        fn: The frozen function.
        data: What to read.
        output: Where the results go; its files appear when all are complete.
        measure: Records what steps take.
        stop: Ends the work early.

    Raises:
        TaurusError: The data cannot be read, or the output cannot be written; nothing is left.
    """
    folder = output.waiting_folder()
    schema = plain_schema(fn.output_arrow_schema)
    columns = project(data.source.schema, columns_read(fn.graph.roots)).names
    streams = data.streams(columns, measure, TRANSFORM, stop, _AHEAD * data.threads)

    def writer(stream: int, shard: int) -> ShardWriter:
        return ShardWriter(output, folder, schema, f"{stream:05d}-{shard:05d}")

    shards = [
        StreamShards(
            partial(writer, stream), rows, measure, TRANSFORM, partial(streams.settle, stream)
        )
        for stream, rows in enumerate(data.shards)
    ]
    try:
        with files.writing(output.prefix):
            files.make_folder(folder)
        violations = _made(fn, streams, shards, data.threads, measure, stop)
        complete = _completed(shards, data.threads, measure, stop)
        output.commit(complete or [writer(0, 0).close()], folder)
    except BaseException:
        for each in shards:
            each.abandon()
        with suppress(OSError):
            files.remove([folder])
        raise
    return violations


def _made(
    fn: TransformFn,
    streams: Streams,
    shards: Sequence[StreamShards],
    threads: int,
    measure: Off,
    stop: Stop,
) -> Mapping[str, int]:
    """Writes all batches; how many rows violate each monitor."""
    violations = [Counter[str]() for _ in range(threads)]

    def make(thread: int) -> None:
        with measure.working(TRANSFORM):
            while (taken := streams.take(thread)) is not None:
                made, violated = fn.transform_and_monitor(taken.batch)
                shards[taken.stream].write(taken.number, made)
                for name, rows in zip(violated.schema.names, violated.columns, strict=True):
                    violations[thread][name] += rows.true_count

    together(make, threads, stop)
    return dict(sum(violations, Counter()))


def _completed(
    shards: Sequence[StreamShards], threads: int, measure: Off, stop: Stop
) -> list[Shard]:
    """All shards in the order of their streams."""
    found: dict[int, list[Shard]] = {}

    def complete(thread: int) -> None:
        with measure.working(TRANSFORM):
            for stream in range(thread, len(shards), threads):
                found[stream] = shards[stream].finish()

    together(complete, threads, stop)
    return [shard for stream in sorted(found) for shard in found[stream]]
