"""Applying a frozen artifact to data in a pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import pyarrow as pa

from taurus_beam.errors import EngineError
from taurus_beam.graph.phases import columns_read
from taurus_beam.pipeline.analyze import AnalyzeDataset, analyzed
from taurus_beam.pipeline.artifacts import load_anywhere
from taurus_beam.pipeline.datasets import Dataset
from taurus_beam.serving.transform_fn import TransformFn

__all__ = ["AnalyzeAndTransformDataset", "TransformDataset"]


class TransformDataset(beam.PTransform[Any, Any]):
    """Apply a frozen artifact to data.

    Applied to a pair of the data and the artifact's path (what `AnalyzeDataset` and
    `ReadTransformFn` give), as in TFT; gives a PCollection of ``pa.RecordBatch`` with the output
    columns, in the windows of the data.

    Args:
        schema: Schema of the data where they are dicts; else not needed.

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

    def __init__(self, schema: Any = None) -> None:
        super().__init__()
        self._schema = schema

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
        return transformed_by(transform_fn, data)


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
        batches = dataset.batches(columns_read(graph.outputs.values()), "ReadForTransform")
        return transformed_by(transform_fn, batches), transform_fn


def transformed_by(transform_fn: Any, batches: Any) -> Any:
    """Record batches of the output columns, by the artifact whose path is the one element."""
    return batches | "Transform" >> beam.ParDo(
        _Transform(), beam.pvalue.AsSingleton(transform_fn)
    ).with_output_types(pa.RecordBatch)


class _Transform(beam.DoFn):
    def __init__(self) -> None:
        self._loaded: dict[str, TransformFn] = {}

    def start_bundle(self) -> None:
        # Looked up once a bundle: by the next one, another artifact may stand at the path.
        self._loaded.clear()

    def process(self, batch: pa.RecordBatch, path: str) -> Iterator[pa.RecordBatch]:
        if path not in self._loaded:
            self._loaded[path] = load_anywhere(path)
        yield self._loaded[path].transform(batch)
