"""Named arrays of several states as one record batch: a row for each state, lists in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

__all__ = ["arrays_in", "as_lists"]


def as_lists(rows: Iterable[Mapping[str, Any]]) -> Any:
    """The record batch of some states' arrays, by the same names in each.

    Example:
        >>> batch = as_lists([{"x": np.array([1, 2])}, {"x": np.array([3])}])
        >>> batch["x"].to_pylist(), [row["x"].tolist() for row in arrays_in(batch)]
        ([[1, 2], [3]], [[1, 2], [3]])
    """
    columns: dict[str, list[Any]] = {}
    for row in rows:
        for name, array in row.items():
            columns.setdefault(name, []).append(array)
    return pa.record_batch(
        {
            name: pa.ListArray.from_arrays(
                pa.array(np.cumsum([0, *map(len, arrays)]), pa.int32()),
                pa.array(np.concatenate(arrays)),
            )
            for name, arrays in columns.items()
        }
    )


def arrays_in(batch: Any) -> Iterator[dict[str, Any]]:
    """The arrays of each state that `as_lists` put in a record batch."""
    for row in range(batch.num_rows):
        yield {
            name: batch.column(name)[row].values.to_numpy(zero_copy_only=False)
            for name in batch.schema.names
        }
