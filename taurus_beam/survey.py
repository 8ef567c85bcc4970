"""Statistics of data wherever they are: in memory, or in files that are read here and now.

No pipeline: threads of this process add record batches to states of their own, which are merged
when all is read. Beam is imported only for files on other file systems.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.errors import DataError
from taurus_beam.profiling.active import recorder
from taurus_beam.profiling.recorder import STATISTICS
from taurus_beam.profiling.step import Step
from taurus_beam.serving.frame_columns import columns_of
from taurus_beam.serving.gathered import gathered
from taurus_beam.serving.pieces import joins_cheaply
from taurus_beam.stats.dataset import DatasetStatistics, Slices
from taurus_beam.stats.files import write_stats_tfrecord
from taurus_beam.stats.options import StatsOptions

if TYPE_CHECKING:
    from taurus_beam.io import Source

__all__ = [
    "generate_statistics_from_csv",
    "generate_statistics_from_dataframe",
    "generate_statistics_from_tfrecord",
    "statistics",
    "statistics_of_batches",
    "typed_source",
]

_BATCH_ROWS = 1 << 16
# Of data in memory: what a batch costs besides its rows tells more than what leaves the cache.
_MOST_ROWS = 1 << 17
_MOST_CELLS = 1 << 22
_FEWEST_ROWS = 1 << 14
_MOST_PIECES = 2
_MANY_COLUMNS = 256
_COLUMN_TYPES = {
    schema_pb2.TYPE_UNKNOWN: None,
    schema_pb2.STRUCT: None,
    schema_pb2.INT: pa.int64(),
    schema_pb2.FLOAT: pa.float64(),
    schema_pb2.BYTES: pa.string(),
}


def statistics(
    data: Any, options: StatsOptions | None = None
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """The statistics of data in memory or in files.

    Args:
        data: ``pa.Table``, ``pa.RecordBatch``, pandas DataFrame (NaN means missing), dict of
            arrays; or a path, a pattern, a folder, several of these, or a
            ``taurus_beam.io.Source``.
        options: What to compute; TFDV's names.

    Returns:
        One data set, or of slices one each, that of all examples first. The same rows give the
        same statistics in any order. Data without rows give a data set of no examples.

    Raises:
        DataError: The data cannot be read, or a column has a type without statistics.
        TraceError: The options are not understood.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.0, 2.0, None, 4.0], "s": ["a", "b", "a", None]})
        >>> stats = tb.statistics(table)
        >>> x, s = stats.datasets[0].features
        >>> x.num_stats.median, x.num_stats.common_stats.num_missing
        (2.0, 1)
        >>> [(top.value, top.frequency) for top in s.string_stats.top_values]
        [('a', 2.0), ('b', 1.0)]
    """
    options = options or StatsOptions()
    if _names_files(data):
        source = typed_source(_source(data, options), options)
        columns = DatasetStatistics(options).columns_read(source.schema.names)
        return statistics_of_batches(source.batches(columns, dictionary=True), options)
    batches = _batches(columns_of(data), options.desired_batch_size)
    return statistics_of_batches(batches, options)


def statistics_of_batches(
    batches: Iterable[pa.RecordBatch],
    options: StatsOptions | None = None,
    workers: int | None = None,
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """The statistics of record batches, of which only a few are held at a time.

    Args:
        batches: The batches.
        options: As in `statistics`.
        workers: Threads; by default as many as there are processors, but one for more than 256
            columns: each thread has a state of all of them.

    Example:
        >>> batches = (pa.record_batch({"x": [i]}) for i in range(3))
        >>> statistics_of_batches(batches).datasets[0].features[0].num_stats.max
        2.0
    """
    composite = DatasetStatistics(options or StatsOptions())
    measure = recorder()
    iterator = iter(measure.reading(STATISTICS, batches))
    first = list(islice(iterator, 1))
    workers = workers or _fitting_workers(first)

    def add(state: Slices, batch: pa.RecordBatch) -> Slices:
        with measure.working(STATISTICS):
            return composite.add(state, batch, measure)

    def merge(states: Sequence[Slices]) -> Slices:
        with measure.step(Step(STATISTICS, "merge states")):
            return composite.merge(states)

    state = gathered(chain(first, iterator), composite.zero, add, merge, workers)
    with measure.step(Step(STATISTICS, "result of statistics")):
        return composite.result(state)


def generate_statistics_from_dataframe(
    dataframe: Any, stats_options: StatsOptions | None = None, n_jobs: int = 1
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """TFDV's name for `statistics` of a pandas DataFrame; no column is dropped silently.

    Args:
        dataframe: The DataFrame.
        stats_options: As in `statistics`.
        n_jobs: Threads; below 1 as many as there are processors.
    """
    workers = n_jobs if n_jobs > 0 else None
    return statistics_of_batches(_batches(columns_of(dataframe)), stats_options, workers)


def generate_statistics_from_csv(
    data_location: str,
    output_path: str | None = None,
    stats_options: StatsOptions | None = None,
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """TFDV's name for `statistics` of CSV files that have a header.

    Args:
        data_location: A path or pattern.
        output_path: Where to write the statistics as TFRecord, too.
        stats_options: As in `statistics`.
    """
    return _of_files(data_location, "csv", output_path, stats_options)


def generate_statistics_from_tfrecord(
    data_location: str,
    output_path: str | None = None,
    stats_options: StatsOptions | None = None,
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """TFDV's name for `statistics` of TFRecord files of ``tf.Example``.

    Args:
        data_location: A path or pattern.
        output_path: Where to write the statistics as TFRecord, too.
        stats_options: As in `statistics`.
    """
    return _of_files(data_location, "tfrecord", output_path, stats_options)


def _of_files(
    path: str, form: str, output_path: str | None, options: StatsOptions | None
) -> statistics_pb2.DatasetFeatureStatisticsList:
    from taurus_beam.io import Source

    found = statistics(Source(path, format=form), options)
    if output_path is not None:
        write_stats_tfrecord(found, output_path)
    return found


def typed_source(source: Source, options: StatsOptions) -> Source:
    """The source with the types that statistics are made of.

    Those of the schema, where the options say so. Otherwise CSV has numbers and text only, as in
    TFDV; but what the schema says are integers may be times or true and false.
    """
    from taurus_beam.io.text_types import read_typed, with_text_kept

    features = () if options.schema is None else options.schema.feature
    source = with_text_kept(source, {f.name for f in features if f.type == schema_pb2.INT})
    if not options.infer_type_from_schema or options.schema is None:
        return source
    known = [(f.name, _COLUMN_TYPES[f.type]) for f in features]
    return read_typed(source, pa.schema([(name, dtype) for name, dtype in known if dtype]))


def _batches(table: pa.Table, rows: int | None = None) -> Iterator[pa.RecordBatch]:
    """Batches of some rows; by default large ones, and as many for each processor."""
    if rows is None:
        each = os.cpu_count() or 1
        most = min(_MOST_ROWS, max(_MOST_CELLS // max(table.num_columns, 1), _BATCH_ROWS))
        turns = -(-table.num_rows // (each * most))
        rows = max(-(-table.num_rows // max(each * turns, 1)), _FEWEST_ROWS)
    joins = all(map(joins_cheaply, table.schema.types))
    for start in range(0, table.num_rows, rows):
        piece = table.slice(start, rows)
        batches = piece.to_batches()
        # Strings of pandas lie in many pieces; each of them would make a batch of its own.
        if joins and len(batches) > _MOST_PIECES:
            batches = piece.combine_chunks().to_batches()
        yield from batches


def _names_files(data: Any) -> bool:
    if isinstance(data, str | os.PathLike) or type(data).__name__ == "Source":
        return True
    return isinstance(data, list | tuple) and all(isinstance(d, str | os.PathLike) for d in data)


def _source(data: Any, options: StatsOptions) -> Source:
    from taurus_beam.io import Source

    if isinstance(data, Source):
        return data
    patterns = [data] if isinstance(data, str | os.PathLike) else data
    if not patterns:
        raise DataError("There are no paths to read.", expected="a path, or several")
    rows = options.desired_batch_size or _BATCH_ROWS
    return Source([os.fspath(pattern) for pattern in patterns], batch_size=rows)


def _fitting_workers(first: list[pa.RecordBatch]) -> int:
    # With so many, threads wait for each other more than they help.
    if first and first[0].num_columns > _MANY_COLUMNS:
        return 1
    return os.cpu_count() or 1
