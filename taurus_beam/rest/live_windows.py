"""Statistics of one version's inputs by windows of time: one that is open, and closed ones.

The accumulators are those of `taurus_beam.stats`, so that live and training statistics mean the
same. Distinct values are the only thing of theirs that grows with what clients send; here it is
bounded. A closed window is kept in wire form: compact, and read any number of times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.stats.approximate_terms import ApproximateTerms
from taurus_beam.stats.basic import BasicStats
from taurus_beam.stats.dataset import DatasetStatistics, Slices
from taurus_beam.stats.options import StatsOptions
from taurus_beam.stats.schema_facts import leaves

__all__ = ["Window", "Windows", "live_statistics"]


@dataclass(frozen=True)
class BoundedTerms(ApproximateTerms):
    """Top values, ranks and distinct values in memory that no client can make grow.

    As `ApproximateTerms`: exact up to 4,096 distinct values of a feature in a window; values of
    more than 1,024 bytes count as one. Values that are no text are apart, as in training.
    """

    capacity: ClassVar[int] = 1 << 12
    joins_invalid: ClassVar[bool] = False


@dataclass(frozen=True)
class Window:
    """The rows of a span of time.

    Attributes:
        number: The windows since 1970 before it.
        rows: How many.
        states: Those of the generators, in wire form.
    """

    number: int
    rows: int
    states: tuple[pa.RecordBatch, ...]

    @property
    def nbytes(self) -> int:
        """The memory it takes."""
        return sum(int(state.nbytes) for state in self.states)


def live_statistics(schema: schema_pb2.Schema | None = None) -> DatasetStatistics:
    """The statistics that are gathered: the default ones.

    Args:
        schema: Says which numbers are categories.
    """
    options = StatsOptions(schema=None if schema is None else _kinds(schema))
    generators = (BasicStats(options), BoundedTerms(options))
    return DatasetStatistics(replace(options, add_default_generators=False, generators=generators))


class Windows:
    """The windows of one version of a model. Not for several threads at once.

    Args:
        statistics: What is gathered.
        most: How many windows are kept, the open one among them.
    """

    def __init__(self, statistics: DatasetStatistics, most: int) -> None:
        self._statistics, self._most = statistics, most
        self._open: Slices | None = None
        self._number, self._rows = 0, 0
        self._closed: list[Window] = []
        self._told: list[int] = []

    def add(self, batch: pa.RecordBatch, number: int) -> None:
        """Add rows that came in a window; an earlier one than the open one is that."""
        if self._open is None or number > self._number:
            self._close()
            self._open, self._number, self._rows = self._statistics.zero(), number, 0
        self._open = self._statistics.add(self._open, batch)
        self._rows += batch.num_rows

    def close_before(self, number: int) -> bool:
        """Close the open window if it ends before one, and forget what is too old.

        Returns:
            Whether the closed windows are others than the last time.
        """
        if self._number < number:
            self._close()
        self._closed = [w for w in self._closed if w.number > number - self._most]
        before, self._told = self._told, [w.number for w in self._closed]
        return self._told != before

    def kept(self) -> list[Window]:
        """All that is kept, the oldest first."""
        return self._closed if self._open is None else [*self._closed, self._written()]

    @property
    def closed(self) -> Sequence[Window]:
        """The windows that have ended, the oldest first."""
        return self._closed

    def forget_oldest(self) -> None:
        """Give up the oldest closed window."""
        del self._closed[0]

    def total(self, windows: Sequence[Window]) -> statistics_pb2.DatasetFeatureStatisticsList:
        """The statistics of all the rows of some windows; of none, a data set without examples."""
        composite = self._statistics
        states = [{composite.whole: self._read(window)} for window in windows]
        return composite.result(composite.merge(states) if states else composite.zero())

    def _read(self, window: Window) -> list[Any]:
        pairs = zip(self._statistics.generators, window.states, strict=True)
        return [generator.from_wire(state) for generator, state in pairs]

    def _close(self) -> None:
        if self._open is not None:
            # However long nobody asks which are too old, no more are kept.
            self._closed = [*self._closed, self._written()][-self._most :]
            self._open = None

    def _written(self) -> Window:
        assert self._open is not None
        states = self._open[self._statistics.whole]
        generators = self._statistics.generators
        wires = [g.to_wire(state) for g, state in zip(generators, states, strict=True)]
        return Window(self._number, self._rows, tuple(wires))


def _kinds(schema: schema_pb2.Schema) -> schema_pb2.Schema:
    """The schema without what would let long strings be kept whole, or ask for more statistics."""
    kinds = schema_pb2.Schema()
    kinds.feature.MergeFrom(schema.feature)
    for _, leaf in leaves((), kinds.feature):
        domain = leaf.WhichOneof("domain_info")
        if domain == "natural_language_domain" and leaf.type == schema_pb2.INT:
            leaf.int_domain.is_categorical = True  # ids of words
        elif domain in ("string_domain", "domain", "natural_language_domain"):
            leaf.ClearField(domain)
        if leaf.type == schema_pb2.BYTES and domain != "image_domain":
            leaf.ClearField("type")
    return kinds
