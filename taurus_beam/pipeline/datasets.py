"""What the transforms take: record batches, dicts or Beam rows, and where their schema is known.

A `Dataset` hands out the record batches once for each pass. Where they come from a `Source`,
each pass reads it again, and only the columns that the pass needs; a PCollection of the user's
own is used as it is, and the runner keeps what more than one pass needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import PCollection
from apache_beam.typehints import arrow_type_compatibility, row_type, schemas

from taurus_beam.errors import DataError, EngineError
from taurus_beam.graph.node import project
from taurus_beam.io import Source
from taurus_beam.io.read import ReadRecordBatches
from taurus_beam.local import arrow_schema_of

__all__ = ["Dataset", "ToDicts"]

_MOST_ROWS = 10_000


class Dataset:
    """The data of one transform, for as many passes as it needs.

    Args:
        data: A PCollection of record batches, dicts or Beam rows, or the pipeline itself where
            `source` says what to read.
        source: A re-readable source.
        schema: Arrow or tensorflow-metadata schema; needed where nothing else tells.

    Raises:
        EngineError: If there is neither data nor a source, or nothing tells the schema.
    """

    def __init__(self, data: Any, source: Source | None, schema: Any) -> None:
        self._pcollection = data if isinstance(data, PCollection) else None
        self.pipeline = data.pipeline
        if self._pcollection is None and source is None:
            raise EngineError(
                "There is nothing to read.",
                expected="a PCollection before the |, or source=taurus_beam.io.Source(...)",
            )
        reading = _reading(self._pcollection)
        self._source = source or (reading.source if reading else None)
        self._first = self._pcollection if source is None else None
        self.schema = arrow_schema_of(schema) or self._known_schema()

    def batches(self, columns: Iterable[str], label: str) -> Any:
        """The record batches for one pass that needs some columns (paths)."""
        if self._source is None:
            return self._pcollection | label >> _ToBatches(self.schema)
        if self._first is not None:
            first, self._first = self._first, None
            return first
        names = project(self.schema, columns).names
        return self.pipeline | label >> self._source.read(names, dictionary=True)

    def fingerprint(self) -> dict[str, Any] | None:
        """What is known of the files, for the provenance."""
        return self._source.fingerprint() if self._source is not None else None

    def _known_schema(self) -> pa.Schema:
        if self._source is not None:
            return self._source.schema
        schema = _row_schema(self._pcollection)
        if schema is None:
            raise EngineError(
                "The schema of the data is not known.",
                expected="schema=pa.schema([...]), or data that know theirs: a "
                "taurus_beam.io.Source, or Beam rows (beam.Row, NamedTuple)",
                fix="Pass schema=.",
            )
        return schema


class ToDicts(beam.PTransform[Any, Any]):
    """Record batches → dicts, one a row, None where a value is missing.

    Example:
        >>> import apache_beam as beam, pyarrow as pa, taurus_beam as tb
        >>> from apache_beam.testing.util import assert_that, equal_to
        >>> batch = pa.record_batch({"x": [1, None]})
        >>> with beam.Pipeline(runner="FnApiRunner") as p:
        ...     rows = p | beam.Create([batch]) | tb.ToDicts()
        ...     _ = assert_that(rows, equal_to([{"x": 1}, {"x": None}]))
    """

    def expand(self, batches: Any) -> Any:
        """PCollection of record batches → PCollection of dicts."""
        return batches | "ToDicts" >> beam.FlatMap(lambda b: b.to_pylist()).with_output_types(dict)


class _ToBatches(beam.PTransform[Any, Any]):
    def __init__(self, schema: pa.Schema) -> None:
        super().__init__()
        self._schema = schema

    def expand(self, data: Any) -> Any:
        if data.element_type is pa.RecordBatch:
            return data
        return (
            data
            | "Batch" >> beam.BatchElements(min_batch_size=100, max_batch_size=_MOST_ROWS)
            | "ToArrow" >> beam.ParDo(_ToArrow(self._schema)).with_output_types(pa.RecordBatch)
        )


class _ToArrow(beam.DoFn):
    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema

    def process(self, elements: list[Any]) -> Iterator[pa.RecordBatch]:
        if isinstance(elements[0], pa.RecordBatch):
            yield from elements
        else:
            yield rows_to_batch(elements, self._schema)


def rows_to_batch(rows: list[Any], schema: pa.Schema) -> pa.RecordBatch:
    """A record batch of dicts, Beam rows or NamedTuples.

    Raises:
        DataError: If a row lacks a column or a value has another type, naming the column.
    """
    if not isinstance(rows[0], Mapping):
        rows = [row._asdict() for row in rows]
    return pa.RecordBatch.from_arrays([_column(rows, f) for f in schema], schema=schema)


def _column(rows: list[Any], field: Any) -> Any:
    try:
        return pa.array([row[field.name] for row in rows], field.type)
    except KeyError:
        raise DataError(
            f"Column {field.name!r} is missing from a row.",
            expected="every column of the schema as a key of each dict",
            fix="Give None for a value that is not known.",
        ) from None
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as problem:
        raise DataError(
            f"Column {field.name!r} has a value that is no {field.type}: {problem}",
            expected=f"{field.type}, as the schema says",
            fix="Correct the data or the schema.",
        ) from problem


def _reading(data: Any) -> ReadRecordBatches | None:
    """The read transform that a PCollection comes straight from, if it does."""
    applied = data.producer if data is not None else None
    while applied is not None:
        if isinstance(applied.transform, ReadRecordBatches):
            return applied.transform if data in applied.outputs.values() else None
        applied = applied.parent
    return None


def _row_schema(data: Any) -> pa.Schema | None:
    """The Arrow schema of Beam rows, None for elements that are none."""
    element_type = data.element_type
    row: Any = row_type.RowTypeConstraint.from_user_type(element_type)
    if row is None and isinstance(element_type, row_type.RowTypeConstraint):
        row = element_type
    if row is None:
        return None
    proto = schemas.typing_to_runner_api(row).row_type.schema
    found: pa.Schema = arrow_type_compatibility.arrow_schema_from_beam_schema(proto)
    return found.remove_metadata()
