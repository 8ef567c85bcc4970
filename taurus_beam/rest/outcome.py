"""What applying a model gives: rows from the row path or a batch, whichever way it went.

Encoders ask for the form they need; the values are the same bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from taurus_beam.graph.types import ColumnType
from taurus_beam.rest.json_values import plain_values
from taurus_beam.rest.refusals import check_room

__all__ = ["Outcome"]


@dataclass(frozen=True, eq=False)
class Outcome:
    """The outputs for the rows of a request.

    Attributes:
        types: The outputs' types by name.
        size: How many rows.
        by_row: The rows as dicts of JSON values, or None.
        by_column: The rows as a record batch, or None; one of the two is there.
    """

    types: Mapping[str, ColumnType]
    size: int
    by_row: Sequence[Mapping[str, Any]] | None = None
    by_column: pa.RecordBatch | None = None

    def rows(self) -> list[Mapping[str, Any]]:
        """A dict of JSON values for each row."""
        if self.by_row is not None:
            return list(self.by_row)
        names, columns = list(self.types), [self.column(name) for name in self.types]
        return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)] or [
            {} for _ in range(self.size)
        ]

    def column(self, name: str) -> list[Any]:
        """The JSON values of one output."""
        if self.by_row is not None:
            return [row[name] for row in self.by_row]
        assert self.by_column is not None
        return plain_values(self.by_column[name], self.types[name])

    def batch(self) -> pa.RecordBatch:
        """The outputs as Arrow columns.

        Raises:
            RequestError: If vectors that are missing would take too much memory as columns.
        """
        if self.by_column is not None:
            return self.by_column
        assert self.by_row is not None
        check_room(self.types.values(), self.size)
        schema = pa.schema([(name, kind.to_arrow()) for name, kind in self.types.items()])
        return pa.RecordBatch.from_pylist(list(self.by_row), schema)
