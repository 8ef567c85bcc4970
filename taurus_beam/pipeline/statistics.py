"""Statistics as a pipeline: record batches in, `DatasetFeatureStatisticsList` out.

Each bundle feeds all generators of all slices. What is small is merged by slice and generator;
counts of distinct values travel in shards by value, by way of files where they are many, so no
worker holds more than a part of them.
"""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import PCollection
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.errors import DataError, EngineError
from taurus_beam.io import Source
from taurus_beam.io.one_window import in_one_window
from taurus_beam.io.probe import probe
from taurus_beam.pipeline.files import temporary_folder
from taurus_beam.pipeline.shards import Sent, merged_parts, sent
from taurus_beam.pipeline.states import Merge, decoded, encoded, in_global_window, merged
from taurus_beam.profiling.active import phase_of_steps
from taurus_beam.profiling.recorder import STATISTICS
from taurus_beam.stats.dataset import DatasetStatistics, Slices, statistics_list
from taurus_beam.stats.generator import KeyedStatsGenerator
from taurus_beam.stats.merge import feature_path, merge_statistics
from taurus_beam.stats.options import StatsOptions
from taurus_beam.survey import typed_source

__all__ = ["GenerateStatistics", "MergeDatasetFeatureStatisticsList", "check_batch"]

_MOST_KEYS = 1 << 20
_FANOUT = 16
_KEYED = "keyed"

Place: TypeAlias = tuple[str, int]
"""A slice by key, and the position of a generator."""


class GenerateStatistics(beam.PTransform[Any, Any]):
    """Computes the statistics of a data set, the same on every runner.

    Applied to a PCollection of ``pa.RecordBatch``, or to the pipeline itself where `source` is
    given; gives a PCollection of one ``DatasetFeatureStatisticsList`` (of
    ``experimental_result_partitions`` where there are more), as `taurus_beam.stats` gives.
    Memory does not grow with rows, and on a worker not with distinct values.

    One reading of the data serves an analysis too: apply both to what ``Source.read()`` gives,
    and the first pass of `AnalyzeDataset` and the statistics are made of the same batches.

    Args:
        options: What to compute; TFDV's names.
        source: What to read.
        temp_dir: Folder for intermediate files that all workers see; by default the
            pipeline's ``temp_location``, on a local runner a folder that is removed at exit.

    Raises:
        TraceError: The options are not understood.
        EngineError: There is nothing to read, or the temporary folder is not known.

    Example:
        >>> import apache_beam as beam, pyarrow as pa, taurus_beam as tb
        >>> batch = pa.record_batch({"x": [1, 2, 6]})
        >>> with beam.Pipeline(runner="FnApiRunner") as p:
        ...     stats = p | beam.Create([batch]) | tb.GenerateStatistics()
        ...     _ = stats | beam.Map(lambda s: print(s.datasets[0].features[0].num_stats.mean))
        3.0
    """

    def __init__(
        self,
        options: StatsOptions | None = None,
        source: Source | None = None,
        temp_dir: str | None = None,
    ) -> None:
        super().__init__()
        self._statistics = DatasetStatistics(options or StatsOptions())
        self._source = source
        self._temp_dir = temp_dir

    def expand(self, data: Any) -> Any:
        """Data → their statistics."""
        with phase_of_steps(STATISTICS):
            return self._expanded(data)

    def _expanded(self, data: Any) -> Any:
        statistics = self._statistics
        batches = self._batches(data)
        pipeline = batches.pipeline
        folder = f"{temporary_folder(pipeline, self._temp_dir)}/{uuid.uuid4().hex}"
        gathered = in_one_window(batches) | "Gather" >> beam.ParDo(
            _Gather(statistics, folder)
        ).with_outputs(_KEYED, main="small")
        nothing = pipeline | "Nothing" >> beam.Create(list(_small(statistics, statistics.zero())))
        small = (
            (gathered["small"], nothing)
            | "WithNothing" >> beam.Flatten()
            | "Merge"
            >> beam.CombinePerKey(_MergeGenerator(statistics)).with_hot_key_fanout(_FANOUT)
            | "Placed" >> beam.Map(lambda element: element[1])
        )
        shards = (
            gathered[_KEYED]
            | "ByShard" >> beam.GroupByKey()
            | "MergeShards" >> beam.ParDo(_MergeShards(statistics, folder))
        )
        datasets = (
            (small, shards)
            | "AllStates" >> beam.Flatten()
            | "BySlice" >> beam.Map(lambda state: (state[0][0], (state[0][1], state[1])))
            | "GroupSlice" >> beam.GroupByKey()
            | "Datasets" >> beam.Map(_dataset, statistics).with_output_types(bytes)
        )
        return (
            pipeline
            | "Partitions" >> beam.Create([statistics.options.experimental_result_partitions])
            | "Lists"
            >> beam.FlatMap(_lists, beam.pvalue.AsIter(datasets)).with_output_types(
                statistics_pb2.DatasetFeatureStatisticsList
            )
        )

    def _batches(self, data: Any) -> Any:
        is_data = isinstance(data, PCollection)
        if is_data == (self._source is not None):
            raise EngineError(
                "There are both data before the | and a source."
                if is_data
                else "There is nothing to read.",
                expected="a PCollection of record batches before the |, or the pipeline before it "
                "and source=taurus_beam.io.Source(...)",
                fix="Give one of the two.",
            )
        if self._source is None:
            if not data.is_bounded:
                raise EngineError(
                    "The data never end, so statistics of them would give no result.",
                    expected="a bounded PCollection, or a source",
                    fix="Compute those of each window with GenerateStatisticsPerWindow.",
                )
            return data
        source = typed_source(self._source, self._statistics.options)
        columns = self._statistics.columns_read(source.schema.names)
        return data | "Read" >> source.read(columns, dictionary=True)


class MergeDatasetFeatureStatisticsList(beam.PTransform[Any, Any]):
    """Statistics of parts of the features (or of slices) → one list; see `merge_statistics`."""

    def expand(self, statistics: Any) -> Any:
        """PCollection of ``DatasetFeatureStatisticsList`` → one of them."""
        return (
            statistics.pipeline
            | "One" >> beam.Create([None])
            | "MergeAll"
            >> beam.Map(
                lambda _, parts: merge_statistics(
                    # In one order, whichever the runner gives them in.
                    sorted(parts, key=lambda part: part.SerializeToString(deterministic=True))
                ),
                beam.pvalue.AsIter(statistics),
            ).with_output_types(statistics_pb2.DatasetFeatureStatisticsList)
        )


class _Gather(beam.DoFn):
    """Feeds all generators of all slices; gives their states at the end of a bundle."""

    def __init__(self, statistics: DatasetStatistics, folder: str) -> None:
        self._statistics, self._folder = statistics, folder
        self._probe = probe()

    def start_bundle(self) -> None:
        self._probe.begin()
        self._state: Slices = {}

    def process(self, batch: pa.RecordBatch) -> Iterator[Any]:
        check_batch(batch)
        self._state = self._statistics.add(self._state, batch, self._probe.recorder)
        keyed = list(_keyed(self._statistics, self._state))
        if sum(generator.keys(state) for _, generator, state in keyed) > _MOST_KEYS:
            for (key, position), generator, state in keyed:
                self._state[key][position] = generator.zero()
                for element in sent((key, position), generator, state, self._folder):
                    yield beam.pvalue.TaggedOutput(_KEYED, element)

    def finish_bundle(self) -> Iterator[Any]:
        for place, generator, state in _keyed(self._statistics, self._state):
            with self._probe.step("send shards", type(generator).__name__) as weighed:
                elements = list(sent(place, generator, state, self._folder))
                weighed.bytes_out = sum(len(c) for _, c in elements if isinstance(c, bytes))
            for element in elements:
                yield beam.pvalue.TaggedOutput(_KEYED, in_global_window(element))
        with self._probe.step("send", "all generators") as weighed:
            small = list(_small(self._statistics, self._state))
            weighed.bytes_out = sum(len(content) for _, (_, content) in small)
        for each in small:
            yield in_global_window(each)
        self._probe.end()


def check_batch(batch: Any) -> None:
    """DataError where an element is no record batch."""
    if not isinstance(batch, pa.RecordBatch):
        raise DataError(
            f"Statistics are computed of record batches, not of a {type(batch).__name__}.",
            expected="a PCollection of pa.RecordBatch, as taurus_beam.io.Source.read() gives",
        )


def _keyed(
    statistics: DatasetStatistics, state: Slices
) -> Iterator[tuple[Place, KeyedStatsGenerator[Any], Any]]:
    for key, states in state.items():
        for position, generator in enumerate(statistics.generators):
            if isinstance(generator, KeyedStatsGenerator):
                yield (key, position), generator, states[position]


def _small(
    statistics: DatasetStatistics, state: Slices
) -> Iterator[tuple[Place, tuple[Place, bytes]]]:
    """The states of generators that have no keys, with their places."""
    for key, states in state.items():
        for position, generator in enumerate(statistics.generators):
            if not isinstance(generator, KeyedStatsGenerator):
                place = (key, position)
                yield place, (place, encoded(generator, states[position]))


class _MergeGenerator(Merge):
    """Merges elements ``(place, state as bytes)`` of one place."""

    def __init__(self, statistics: DatasetStatistics) -> None:
        self._statistics = statistics
        self._probe = probe()

    def _merged(self, elements: list[Any]) -> Any:
        place = elements[0][0]
        generator = self._statistics.generators[place[1]]
        contents = [content for _, content in elements]
        with self._probe.step("merge", type(generator).__name__) as weighed:
            weighed.bytes_in = sum(map(len, contents))
            return place, merged(generator, contents)


class _MergeShards(beam.DoFn):
    """Merges all that was sent of a shard; gives ``(place, what can be in the result)``."""

    def __init__(self, statistics: DatasetStatistics, folder: str) -> None:
        self._statistics, self._folder = statistics, folder
        self._probe = probe()

    def process(self, element: tuple[Any, Iterable[Sent]]) -> Iterator[tuple[Place, bytes]]:
        (place, _), contents = element
        generator = self._statistics.generators[place[1]]
        assert isinstance(generator, KeyedStatsGenerator)
        with self._probe.step("merge shards", type(generator).__name__):
            state = generator.zero()
            for part in merged_parts(generator, contents, self._folder):
                state = generator.trim(generator.merge([state, part]))
            content = encoded(generator, state)
        yield place, content


def _dataset(
    element: tuple[str, Iterable[tuple[int, bytes]]], statistics: DatasetStatistics
) -> bytes:
    """The statistics of a slice, from the states of its generators, those of shards apart."""
    key, contents = element
    parts: list[list[bytes]] = [[] for _ in statistics.generators]
    for position, content in contents:
        parts[position].append(content)
    states = [
        # Sorted, as what is gathered has no order.
        generator.merge([generator.zero(), *(decoded(generator, c) for c in sorted(own))])
        for generator, own in zip(statistics.generators, parts, strict=True)
    ]
    serialized: bytes = statistics.dataset(key, states).SerializeToString(deterministic=True)
    return serialized


def _lists(partitions: int, datasets: Iterable[bytes]) -> Iterator[Any]:
    """All data sets as one list, or as several that have a part of the features each."""
    whole = statistics_list(map(statistics_pb2.DatasetFeatureStatistics.FromString, datasets))
    if partitions == 1:
        yield whole
        return
    for partition in range(partitions):
        part = statistics_pb2.DatasetFeatureStatisticsList()
        part.CopyFrom(whole)
        for dataset in part.datasets:
            kept = [
                feature
                for feature in dataset.features
                if zlib.crc32("\x00".join(feature_path(feature)).encode()) % partitions == partition
            ]
            del dataset.features[:]
            dataset.features.extend(kept)
            if partition:
                del dataset.cross_features[:]
        yield part
