"""What of a pass is in the cache: a span's stored states, and which of its states are missing.

It is decided once for each span and pass. A runner may run a step again, when what was missing is
in the cache already; a second decision would let states count twice, or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import apache_beam as beam

from taurus_beam.errors import EngineError
from taurus_beam.graph.analyzer import KeyedAccumulator
from taurus_beam.io.files import File, exists
from taurus_beam.io.probe import probe
from taurus_beam.pipeline.cache_files import CacheFiles, Key
from taurus_beam.pipeline.files import read_file, write_file
from taurus_beam.pipeline.fingerprints import fingerprint, fingerprints
from taurus_beam.pipeline.plan import phase_of
from taurus_beam.pipeline.states import ROWS, SHARDS, RowCount, accumulator_at, decoded, encoded
from taurus_beam.pipeline.tally import Tally, sum_of

__all__ = ["EMPTY", "STORED", "TALLY", "Keys", "LookUp", "Missing", "rows_in"]

STORED, EMPTY, TALLY = "stored", "empty", "tally"

Missing: TypeAlias = tuple[tuple[int, int], ...]
"""Positions of accumulators, and shards."""


@dataclass(frozen=True)
class Keys:
    """What the states of a pass are called in the cache."""

    plan: str
    phase: int
    names: tuple[str, ...]
    data: tuple[str, ...]

    def parts(self) -> Iterator[tuple[int, int]]:
        """The position and shard of each state; the first pass counts the rows, too."""
        accumulators = phase_of(self.plan, self.phase).accumulators
        for position in range(len(accumulators)):
            for shard in range(self.shards(position)):
                yield position, shard
        if not self.phase:
            yield ROWS, 0

    def shards(self, position: int) -> int:
        """In how many files a state is kept."""
        accumulator = accumulator_at(self.plan, self.phase, position)
        return SHARDS if isinstance(accumulator, KeyedAccumulator) else 1

    def key(self, span: int, position: int, shard: int, known: Iterable[str]) -> Key:
        """The key of one shard of a state."""
        if position == ROWS:
            state = fingerprint(RowCount(), [])
        else:
            state = fingerprints(self.plan, self.phase, tuple(sorted(known)))[position]
        return Key(self.names[span], self.data[span], state, shard, self.shards(position))

    def empty(self, position: int) -> bytes:
        """The state of a span without rows."""
        accumulator = accumulator_at(self.plan, self.phase, position)
        return encoded(accumulator, accumulator.zero())


class LookUp(beam.DoFn):
    """Spans → the stored states, and the files to read for those that are missing.

    Args:
        keys: The names of the states.
        cache: Where they are.
        folder: Where decisions are kept for the time of the run.
    """

    def __init__(self, keys: Keys, cache: CacheFiles, folder: str) -> None:
        self._keys, self._cache, self._folder = keys, cache, folder
        self._probe = probe()

    def process(self, element: tuple[int, tuple[File, ...]], known: list[str]) -> Iterator[Any]:
        """Gives ``(span, missing, file)``, and by tag states and a tally."""
        span, files = element
        names = self._cache.names(self._keys.names[span])
        decided = self._decided(span)
        missing: list[tuple[int, int]] = []
        tally = Tally()
        for position, shard in self._keys.parts():
            state = None
            if decided is None or (position, shard) not in decided:
                key = self._keys.key(span, position, shard, known)
                with self._probe.step("look up in cache") as weighed:
                    state, nbytes, unusable = self._cache.read(key, names)
                    weighed.bytes_in = nbytes
                if state is None and decided is not None:
                    raise _vanished(self._cache.folder, key)
                if state is not None:
                    found = Tally(hits=1, bytes_read=nbytes, rows=rows_in(position, state))
                    tally = sum_of([tally, found])
                    if position != ROWS:
                        yield _tagged(STORED, (position, shard), state)
                elif unusable:
                    tally = sum_of([tally, Tally(unusable=(unusable,))])
            if state is None:
                missing.append((position, shard))
                yield _tagged(
                    EMPTY, (span, position, shard), (position, self._keys.empty(position))
                )
        if decided is None:
            write_file(self._place(span), json.dumps(missing).encode())
        tally = sum_of([tally, Tally(misses=len(missing), passes_read=int(bool(missing)))])
        tally.count()
        yield _tagged(TALLY, span, tally)
        if missing:
            for file in files:
                yield span, tuple(missing), file

    def _decided(self, span: int) -> Missing | None:
        """What an earlier attempt of this run found missing."""
        if not exists(self._place(span)):
            return None
        try:
            noted = json.loads(bytes(read_file(self._place(span))))
            return tuple((position, shard) for position, shard in noted)
        except ValueError:
            return None  # the attempt ended before it gave anything

    def _place(self, span: int) -> str:
        return f"{self._folder}/looked_up/{self._keys.phase}-{span}.json"


def rows_in(position: int, state: bytes) -> int:
    """The number of rows that a state tells, if it is that of `ROWS`."""
    return int(decoded(RowCount(), state)) if position == ROWS else 0


def _tagged(tag: str, key: Any, value: Any) -> Any:
    return beam.pvalue.TaggedOutput(tag, (key, value))


def _vanished(folder: str, key: Key) -> EngineError:
    return EngineError(
        f"The cache entry {key.name} of span {key.span!r} vanished during the run.",
        where=folder,
        expected="a cache that nobody clears, and spans that nobody changes, while they are in use",
        fix="Run again.",
    )
