"""The inputs of requests as record batches that look like the training data.

Columns have the types that the model was fitted with, whatever a client sent, and fields of
structs lie in structs again, so that statistics of both name the same features.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeAlias

import pyarrow as pa

from taurus_beam.graph.budget import least_bytes
from taurus_beam.graph.intake import column_values
from taurus_beam.graph.types import ColumnType
from taurus_beam.graph.values import to_arrow

__all__ = ["BATCH_ROWS", "Inputs", "as_trained", "batches_of", "feature_paths"]

Inputs: TypeAlias = "pa.RecordBatch | Sequence[Mapping[str, Any]]"

BATCH_ROWS = 1 << 14
"""Batches have up to so many rows: beyond, rows take as long each."""

_BATCH_BYTES = 8 * 2**20


def feature_paths(types: Mapping[str, ColumnType]) -> dict[str, tuple[str, ...]]:
    """The steps of each feature that a model reads; a dot is between a struct and its field.

    Example:
        >>> feature_paths({"trip.km": ColumnType(pa.float64())})
        {'trip.km': ('trip', 'km')}
    """
    return {name: tuple(name.split(".")) for name in types}


def batches_of(
    types: Mapping[str, ColumnType], inputs: Iterable[Inputs]
) -> Iterator[pa.RecordBatch]:
    """The rows of some requests in few batches.

    Args:
        types: The features that the model reads.
        inputs: What it was given, in columns or in rows.
    """
    schema = pa.schema([(name, kind.to_arrow()) for name, kind in types.items()])
    waiting: list[pa.RecordBatch] = []
    room = BATCH_ROWS, _BATCH_BYTES
    for batch in _batches(types, schema, list(inputs)):
        waiting.append(batch)
        room = room[0] - batch.num_rows, room[1] - batch.nbytes
        if min(room) <= 0:
            yield from _joined(waiting, schema)
            waiting, room = [], (BATCH_ROWS, _BATCH_BYTES)
    yield from _joined(waiting, schema)


def _batches(
    types: Mapping[str, ColumnType], schema: pa.Schema, inputs: list[Inputs]
) -> Iterator[pa.RecordBatch]:
    # A request's few rows alone would take a hundred times as long each.
    rows = [each for each in inputs if not isinstance(each, pa.RecordBatch)]
    of_all = list(chain.from_iterable(rows))
    # Missing vectors, which cost a client nothing, take as much as others.
    width = sum(least_bytes(kind, 1) for kind in types.values())
    size = max(1, min(BATCH_ROWS, _BATCH_BYTES // max(width, 1)))
    for start in range(0, len(of_all), size):
        part = of_all[start : start + size]
        arrays = [pa.array([row[f.name] for row in part], f.type) for f in schema]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)
    for each in inputs:
        if isinstance(each, pa.RecordBatch):
            yield _typed(each, types, schema)


def as_trained(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with fields in the structs that their names tell.

    A struct is there in every row: whether the client left it out or its fields is not known.
    """
    columns = zip(batch.schema.names, batch.columns, strict=True)
    array = _nested([(tuple(name.split(".")), column) for name, column in columns], len(batch))
    return pa.RecordBatch.from_struct_array(array)


def _nested(columns: Sequence[tuple[tuple[str, ...], Any]], rows: int) -> Any:
    below: dict[str, list[tuple[tuple[str, ...], Any]]] = {}
    for (name, *rest), column in columns:
        below.setdefault(name, []).append((tuple(rest), column))
    arrays = [
        inner[0][1] if inner[0][0] == () else _nested(inner, rows) for inner in below.values()
    ]
    fields = [pa.field(name, array.type) for name, array in zip(below, arrays, strict=True)]
    if not fields:
        return pa.array([{}] * rows, pa.struct([]))
    return pa.StructArray.from_arrays(arrays, fields=fields)


def _typed(
    batch: pa.RecordBatch, types: Mapping[str, ColumnType], schema: pa.Schema
) -> pa.RecordBatch:
    arrays = []
    for field in schema:
        array = batch[field.name]
        if array.type != field.type:
            array = to_arrow(column_values(batch, field.name, types[field.name]))
            # Text may come out as a dictionary, which only some requests have.
            array = array if array.type == field.type else array.cast(field.type)
        arrays.append(array)
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _joined(batches: list[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    if batches:
        table = pa.Table.from_batches(batches, schema).combine_chunks()
        yield from table.to_batches(max_chunksize=BATCH_ROWS)
