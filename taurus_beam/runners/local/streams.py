"""The record batches of a source, dealt out to threads that read them.

The files are cut into streams: runs of fragments, each read in order by one thread at a time. A
thread takes a batch of its own stream, or of any other that nobody is reading; so all threads are
busy, whether there are many files or one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa

from taurus_beam.io.formats.format import Fragment
from taurus_beam.io.source import Source
from taurus_beam.runners.local.together import Stop

__all__ = ["Streams", "Taken", "runs"]

Read = Callable[[Fragment], Iterator[pa.RecordBatch]]


@dataclass(frozen=True)
class Taken:
    """A batch that a thread has taken.

    Attributes:
        stream: Which stream it is of.
        number: Its place in that stream.
        batch: The rows.
    """

    stream: int
    number: int
    batch: pa.RecordBatch


class _Stream:
    def __init__(self, fragments: Sequence[Fragment], read: Read) -> None:
        self.batches = (batch for fragment in fragments for batch in read(fragment))
        self.given = self.settled = 0
        self.is_free, self.has_ended = True, False


class Streams:
    """Streams of batches; safe to use from several threads.

    Args:
        cut: The fragments of each stream.
        read: Gives the batches of a fragment.
        stop: Ends the taking.
        ahead: How many batches of a stream may be taken before the first of them is settled; None
            for any number.
    """

    def __init__(
        self, cut: Sequence[Sequence[Fragment]], read: Read, stop: Stop, ahead: int | None = None
    ) -> None:
        self._streams = [_Stream(fragments, read) for fragments in cut]
        self._stop, self._ahead = stop, ahead
        self._changed = threading.Condition()
        stop.wakes(self._wake)

    def take(self, preferred: int) -> Taken | None:
        """The next batch of a stream, the preferred one if it can be; None where none are left."""
        found = self._reserved(preferred)
        while found is not None:
            stream = self._streams[found]
            try:
                batch = next(stream.batches, None)
            except BaseException:
                stream.has_ended = True
                raise
            with self._changed:
                number, stream.is_free = stream.given, True
                stream.given += batch is not None
                stream.has_ended |= batch is None
                self._changed.notify_all()
            if batch is not None:
                return Taken(found, number, batch)
            found = self._reserved(preferred)
        return None

    def settle(self, stream: int) -> None:
        """Says that one more batch of a stream is done with, in order."""
        with self._changed:
            self._streams[stream].settled += 1
            self._changed.notify_all()

    def _reserved(self, preferred: int) -> int | None:
        """A stream that this thread alone may read now; None where all have ended."""
        number = len(self._streams)
        with self._changed:
            while not self._stop.asked:
                left = [
                    place
                    for place in ((preferred + step) % number for step in range(number))
                    if not self._streams[place].has_ended
                ]
                if not left:
                    return None
                for place in left:
                    if self._may_be_read(self._streams[place]):
                        self._streams[place].is_free = False
                        return place
                self._changed.wait()
        return None

    def _may_be_read(self, stream: _Stream) -> bool:
        return stream.is_free and (
            self._ahead is None or stream.given - stream.settled < self._ahead
        )

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()


def runs(fragments: Sequence[Fragment], most: int) -> list[Sequence[Fragment]]:
    """Fragments in runs of about as many bytes each.

    Example:
        >>> from taurus_beam.io.files import File
        >>> parts = [Fragment(File(name, 8, 0.0), 8) for name in "abcdef"]
        >>> [[part.file.path for part in run] for run in runs(parts, 2)]
        [['a', 'b', 'c'], ['d', 'e', 'f']]
    """
    whole = max(1, sum(fragment.nbytes for fragment in fragments))
    found: list[list[Fragment]] = [[] for _ in range(most)]
    behind = 0
    for fragment in fragments:
        # Each goes where its middle lies.
        middle = 2 * behind + fragment.nbytes
        found[min(most - 1, middle * most // (2 * whole))].append(fragment)
        behind += fragment.nbytes
    return [run for run in found if run]


def reading(source: Source, columns: Sequence[str], measured: Callable[..., Any]) -> Read:
    """How the fragments of a source are read.

    Args:
        source: The source.
        columns: The columns to read.
        measured: Stands around the batches of a fragment.
    """
    return partial(_read, source, tuple(columns), measured)


def _read(
    source: Source, columns: tuple[str, ...], measured: Callable[..., Any], fragment: Fragment
) -> Iterator[pa.RecordBatch]:
    yield from measured(source.read_fragment(fragment, columns, dictionary=True), fragment.nbytes)
