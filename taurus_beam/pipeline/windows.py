"""Statistics of each window of a stream, and how far each has drifted from the training data.

A window's statistics are one combine, so triggers, late data and sessions mean what they mean in
Beam; a window must fit into a worker, as `GenerateStatistics` of bounded data need not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import PCollection
from tensorflow_metadata.proto.v0 import anomalies_pb2, statistics_pb2

from taurus_beam.errors import EngineError
from taurus_beam.pipeline.datasets import Dataset
from taurus_beam.pipeline.gate import Judge
from taurus_beam.pipeline.states import decoded, encoded
from taurus_beam.pipeline.statistics import check_batch
from taurus_beam.stats.dataset import DatasetStatistics, Slices
from taurus_beam.stats.options import StatsOptions
from taurus_beam.validation.options import ValidationOptions

__all__ = ["DetectDrift", "GenerateStatisticsPerWindow"]


class GenerateStatisticsPerWindow(beam.PTransform[Any, Any]):
    """The statistics of each window of bounded or unbounded data.

    Applied to a PCollection of ``pa.RecordBatch`` (or, with `schema`, of dicts or Beam rows) in any
    windows; gives a PCollection of ``DatasetFeatureStatisticsList``, in each window one whenever
    its trigger fires. Where panes accumulate, the last one tells of all rows of the window, each
    counted once; where they are discarded, each pane tells of its own rows. A window without data
    gives nothing. All rows of a record batch lie in the batch's windows.

    Args:
        options: What to compute; the options of `GenerateStatistics`.
        schema: Arrow (or tensorflow-metadata) schema of dicts or Beam rows.

    Raises:
        TraceError: The options are not understood.
        EngineError: It is not applied to data.

    Example:
        >>> import apache_beam as beam, pyarrow as pa, taurus_beam as tb
        >>> from apache_beam.transforms.window import FixedWindows, TimestampedValue
        >>> rows = [TimestampedValue(pa.record_batch({"x": [x]}), x) for x in (1, 2, 61)]
        >>> def show(stats, window=beam.DoFn.WindowParam):
        ...     print(int(window.start), stats.datasets[0].num_examples)
        >>> with beam.Pipeline(runner="FnApiRunner") as p:
        ...     data = p | beam.Create(rows) | beam.WindowInto(FixedWindows(60))
        ...     _ = data | tb.GenerateStatisticsPerWindow() | beam.Map(show)
        0 2
        60 1
    """

    def __init__(self, options: StatsOptions | None = None, schema: Any = None) -> None:
        super().__init__()
        self._statistics = DatasetStatistics(options or StatsOptions())
        self._schema = schema

    def expand(self, data: Any) -> Any:
        """Data → statistics by window."""
        if not isinstance(data, PCollection):
            raise EngineError(
                "There is nothing to read.",
                expected="a PCollection before the |",
                fix="Of files, compute the statistics with GenerateStatistics(source=...).",
            )
        if self._schema is not None:
            dataset = Dataset(data, None, self._schema)
            data = dataset.batches(dataset.schema.names, "ToBatches")
        combine = beam.CombineGlobally(_Combine(self._statistics)).without_defaults()
        return data | "Combine" >> combine.with_output_types(
            statistics_pb2.DatasetFeatureStatisticsList
        )


class DetectDrift(beam.PTransform[Any, Any]):
    """Statistics of windows → their anomalies, among them drift from the training data.

    Gives a PCollection of ``Anomalies``, one for each element, in its window. The distances that
    were measured stand in its ``drift_skew_info``, whether or not they exceed their threshold.

    Args:
        training_statistics: What drift is measured from.
        schema: What the data should look like; features with a ``drift_comparator`` are compared.
        environment: As in `validate_statistics`.
        validation_options: As in `validate_statistics`.

    Raises:
        DataError: The schema or the statistics cannot be meant; when it is made.

    Example:
        >>> import apache_beam as beam, pyarrow as pa, taurus_beam as tb
        >>> training = tb.statistics({"zone": ["north"] * 9 + ["south"]})
        >>> schema = tb.infer_schema(training)
        >>> tb.get_feature(schema, "zone").drift_comparator.infinity_norm.threshold = 0.3
        >>> batch = pa.record_batch({"zone": ["south", "south", "north"]})
        >>> with beam.Pipeline(runner="FnApiRunner") as p:
        ...     found = p | beam.Create([batch]) | tb.GenerateStatisticsPerWindow()
        ...     found = found | tb.DetectDrift(training, schema)
        ...     _ = found | beam.Map(lambda a: print(a.anomaly_info["zone"].short_description))
        High Linfty distance between current and previous
    """

    def __init__(
        self,
        training_statistics: Any,
        schema: Any,
        environment: str | None = None,
        validation_options: ValidationOptions | None = None,
    ) -> None:
        super().__init__()
        self._judge = Judge.of(
            schema,
            environment,
            previous_statistics=training_statistics,
            validation_options=validation_options,
        )

    def expand(self, statistics: Any) -> Any:
        """Statistics → anomalies."""
        return statistics | "Validate" >> beam.Map(self._judge.anomalies).with_output_types(
            anomalies_pb2.Anomalies
        )


class _Combine(beam.CombineFn):
    """All generators of all slices; states travel as bytes, in lists that are merged late."""

    def __init__(self, statistics: DatasetStatistics) -> None:
        self._statistics = statistics

    def create_accumulator(self) -> Slices:
        return self._statistics.zero()

    def add_input(self, state: Any, batch: pa.RecordBatch) -> Slices:
        check_batch(batch)
        return self._statistics.add(self._live(state), batch)

    def merge_accumulators(self, states: Iterable[Any]) -> Slices:
        return self._statistics.merge([self._live(state) for state in states])

    def compact(self, state: Any) -> dict[str, list[bytes]]:
        return {
            key: [
                encoded(generator, each)
                for generator, each in zip(self._statistics.generators, states, strict=True)
            ]
            for key, states in self._live(state).items()
        }

    def extract_output(self, state: Any) -> Any:
        return self._statistics.result(self._live(state))

    def _live(self, state: Any) -> Slices:
        """A state to add to, whether or not it has travelled."""
        return {
            key: [
                decoded(generator, each) if isinstance(each, bytes) else each
                for generator, each in zip(self._statistics.generators, states, strict=True)
            ]
            for key, states in state.items()
        }
