"""A data set as components see it: its rows, its statistics, and the schema it should fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from taurus_beam.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

    from taurus_beam.controller.engine import Engine
    from taurus_beam.io import Source

__all__ = ["DataSet"]


@dataclass(frozen=True)
class DataSet:
    """Data with a name.

    Attributes:
        name: "train", "eval", "test", "production", or what the user calls them.
        source: Where the rows are; None where only the statistics were kept.
        statistics: A ``DatasetFeatureStatisticsList``.
        schema: What the data should be like, a ``Schema``.
        environment: The environment of the schema that they are from, if any.
        engine: What runs pipelines over them.
    """

    name: str
    source: Source | None
    statistics: Any
    schema: Any
    environment: str | None
    engine: Engine

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return max((int(each.num_examples) for each in self.statistics.datasets), default=0)

    def read(self) -> Source:
        """Where the rows are.

        Raises:
            DataError: They were not kept.
        """
        if self.source is None:
            raise DataError(
                f"The rows of the data {self.name!r} were not kept.",
                expected="a component that needs their statistics only",
                fix="Set split on the pipeline: splits are kept with the version.",
            )
        return self.source

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The rows, read here and now, one record batch after the other.

        Raises:
            DataError: A column is missing, or the rows cannot be read.
        """
        return self.read().batches(columns)

    def counted(
        self,
        count: Callable[[pa.RecordBatch], Mapping[str, int]],
        columns: Sequence[str] | None = None,
    ) -> Counter[str]:
        """The sums of what a function counts in each batch, by a pipeline on the engine.

        Args:
            count: From a record batch to numbers by name. It goes to workers, so it has to be
                such as can be pickled.
            columns: The columns it needs; all by default.

        Raises:
            TaurusError: Whatever goes wrong.
        """
        return self.engine.counted(self.read(), count, columns)
