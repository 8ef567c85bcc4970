"""Which rows to keep: a condition over symbolic columns, traced once and applied to batches."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.analyzer import Analyzer
from taurus_beam.graph.column import Column
from taurus_beam.graph.freeze import freeze
from taurus_beam.graph.node import Graph, describe
from taurus_beam.graph.plain_arrays import plain_table
from taurus_beam.graph.trace import function_place, trace
from taurus_beam.serving.frames import as_table
from taurus_beam.serving.transform_fn import TransformFn
from taurus_beam.stats.feature_column import Mask

__all__ = ["Predicate", "RowFilter", "filter_table"]

Predicate = Callable[[Mapping[str, Column]], Column]
_KEEP = "keep"
_BATCH_ROWS = 65_536


class RowFilter:
    """A traced condition; it travels to workers as data, not as code.

    Args:
        predicate: From symbolic columns to a boolean column.
        schema: Arrow schema of the data.

    Attributes:
        columns: The columns that decide.

    Raises:
        TraceError: The function is wrong, is no condition, or needs values of a pass over all
            data; naming its line.
    """

    def __init__(self, predicate: Predicate, schema: pa.Schema) -> None:
        @functools.wraps(predicate)
        def wrapped(inputs: Mapping[str, Column]) -> Mapping[str, Any]:
            return {_KEEP: predicate(inputs)}

        graph = trace(wrapped, schema)
        place = function_place(predicate)
        for node in graph.nodes:
            if isinstance(node.operation, Analyzer):
                raise TraceError(
                    f"{describe(node)} is found in a pass over all data, and a filter has none.",
                    where=str(node.location),
                    expected="a condition of each row by itself",
                    fix="Write the number down, or filter by a column that `transform` made.",
                )
        found = graph.outputs[_KEEP].column_type()
        if not (found.is_scalar and found.dtype == pa.bool_()):
            raise TraceError(
                f"The filter gives {found}.",
                where=place,
                expected='a condition, such as inputs["delay"] > 15',
            )
        self.place = place
        self.columns: tuple[str, ...] = tuple(graph.input_schema.names)
        self._function = TransformFn(freeze(graph, {}))

    @property
    def graph(self) -> Graph:
        """The condition."""
        return self._function.graph

    def __call__(self, batch: Any) -> tuple[Mask, int]:
        """Which rows to keep, and how many others there are of which that is not known (null).

        Raises:
            DataError: The batch does not fit, naming the column.
        """
        kept = self._function.transform(batch).column(0)
        known = kept.fill_null(False).to_numpy(zero_copy_only=False).astype(np.bool_)
        return known, int(kept.null_count)


def filter_table(data: Any, predicate: Predicate) -> pa.Table:
    """The rows for which a condition is true; those for which it is null are dropped.

    Args:
        data: ``pa.Table``, ``pa.RecordBatch``, Polars or pandas DataFrame, or dict of arrays.
        predicate: From symbolic columns to a boolean column, as in a preprocessing function.

    Raises:
        TraceError: The function is wrong or no condition, naming its line.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> data = pa.table({"delay": [20, 3, None], "origin": ["JFK", "JFK", "EWR"]})
        >>> tb.filter_table(data, lambda inputs: inputs["delay"] > 15).to_pylist()
        [{'delay': 20, 'origin': 'JFK'}]
    """
    table = plain_table(as_table(data))
    keep = RowFilter(predicate, table.schema)
    batches = [
        batch.filter(pa.array(keep(batch)[0]))
        for batch in table.to_batches(max_chunksize=_BATCH_ROWS)
    ]
    return pa.Table.from_batches(batches, table.schema)
