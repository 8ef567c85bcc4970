"""Filtering rows in a pipeline by a traced condition."""

from __future__ import annotations

from collections import Counter
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.metrics.metric import Metrics

from taurus_beam.io import Source
from taurus_beam.io.progress import NAMESPACE
from taurus_beam.pipeline.datasets import Dataset
from taurus_beam.pipeline.local_code import LocalOperations
from taurus_beam.splits.predicate import Predicate, RowFilter

__all__ = ["FilterExamples", "kept_rows"]

_DROPPED = "dropped"
FALSE, NULL = "filtered", "filtered as null"
"""Why a row was not kept."""


class FilterExamples(beam.PTransform[Any, Any]):
    """Keep the rows for which a condition is true.

    Applied to record batches, Beam rows or dicts, or to the pipeline where there is a source;
    gives a PCollection of ``pa.RecordBatch``. A row for which the condition is null (of a missing
    value) is dropped. Beam metrics in the namespace ``taurus_beam``: ``rows_kept``,
    ``rows_filtered`` (the condition is false) and ``rows_filtered_null``.

    Args:
        predicate: From symbolic columns to a boolean column, as in a preprocessing function.
        source: What to read.
        schema: Schema of the data, unless they are Beam rows or come from a source.

    Raises:
        TraceError: The function is wrong or no condition, naming its line.

    Example:
        >>> import apache_beam as beam, pyarrow as pa, taurus_beam as tb
        >>> from apache_beam.testing.util import assert_that, equal_to
        >>> batch = pa.record_batch({"delay": [20, 3, None]})
        >>> with beam.Pipeline(runner="FnApiRunner") as p:
        ...     late = p | beam.Create([batch]) | tb.FilterExamples(
        ...         lambda inputs: inputs["delay"] > 15, schema=batch.schema)
        ...     _ = assert_that(late | tb.ToDicts(), equal_to([{"delay": 20}]))
    """

    def __init__(
        self, predicate: Predicate, source: Source | None = None, schema: Any = None
    ) -> None:
        super().__init__()
        self._predicate, self._source, self._schema = predicate, source, schema

    def expand(self, data: Any) -> Any:
        """Data → the rows to keep."""
        dataset = Dataset(data, self._source, self._schema)
        keep = RowFilter(self._predicate, dataset.schema)
        return kept_rows(dataset.batches(dataset.schema.names, "Read"), keep)[0]


def kept_rows(batches: Any, keep: RowFilter) -> tuple[Any, Any]:
    """The rows to keep, and of each batch how many others there are, by reason."""
    outputs = batches | "Keep" >> beam.ParDo(_Keep(keep)).with_outputs(_DROPPED, main="kept")
    outputs.kept.element_type = pa.RecordBatch
    return outputs.kept, outputs[_DROPPED]


class _Keep(beam.DoFn):
    def __init__(self, keep: RowFilter) -> None:
        self._keep = keep
        # Unpickled in a worker first, so that operations of the user's own are declared there.
        self._operations = LocalOperations(keep.graph)
        self._kept, self._false, self._null = (
            Metrics.counter(NAMESPACE, f"rows_{name}")
            for name in ("kept", "filtered", "filtered_null")
        )

    def process(self, batch: pa.RecordBatch) -> Any:
        kept, unknown = self._keep(batch)
        number = int(kept.sum())
        self._kept.inc(number)
        self._null.inc(unknown)
        self._false.inc(batch.num_rows - number - unknown)
        dropped = Counter({FALSE: batch.num_rows - number - unknown, NULL: unknown})
        yield beam.pvalue.TaggedOutput(_DROPPED, +dropped)
        if number:
            yield batch if number == batch.num_rows else batch.filter(pa.array(kept))
