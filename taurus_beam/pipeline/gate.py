"""A gate in a pipeline: data go on only when the statistics of all of them fit a schema.

The statistics come first and see every row; until they are judged nothing passes, so nothing
downstream is written. What an anomaly is, is decided in ``validation``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam
import pyarrow as pa
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import AsSingleton, PCollection
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from taurus_beam.errors import DataError, EngineError
from taurus_beam.io import Source
from taurus_beam.io.progress import NAMESPACE
from taurus_beam.pipeline.datasets import Dataset, reading_of
from taurus_beam.pipeline.statistics import GenerateStatistics
from taurus_beam.stats.options import StatsOptions
from taurus_beam.validation.custom_validation_config import as_config
from taurus_beam.validation.options import ValidationOptions
from taurus_beam.validation.outputs import as_text, is_failure
from taurus_beam.validation.validate import validate_statistics

__all__ = ["DivertOnAnomalies", "Gated", "Judge", "StopOnAnomalies"]

_DIVERTED = "diverted"


class Gated(NamedTuple):
    """What `DivertOnAnomalies` gives.

    Attributes:
        passed: PCollection of ``pa.RecordBatch``: all the data, or nothing.
        diverted: PCollection of ``pa.RecordBatch``: all the data if they have anomalies.
        anomalies: PCollection of one ``Anomalies`` proto.
    """

    passed: Any
    diverted: Any
    anomalies: Any


@dataclass(frozen=True)
class Judge:
    """Validates statistics on a worker, with all it needs for that as data."""

    schema: bytes
    environment: str | None
    previous: bytes | None
    serving: bytes | None
    previous_version: bytes | None
    options: ValidationOptions
    rules: bytes | None
    strict: bool

    @classmethod
    def of(
        cls,
        schema: Any,
        environment: str | None = None,
        previous_statistics: Any | None = None,
        serving_statistics: Any | None = None,
        previous_version_statistics: Any | None = None,
        validation_options: ValidationOptions | None = None,
        custom_validations: Any | None = None,
        strict: bool = False,
    ) -> Judge:
        """What is wrong with the arguments is found now, and not after the data were read."""
        validate_statistics(
            _no_data(),
            schema,
            environment,
            previous_statistics,
            serving_statistics,
            previous_version_statistics=previous_version_statistics,
            validation_options=validation_options,
        )
        return cls(
            schema=schema.SerializeToString(deterministic=True),
            environment=environment,
            previous=_serialized(previous_statistics),
            serving=_serialized(serving_statistics),
            previous_version=_serialized(previous_version_statistics),
            options=validation_options or ValidationOptions(),
            rules=_serialized(as_config(custom_validations)) if custom_validations else None,
            strict=strict,
        )

    def anomalies(self, statistics: Any) -> Any:
        """The anomalies of the data."""
        rules = type(as_config("")).FromString(self.rules) if self.rules else None
        return validate_statistics(
            statistics,
            schema_pb2.Schema.FromString(self.schema),
            self.environment,
            _statistics(self.previous),
            _statistics(self.serving),
            rules,
            previous_version_statistics=_statistics(self.previous_version),
            validation_options=self.options,
        )

    def stops(self, anomalies: Any) -> bool:
        """Whether data with these anomalies go no further."""
        return is_failure(anomalies, self.strict)


class _Gate(beam.PTransform[Any, Any]):
    """What both gates take, and the verdict that they wait for."""

    def __init__(
        self,
        schema: Any,
        environment: str | None = None,
        previous_statistics: Any | None = None,
        serving_statistics: Any | None = None,
        previous_version_statistics: Any | None = None,
        validation_options: ValidationOptions | None = None,
        custom_validations: Any | None = None,
        options: StatsOptions | None = None,
        source: Source | None = None,
        strict: bool = False,
        temp_dir: str | None = None,
    ) -> None:
        super().__init__()
        self._judge = Judge.of(
            schema,
            environment,
            previous_statistics,
            serving_statistics,
            previous_version_statistics,
            validation_options,
            custom_validations,
            strict,
        )
        self._options = options or StatsOptions(schema=schema)
        self._source = source
        self._temp_dir = temp_dir

    def _judged(self, data: Any) -> tuple[Any, Any]:
        """The data to let through, and their anomalies."""
        first, second = self._twice(data)
        statistics = first | "Statistics" >> GenerateStatistics(
            self._options, temp_dir=self._temp_dir
        )
        anomalies = statistics | "Validate" >> beam.Map(self._judge.anomalies).with_output_types(
            anomalies_pb2.Anomalies
        )
        return second, anomalies

    def _twice(self, data: Any) -> tuple[Any, Any]:
        """The data for the statistics, and again; files are read again rather than kept."""
        is_data = isinstance(data, PCollection)
        if is_data == (self._source is not None):
            raise EngineError(
                "There are both data before the | and a source."
                if is_data
                else "There is nothing to read.",
                expected="a PCollection before the |, or the pipeline before it and "
                "source=taurus_beam.io.Source(...)",
                fix="Give one of the two.",
            )
        if self._source is not None:
            return (
                data | "ReadForStatistics" >> self._source.read(dictionary=True),
                data | "ReadAgain" >> self._source.read(),
            )
        if not data.is_bounded:
            raise EngineError(
                "The data never end, so they never pass the gate.",
                expected="a bounded PCollection, or a source",
                fix="ValidateRows judges each row of unbounded data.",
            )
        reading = reading_of(data)
        if reading is not None:
            return data, data.pipeline | "ReadAgain" >> reading
        if data.element_type is pa.RecordBatch:
            return data, data
        if data.element_type is Any or str(data.element_type) == "Any":
            typed = data | "RecordBatches" >> beam.Map(_record_batch).with_output_types(
                pa.RecordBatch
            )
            return typed, typed
        dataset = Dataset(data, None, None)
        batches = dataset.batches(dataset.schema.names, "ToBatches")
        return batches, batches


class StopOnAnomalies(_Gate):
    """Let data pass if they fit a schema, or stop the pipeline before anything is written.

    Applied to a PCollection of ``pa.RecordBatch`` (or Beam rows), or to the pipeline itself where
    `source` is given; gives a PCollection of ``pa.RecordBatch``, the data as they were. What
    comes straight from ``Source.read()`` is read a second time when the verdict is known, and
    must be the same then; other data the runner keeps.

    Args:
        schema: A tensorflow-metadata ``Schema``.
        environment: One of its environments.
        previous_statistics: Of earlier data, for drift.
        serving_statistics: Of the data at serving, for skew.
        previous_version_statistics: Of an earlier version of the same data.
        validation_options: Severities, needed features, further thresholds.
        custom_validations: Rules of your own; see `custom_validate_statistics`.
        options: How to compute the statistics; by default with the schema.
        source: What to read.
        strict: Whether warnings stop the data, too.
        temp_dir: Folder for intermediate files that all workers see, as of `GenerateStatistics`.

    Raises:
        DataError: An argument is wrong; while the pipeline runs, if there is an anomaly of
            severity ERROR or there are no examples, with the anomalies.
        EngineError: There is nothing to read, or the data never end.

    Example:
        >>> import apache_beam as beam, pyarrow as pa, taurus_beam as tb
        >>> from google.protobuf import text_format
        >>> schema = text_format.Parse(
        ...     'feature { name: "x" type: INT int_domain { max: 9 } }', schema_pb2.Schema())
        >>> with beam.Pipeline(runner="FnApiRunner") as p:
        ...     data = p | beam.Create([pa.record_batch({"x": [1, 5]})])
        ...     _ = data | tb.StopOnAnomalies(schema) | tb.ToDicts() | beam.Map(print)
        {'x': 1}
        {'x': 5}
    """

    def expand(self, data: Any) -> Any:
        """Data → the same data, once they are known to fit."""
        batches, anomalies = self._judged(data)
        verdict = anomalies | "Stop" >> beam.Map(_stopped, self._judge).with_output_types(bool)
        return batches | "Pass" >> beam.FlatMap(_pass, AsSingleton(verdict)).with_output_types(
            pa.RecordBatch
        )


class DivertOnAnomalies(_Gate):
    """Let data pass if they fit a schema, or send all of them elsewhere.

    Takes what `StopOnAnomalies` takes, and gives `Gated`: nothing stops, and no row is lost. The
    Beam metric ``rows_diverted`` in the namespace ``taurus_beam`` counts.

    Example:
        >>> import apache_beam as beam, pyarrow as pa, taurus_beam as tb
        >>> from apache_beam.testing.util import assert_that, equal_to
        >>> from google.protobuf import text_format
        >>> schema = text_format.Parse(
        ...     'feature { name: "x" type: INT int_domain { max: 9 } }', schema_pb2.Schema())
        >>> with beam.Pipeline(runner="FnApiRunner") as p:
        ...     gated = (p | beam.Create([pa.record_batch({"x": [1, 50]})])
        ...              | tb.DivertOnAnomalies(schema))
        ...     _ = assert_that(gated.passed, equal_to([]))
        ...     _ = gated.diverted | tb.ToDicts() | beam.Map(print)
        {'x': 1}
        {'x': 50}
    """

    def expand(self, data: Any) -> Gated:
        """Data → (passed, diverted, anomalies)."""
        batches, anomalies = self._judged(data)
        verdict = anomalies | "Verdict" >> beam.Map(self._judge.stops).with_output_types(bool)
        parted = batches | "Divert" >> beam.FlatMap(_pass, AsSingleton(verdict)).with_output_types(
            pa.RecordBatch
        ).with_outputs(_DIVERTED, main="passed")
        # Beam takes the elements of a tag for anything, and would pickle them.
        parted[_DIVERTED].element_type = pa.RecordBatch
        return Gated(parted.passed, parted[_DIVERTED], anomalies)


def _pass(batch: pa.RecordBatch, is_stopped: bool) -> Iterator[Any]:
    if is_stopped:
        Metrics.counter(NAMESPACE, "rows_diverted").inc(batch.num_rows)
        yield beam.pvalue.TaggedOutput(_DIVERTED, batch)
    else:
        yield batch


def _record_batch(batch: Any) -> pa.RecordBatch:
    if not isinstance(batch, pa.RecordBatch):
        raise DataError(
            f"A gate judges record batches, not elements of type {type(batch).__name__}.",
            expected="a PCollection of pa.RecordBatch, as taurus_beam.io.Source.read() gives, or "
            "of Beam rows",
        )
    return batch


def _stopped(anomalies: Any, judge: Judge) -> bool:
    if judge.stops(anomalies):
        raise DataError(
            f"The data do not fit the schema, so nothing is passed on.\n{as_text(anomalies)}",
            fix="Correct the data; or, if they are right, update the schema.",
        )
    return False


def _no_data() -> Any:
    return statistics_pb2.DatasetFeatureStatisticsList(
        datasets=[statistics_pb2.DatasetFeatureStatistics()]
    )


def _serialized(message: Any | None) -> bytes | None:
    return None if message is None else bytes(message.SerializeToString(deterministic=True))


def _statistics(serialized: bytes | None) -> Any | None:
    if serialized is None:
        return None
    return statistics_pb2.DatasetFeatureStatisticsList.FromString(serialized)
