"""What the transforms take: record batches, dicts or Beam rows, and where their schema is known.

A `Dataset` hands out the record batches once for each pass. Where they come from a `Source`,
each pass reads it again, and only the columns that the pass needs; a PCollection of the user's
own is used as it is, and the runner keeps what more than one pass needs.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import PCollection, PValue
from apache_beam.typehints import arrow_type_compatibility, row_type, schemas

from taurus_beam.errors import DataError, EngineError
from taurus_beam.graph.node import project
from taurus_beam.io import Source
from taurus_beam.io.probe import probe
from taurus_beam.io.read import Files, ReadRecordBatches, files_of
from taurus_beam.io.schema import plain_schema
from taurus_beam.local import arrow_schema_of

__all__ = ["Dataset", "ToDicts", "reading_of"]

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
        if not isinstance(data, PValue) or (self._pcollection is None) == (source is None):
            raise EngineError(
                "There is nothing to read."
                if source is None
                else "There are both data before the | and a source.",
                expected="a PCollection before the |, or the pipeline before it and "
                "source=taurus_beam.io.Source(...)",
                fix="Give one of the two.",
            )
        self.pipeline = data.pipeline
        self._reading = reading_of(self._pcollection)
        self._source = source or (self._reading.source if self._reading else None)
        self._first = self._pcollection
        self._files = self._reading.files if self._reading else None
        self.schema = arrow_schema_of(schema) or self._known_schema()

    @property
    def is_bounded(self) -> bool:
        """Whether the data end."""
        return self._pcollection is None or bool(self._pcollection.is_bounded)

    def batches(self, columns: Iterable[str], label: str) -> Any:
        """The record batches for one pass that needs some columns (paths)."""
        needed = project(self.schema, columns)
        if self._source is None:
            return self._pcollection | label >> _ToBatches(needed)
        if self._first is not None:
            first, self._first = self._first, None
            return first
        reading = self._source.read(needed.names, dictionary=True, files=self._known_files())
        return self.pipeline | label >> reading

    def left_out(self) -> Any:
        """PCollection of the files that cannot be read, as dicts; None where that is an error."""
        files = self._known_files()
        return files.bad if files else None

    def _known_files(self) -> Files | None:
        """The files of a source whose bad ones are skipped: found once, the same in every pass."""
        if self._files is None and self._source is not None and self._source.skip_bad_files:
            self._files = files_of(self.pipeline, self._source)
        return self._files

    def fingerprint(self) -> dict[str, Any] | None:
        """What is known of the files, for the provenance."""
        return self._source.fingerprint() if self._source is not None else None

    def _known_schema(self) -> pa.Schema:
        if self._source is not None:
            return self._source.wanted(self._reading.columns if self._reading else None)
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
        self._probe = probe()

    def start_bundle(self) -> None:
        self._probe.begin()

    def process(self, elements: list[Any]) -> Iterator[pa.RecordBatch]:
        if isinstance(elements[0], pa.RecordBatch):
            yield from elements
            return
        with self._probe.step("make batches of rows") as weighed:
            batch = rows_to_batch(elements, self._schema)
            weighed.rows, weighed.bytes_out = batch.num_rows, batch.nbytes
        yield batch

    def finish_bundle(self) -> None:
        self._probe.end()


def rows_to_batch(rows: list[Any], schema: pa.Schema) -> pa.RecordBatch:
    """A record batch of dicts, or of Beam rows, NamedTuples or data classes.

    Raises:
        DataError: If a row lacks a column or a value has another type, naming the column.
    """
    if not schema.names:
        return pa.RecordBatch.from_struct_array(pa.array([{}] * len(rows), pa.struct([])))
    return pa.RecordBatch.from_arrays([_column(rows, f) for f in schema], schema=schema)


def _column(rows: list[Any], field: Any) -> Any:
    name = field.name
    try:
        if isinstance(rows[0], Mapping):
            values = [row[name] for row in rows]
        else:
            values = [getattr(row, name) for row in rows]
        return pa.array(values, field.type)
    except (KeyError, AttributeError):
        raise DataError(
            f"Column {name!r} is missing from a row of type {type(rows[0]).__name__}.",
            expected="a dict with a key, or a Beam row or NamedTuple with a field, for each "
            "column that is read; or record batches declared as "
            "with_output_types(pa.RecordBatch)",
            fix="Give None for a value that is not known.",
        ) from None
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as problem:
        raise DataError(
            f"Column {field.name!r} has a value that is no {field.type}: {problem}",
            expected=f"{field.type}, as the schema says",
            fix="Correct the data or the schema.",
        ) from problem


def reading_of(data: Any) -> ReadRecordBatches | None:
    """The read transform that a PCollection comes straight from, if it does."""
    applied = data.producer if data is not None else None
    while applied is not None:
        if isinstance(applied.transform, ReadRecordBatches):
            return applied.transform if data in applied.outputs.values() else None
        applied = applied.parent
    return None


def _row_schema(data: Any) -> pa.Schema | None:
    """The Arrow schema of Beam rows, None for elements that are none."""
    fields = _row_fields(data.element_type)
    if fields is None:
        return None
    try:
        row: Any = row_type.RowTypeConstraint.from_fields([(n, _optional(t)) for n, t in fields])
        proto = schemas.typing_to_runner_api(row).row_type.schema
        found: pa.Schema = arrow_type_compatibility.arrow_schema_from_beam_schema(proto)
    except (TypeError, ValueError, NotImplementedError) as problem:
        raise EngineError(
            f"The Beam rows have a field that Arrow has no type for: {problem}",
            expected="fields of numbers, strings, bytes, booleans or sequences of these",
            fix="Pass schema= with the columns to read.",
        ) from problem
    return plain_schema(found)


def _row_fields(element_type: Any) -> Sequence[tuple[str, Any]] | None:
    """Names and Python types of the fields of a Beam row, NamedTuple or data class."""
    row: Any = row_type.RowTypeConstraint.from_user_type(element_type)
    if row is not None:
        try:
            return list(typing.get_type_hints(element_type).items())
        except NameError:  # annotations that are text and name what only a function knows
            return list(row._fields)
    is_row = isinstance(element_type, row_type.RowTypeConstraint)
    return list(element_type._fields) if is_row else None


def _optional(hint: Any) -> Any:
    """``X | None`` in the older spelling, the only one of the two that Beam's schemas know."""
    if isinstance(hint, types.UnionType):
        return typing.Union[typing.get_args(hint)]  # noqa: UP007  # made from a tuple
    return hint
