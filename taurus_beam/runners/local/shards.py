"""The shards of an output, written while rows are made: each stream's in the order of its rows.

A stream fills some shards one after the other. Whoever has made a batch gives it here; who gives
the one that is next in order writes it, and those behind it that wait.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

import pyarrow as pa

from taurus_beam.io.formats.behind import Behind
from taurus_beam.io.shards import Shard, ShardWriter
from taurus_beam.profiling.recorder import Off
from taurus_beam.profiling.step import Step

__all__ = ["StreamShards"]


class StreamShards:
    """The shards of one stream.

    Args:
        start: Makes the writer of a shard, by its number.
        rows: How many rows each shard has, but for the last, which takes all others.
        measure: Records what the writing takes.
        phase: What it belongs to.
        settle: Called for each batch that is written.
    """

    def __init__(
        self,
        start: Callable[[int], ShardWriter],
        rows: Sequence[int],
        measure: Off,
        phase: str,
        settle: Callable[[], None],
    ) -> None:
        self._start, self._left, self._settle = start, list(rows), settle
        self._measure, self._phase = measure, phase
        self._lock = threading.Lock()
        self._waiting: dict[int, pa.RecordBatch] = {}
        self._next = self._filled = 0
        self._writers: list[ShardWriter] = []
        self._closing: list[Behind] = []
        self._shards: dict[int, Shard] = {}

    def write(self, number: int, batch: pa.RecordBatch) -> None:
        """Takes the batch of a number; the numbers may come in any order."""
        with self._lock:
            self._waiting[number] = batch
            while self._next in self._waiting:
                following = self._waiting.pop(self._next)
                self._written(following)
                self._next += 1
                self._settle()

    def finish(self) -> list[Shard]:
        """All shards, complete."""
        for behind in self._closing:
            behind.wait()
        if len(self._closing) < len(self._writers):
            self._close(len(self._writers) - 1)
        return [self._shards[place] for place in range(len(self._writers))]

    def abandon(self) -> None:
        """Removes what was written."""
        for behind in self._closing:
            with suppress(Exception):  # of a file that nobody wants any more
                behind.wait()
        with self._lock:
            for writer in self._writers:
                writer.abandon()

    def _written(self, batch: pa.RecordBatch) -> None:
        if not self._writers:
            self._writers.append(self._start(len(self._writers)))
        elif self._left and self._filled >= self._left[0]:
            self._left.pop(0)
            self._filled = 0
            place = len(self._writers) - 1
            self._closing.append(Behind())
            self._closing[-1].start(lambda: self._close(place))
            self._writers.append(self._start(len(self._writers)))
        with self._measure.step(Step(self._phase, "write")) as weighed:
            self._writers[-1].write(batch)
            weighed.rows, weighed.bytes_in = batch.num_rows, batch.nbytes
        self._filled += batch.num_rows

    def _close(self, place: int) -> None:
        writer = self._writers[place]
        with self._measure.step(Step(self._phase, "complete file")) as weighed:
            self._shards[place] = writer.close()
            weighed.bytes_out = writer.nbytes
