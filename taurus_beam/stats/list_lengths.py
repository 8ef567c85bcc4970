"""The distribution of the lengths of lists, at no price where every list holds one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.rank_histogram import RankHistogram
from taurus_beam.analyzers.rank_histogram_builder import RankHistogramBuilder
from taurus_beam.graph.types import numpy_dtype

__all__ = ["LENGTHS_TYPE", "ListLengths", "repeated"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

LENGTHS_TYPE = pa.struct(
    {
        "counts": pa.list_(pa.int64()),
        "mins": pa.list_(pa.float64()),
        "maxs": pa.list_(pa.float64()),
        "octaves": pa.list_(pa.uint16()),
        "levels": pa.list_(pa.uint8()),
    }
)
"""The Arrow type of a distribution on the wire."""

_NOTHING = RankHistogram.empty(np.dtype(np.float64))


@dataclass
class ListLengths:
    """How many lists there are of each length.

    Attributes:
        ones: Lists of one value: all of them, for scalars.
        others: The rest, once there is any.

    Example:
        >>> lengths = ListLengths()
        >>> lengths.add_ones(5)
        >>> lengths.add(np.array([1, 3]))
        >>> lengths.build().mins.tolist(), lengths.build().counts.tolist()
        ([1.0, 3.0], [6, 1])
    """

    ones: int = 0
    others: RankHistogramBuilder | None = None

    def add_ones(self, count: int) -> None:
        """Add lists of one value."""
        self.ones += count

    def add(self, lengths: Array) -> None:
        """Add lists of some lengths."""
        ones = int(np.count_nonzero(lengths == 1))
        self.ones += ones
        if ones < len(lengths):
            self._builder().add(lengths[lengths != 1].astype(np.float64))

    def add_histogram(self, histogram: RankHistogram) -> None:
        """Add what another one's `build` gave."""
        if len(histogram.counts):
            self._builder().add_histogram(histogram)

    def plus(self, other: ListLengths) -> None:
        """Add the lists of another one."""
        self.ones += other.ones
        if other.others is not None:
            self.add_histogram(other.others.build())

    def build(self) -> RankHistogram:
        """The distribution of the lengths, the same in whatever way they were added."""
        ones = repeated(1, self.ones)
        if self.others is None:
            return ones
        return RankHistogram.merge_all([ones, self.others.build()])

    def to_row(self) -> dict[str, Any]:
        """The distribution as a value of `LENGTHS_TYPE`."""
        arrays = self.build().to_arrays()
        return {one.name: arrays[one.name] for one in LENGTHS_TYPE}

    @staticmethod
    def from_row(row: Mapping[str, Any]) -> ListLengths:
        """The distribution that `to_row` wrote."""
        arrays = {"capacity": np.array([_NOTHING.capacity])}
        for one in LENGTHS_TYPE:
            arrays[one.name] = np.array(row[one.name], numpy_dtype(one.type.value_type))
        lengths = ListLengths()
        lengths.add_histogram(RankHistogram.from_arrays(arrays))
        return lengths

    def _builder(self) -> RankHistogramBuilder:
        if self.others is None:
            self.others = RankHistogramBuilder(np.dtype(np.float64))
        return self.others


def repeated(length: int, count: int) -> RankHistogram:
    """The distribution of some lists of one length."""
    if not count:
        return _NOTHING
    value, counts = np.array([float(length)]), np.array([count], np.int64)
    return RankHistogram(_NOTHING.capacity, counts, value, value, _NOTHING.octaves, _NOTHING.levels)
