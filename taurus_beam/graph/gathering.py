"""One pass over the data: evaluate what a phase's analyzers look at, feed their accumulators.

Every way of running a pass (in this process, or on a Beam runner) goes through `Gatherer`, so
they cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeAlias

import pyarrow as pa

from taurus_beam.graph.analyzer import KeyedAccumulator
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.freeze import substitute
from taurus_beam.graph.node import InputColumn, Node
from taurus_beam.graph.observe import Observe, unobserved
from taurus_beam.graph.phases import Phase
from taurus_beam.graph.share import Seen, Share, parted

__all__ = ["Gatherer"]

Mapped: TypeAlias = Callable[[Callable[[Share], list[Any]], Sequence[Share]], Iterable[list[Any]]]

_MOST_KEYS = 1 << 20
"""Of a keyed state that one worker or thread keeps."""


class Gatherer:
    """The accumulators of one phase.

    Args:
        phase: What to gather.
        values: The values of the analyzers of earlier phases, and columns of the batches that
            hold values of other nodes.
        observe: Stands around what a batch takes.
    """

    def __init__(
        self,
        phase: Phase,
        values: Mapping[Node, Constant | InputColumn],
        observe: Observe = unobserved,
    ) -> None:
        known = substitute(phase.inputs, values)
        self.gatherings = phase.gatherings
        self.accumulators = phase.accumulators
        self._shares = [
            Share(span.start, phase.gatherings[span], known, observe)
            for span in parted(phase.gatherings, known)
        ]

    @property
    def keyed(self) -> list[tuple[int, KeyedAccumulator[Any]]]:
        """The accumulators that are merged in shards, with their positions."""
        return [(i, a) for i, a in enumerate(self.accumulators) if isinstance(a, KeyedAccumulator)]

    def zero(self) -> list[Any]:
        """States before any row."""
        return [accumulator.zero() for accumulator in self.accumulators]

    def add(
        self,
        states: Sequence[Any],
        batch: pa.RecordBatch,
        mapped: Mapped = map,
        seen: Seen = lambda values: None,
    ) -> list[Any]:
        """States after one more batch.

        Args:
            states: Those before.
            batch: The rows.
            mapped: Calls a function with each of some things, as `map` does; in threads, if it
                likes. There is more than one thing only `divided`.
            seen: Is shown values that were evaluated, by node.
        """
        shares = mapped(lambda share: share.add(states, batch, seen), self._shares)
        return list(chain.from_iterable(shares))

    @property
    def divided(self) -> bool:
        """Whether there are so many accumulators that threads had better share their states."""
        return len(self._shares) > 1

    def overflowing(self, states: list[Any]) -> Iterator[tuple[int, KeyedAccumulator[Any], Any]]:
        """The keyed states that have outgrown a worker's share, taken out of `states`."""
        for i, accumulator in self.keyed:
            if accumulator.keys(states[i]) > _MOST_KEYS:
                yield i, accumulator, states[i]
                states[i] = accumulator.zero()

    def merge(self, states: Sequence[Sequence[Any]]) -> list[Any]:
        """The states after all the batches of several."""
        return [a.merge(found) for a, *found in zip(self.accumulators, *states, strict=True)]
