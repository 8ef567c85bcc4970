"""Applying a frozen artifact to data in a pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.metrics.metric import Metrics

from taurus_beam.errors import EngineError
from taurus_beam.graph.node import Graph
from taurus_beam.graph.phases import columns_read
from taurus_beam.io.probe import probe
from taurus_beam.io.progress import MONITORS
from taurus_beam.pipeline.analyze import AnalyzeDataset, analyzed
from taurus_beam.pipeline.artifacts import load_anywhere
from taurus_beam.pipeline.datasets import Dataset
from taurus_beam.pipeline.local_code import LocalOperations
from taurus_beam.profiling.active import phase_of_steps
from taurus_beam.profiling.recorder import TRANSFORM
from taurus_beam.serving.transform_fn import TransformFn

__all__ = ["AnalyzeAndTransformDataset", "TransformDataset"]

_VIOLATIONS = "violations"


class TransformDataset(beam.PTransform[Any, Any]):
    """Apply a frozen artifact to data.

    Applied to a pair of the data and the artifact's path (what `AnalyzeDataset` and
    `ReadTransformFn` give), as in TFT; gives a PCollection of ``pa.RecordBatch`` with the output
    columns, in the windows of the data.

    Where the artifact has monitors, violations are counted in Beam's metrics: a counter by the
    monitor's name in the namespace ``taurus_beam.monitors``.

    Args:
        schema: Schema of the data where they are dicts; else not needed.
        with_violations: Give a pair: the output columns, and the rows (of the data, as they came)
            that violate monitors, with the monitors' names in a further column ``violations``.

    Raises:
        EngineError: If it is not applied to such a pair, or dicts come without a schema.

    Example:
        >>> import apache_beam as beam, pyarrow as pa, tempfile, taurus_beam as tb
        >>> from apache_beam.testing.util import assert_that, equal_to
        >>> path = tempfile.mkdtemp() + "/transform_fn"
        >>> tb.fit(pa.table({"x": [0, 4]}), lambda i: {"y": tb.scale_to_0_1(i["x"])}).save(path)
        >>> with beam.Pipeline(runner="FnApiRunner") as p:
        ...     batches = p | beam.Create([pa.record_batch({"x": [1]})])
        ...     out = (batches, p | tb.ReadTransformFn(path)) | tb.TransformDataset()
        ...     _ = assert_that(out | tb.ToDicts(), equal_to([{"y": 0.25}]))
    """

    def __init__(self, schema: Any = None, with_violations: bool = False) -> None:
        super().__init__()
        self._schema = schema
        self._with_violations = with_violations

    def expand(self, pair: Any) -> Any:
        """(data, path of an artifact) → record batches of the output columns."""
        if not (isinstance(pair, tuple) and len(pair) == 2):
            raise EngineError(
                "TransformDataset is applied to a pair.",
                expected="(data, transform_fn) | TransformDataset()",
            )
        data, transform_fn = pair
        if data.element_type is not pa.RecordBatch:
            dataset = Dataset(data, None, self._schema)
            data = dataset.batches(dataset.schema.names, "ToBatches")
        if not self._with_violations:
            return transformed_by(transform_fn, data)
        both = data | "Transform" >> beam.ParDo(
            _Transform(with_violations=True), beam.pvalue.AsSingleton(transform_fn)
        ).with_outputs(_VIOLATIONS, main="transformed")
        for each in both:
            each.element_type = pa.RecordBatch
        return both.transformed, both[_VIOLATIONS]


class AnalyzeAndTransformDataset(AnalyzeDataset):
    """Analyze data, freeze the preprocessing function and apply it to the same data.

    See `AnalyzeDataset` for what it is applied to and its arguments. Gives a pair: the
    transformed ``pa.RecordBatch``es and the path of the frozen artifact.

    Example:
        >>> import apache_beam as beam, pyarrow as pa, taurus_beam as tb
        >>> from apache_beam.testing.util import assert_that, equal_to
        >>> batch = pa.record_batch({"x": [1.0, 3.0]})
        >>> with beam.Pipeline(runner="FnApiRunner") as p:
        ...     transformed, transform_fn = p | beam.Create([batch]) | (
        ...         tb.AnalyzeAndTransformDataset(
        ...             lambda i: {"z": tb.scale_to_z_score(i["x"])}, schema=batch.schema))
        ...     _ = assert_that(transformed | tb.ToDicts(), equal_to([{"z": -1.0}, {"z": 1.0}]))
    """

    def expand(self, data: Any) -> Any:
        """Data → (record batches of the output columns, path of the artifact)."""
        dataset = Dataset(data, self._source, self._schema)
        transform_fn, graph = analyzed(dataset, self._preprocessing_fn, self._temp_dir)
        with phase_of_steps(TRANSFORM):
            batches = dataset.batches(columns_read(graph.roots), "ReadForTransform")
        return transformed_by(transform_fn, batches, graph), transform_fn


def transformed_by(transform_fn: Any, batches: Any, graph: Graph | None = None) -> Any:
    """Record batches of the output columns, by the artifact whose path is the one element.

    Args:
        transform_fn: The path.
        batches: The data.
        graph: What was fitted, if it was here: its operations need not be installed on workers.
    """
    return batches | "Transform" >> beam.ParDo(
        _Transform(operations=LocalOperations(graph)), beam.pvalue.AsSingleton(transform_fn)
    ).with_output_types(pa.RecordBatch)


class _Transform(beam.DoFn):
    """Transforms batches; the rows that violate monitors go to another output too."""

    def __init__(
        self, with_violations: bool = False, operations: LocalOperations | None = None
    ) -> None:
        self._with_violations = with_violations
        # Unpickled in a worker, they are declared there.
        self._operations = operations
        self._loaded: dict[str, TransformFn] = {}
        with phase_of_steps(TRANSFORM):
            self._probe = probe()

    def start_bundle(self) -> None:
        self._probe.begin()
        # Looked up once a bundle: by the next one, another artifact may stand at the path.
        self._loaded.clear()

    def process(self, batch: pa.RecordBatch, path: str) -> Iterator[Any]:
        if path not in self._loaded:
            with self._probe.step("load"):
                self._loaded[path] = load_anywhere(path)
        with self._probe.recording():
            outputs, violations = self._loaded[path].transform_and_monitor(batch)
        yield outputs
        for name, violated in zip(violations.schema.names, violations.columns, strict=True):
            # Counted where there are none too: a report should name every monitor.
            Metrics.counter(MONITORS, name).inc(violated.true_count)
        if self._with_violations:
            found = _with_names(batch, violations)
            if found.num_rows:
                yield beam.pvalue.TaggedOutput(_VIOLATIONS, found)

    def finish_bundle(self) -> None:
        self._probe.end()


def _with_names(batch: pa.RecordBatch, violations: pa.RecordBatch) -> pa.RecordBatch:
    """The rows of a batch that violate monitors, and those monitors' names."""
    flags = np.zeros((batch.num_rows, violations.num_columns), np.bool_)
    for position, violated in enumerate(violations.columns):
        flags[:, position] = violated.to_numpy(zero_copy_only=False)
    counts = flags.sum(axis=1)
    rows = np.flatnonzero(counts)
    offsets = np.concatenate([[0], np.cumsum(counts[rows])]).astype(np.int32)
    names = pa.array(violations.schema.names, pa.string()).take(pa.array(np.nonzero(flags)[1]))
    listed = pa.ListArray.from_arrays(offsets, names)
    return batch.take(pa.array(rows)).append_column(_VIOLATIONS, listed)
