"""What is common to splitters that cut rows in the order of a value: two passes for exact ranks."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from taurus_beam.graph.term_hash import Hashes
from taurus_beam.splits.ranks import (
    Brackets,
    Cuts,
    Strata,
    brackets,
    cuts,
    inside,
    merged_spreads,
    spreads,
)
from taurus_beam.splits.splitter import Codes, Splitter
from taurus_beam.stats.feature_column import Mask

__all__ = ["Ordered", "Ranked", "cut_ranks"]


@dataclass(frozen=True, eq=False)
class Ordered:
    """What decides for the rows of a batch.

    Attributes:
        strata: The stratum of each row.
        values: Rows are cut in the order of these.
        known: Which rows have a value; the others are in no order.
    """

    strata: Strata
    values: Hashes
    known: Mask

    @property
    def taking_part(self) -> tuple[Strata, Hashes]:
        """Strata and values of the rows that have a value."""
        if self.known.all():
            return self.strata, self.values
        return Strata(self.strata.texts, self.strata.codes[self.known]), self.values[self.known]

    def places(self, plan: Cuts) -> Codes:
        """How many cuts of its stratum each row's value reaches; 0 for rows without a value."""
        places = np.zeros(len(self.known), np.int16)
        places[self.known] = plan.places(*self.taking_part)
        return places


class Ranked(Splitter):
    """A splitter whose splits are runs of rows in some order, each stratum by itself."""

    passes = 2

    @abc.abstractmethod
    def ordered(self, batch: Any, identity: Hashes | None) -> Ordered:
        """The order of a batch's rows."""

    @abc.abstractmethod
    def ranks(self, counts: Mapping[bytes, int]) -> Mapping[bytes, Sequence[int]]:
        """At which ranks each stratum is cut, given how many rows each has."""

    def survey(self, batch: Any, identity: Hashes | None, plan: Any) -> Any:
        strata, values = self.ordered(batch, identity).taking_part
        return inside(plan, strata, values) if plan is not None else spreads(strata, values)

    def merged(self, states: Iterable[Any]) -> Any:
        return merged_spreads(states)

    def learn(self, state: Any, plan: Any) -> Any:
        return cuts(state, plan) if isinstance(plan, Brackets) else brackets(state, self.ranks)


def cut_ranks(sizes: Sequence[int]) -> list[int]:
    """At which ranks runs of these sizes begin, but for the first.

    Example:
        >>> cut_ranks([8, 1, 1])
        [8, 9]
    """
    return list(accumulate(sizes[:-1]))
