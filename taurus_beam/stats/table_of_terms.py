"""Generators whose whole state is one table of terms: how it merges, travels and is split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taurus_beam.stats import term_table
from taurus_beam.stats.generator import KeyedStatsGenerator
from taurus_beam.stats.term_table import TermState

__all__ = ["TermTableGenerator"]


class TermTableGenerator(KeyedStatsGenerator[TermState]):
    """A generator that counts terms; subclasses say which, and what is told of them."""

    def merge(self, states: Sequence[TermState]) -> TermState:
        """The terms of all states."""
        return term_table.merged(states)

    def to_wire(self, state: TermState) -> Any:
        """See `term_table.to_wire`."""
        return term_table.to_wire(state)

    def from_wire(self, batch: Any) -> TermState:
        """The state that `to_wire` wrote."""
        return term_table.from_wire(batch)

    def shards(self, state: TermState, count: int) -> list[TermState]:
        """Parts by value."""
        return term_table.split(state, count)

    def keys(self, state: TermState) -> int:
        """Rows of the table."""
        return state.pending
