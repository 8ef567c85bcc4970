"""Batches of a few rows, applied row by row: for so few, asking NumPy for each node costs more.

Only what is sure to give the same is done here. Anything else, and all that fails, is left to
whoever applies batches.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from taurus_beam.errors import DataError
from taurus_beam.graph.budget import BATCH_VARIABLE
from taurus_beam.graph.extensions import is_foreign
from taurus_beam.graph.node import Graph
from taurus_beam.graph.program import FAILURES
from taurus_beam.graph.types import is_numeric

__all__ = ["FewRows"]

_MOST_ROWS = 7
"""Of the reference work so many take as long as they do as a batch."""


class FewRows:
    """A frozen graph applied to batches of a few rows. Safe to use from several threads.

    Args:
        graph: The graph.
        row: Gives the outputs for one row.
    """

    def __init__(self, graph: Graph, row: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
        self._inputs: pa.Schema = graph.input_schema
        self._outputs = pa.struct(
            [(name, node.column_type().to_arrow()) for name, node in graph.outputs.items()]
        )
        self._most = _MOST_ROWS if _is_exact(graph, (*self._inputs, *self._outputs)) else 0
        self._row = row

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch | None:
        """The outputs for a batch; None where it is to be applied as a batch."""
        if not 0 < batch.num_rows <= self._most:
            return None
        try:
            if batch.schema != self._inputs:
                batch = batch.select(self._inputs.names)
                if batch.schema != self._inputs:
                    return None
            rows = [self._row(row) for row in batch.to_struct_array().to_pylist()]
            if any(value != value for row in rows for value in row.values()):
                return None  # which of all NaN it is, is the batch's to say
            return pa.RecordBatch.from_struct_array(pa.array(rows, self._outputs))
        except (DataError, *FAILURES):
            return None


def _is_exact(graph: Graph, fields: tuple[pa.Field, ...]) -> bool:
    """Whether the rows of a graph say all that its batches do, as far as it is known here.

    Rows count no monitors and no bytes, and other packages' operations are not tested here to be
    the same for both. Lists, structs, times and half floats go in and out in ways of their own,
    and of no columns nobody can tell how many rows they have.
    """
    return not (
        graph.monitors
        or not graph.input_schema
        or not graph.outputs
        or BATCH_VARIABLE in os.environ
        or any(n.operation.grows or is_foreign(n.operation.name) for n in graph.nodes)
        or not all(_is_plain(field.type) for field in fields)
    )


def _is_plain(dtype: Any) -> bool:
    return dtype != pa.float16() and bool(
        is_numeric(dtype) or pa.types.is_boolean(dtype) or pa.types.is_string(dtype)
    )
