"""Statistics of all columns, from the batches that a pass reads anyway."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from taurus_beam.profiling.recorder import STATISTICS, Off
from taurus_beam.profiling.step import Step
from taurus_beam.runners.local.changeover import NeedsPipelineError
from taurus_beam.stats.dataset import DatasetStatistics, Slices
from taurus_beam.stats.generator import KeyedStatsGenerator
from taurus_beam.stats.options import StatsOptions

__all__ = ["StatisticsBeside"]

_MOST_KEYS = 1 << 20
"""Of the keyed states of one thread."""


class StatisticsBeside:
    """The statistics of what several threads see, each with a state of its own."""

    def __init__(self, measure: Off) -> None:
        self._statistics = DatasetStatistics(StatsOptions())
        self._states: dict[int, Slices] = {}
        self._measure = measure

    def add(self, thread: int, batch: pa.RecordBatch) -> None:
        """Takes a batch.

        Raises:
            NeedsPipelineError: The distinct values are too many to be kept.
        """
        state = self._states.get(thread) or self._statistics.zero()
        self._states[thread] = state = self._statistics.add(state, batch, self._measure)
        if self._keys(state) > _MOST_KEYS:
            raise NeedsPipelineError(
                f"the statistics have more than {_MOST_KEYS:,} distinct values"
            )

    def result(self) -> Any:
        """The statistics of all batches."""
        with self._measure.step(Step(STATISTICS, "merge states")):
            states = list(self._states.values()) or [self._statistics.zero()]
            merged = self._statistics.merge(states)
        with self._measure.step(Step(STATISTICS, "result of statistics")):
            return self._statistics.result(merged)

    def _keys(self, state: Slices) -> int:
        return sum(
            generator.keys(own)
            for states in state.values()
            for generator, own in zip(self._statistics.generators, states, strict=True)
            if isinstance(generator, KeyedStatsGenerator)
        )
