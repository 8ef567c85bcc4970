"""Row-level validation in a pipeline: the rows that fit a schema, and a dead letter that keeps the
others with their reasons.

How a row is judged is decided in ``validation.rows``; here batches are parted and counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import apache_beam as beam
import pyarrow as pa
from apache_beam.metrics.metric import Metrics
from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.io.progress import NAMESPACE
from taurus_beam.pipeline.datasets import Dataset
from taurus_beam.validation.paths import serialize
from taurus_beam.validation.row_findings import RowFindings
from taurus_beam.validation.rows import RowValidator, part_batch

__all__ = ["IdentifyAnomalousExamples", "PartedRows", "ValidateRows"]

_REJECTED = "rejected"


class PartedRows(NamedTuple):
    """What `ValidateRows` gives: two PCollections of ``pa.RecordBatch``.

    Attributes:
        valid: The rows that fit.
        rejected: The others, with the column of their reasons.
    """

    valid: Any
    rejected: Any


class ValidateRows(beam.PTransform[Any, Any]):
    """Part data into rows that fit a schema and rows that do not: no row is lost or stops the run.

    Applied to a PCollection of ``pa.RecordBatch`` (or Beam rows). What is judged, and the form of
    the reasons, are those of `validate_rows`. Batches keep their windows; empty ones are not
    given on. Beam metrics in the namespace ``taurus_beam``: ``rows_valid``, ``rows_rejected`` and
    ``rows_rejected_<TYPE>`` for each type of reason (a row with several counts in each).

    Args:
        schema: The tensorflow-metadata ``Schema``.
        environment: One of its environments; None holds rows to all features.
        ignore_new_columns: Whether a column that the schema does not know is in order.
        reasons_column: The name of the column that is added to rejected rows.

    Raises:
        DataError: The schema does not have the environment; while it runs, if a column has a type
            that is no feature, or ``reasons_column`` is taken.

    Example:
        >>> import apache_beam as beam, pyarrow as pa, taurus_beam as tb
        >>> from apache_beam.testing.util import assert_that, equal_to
        >>> from google.protobuf import text_format
        >>> from tensorflow_metadata.proto.v0 import schema_pb2
        >>> schema = text_format.Parse(
        ...     'feature { name: "x" type: INT int_domain { max: 9 } }', schema_pb2.Schema())
        >>> with beam.Pipeline(runner="FnApiRunner") as p:
        ...     data = p | beam.Create([pa.record_batch({"x": [1, 50]})])
        ...     rows = data | tb.ValidateRows(schema)
        ...     _ = assert_that(rows.valid | tb.ToDicts(), equal_to([{"x": 1}]))
        ...     reasons = rows.rejected | beam.FlatMap(lambda b: b["reasons"].flatten().to_pylist())
        ...     types = reasons | "Types" >> beam.Map(lambda reason: reason["type"])
        ...     _ = assert_that(types, equal_to(["INT_TYPE_BIG_INT"]), "Rejected")
    """

    def __init__(
        self,
        schema: schema_pb2.Schema,
        environment: str | None = None,
        ignore_new_columns: bool = False,
        reasons_column: str = "reasons",
    ) -> None:
        super().__init__()
        self._validator = RowValidator(schema, environment, ignore_new_columns)
        self._reasons_column = reasons_column

    def expand(self, data: Any) -> PartedRows:
        """Record batches → (valid, rejected)."""
        parted = _batches(data) | "Part" >> beam.ParDo(
            _Part(self._validator, self._reasons_column)
        ).with_output_types(pa.RecordBatch).with_outputs(_REJECTED, main="valid")
        # Beam takes the elements of a tag for anything, and would pickle them.
        parted[_REJECTED].element_type = pa.RecordBatch
        return PartedRows(parted.valid, parted[_REJECTED])


class IdentifyAnomalousExamples(beam.PTransform[Any, Any]):
    """Name each anomaly of single rows: TFDV's ``IdentifyAnomalousExamples``.

    Applied to a PCollection of ``pa.RecordBatch`` of any size (TFDV's must hold one row); gives
    pairs of ``"<path>_<TYPE>"`` and a record batch of rows that have that reason. A row is in as
    many batches as it has reasons.

    Args:
        options: `StatsOptions`, or whatever else has a ``schema``.
        environment: One of the schema's environments.

    Example:
        >>> import apache_beam as beam, pyarrow as pa, taurus_beam as tb
        >>> from apache_beam.testing.util import assert_that, equal_to
        >>> from google.protobuf import text_format
        >>> from tensorflow_metadata.proto.v0 import schema_pb2
        >>> schema = text_format.Parse(
        ...     'feature { name: "x" type: INT int_domain { max: 9 } }', schema_pb2.Schema())
        >>> with beam.Pipeline(runner="FnApiRunner") as p:
        ...     keyed = (p | beam.Create([pa.record_batch({"x": [1, 50]})])
        ...              | IdentifyAnomalousExamples(tb.StatsOptions(schema=schema)))
        ...     _ = assert_that(keyed | beam.Keys(), equal_to(["x_INT_TYPE_BIG_INT"]))
    """

    def __init__(self, options: Any, environment: str | None = None) -> None:
        super().__init__()
        self._validator = RowValidator(options.schema, environment)

    def expand(self, data: Any) -> Any:
        """Record batches → (reason, record batch)."""
        validator = self._validator

        def named(batch: Any) -> Iterator[tuple[str, Any]]:
            for finding in validator.check(batch).findings:
                key = f"{serialize(finding.path)}_{finding.type_name}"
                yield key, batch.take(pa.array(finding.rows))

        return _batches(data) | "Name" >> beam.FlatMap(named).with_output_types(
            tuple[str, pa.RecordBatch]
        )


def _batches(data: Any) -> Any:
    if data.element_type is pa.RecordBatch:
        return data
    dataset = Dataset(data, None, None)
    return dataset.batches(dataset.schema.names, "ToBatches")


class _Part(beam.DoFn):
    def __init__(self, validator: RowValidator, reasons_column: str) -> None:
        self._validator = validator
        self._reasons_column = reasons_column

    def process(self, batch: pa.RecordBatch) -> Iterator[Any]:
        found = self._validator.check(batch)
        valid, rejected = part_batch(batch, found, self._reasons_column)
        _count(found, valid.num_rows, rejected.num_rows)
        if valid.num_rows:
            yield valid
        if rejected.num_rows:
            yield beam.pvalue.TaggedOutput(_REJECTED, rejected)


def _count(found: RowFindings, valid: int, rejected: int) -> None:
    Metrics.counter(NAMESPACE, "rows_valid").inc(valid)
    Metrics.counter(NAMESPACE, "rows_rejected").inc(rejected)
    rows_by_type: dict[str, set[int]] = {}
    for finding in found.findings:
        rows_by_type.setdefault(finding.type_name, set()).update(finding.rows.tolist())
    for name, rows in rows_by_type.items():
        Metrics.counter(NAMESPACE, f"rows_rejected_{name}").inc(len(rows))
