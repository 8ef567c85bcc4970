"""What a run reads: the files that can be read, cut into as many streams as there are threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from taurus_beam.graph.threads import in_threads, thread_count
from taurus_beam.io.files import File
from taurus_beam.io.formats.format import Fragment
from taurus_beam.io.progress import count_left_out
from taurus_beam.io.source import Source
from taurus_beam.profiling.recorder import Off
from taurus_beam.runners.local.streams import Streams, reading, runs
from taurus_beam.runners.local.together import Stop
from taurus_beam.runners.machine.capacity import THREAD_BYTES, memory

__all__ = ["Data"]

_WORTH_A_THREAD = 1 << 20
"""Stored bytes that outweigh one more set of states to merge, or one more file to write."""
_SHARD_ROWS = 1 << 16
"""Rows that are worth a file of their own."""


@dataclass(frozen=True)
class Data:
    """The files of one run: listed once, the same in every pass.

    Attributes:
        source: What to read.
        left_out: Name of each file that cannot be read, and the reason; None where that is an
            error.
        cut: The fragments of each stream.
        threads: How many threads are worth it, and have the memory.
    """

    source: Source
    left_out: list[dict[str, str]] | None
    cut: Sequence[Sequence[Fragment]]
    threads: int

    @classmethod
    def of(cls, source: Source) -> Data:
        """Lists the files, and reads them once where bad ones are to be skipped.

        Raises:
            DataError: There are none, none can be read, or one has other columns.
        """
        most = max(1, min(thread_count(), (memory() or THREAD_BYTES) // THREAD_BYTES))
        files: Sequence[File] = source.files()
        left_out = None
        if source.skip_bad_files:
            files, left_out = _readable(source, files, most)
        fragments = [each for found in in_threads(source.fragments, files, most) for each in found]
        stored = sum(fragment.nbytes for fragment in fragments)
        threads = min(most, -(-stored // _WORTH_A_THREAD) or 1)
        return cls(source, left_out, runs(fragments, threads), threads)

    def streams(
        self,
        columns: Sequence[str],
        measure: Off,
        phase: str,
        stop: Stop,
        ahead: int | None = None,
    ) -> Streams:
        """The batches of some columns, for one reading of all of them."""
        read = reading(self.source, columns, lambda *read: measure.reading(phase, *read))
        return Streams(self.cut, read, stop, ahead)

    @cached_property
    def shards(self) -> list[list[int]]:
        """How many rows the shards have that each stream fills, but for the last one.

        As many shards as threads, where the files say how many rows they have.
        """
        return [_shards(fragments, self.threads // len(self.cut)) for fragments in self.cut]


def _shards(fragments: Sequence[Fragment], most: int) -> list[int]:
    known = [fragment.rows for fragment in fragments]
    rows = sum(each or 0 for each in known) if None not in known else 0
    shards = max(1, min(most, rows // _SHARD_ROWS))
    return [rows // shards] * (shards - 1)


def _readable(
    source: Source, files: Sequence[File], threads: int
) -> tuple[list[File], list[dict[str, str]]]:
    faults = in_threads(source.fault, files, threads)
    left_out = [
        {"name": file.path, "reason": fault.what}
        for file, fault in zip(files, faults, strict=True)
        if fault is not None
    ]
    for file in left_out:
        count_left_out(file["name"])
    readable = [file for file, fault in zip(files, faults, strict=True) if fault is None]
    if not readable:
        raise source.none_readable()
    return readable, left_out
